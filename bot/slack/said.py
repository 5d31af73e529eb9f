"""What people said in Slack, as a question: read by its place, or out of what Slack sends along. Unknown means no."""

import re
from dataclasses import dataclass, replace
from datetime import tzinfo
from typing import Any, Self

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.answering import is_empty
from bot.slack.memberships import is_open
from bot.slack.viewers import People
from bot.slack.views.buttons import MAX_QUESTION_CHARS
from bot.translations import say
from store.domain.asked import Asked
from store.domain.query import Query
from store.domain.viewer import Viewer
from store.text.cleaning import clean_text, collapse_spaces, shorten
from store.text.slack import parse_mrkdwn, remove_emoji, remove_mention

_LINK = re.compile(
    r"https://[a-z0-9.-]{1,100}\.slack\.com/archives/(?P<channel>[CDG][A-Z0-9]{1,20})/p(?P<ts>\d{7,20})"
    r"(?:\?[^\s<>|]{0,200})?"
)
_URL = re.compile(r"https?://\S+")
# What a reader does not see: marks of bold, italics, strikethrough and code, at the edges of words.
_MARKS = re.compile(r"(?<!\w)[*_~`]+|[*_~`]+(?!\w)")
_NOT_OWN = re.compile(r"^(?:>|&gt;).*$|```(?s:.*?)```", re.MULTILINE)
_QUOTATION_MARKS = re.compile('["“”„«»]')
# Digits of a ts after its point.
_MICROS = 6
# Of a reply, Slack may give the first message of its thread along.
_PAGE = 10

_NOT_THERE = ("thread_not_found", "message_not_found")
_NOT_READABLE = ("not_in_channel", "channel_not_found")


class UnreadableError(Exception):
    """What a link leads to cannot be read for those who will see the answer; the text says so to them."""


@dataclass(frozen=True, slots=True)
class Said:
    """A message, with nothing of its markup left. `thread_ts` is empty outside of threads."""

    channel: str
    ts: str
    thread_ts: str
    text: str

    def ask(self, zone: tzinfo) -> Asked:
        """Make it a question of somebody's: what was said before about the same, and elsewhere."""
        return Asked(quote_text(self.text), zone=zone, chosen=Query("", beside=self.native_ids))

    @property
    def is_wordless(self) -> bool:
        """Whether there is nothing to look for in it."""
        return is_empty(remove_emoji(self.text))

    @property
    def native_ids(self) -> tuple[str, ...]:
        """What an archive of this talk knows it by: its own id, and that of its thread."""
        return tuple(f"{self.channel}:{ts}" for ts in dict.fromkeys((self.ts, self.thread_ts)) if ts)


@dataclass(frozen=True, slots=True)
class MessageLink:
    """Where a link leads, and where it stands in a text."""

    channel: str
    ts: str
    start: int
    end: int

    @classmethod
    def find(cls, text: str) -> Self | None:
        """Find the first link to a message; None where there is none."""
        found = _LINK.search(text)
        if found is None:
            return None
        return cls(found["channel"], f"{found['ts'][:-_MICROS]}.{found['ts'][-_MICROS:]}", *found.span())


class Sayings:
    """Reads messages with the bot's token: never more than those may see who will see the answer."""

    def __init__(self, client: WebClient, people: People, team: str, bot_user: str) -> None:
        self._client = client
        self._people = people
        self._team = team
        self._bot_user = bot_user

    def resolve(self, asked: Asked, viewer: Viewer) -> Asked:
        """Put what a link leads to in its place; a question without a link stays what it is.

        Raises:
            UnreadableError: It cannot be read, or one of those who will see the answer may not.
        """
        link = MessageLink.find(asked.question)
        if link is None:
            return asked
        self._check(link, viewer)
        said = self.fetch(link.channel, link.ts)
        if said.is_wordless:
            raise UnreadableError(say("There are no words in that message. Tell me in a few words what to look for."))
        before, after = asked.question[: link.start], asked.question[link.end :]
        quoted = quote_text(said.text, MAX_QUESTION_CHARS - len(before) - len(after))
        chosen = replace(asked.chosen, beside=said.native_ids)
        return replace(asked, question=f"{before}{quoted}{after}", chosen=chosen)

    def fetch(self, channel: str, ts: str) -> Said:
        """Fetch a message, for somebody who may see it.

        Raises:
            UnreadableError: It is gone, or the bot may not read it.
            SlackApiError: Slack refuses for another reason.
        """
        try:
            found: Any = self._client.conversations_replies(
                channel=channel, ts=ts, latest=ts, oldest=ts, inclusive=True, limit=_PAGE
            )
        except SlackApiError as error:
            raise _explain(error) or error from error
        message = next((one for one in found["messages"] if one.get("ts") == ts), None)
        if message is None:
            raise UnreadableError(_say_gone())
        return self.read(channel, message)

    def read(self, channel: str, message: dict[str, Any]) -> Said:
        """Read a message as Slack sends it."""
        written = str(message.get("text") or "") or read_attachments(message)
        own = _NOT_OWN.sub("", written)
        # Whoever quotes, or shows code, says the rest; where there is no rest, that is what is meant.
        kept = remove_mention(written if is_empty(own) else own, self._bot_user)
        text = parse_mrkdwn(kept, lambda user: self._people.find_name(self._team, user))
        said = _MARKS.sub("", _URL.sub("", clean_text(text)))
        return Said(channel, str(message.get("ts", "")), str(message.get("thread_ts") or ""), said.strip())

    def _check(self, link: MessageLink, viewer: Viewer) -> None:
        """Refuse unless everybody who will see the answer is in the link's channel, or may be."""
        if link.channel in viewer.channels or (viewer.workspaces and self._is_open(link.channel)):
            return
        if viewer.person is None:
            raise UnreadableError(
                say(
                    "In front of everybody here, I only look at messages of this channel. "
                    "Send me the link privately, with `/hark` or in a direct message."
                )
            )
        raise UnreadableError(_say_unreadable())

    def _is_open(self, channel: str) -> bool:
        """Tell whether every full member of the workspace may be in a channel."""
        try:
            found: Any = self._client.conversations_info(channel=channel)["channel"]
        except SlackApiError as error:
            raise _explain(error) or error from error
        return is_open(found)


def quote_text(text: str, max_chars: int = MAX_QUESTION_CHARS) -> str:
    """Put a text in quotation marks: it is looked for as it is, and nothing in it is taken for a filter."""
    plain = _QUOTATION_MARKS.sub("'", collapse_spaces(text))
    return f'"{shorten(plain, max_chars - 2)}"'


def is_said_in(asked: Asked, channel: str) -> bool:
    """Tell whether no words of a question were read out of a message elsewhere than in a channel."""
    return all(native_id.startswith(f"{channel}:") for native_id in asked.chosen.beside)


def is_only_links(question: str) -> bool:
    """Tell whether there are addresses in a question and no words, and none of a message."""
    rest = _URL.sub("", question)
    return rest != question and is_empty(rest) and MessageLink.find(question) is None


def read_attachments(message: dict[str, Any]) -> str:
    """Read what was passed on from elsewhere."""
    texts = (str(one.get("text") or one.get("fallback") or "") for one in message.get("attachments") or ())
    return "\n".join(filter(None, texts))


def _explain(error: SlackApiError) -> UnreadableError | None:
    name = error.response["error"]
    if name == "missing_scope":
        return UnreadableError(
            say(
                "I may not read messages there. An admin has to give me the scope {scope} in the Slack app’s settings, "
                "under “OAuth & Permissions”, and install the app again.",
                scope=error.response.get("needed") or "channels:history",
            )
        )
    if name in _NOT_THERE:
        return UnreadableError(_say_gone())
    return UnreadableError(_say_unreadable()) if name in _NOT_READABLE else None


def _say_gone() -> str:
    return say("That message is not there any more. Ask me in a few words what to look for.")


def _say_unreadable() -> str:
    return say(
        "I cannot read that message for you here. Choose “Find past discussions” in the menu of the message itself, "
        "or ask me in a few words what to look for."
    )
