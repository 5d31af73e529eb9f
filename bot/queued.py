"""Refreshing by way of the queue: what is asked for is split into a job for each place, which any worker does.

A request is found again by the name that it has, whichever process asks, as long as its jobs are kept.
"""

import re
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime

from bot.choosing import choose_places
from bot.job_queue import OPEN, JobQueue, QueuedState
from bot.jobs import Given, JobName
from bot.refreshing import Job
from store.archive import Archive
from store.domain.refresh import Refresh, RefreshState

# Of the same form as the name of a process on another machine, which is what who knows no queue takes it for.
_OWNER = re.compile(r"request (?P<after>\d+) on (?P<request>[0-9a-f]+) \(queue\)")
_TOLD = (RefreshState.FAILED, RefreshState.STOPPED)


@dataclass(frozen=True, slots=True)
class Requests:
    """Asks workers to refresh, and finds out how that goes on."""

    archive: Archive
    queue: JobQueue

    def begin(self, source: str, by: str) -> tuple[Job, bool] | None:
        """Ask to refresh a source, or all; give what is at work now, and whether it is this. None where no worker is.

        Raises:
            ArchiveError: The queue cannot be used.
            UnknownSourceError: There is no such source.
        """
        if not self.queue.has_workers():
            return None
        before = self.archive.refreshes.list_latest(limit=1)
        now, request = datetime.now(UTC), secrets.token_hex(4)
        job = Job(f"request {before[0].id if before else 0} on {request} (queue)", source, by, now)
        given = {"request": request, "owner": job.owner, "asked": source, "by": by, "at": now.isoformat()}
        in_the_way = self.queue.put(self._split(given), unless=lambda one: "request" in one.given)
        return (_read_job(in_the_way[0].given), False) if in_the_way else (job, True)

    def knows(self, job: Job) -> bool:
        """Tell whether a job is done by workers, not by a process of its own."""
        return _OWNER.fullmatch(job.owner) is not None

    def is_over(self, job: Job) -> bool:
        """Tell whether nothing of a request is at work or waits any more."""
        return not self.queue.list_jobs(is_open=True, request=_read(job)[1])

    def cancel(self, job: Job) -> None:
        """Ask the workers to end a request."""
        for one in self.queue.list_jobs(is_open=True, request=_read(job)[1]):
            self.queue.cancel(one.id)

    def list_done(self, job: Job) -> list[Refresh]:
        """Give the refreshes since a request was made, the latest first, whoever began them: they serve it as well."""
        return self.archive.refreshes.list_after(_read(job)[0])

    def find_end(self, job: Job) -> tuple[bool, str]:
        """Tell whether a request was cancelled, and what the logs of workers call a job of it that failed untold."""
        jobs = self.queue.list_jobs(request=_read(job)[1])
        told = {one.source for one in self.list_done(job) if one.state in _TOLD}
        failed = [one for one in jobs if one.state is QueuedState.FAILED and one.given.get("source") not in told]
        is_cancelled = any(one.state in (QueuedState.CANCELLING, QueuedState.CANCELLED) for one in jobs)
        return is_cancelled, f"job {failed[0].id}" if failed and all(one.state not in OPEN for one in jobs) else ""

    def _split(self, given: Given) -> list[tuple[JobName, Given]]:
        choice = choose_places(self.archive, [given["asked"]] if given["asked"] else [])
        refreshes = [(JobName.REFRESH, {**given, "source": some[0].name}) for some in choice.requests.values()]
        return [*refreshes, (JobName.HOUSEKEEPING, given)]


def is_refreshing(queue: JobQueue, request: str) -> bool:
    """Tell whether anything of a request is still to be refreshed."""
    return any(one.name == JobName.REFRESH for one in queue.list_jobs(is_open=True, request=request))


def _read_job(given: Given) -> Job:
    return Job(given["owner"], given["asked"], given["by"], datetime.fromisoformat(given["at"]))


def _read(job: Job) -> tuple[int, str]:
    """Read the number of the last refresh before a request, and what the request is known by."""
    found = _OWNER.fullmatch(job.owner)
    assert found
    return int(found["after"]), found["request"]
