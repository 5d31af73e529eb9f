"""Telling people of what is new about their standing questions: looked for when the archive changed, told once.

A digest is owed until Slack has taken it. Which comments it covers is decided before it is posted, and noted together
with where it stands: who stops in between loses none.
"""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import datetime, timedelta

import structlog
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError

from bot.slack.delivery import NOT_IN, NOT_REACHED, Mark, Place, find_marked, post
from bot.slack.viewers import People, Reader
from bot.slack.views.buttons import read_button
from bot.slack.views.watches import build_news
from bot.translations import speaking
from store.archive import Archive
from store.domain.answer import Answer
from store.domain.viewer import Viewer
from store.domain.watch import Watch
from store.errors import StoreError
from store.repositories.replies import Replies
from store.search.searcher import Searcher

_log = structlog.get_logger(__name__)

# How often it is looked whether there is something to look for: that reads three rows.
ROUND = timedelta(minutes=1)
# Of so many people a round is asked what they may see: Slack tells about fifty a minute, and others ask it too.
MAX_PEOPLE = 20

_ARCHIVED = ("is_archived",)


class Teller:
    """Looks for what is new, and tells it.

    Args:
        archive: Where the questions are, and what came.
        searcher: Searches it.
        people: Who may see what.
        client: Posts.
        every: How long after a digest the next one of the same question may come.
    """

    def __init__(
        self, archive: Archive, searcher: Searcher, people: People, client: WebClient, every: timedelta
    ) -> None:
        self._archive = archive
        self._searcher = searcher
        self._people = people
        self._client = client
        self._every = every
        self._replies = Replies(archive.database)
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._last_id = 0

    def tell_all(self, now: datetime) -> None:
        """Tell what came since everybody was told last, as far as it is indexed; whatever fails is tried again."""
        with self._lock:
            try:
                self._tell_all(now)
            except (StoreError, SlackClientError, OSError) as error:
                reason = str(error) if isinstance(error, StoreError) else _name(error)
                _log.warning("cannot tell people of what is new: it is tried again", reason=reason)
            except Exception:  # noqa: BLE001  # whatever it is, the next round may do better
                _log.exception("cannot tell people of what is new: it is tried again")

    def close(self) -> None:
        """End, after what is just being told."""
        self._closing.set()
        with self._lock:
            pass

    def _tell_all(self, now: datetime) -> None:
        settled = self._archive.searching.read_settled_id()
        due = self._archive.watches.list_due(settled, now - self._every)
        if not due:
            return
        self._searcher.live.follow()
        with ExitStack() as ending:
            seen: list[int] = []
            ending.callback(self._archive.watches.note_seen, seen, settled)
            seen.extend(watch.id for watch in self._choose(due) if self._tell(watch, settled, now))

    def _choose(self, due: Sequence[Watch]) -> Iterator[Watch]:
        """Give those to look at now, from where it ended last time; so many people's as Slack is asked about."""
        people: set[Reader] = set()
        for watch in sorted(due, key=lambda one: (one.id <= self._last_id, one.id)):
            reader = _find_reader(watch)
            if self._closing.is_set() or (not watch.channel and len(people | {reader}) > MAX_PEOPLE):
                return
            if not watch.channel:
                people.add(reader)
            self._last_id = watch.id
            yield watch

    def _tell(self, watch: Watch, settled: int, now: datetime) -> bool:
        """Tell of a watch; give whether there is nothing to tell, so that it has seen what there is."""
        try:
            answer = self._find_news(watch, settled)
            if answer is None:
                self._pause(watch, "its person left, or it cannot be read")
            elif not answer.hits:
                return True
            else:
                self._tell_once(watch, answer, settled, now)
        except SlackApiError as error:
            if _name(error) in (*NOT_REACHED, *_ARCHIVED):
                self._pause(watch, _name(error))
            else:
                _log.warning("cannot tell of something new: it is tried again", watch=watch.id, error=_name(error))
        return False

    def _find_news(self, watch: Watch, settled: int) -> Answer | None:
        """Find what is new for those who would read it; None where nobody would."""
        if watch.channel:
            return self._search(watch, Viewer.channel_audience(watch.channel), settled)
        reader = _find_reader(watch)
        viewer = self._people.get_viewer(reader)
        answer = self._search(watch, viewer, settled) if viewer else None
        if answer is None or not answer.hits:
            return answer
        # What they may see is asked anew where they are told something: nothing of it may be minutes old.
        self._people.forget(reader)
        now_viewer = self._people.get_viewer(reader)
        if now_viewer == viewer or now_viewer is None:
            return answer if now_viewer else None
        return self._search(watch, now_viewer, settled)

    def _search(self, watch: Watch, viewer: Viewer, settled: int) -> Answer | None:
        asked = read_button(watch.asked)
        if asked is None:
            return None
        chosen = replace(asked.chosen, new=(watch.seen_id, settled))
        return self._searcher.search(replace(asked, chosen=chosen), viewer)

    def _tell_once(self, watch: Watch, answer: Answer, settled: int, now: datetime) -> None:
        mark = Mark(f"watch:{watch.id}:{watch.seen_id}", settled)
        is_abandoned = self._replies.is_abandoned(mark.key)
        if not self._replies.take(mark.key):
            return
        # Who took it before may have posted it, and stopped before that was noted.
        told = self._find_told(watch, mark.key) if is_abandoned else None
        place, mark = told or (self._post(watch, answer, mark), mark)
        if place is None:
            self._archive.watches.note_seen([watch.id], mark.until)
            return
        self._archive.watches.note_told(watch.id, mark.until, mark.key, str(place), now)
        _log.info("told of something new", watch=watch.id, hits=answer.total)

    def _find_told(self, watch: Watch, key: str) -> tuple[Place, Mark] | None:
        """Find what was posted already: in the channel or, where the bot may have left that, in direct messages."""
        found = self._find_in(lambda: watch.channel, key) if watch.channel else None
        return found or self._find_in(lambda: self._open(watch.person), key)

    def _find_in(self, find_channel: Callable[[], str], key: str) -> tuple[Place, Mark] | None:
        try:
            return find_marked(self._client, Place(find_channel()), key)
        except SlackApiError as error:
            if _name(error) not in (*NOT_IN, "missing_scope"):
                raise
            # It cannot be seen whether it stands there; told twice is better than never.
            return None

    def _open(self, person: str) -> str:
        return str(self._client.conversations_open(users=person)["channel"]["id"])

    def _post(self, watch: Watch, answer: Answer, mark: Mark) -> Place | None:
        """Post what is new; where the bot is not in the channel any more, to whoever watches, if that is for them.

        None where it is for nobody.
        """
        reader = _find_reader(watch)
        with speaking(self._people.find_locale(reader)):
            if not watch.channel:
                return post(self._client, Place(watch.person), build_news(watch, answer, ""), mark)
            name = self._people.find_name(*reader) or ""
            try:
                return post(self._client, Place(watch.channel), build_news(watch, answer, name), mark)
            except SlackApiError as error:
                if _name(error) not in NOT_IN:
                    raise
            own = self._find_news(replace(watch, channel=""), mark.until)
            if own is None or not own.hits:
                return None
            return post(self._client, Place(watch.person), build_news(watch, own, ""), mark)

    def _pause(self, watch: Watch, reason: str) -> None:
        self._archive.watches.pause(watch.id)
        _log.info("paused a watch that nobody would read", watch=watch.id, reason=reason)


def _find_reader(watch: Watch) -> Reader:
    return Reader(watch.team, watch.person)


def _name(error: Exception) -> str:
    return str(error.response["error"]) if isinstance(error, SlackApiError) else type(error).__name__
