"""Reading what Slack sends for a click."""

from dataclasses import dataclass
from typing import Any, Self

from bot.slack.viewers import Reader


@dataclass(frozen=True, slots=True)
class Click:
    """Somebody pressed a button, or chose from a menu, in one of our messages or modals.

    In a modal there is no channel, and `metadata` is what the modal holds.
    """

    team: str
    channel: str
    user: str
    user_name: str
    message_ts: str
    thread_ts: str | None
    value: str
    response_url: str
    is_ephemeral: bool
    trigger_id: str = ""
    view_id: str = ""
    metadata: str = ""

    @classmethod
    def read(cls, body: dict[str, Any]) -> Self:
        """Read the payload of block_actions."""
        container, message = body.get("container") or {}, body.get("message") or {}
        channel = (body.get("channel") or {}).get("id") or container.get("channel_id", "")
        ts = container.get("message_ts") or message.get("ts", "")
        thread = container.get("thread_ts") or message.get("thread_ts")
        return cls(
            team=(body.get("team") or {}).get("id") or (body.get("user") or {}).get("team_id", ""),
            channel=channel,
            user=body["user"]["id"],
            user_name=body["user"].get("name") or body["user"].get("username", ""),
            message_ts=ts,
            # In a channel the next page belongs under the first; in a direct message it simply follows.
            thread_ts=thread or (None if channel.startswith("D") else ts),
            value=_read_value(body["actions"][0]),
            response_url=body.get("response_url", ""),
            is_ephemeral=bool(container.get("is_ephemeral")),
            trigger_id=body.get("trigger_id", ""),
            view_id=(body.get("view") or {}).get("id", ""),
            metadata=(body.get("view") or {}).get("private_metadata", ""),
        )

    @property
    def is_private(self) -> bool:
        """Whether only the person who clicked sees the message, or modal."""
        return self.is_ephemeral or bool(self.view_id) or self.channel.startswith("D")

    @property
    def reader(self) -> Reader:
        """Who clicked."""
        return Reader(self.team, self.user)

    @property
    def key(self) -> str:
        """Names the click: the same button pressed twice is one."""
        return f"{self.team}:{self.channel}:{self.message_ts}:{self.value}"


def _read_value(action: dict[str, Any]) -> str:
    """Read what was pressed or chosen."""
    return str((action.get("selected_option") or action).get("value", ""))
