"""Telling whoever asked to be forgotten what came of it: each thing once, and again until Slack has taken it."""

from collections.abc import Callable
from dataclasses import dataclass

import structlog
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError

from bot.slack.delivery import NOT_REACHED, Place, post
from bot.slack.refusals import describe_error
from bot.slack.viewers import People, Reader
from bot.slack.views.message import MessageView
from bot.slack.views.own import build_delayed, build_receipt
from bot.translations import speaking
from store.domain.forgetting import RemovalRequest
from store.repositories.replies import Replies

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Receipts:
    """Writes to people directly, in their language."""

    client: WebClient
    replies: Replies
    people: People

    def tell_done(self, request: RemovalRequest) -> bool:
        """Say that they are forgotten; tell whether that need not be tried again."""
        key = f"forgotten:{request.team}:{request.person}:{request.asked_at.isoformat()}"
        return self._tell(key, request, lambda: build_receipt(request.told))

    def tell_trouble(self, request: RemovalRequest, reference: str) -> bool:
        """Say that it takes longer; tell whether that need not be tried again."""
        return self._tell(f"forgetting:{reference}", request, lambda: build_delayed(reference))

    def _tell(self, key: str, request: RemovalRequest, build: Callable[[], MessageView]) -> bool:
        if not self.replies.take(key):
            # Who is telling them just now may be stopped before they have.
            return self.replies.find_place(key) is not None
        reader = Reader(request.team, request.person)
        try:
            with speaking(self.people.find_locale(reader)):
                place = str(post(self.client, Place(reader.user), build()))
        except (SlackClientError, OSError) as error:
            _log.warning("cannot write to somebody", person=reader.user, **describe_error(error))
            if not isinstance(error, SlackApiError) or error.response["error"] not in NOT_REACHED:
                return False
            place = ""
        self.replies.finish(key, place)
        return True
