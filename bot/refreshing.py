"""Refreshing from within `serve`: by workers, or by the command `harkback refresh` as a process beside it.

Either is watched through the archive. The command works beside the threads that answer, and lets them go first, as it
always does. Nothing here knows Slack.
"""

import os
import secrets
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import IO, TYPE_CHECKING

import structlog

from bot.choosing import choose_places
from store.archive import Archive
from store.domain.refresh import Refresh, RefreshKind, RefreshState
from store.errors import StoreError, UnknownSourceError
from store.refresh.masking import mask_line
from store.refresh.owner import Process, find_number

if TYPE_CHECKING:
    # It brings the queue, which not every archive has.
    from bot.queued import Requests

_log = structlog.get_logger(__name__)

# Who begins a job that nobody asked for.
BY_SCHEDULE = "the schedule"

_COMMAND = (sys.executable, "-P", "-m", "bot.cli", "refresh")
# What ends the process, and how long it has before that, in seconds: first it may note that it was cancelled.
_ENDINGS = ((signal.SIGINT, 2.0), (signal.SIGTERM, 4.0), (signal.SIGKILL, 2.0))
# It ends by itself with these: all is well, there are problems, nothing could be done, it was told to end.
_EXPECTED_CODES = frozenset({0, 1, 3, 130})
_NOTHING_DONE = 3
_TOLD_CHARS = 4_000
# Of so many jobs it is known how they ended, for those who still look on when the next has begun.
_KEPT_RUNS = 20
# How often it is looked how far workers are.
_POLL_SECONDS = 1.0
_AT_WORK = (RefreshState.RUNNING, RefreshState.CANCELLING)
_NOT_DONE = (RefreshState.STOPPED, RefreshState.FAILED)


class ClosedError(Exception):
    """This process is about to end: it begins nothing, and waits for nothing that goes on without it."""


@dataclass(frozen=True, slots=True)
class Job:
    """One run of the command, or a request to workers, by what finds what it did, whoever looks and whenever.

    Attributes:
        owner: The process, or the name of the request.
        source: The source that was asked for; empty for all.
        by: Who began it.
    """

    owner: str
    source: str
    by: str
    begun_at: datetime


@dataclass(frozen=True, slots=True)
class SourceState:
    """A source of a job.

    Attributes:
        refresh: What the job does or did with it; None before that began.
        rate: How many comments a second, as far as that is known.
        other: What somebody else is doing with it, so that the job cannot.
    """

    name: str
    refresh: Refresh | None = None
    rate: float | None = None
    other: Refresh | None = None


@dataclass(frozen=True, slots=True)
class JobState:
    """How far a job is, or how it ended. `held` are sources that it leaves alone.

    `retained` is the removing of what is too old, of whichever sources had such. `reference` finds in the log why it
    did not do all, where nothing else tells.
    """

    job: Job
    sources: tuple[SourceState, ...]
    held: tuple[str, ...] = ()
    retained: tuple[SourceState, ...] = ()
    is_over: bool = False
    is_cancelled: bool = False
    reference: str = ""


class _Run:
    """The process of a job."""

    def __init__(
        self, source: str, by: str, environment: Mapping[str, str], is_explained: Callable[[Job], bool]
    ) -> None:
        self.over = threading.Event()
        self.is_cancelled = False
        self.reference = ""
        self._is_explained = is_explained
        self._told = tempfile.TemporaryFile()  # noqa: SIM115  # it is read when the process has ended
        self._process = subprocess.Popen(  # noqa: S603  # our own command, and a name after "--"
            [*_COMMAND, *(["--", source] if source else [])],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=self._told,
            # What stops `serve` at a terminal would reach it too, and once more when `serve` passes it on.
            start_new_session=True,
        )
        self.job = Job(Process.of(self._process.pid).name, source, by, datetime.now(UTC))
        threading.Thread(target=self._await, name="refresh process", daemon=True).start()

    def end(self) -> None:
        """Make the process end, the gentle way first; give back when it has."""
        if self.over.is_set():
            return
        self.is_cancelled = True
        _end(self.over.wait, self._process.send_signal)
        self.over.wait()

    def _await(self) -> None:
        code = self._process.wait()
        try:
            self._log_end(code)
        finally:
            self.over.set()

    def _log_end(self, code: int) -> None:
        with self._told as told:
            if self._is_bad(code):
                self.reference = secrets.token_hex(4)
                _log.error("a refresh ended badly", reference=self.reference, code=code, told=_read_end(told))
            elif code:
                _log.warning("a refresh told of problems", code=code, told=_read_end(told))
        _log.info("refreshed", code=code, seconds=round((datetime.now(UTC) - self.job.begun_at).total_seconds(), 1))

    def _is_bad(self, code: int) -> bool:
        """Tell whether it ended in a way that only what it told can explain."""
        if self.is_cancelled:
            return False
        return code not in _EXPECTED_CODES or (code == _NOTHING_DONE and not self._is_explained(self.job))


class Refresher:
    """Begins jobs, one at a time, and ends them."""

    def __init__(self, archive: Archive, environment: Mapping[str, str], requests: "Requests | None" = None) -> None:
        """Take an archive, what the command is to know, and what asks workers, where there can be such."""
        self.archive = archive
        self._environment = environment
        self._requests = requests
        self._closed = threading.Event()
        self._lock = threading.Lock()
        # The latest last, by their owners.
        self._runs: dict[str, _Run] = {}
        # Owners that an earlier process began, and that this one ended.
        self._ended: set[str] = set()

    def begin(self, source: str, by: str) -> tuple[Job, bool]:
        """Begin to refresh a source, or all; give the job that is at work now, and whether it is this one.

        Workers do it where any is alive, and a process of its own where not.

        Raises:
            ClosedError: This process is about to end.
            StoreError: Workers cannot be asked.
        """
        with self._lock:
            if self._closed.is_set():
                raise ClosedError
            latest = self._find_latest()
            if latest and not latest.over.is_set():
                return latest.job, False
            if self._requests and (asked := self._requests.begin(source, by)):
                return asked
            run = _Run(source, by, self._environment, self._is_explained)
            self._runs = dict([*self._runs.items(), (run.job.owner, run)][-_KEPT_RUNS:])
            return run.job, True

    def wait(self, job: Job, timeout_seconds: float | None = None) -> bool:
        """Wait until a job is over, or some time; tell whether it is.

        Raises:
            ClosedError: This process is about to end, and the job goes on.
        """
        if requests := self._find_requests(job):
            return self._wait_for(job, requests, timeout_seconds)
        run = self._runs.get(job.owner)
        if run:
            return run.over.wait(timeout_seconds)
        is_alive = Process.current().is_alive(job.owner, self._find_seen(job), datetime.now(UTC))
        if is_alive and timeout_seconds:
            threading.Event().wait(timeout_seconds)
        return not is_alive

    def cancel(self, job: Job) -> None:
        """Ask a job to end: it does so after what it is just writing, and within seconds whatever it does.

        One of a process on another machine ends only as it asks the archive, or the queue.
        """
        run = self._runs.get(job.owner)
        if run and run.over.is_set():
            return
        # Asking may have to wait for half a minute, and nobody waits for that.
        threading.Thread(target=self._note_cancelled, args=(job,), name="note of cancelling", daemon=True).start()
        if run:
            threading.Thread(target=run.end, name="end of refresh").start()
        elif find_number(job.owner):
            self._ended.add(job.owner)
            threading.Thread(target=self._end_other, args=(job.owner,), name="end of refresh", daemon=True).start()

    def watch(self, job: Job) -> "Watch":
        """Begin to look on."""
        return Watch(self, job)

    def find_end(self, job: Job) -> tuple[bool, str]:
        """Tell of a job whether it was cancelled, and where the log tells what was wrong.

        Of a process it is known who began it, or ended it.
        """
        if requests := self._find_requests(job):
            return requests.find_end(job)
        run = self._runs.get(job.owner)
        return (run.is_cancelled, run.reference) if run else (job.owner in self._ended, "")

    def list_done(self, job: Job) -> list[Refresh]:
        """Give what a job does and did, the latest first."""
        requests = self._find_requests(job)
        return requests.list_done(job) if requests else self.archive.refreshes.list_of(job.owner)

    def close(self) -> None:
        """Begin no job any more, and end the one that is at work; what workers do goes on."""
        with self._lock:
            self._closed.set()
            run = self._find_latest()
        if run:
            self.cancel(run.job)
            run.over.wait()

    def _find_latest(self) -> _Run | None:
        return next(reversed(self._runs.values()), None)

    def _find_requests(self, job: Job) -> "Requests | None":
        """Find what knows how a job goes on that workers do; None for any other."""
        return self._requests if self._requests and self._requests.knows(job) else None

    def _wait_for(self, job: Job, requests: "Requests", timeout_seconds: float | None) -> bool:
        until = None if timeout_seconds is None else time.monotonic() + timeout_seconds
        while not _is_over(requests, job, is_patient=until is None):
            left = _POLL_SECONDS if until is None else min(_POLL_SECONDS, until - time.monotonic())
            if left <= 0:
                return False
            if self._closed.wait(left):
                raise ClosedError
        return True

    def _note_cancelled(self, job: Job) -> None:
        """Cancel what a job is at, and what it goes on with: a process begins the next source."""
        if requests := self._find_requests(job):
            with suppress(StoreError):
                requests.cancel(job)
        while True:
            with suppress(StoreError):
                for refresh in self.list_done(job):
                    if refresh.state is RefreshState.RUNNING:
                        self.archive.refreshes.cancel(refresh.id)
            with suppress(StoreError):
                if requests or self.wait(job, 0):
                    return
            if self._closed.wait(_POLL_SECONDS):
                return

    def _end_other(self, owner: str) -> None:
        def wait(seconds: float) -> bool:
            time.sleep(seconds)
            return not find_number(owner)

        def send(signal_number: int) -> None:
            # Looked up again: numbers are used again.
            number = find_number(owner)
            if number:
                with suppress(OSError):
                    os.kill(number, signal_number)

        _end(wait, send)

    def _is_explained(self, job: Job) -> bool:
        """Tell whether the archive tells why a job could do nothing."""
        with suppress(StoreError):
            names, _ = _find_sources(self.archive, job.source)
            mine = self.archive.refreshes.list_of(job.owner)
            busy = {refresh.source for refresh in list_alive(self.archive)}
            return any(refresh.state in _NOT_DONE for refresh in mine) or bool(busy.intersection(names))
        return False

    def _find_seen(self, job: Job) -> datetime:
        return max((refresh.seen_at for refresh in self.archive.refreshes.list_of(job.owner)), default=job.begun_at)


def _is_over(requests: "Requests", job: Job, *, is_patient: bool) -> bool:
    """Tell whether a job is over; who is patient takes a queue that cannot be read for one that goes on."""
    try:
        return requests.is_over(job)
    except StoreError:
        if not is_patient:
            raise
        return False


def _end(wait: Callable[[float], bool], send: Callable[[int], object]) -> None:
    """Send a process what ends it, the gentle way first.

    Args:
        wait: Waits for some seconds, or less if it has ended; tells whether it has.
        send: Sends it a signal.
    """
    for number, patience_seconds in _ENDINGS:
        if wait(patience_seconds):
            return
        send(number)


class Watch:
    """Looks on while a job is at work; use one for each who does."""

    def __init__(self, refresher: Refresher, job: Job) -> None:
        self._refresher = refresher
        self._job = job
        self._names, self._held = _find_sources(refresher.archive, job.source)
        # Of each refresh its stage, and how far it was when that was seen first.
        self._paces: dict[int, tuple[str, int, datetime]] = {}

    def look(self) -> JobState:
        """Look how far it is."""
        # First: else it might end after what it did was read.
        is_over = self._refresher.wait(self._job, 0)
        is_cancelled, reference = self._refresher.find_end(self._job)
        done = self._refresher.list_done(self._job)
        # The latest of each source: what failed may have been tried again.
        mine = {refresh.source: refresh for refresh in reversed(done) if refresh.kind is RefreshKind.REFRESH}
        retained = [refresh for refresh in done if refresh.kind is RefreshKind.RETENTION]
        known = {refresh.id for refresh in (*mine.values(), *retained)}
        others = {one.source: one for one in list_alive(self._refresher.archive) if one.id not in known}
        names = [*self._names, *(name for name in mine if name not in self._names)]
        states = [one.state for one in mine.values()]
        # It may have done all before it heard of that.
        is_whole = is_over and len(states) == len(names) and set(states) == {RefreshState.DONE}
        return JobState(
            job=self._job,
            sources=tuple(self._describe(name, mine.get(name), others.get(name), is_over=is_over) for name in names),
            held=self._held,
            retained=tuple(self._describe(one.source, one, None, is_over=is_over) for one in retained),
            is_over=is_over,
            is_cancelled=(is_cancelled or RefreshState.CANCELLED in states) and not is_whole,
            reference=reference,
        )

    def _describe(self, name: str, mine: Refresh | None, other: Refresh | None, *, is_over: bool) -> SourceState:
        if mine is None:
            return SourceState(name, other=other)
        if mine.state not in _AT_WORK:
            return SourceState(name, mine)
        if is_over:
            return SourceState(name, replace(mine, state=RefreshState.INTERRUPTED))
        return SourceState(name, mine, self._measure(mine))

    def _measure(self, refresh: Refresh) -> float | None:
        now = (refresh.stage, refresh.done, refresh.seen_at)
        stage, done, seen_at = self._paces.setdefault(refresh.id, now)
        if stage != refresh.stage or refresh.done < done:
            self._paces[refresh.id] = now
            return None
        seconds = (refresh.seen_at - seen_at).total_seconds()
        return (refresh.done - done) / seconds if seconds > 0 and refresh.done > done else None


def list_alive(archive: Archive) -> list[Refresh]:
    """Give the refreshes at work whose process is alive."""
    now, me = datetime.now(UTC), Process.current()
    return [refresh for refresh in archive.refreshes.list_at_work() if me.is_alive(refresh.owner, refresh.seen_at, now)]


def _find_sources(archive: Archive, name: str) -> tuple[list[str], tuple[str, ...]]:
    """Give the sources that are brought up to date, and those that are left alone."""
    try:
        choice = choose_places(archive, [name] if name else [])
    except UnknownSourceError:
        return [], ()
    return choice.names, tuple(source.name for source in choice.held)


def _read_end(told: IO[bytes]) -> str:
    """Read the end of what a process told, less what may not be told."""
    size = told.seek(0, os.SEEK_END)
    told.seek(max(0, size - _TOLD_CHARS))
    return "\n".join(map(mask_line, told.read().decode(errors="replace").splitlines()))
