"""Which channels somebody is in, as far as the bot may know. Unknown means none."""

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

    def _fetch(self, user: str) -> frozenset[str]:
        found: set[str] = set()
        cursor = ""
        for _ in range(_MAX_PAGES):
            page: Any = self._client.users_conversations(user=user, types=_TYPES, limit=_PAGE, cursor=cursor)
            found.update(channel["id"] for channel in page["channels"])
            cursor = (page.get("response_metadata") or {}).get("next_cursor") or ""
            if not cursor:
                break
        return frozenset(found)


def is_bot_in(client: WebClient, channel: str) -> bool:
    """Tell whether the bot is in a channel, and so may write there; where Slack does not tell, it is not."""
    try:
        return bool(client.conversations_info(channel=channel)["channel"].get("is_member"))
    except (SlackClientError, OSError) as error:
        _log.info("cannot tell whether the bot is in a channel", **describe_error(error))
        return False
