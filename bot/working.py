"""What a worker does: the jobs that it takes, and what it looks for besides."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial

import structlog

from bot.job_queue import JobQueue, QueuedJob, QueuedState
from bot.jobs import JOBS, Bench, Ending, Given, JobName
from bot.queued import is_refreshing
from bot.settings import Settings
from bot.wiring import Models
from store.archive import Archive
from store.refresh.indexing import CHUNK_COMMENTS

_log = structlog.get_logger(__name__)

# Helping with what failed a moment ago would most likely fail again.
_HELP_AGAIN = timedelta(minutes=10)
_FORGET_EVERY = timedelta(hours=1)


@dataclass(slots=True)
class Working:
    """Does jobs of an archive's queue."""

    settings: Settings
    archive: Archive
    queue: JobQueue
    models: Models
    _forget_at: datetime = field(default_factory=lambda: datetime.now(UTC))

    def do(self, name: JobName, given: Given, find_ending: Callable[[], Ending | None]) -> None:
        """Do a job, until it is to end."""
        is_at_work = partial(is_refreshing, self.queue)
        JOBS[name].do(Bench(self.settings, self.archive, self.models, find_ending, is_at_work), given)

    def look_around(self) -> None:
        """Look for jobs that were left, and for comments that wait to be embedded and that nobody is at."""
        for job_id in self.queue.rescue():
            _log.warning("a job was left by its worker", job=job_id)
        # One job at a time waits for help, and whoever takes it asks for more: as long as there is more to do.
        if self.archive.indexing.has_more_than(CHUNK_COMMENTS) and not self._has_failed():
            self.queue.put([(JobName.INDEX, {})], unless=_waits_to_index)
        now = datetime.now(UTC)
        if now >= self._forget_at:
            self._forget_at = now + _FORGET_EVERY
            self.queue.forget_old()

    def _has_failed(self) -> bool:
        latest = self.queue.list_jobs(name=JobName.INDEX, limit=1)
        return any(
            one.state is QueuedState.FAILED and one.ended_at and datetime.now(UTC) - one.ended_at < _HELP_AGAIN
            for one in latest
        )


def _waits_to_index(job: QueuedJob) -> bool:
    return job.name == JobName.INDEX and job.state is QueuedState.WAITING
