"""Reading what Slack sends for a message, a click, or a modal that is sent."""

from dataclasses import dataclass
from typing import Any, Self

from bot.slack.said import quote_text, read_attachments
from bot.slack.viewers import Reader
from store.domain.conversation import Thread


def find_team(body: dict[str, Any]) -> str:
    """Find the workspace that the app is installed in, in any payload.

    What a stranger does in a shared channel may come under the name of their own, with ours further inside.
    """
    installed = (body.get("view") or {}).get("app_installed_team_id")
    authorized = (body.get("authorizations") or [{}])[0].get("team_id")
    acting = (body.get("team") or {}).get("id") or body.get("team_id") or (body.get("user") or {}).get("team_id")
    return str(installed or authorized or acting or "")


# How the names of commands begin.
COMMAND_KEY = "command"

# Without a subtype, or with one of these, a message is something a person said.
_SAID = frozenset({None, "file_share", "me_message", "thread_broadcast"})


@dataclass(frozen=True, slots=True)
class Message:
    """A message somebody wrote. `edited_ts` is set when it is a later version of itself.

    `is_addressed` tells whether the bot is spoken to: it is mentioned, or written to directly.
    """

    team: str
    channel: str
    user: str
    ts: str
    text: str
    thread_ts: str | None
    edited_ts: str | None = None
    is_addressed: bool = True
    has_files: bool = False

    @classmethod
    def read(cls, event: dict[str, Any], team: str) -> Self | None:
        """Read the payload of a `message` event; None for what no person said, or said before in the same words."""
        said: dict[str, Any] = event
        edited_ts = None
        if event.get("subtype") == "message_changed":
            said = event.get("message") or {}
            # A preview that was added to a link changes a message too.
            if said.get("text") == (event.get("previous_message") or {}).get("text"):
                return None
            edited_ts = (said.get("edited") or {}).get("ts") or event.get("event_ts")
        if said.get("subtype") not in _SAID or said.get("bot_id") or not said.get("user"):
            return None
        return cls(
            team=team or said.get("team", ""),
            channel=event["channel"],
            user=said["user"],
            ts=said["ts"],
            text=said.get("text") or _quote_forwarded(said),
            thread_ts=said.get("thread_ts"),
            edited_ts=edited_ts,
            has_files=bool(said.get("files")),
        )

    @property
    def reader(self) -> Reader:
        """Who wrote it."""
        return Reader(self.team, self.user)

    @property
    def key(self) -> str:
        """Names the message, whichever event brought it and however often."""
        return f"message:{self.team}:{self.channel}:{self.ts}"

    @property
    def edit_key(self) -> str:
        """Names this version of an edited message."""
        return f"{self.key}:{self.edited_ts}"

    @property
    def thread(self) -> Thread:
        """Where it stands among others."""
        return Thread(self.team, self.channel, self.thread_ts or "")


def _quote_forwarded(said: dict[str, Any]) -> str:
    """Read what somebody passes on without a word of their own: what was said before about that."""
    forwarded = read_attachments(said)
    return quote_text(forwarded) if forwarded else ""


@dataclass(frozen=True, slots=True)
class Command:
    """What somebody typed after `/hark`, and where. The address that answers it is a secret, and no part of it."""

    team: str
    channel: str
    user: str
    text: str
    trigger_id: str

    @classmethod
    def read(cls, body: dict[str, Any]) -> Self:
        """Read the payload of a command."""
        return cls(
            team=find_team(body),
            channel=body.get("channel_id", ""),
            user=body["user_id"],
            text=body.get("text") or "",
            trigger_id=body["trigger_id"],
        )

    @property
    def reader(self) -> Reader:
        """Who typed it."""
        return Reader(self.team, self.user)

    @property
    def key(self) -> str:
        """Names the command, however often it is delivered."""
        return f"{COMMAND_KEY}:{self.team}:{self.trigger_id}"


# What stands in place of the names of private channels and direct messages, and how those of groups begin.
_NOT_NAMED = ("privategroup", "directmessage")
_GROUP = "mpdm-"


@dataclass(frozen=True, slots=True)
class Click:
    """Somebody pressed a button, or chose from a menu, in one of our messages or modals; or on anybody's message.

    `metadata` is what the modal holds. It `is_public` in a message that everyone may read; it `is_later` in a modal, or
    in what came of one: whoever pressed may be out of the channel where that began. `minute` is when it was, to the
    minute.
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
    is_in_modal: bool = False
    is_public: bool = False
    is_later: bool = False
    minute: int = 0

    @classmethod
    def read(cls, body: dict[str, Any]) -> Self:
        """Read the payload of block_actions, or of message_action."""
        container, message = body.get("container") or {}, body.get("message") or {}
        channel = (body.get("channel") or {}).get("id") or container.get("channel_id", "")
        ts = container.get("message_ts") or message.get("ts", "")
        thread = container.get("thread_ts") or message.get("thread_ts")
        action = (body.get("actions") or [{}])[0]
        return cls(
            team=find_team(body),
            channel=channel,
            user=body["user"]["id"],
            user_name=body["user"].get("name") or body["user"].get("username", ""),
            message_ts=ts,
            # In a channel the next page belongs under the first; in a direct message it simply follows.
            thread_ts=thread or (None if channel.startswith("D") else ts),
            value=_read_value(action),
            response_url=body.get("response_url", ""),
            is_ephemeral=bool(container.get("is_ephemeral")),
            trigger_id=body.get("trigger_id", ""),
            view_id=(body.get("view") or {}).get("id", ""),
            metadata=(body.get("view") or {}).get("private_metadata", ""),
            is_in_modal=(body.get("view") or {}).get("type") == "modal",
            is_public=_is_public(body.get("channel") or {}) and not container.get("is_ephemeral"),
            is_later=(body.get("view") or {}).get("type") == "modal",
            minute=_read_minute(str(action.get("action_ts", ""))),
        )

    @classmethod
    def read_shortcut(cls, body: dict[str, Any]) -> Self:
        """Read the payload of a global shortcut: what comes of it goes to that person."""
        user = body["user"]
        team = find_team(body)
        name = user.get("name") or user.get("username", "")
        return cls(
            team, user["id"], user["id"], name, "", None, "", "", is_ephemeral=False, trigger_id=body["trigger_id"]
        )

    @property
    def is_private(self) -> bool:
        """Whether only the person who clicked sees the message, or modal; one without a channel goes to that person."""
        return self.is_ephemeral or bool(self.view_id) or self.channel == self.user or self.channel.startswith("D")

    @property
    def thread_around(self) -> str | None:
        """The thread that the message stands in; None where it is in none, or begins one."""
        return self.thread_ts if self.thread_ts != self.message_ts else None

    @property
    def is_in_home(self) -> bool:
        """Whether it was in App Home."""
        return bool(self.view_id) and not self.is_in_modal

    @property
    def reader(self) -> Reader:
        """Who clicked."""
        return Reader(self.team, self.user)

    @property
    def key(self) -> str:
        """Names the click: the same button pressed twice is one."""
        return f"{self.team}:{self.channel}:{self.message_ts}:{self.value}"


@dataclass(frozen=True, slots=True)
class Submission:
    """Somebody sent what they filled into one of our modals. `values` are its inputs by block and action."""

    team: str
    user: str
    view_id: str
    metadata: str
    values: dict[str, dict[str, Any]]

    @classmethod
    def read(cls, body: dict[str, Any]) -> Self:
        """Read the payload of view_submission."""
        view = body["view"]
        return cls(
            team=find_team(body),
            user=body["user"]["id"],
            view_id=view["id"],
            metadata=view.get("private_metadata", ""),
            values=(view.get("state") or {}).get("values") or {},
        )

    @property
    def reader(self) -> Reader:
        """Who sent it."""
        return Reader(self.team, self.user)


def _is_public(channel: dict[str, Any]) -> bool:
    """Tell a public channel: Slack does not name others here."""
    name = str(channel.get("name", ""))
    is_named = bool(name) and name not in _NOT_NAMED and not name.startswith(_GROUP)
    return is_named and str(channel.get("id", "")).startswith("C")


def _read_minute(ts: str) -> int:
    """Read when something was pressed; 0 where that is not told."""
    seconds = ts.partition(".")[0]
    return int(seconds) // 60 if seconds.isdecimal() else 0


def _read_value(action: dict[str, Any]) -> str:
    """Read what was pressed or chosen."""
    return str((action.get("selected_option") or action).get("value") or "")
