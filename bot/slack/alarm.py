"""Telling the admins named in the settings when a scheduled refresh did not bring something up to date."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime

import structlog
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError

from bot.refreshing import JobState, SourceState
from bot.slack.delivery import Place, post
from bot.slack.views.refresh import build_trouble
from store.domain.refresh import RefreshState
from store.repositories.replies import Replies

_log = structlog.get_logger(__name__)

_WRONG = (RefreshState.STOPPED, RefreshState.FAILED)
_NUMBERS = re.compile(r"[\d,.]+")


@dataclass(frozen=True, slots=True)
class Alarm:
    """Writes to admins, of each source and reason at most once a day."""

    client: WebClient
    replies: Replies
    admins: tuple[str, ...]

    def tell(self, state: JobState) -> None:
        """Tell how a job ended, if that is news and it did not end well."""
        wrong = [one for one in state.sources if one.refresh and one.refresh.state in _WRONG]
        for one in wrong:
            assert one.refresh is not None
            _log.warning(
                "a source was not brought up to date",
                source=one.name,
                refresh=one.refresh.id,
                state=str(one.refresh.state),
                reason=one.refresh.message,
            )
        news = [one for one in wrong if self._is_news(_name_reason(one))]
        if news or (state.reference and self._is_news("ended badly")):
            self._write(news, state.reference)

    def _is_news(self, reason: str) -> bool:
        key = f"alarm:{datetime.now(UTC).date().isoformat()}:{reason}"
        if not self.replies.take(key):
            return False
        self.replies.finish(key)
        return True

    def _write(self, wrong: list[SourceState], reference: str) -> None:
        view = build_trouble(wrong, reference)
        for admin in self.admins:
            try:
                post(self.client, Place(admin), view)
            except (SlackClientError, OSError) as error:
                name = error.response["error"] if isinstance(error, SlackApiError) else type(error).__name__
                _log.warning("cannot write to an admin", admin=admin, error=name)


def _name_reason(state: SourceState) -> str:
    """Name a source and why it was not brought up to date, whatever numbers that names."""
    assert state.refresh is not None
    return f"{state.name}:{state.refresh.state}:{_NUMBERS.sub('', state.refresh.message)[:200]}"
