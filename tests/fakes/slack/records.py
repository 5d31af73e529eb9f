"""What the stand-in writes down about the app under test. Plain values, no behaviour beyond look-ups."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from tests.fakes.slack.identity import Json


class ApiError(Exception):
    """A refusal in Slack's own words.

    Args:
        error: Slack's error code, such as ``not_in_channel``.
        messages: Explanations, which Slack gives under ``response_metadata.messages``.
        extra: Further fields of the reply, such as ``needed`` and ``provided``.
    """

    def __init__(self, error: str, messages: list[str] | None = None, **extra: str) -> None:
        super().__init__(error)
        self.error = error
        self.messages = messages or []
        self.extra = extra

    def build_reply(self) -> Json:
        """Build the body of the refusal."""
        reply: Json = {"ok": False, "error": self.error, **self.extra}
        if self.messages:
            reply["errors"] = self.messages
            reply["response_metadata"] = {"messages": [f"[ERROR] {message}" for message in self.messages]}
        return reply


class Call(NamedTuple):
    """One request from the app: a Web API method, or ``response_url``.

    ``headers`` has lower-case names; ``at`` is seconds since the epoch; ``reply`` is the body that went back.
    """

    method: str
    params: Json
    headers: dict[str, str]
    at: float
    reply: Json

    @property
    def error(self) -> str | None:
        """Slack's error code, or None where the request was granted."""
        return self.reply.get("error")


@dataclass(frozen=True, kw_only=True)
class Post:
    """A message that the app put before people, as it was sent.

    ``ephemeral_to`` is the only user who sees it, or None where everyone in the channel does. ``via`` is
    ``chat.postMessage``, ``chat.postEphemeral``, ``response_url``, or ``ack`` for text in a command's ack.
    """

    channel: str
    ts: str
    thread_ts: str | None
    text: str
    blocks: list[Json]
    ephemeral_to: str | None
    via: str
    params: Json


@dataclass(frozen=True, kw_only=True)
class Update:
    """A change to a message that is already there: ``chat.update``, ``chat.delete`` or ``response_url``."""

    channel: str
    ts: str
    text: str
    blocks: list[Json]
    ephemeral_to: str | None
    via: str
    params: Json
    deleted: bool = False


@dataclass(kw_only=True)
class View:
    """A modal or an App Home as it stands now; ``user`` is who sees it.

    ``errors`` are what the app complained of when it was submitted last, by block id.
    """

    id: str
    user: str | None
    content: Json
    hash: str
    root_id: str
    previous_id: str | None = None
    versions: list[Json] = field(default_factory=list)
    is_closed: bool = False
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def blocks(self) -> list[Json]:
        """The view's blocks as they stand now."""
        return list(self.content.get("blocks", []))
