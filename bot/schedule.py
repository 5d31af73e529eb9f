"""Refreshing on a schedule inside `serve`. The one module that knows the scheduler."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta

import structlog
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.interval import IntervalTrigger

from bot.refreshing import ClosedError, JobState, Refresher
from store.archive import Archive

_log = structlog.get_logger(__name__)

BY_SCHEDULE = "the schedule"
# A process that starts has other things to do first, and several should not all begin at once.
_FIRST_SECONDS = 15
_MAX_JITTER = timedelta(minutes=5)
_JITTER_SHARE = 20


class Schedule:
    """Does something every so often, never twice at once; what was missed is made up for once."""

    def __init__(self, every: timedelta | None) -> None:
        self._every = every
        self._scheduler = BackgroundScheduler(timezone=UTC, executors={"default": ThreadPoolExecutor(1)})
        self._job_id = "refresh"

    def start(self, first_due: datetime, work: Callable[[], object]) -> None:
        """Begin, unless nothing is scheduled."""
        if self._every is None:
            return
        jitter = min(self._every / _JITTER_SHARE, _MAX_JITTER)
        self._scheduler.add_job(
            work,
            IntervalTrigger(
                seconds=self._every.total_seconds(), start_date=first_due, jitter=jitter.total_seconds(), timezone=UTC
            ),
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
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)


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
            latest = archive.refreshes.list_latest(summary.source, 1)
            ends.append((latest[0].ended_at or latest[0].seen_at) if latest else summary.refreshed)
    return ends


def refresh_all(refresher: Refresher, tell: Callable[[JobState], object]) -> None:
    """Refresh all sources, and tell how that ended."""
    try:
        job, is_new = refresher.begin("", BY_SCHEDULE)
    except ClosedError:
        return
    if not is_new:
        _log.info("a refresh is at work already: this one is left out")
        return
    watch = refresher.watch(job)
    refresher.wait(job)
    tell(watch.look())
