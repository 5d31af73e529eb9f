"""Which channels somebody is in, as far as the bot may know. Unknown means none."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import structlog
from slack_sdk import WebClient
from slack_sdk.errors import SlackClientError

from bot.slack.refusals import describe_error
from bot.slack.remembering import Remembered

_log = structlog.get_logger(__name__)

# Long enough to spare Slack a call per question; events of people who come and go drop it at once.
_KEEP_SECONDS = 300.0
# Of what is not public, Slack gives only what the bot is in too. Needs channels:read, groups:read and mpim:read.
_TYPES = "public_channel,private_channel,mpim"
# The most that Slack gives at once; and pages enough for anybody.
_PAGE = 999
_MAX_PAGES = 20

_NONE: frozenset[str] = frozenset()


class Memberships:
    """Asks Slack who is in which channels, and remembers it for minutes."""

    def __init__(self, client: WebClient) -> None:
        """Ask by a client that does not try again: whoever waits for an answer, and those after them, wait for this."""
        self._client = client
        self._known: Remembered[str, frozenset[str]] = Remembered(_KEEP_SECONDS)

    def find(self, user: str) -> frozenset[str]:
        """Find the channels and group conversations that a person is in; none where Slack does not tell."""
        try:
            return self.get(user)
        except Exception as error:  # noqa: BLE001  # whatever it is, nobody is let in by it
            _log.warning(
                "cannot ask Slack which channels a person is in: they are shown what is public", **describe_error(error)
            )
            return _NONE

    def get(self, user: str) -> frozenset[str]:
        """Give the channels and group conversations that a person is in.

        Raises:
            SlackClientError: Slack does not tell.
            OSError: Slack is not reached.
        """
        return self._known.get(user, lambda: self._fetch(user))

    def forget(self, *users: str) -> None:
        """Forget what is known of some people; of everybody, where none is given."""
        self._known.forget(*users)

    def include(self, channel: str, user: str) -> bool:
        """Tell whether somebody, of whatever workspace, is in a channel; where Slack does not tell, they are not."""
        try:
            pages = _read_pages(self._client.conversations_members, channel=channel)
            return any(user in page["members"] for page in pages)
        except Exception as error:  # noqa: BLE001  # as above
            _log.warning("cannot ask Slack who is in a channel", **describe_error(error))
            return False

    def _fetch(self, user: str) -> frozenset[str]:
        pages = _read_pages(self._client.users_conversations, user=user, types=_TYPES)
        return frozenset(channel["id"] for page in pages for channel in page["channels"])


def _read_pages(ask: Callable[..., Any], **asked: str) -> Iterator[Any]:
    cursor = ""
    for _ in range(_MAX_PAGES):
        page = ask(**asked, limit=_PAGE, cursor=cursor)
        yield page
        cursor = (page.get("response_metadata") or {}).get("next_cursor") or ""
        if not cursor:
            return


def is_open(channel: Mapping[str, Any]) -> bool:
    """Tell of a channel, as Slack describes it, whether every full member of the workspace may be in it."""
    return not any(channel.get(flag) for flag in ("is_private", "is_im", "is_mpim", "is_group"))


def is_bot_in(client: WebClient, channel: str) -> bool:
    """Tell whether the bot is in a channel, and so may write there; where Slack does not tell, it is not."""
    try:
        return bool(client.conversations_info(channel=channel)["channel"].get("is_member"))
    except (SlackClientError, OSError) as error:
        _log.info("cannot tell whether the bot is in a channel", **describe_error(error))
        return False
