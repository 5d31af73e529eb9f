"""What `serve` does on a schedule. The one module that knows the scheduler."""

import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import structlog
from apscheduler.jobstores.base import JobLookupError
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.interval import IntervalTrigger

from bot.refreshing import BY_SCHEDULE, ClosedError, JobState, Refresher
from store.archive import Archive
from store.domain.refresh import READINGS

_log = structlog.get_logger(__name__)

# A process that starts has other things to do first, and several should not all begin at once.
_FIRST_SECONDS = 15
_MAX_JITTER = timedelta(minutes=5)
_JITTER_SHARE = 20


class Schedule:
    """Does something so long after it was done last, again and again; what was missed is made up for once."""

    def __init__(self, every: timedelta | None) -> None:
        self._every = every
        self._scheduler = BackgroundScheduler(timezone=UTC)
        self._job_id = "work"
        self._idle = threading.Event()
        self._idle.set()

    def start(self, first_due: datetime, work: Callable[[], object]) -> None:
        """Begin, unless nothing is scheduled."""
        if self._every is None:
            return
        self._scheduler.add_job(
            self._do,
            _make_trigger(self._every, first_due),
            args=(work, self._every),
            id=self._job_id,
            coalesce=True,
            max_instances=1,
            # However late: the machine may have slept.
            misfire_grace_time=None,
        )
        self._scheduler.start()

    def find_due(self) -> datetime | None:
        """Give when it is done next; None for never."""
        job = self._scheduler.get_job(self._job_id)
        due: datetime | None = job.next_run_time if job else None
        return due

    def close(self) -> None:
        """Begin nothing any more."""
        self._scheduler.remove_all_jobs()

    def join(self) -> None:
        """Wait until what was begun is done; only after `close`."""
        # The scheduler would wait with its lock held, which what it waits for takes to say when it is due next.
        self._idle.wait()
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)

    def _do(self, work: Callable[[], object], every: timedelta) -> None:
        self._idle.clear()
        try:
            work()
        finally:
            with suppress(JobLookupError):
                self._scheduler.reschedule_job(self._job_id, trigger=_make_trigger(every, datetime.now(UTC) + every))
            self._idle.set()


def _make_trigger(every: timedelta, first_due: datetime) -> IntervalTrigger:
    return IntervalTrigger(
        seconds=every.total_seconds(),
        start_date=first_due,
        jitter=_find_jitter(every).total_seconds(),
        timezone=UTC,
    )


def _find_jitter(every: timedelta) -> timedelta:
    return min(every / _JITTER_SHARE, _MAX_JITTER)


def find_first_due(ended: Iterable[datetime | None], every: timedelta, now: datetime) -> datetime:
    """Give when a refresh is due first: some time after the last one of the source that has waited longest.

    Never at once, and never later than after one whole interval, even if the clock was set back since.

    Args:
        ended: When each source was brought up to date last; None for never.
        every: The interval.
        now: The time.
    """
    soon = now + timedelta(seconds=_FIRST_SECONDS)
    longest_ago = min((moment or now - every for moment in ended), default=now)
    return min(max(longest_ago + every, soon), max(now + every, soon))


def find_ends(archive: Archive) -> list[datetime | None]:
    """Give when each source was last refreshed, or tried to; without those that wait to be named."""
    ends: list[datetime | None] = []
    for summary in archive.list_sources():
        if not summary.source.is_held:
            latest = archive.refreshes.list_latest(summary.source, 1, READINGS)
            ends.append((latest[0].ended_at or latest[0].seen_at) if latest else summary.refreshed)
    return ends


def refresh_all(refresher: Refresher, tell: Callable[[JobState], object], every: timedelta | None = None) -> None:
    """Refresh all sources, and tell how that ended; not if another process that does so was just faster."""
    if every and _is_done(find_ends(refresher.archive), every):
        _log.info("all was refreshed just now: this refresh is left out")
        return
    try:
        job, is_new = refresher.begin("", BY_SCHEDULE)
        if not is_new:
            _log.info("a refresh is at work already: this one is left out")
            return
        watch = refresher.watch(job)
        refresher.wait(job)
    except ClosedError:
        return
    tell(watch.look())


def _is_done(ended: Iterable[datetime | None], every: timedelta) -> bool:
    """Tell whether all was refreshed since this time came for the first of the processes that have it."""
    since = datetime.now(UTC) - 2 * _find_jitter(every)
    return all(moment and moment > since for moment in ended)
