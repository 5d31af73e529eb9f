"""Telling the admins named in the settings when a scheduled refresh did not bring something up to date."""

import re
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime

import structlog
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError

from bot.refreshing import JobState, SourceState
from bot.slack.delivery import Place, post
from bot.slack.viewers import People, Reader
from bot.slack.views.refresh import build_trouble
from bot.translations import speaking
from store.domain.refresh import RefreshState
from store.errors import StoreError
from store.repositories.replies import Replies

_log = structlog.get_logger(__name__)

_WRONG = (RefreshState.STOPPED, RefreshState.FAILED)
_NUMBERS = re.compile(r"[\d,.]+")


@dataclass(frozen=True, slots=True)
class Alarm:
    """Writes to admins, of each source and reason at most once a day."""

    client: WebClient
    replies: Replies
    people: People
    admins: tuple[str, ...]
    # For when the archive cannot be written, which may be just what there is to tell.
    _told: set[str] = field(default_factory=set)

    def tell(self, state: JobState) -> None:
        """Tell how a job ended, if that is news and it did not end well."""
        wrong = [one for one in (*state.sources, *state.retained) if one.refresh and one.refresh.state in _WRONG]
        for one in wrong:
            assert one.refresh is not None
            _log.warning(
                "a source was not brought up to date",
                source=one.name,
                refresh=one.refresh.id,
                state=str(one.refresh.state),
                reason=one.refresh.message,
            )
        news = {key: one for one in wrong if self._is_news(key := _make_key(_name_reason(one)))}
        bad = _make_key("ended badly")
        keys = [*news, *([bad] if state.reference and self._is_news(bad) else [])]
        if keys and self._write(list(news.values()), state.reference):
            for key in keys:
                self._note_told(key)

    def _is_news(self, key: str) -> bool:
        if key in self._told:
            return False
        try:
            return self.replies.take(key)
        except StoreError as error:
            _log.warning("cannot look whether admins were told", reason=str(error))
            return True

    def _note_told(self, key: str) -> None:
        self._told.add(key)
        with suppress(StoreError):
            self.replies.finish(key)

    def _write(self, wrong: list[SourceState], reference: str) -> bool:
        """Write to all admins; tell whether any was reached: else it is news the next time too."""
        return sum(self._post(admin, wrong, reference) for admin in self.admins) > 0

    def _post(self, admin: str, wrong: list[SourceState], reference: str) -> bool:
        try:
            with speaking(self.people.find_locale(Reader("", admin))):
                post(self.client, Place(admin), build_trouble(wrong, reference))
        except (SlackClientError, OSError) as error:
            name = error.response["error"] if isinstance(error, SlackApiError) else type(error).__name__
            _log.warning("cannot write to an admin", admin=admin, error=name)
            return False
        return True


def _make_key(reason: str) -> str:
    return f"alarm:{datetime.now(UTC).date().isoformat()}:{reason}"


def _name_reason(state: SourceState) -> str:
    """Name a source and why it was not brought up to date, whatever numbers that names."""
    refresh = state.refresh
    assert refresh is not None
    return f"{state.name}:{refresh.kind}:{refresh.state}:{_NUMBERS.sub('', refresh.message)[:200]}"
