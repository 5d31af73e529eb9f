"""The queue of jobs in the archive's PostgreSQL, and what takes them from it. The one module that knows procrastinate.

What procrastinate does not keep of a job (which worker has it, how often and why it failed) is kept with its arguments.
"""

import asyncio
import os
import secrets
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, LiteralString

import psycopg
import structlog
from procrastinate import App, BaseRetryStrategy, JobContext, PsycopgConnector, RetryDecision, SyncPsycopgConnector
from procrastinate.exceptions import ConnectorException, JobAborted
from procrastinate.job_context import AbortReason
from procrastinate.jobs import Job as ProcrastinateJob
from procrastinate.jobs import Notification
from procrastinate.manager import JobManager
from procrastinate.worker import Worker as ProcrastinateWorker
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb
from structlog.contextvars import bound_contextvars

from bot.jobs import JOBS, TRIES, Ending, Given, JobName, NotYetError, find_wait
from embeddings.errors import EncoderError
from store.db.postgres import KEEPALIVES
from store.db.postgres_errors import explain_cause
from store.errors import ArchiveError, RefreshCancelledError, RefreshInterruptedError, StoreError
from store.refresh.masking import mask_line
from store.refresh.owner import Process

_log = structlog.get_logger(__name__)

# A worker shows that it is alive this often; one that has not for so long has none of its jobs any more.
_BEAT_SECONDS = 5.0
_SILENT_SECONDS = 30.0
# How often workers look for what others have left, besides what the queue tells them of at once.
_ROUND_SECONDS = 5.0
# A job that waits for others looks again after this.
_NOT_YET = timedelta(seconds=3)
# How long a job has to come to a place where it can stop when its worker is told to end.
_LEAVE_SECONDS = 20.0
# What the database is given to come back.
_AGAIN_SECONDS = 2.0
_KEPT_HOURS = 7 * 24
# Of the lock that those who put jobs there take; the second number tells in which schema.
_TURN = 0x4A6F6273
_TROUBLE_SECONDS = 60.0
# To take jobs with, to show that this is alive, and to note how they end.
_CONNECTIONS = 3
# What a connection has unless the database's URL says otherwise.
_CONNECTION: dict[str, Any] = {"application_name": "harkback", "connect_timeout": 10, **KEEPALIVES}

_LIST: LiteralString = """
SELECT job.id, job.task_name, job.status::text, job.args, job.abort_requested, job.scheduled_at,
       min(event.at) FILTER (WHERE event.type = 'deferred') AS asked_at,
       max(event.at) FILTER (WHERE event.type = 'started') AS begun_at,
       max(event.at) FILTER (WHERE event.type IN ('failed', 'succeeded', 'cancelled', 'aborted')) AS ended_at
FROM procrastinate_jobs AS job LEFT JOIN procrastinate_events AS event ON event.job_id = job.id
WHERE (NOT %(is_open)s OR job.status IN ('todo', 'doing'))
  AND (%(name)s = '' OR job.task_name = %(name)s)
  AND (%(request)s = '' OR job.args->'given'->>'request' = %(request)s)
GROUP BY job.id ORDER BY job.id DESC LIMIT %(limit)s
"""
# What is to be tried again later waits for nobody until then.
_COUNT: LiteralString = """
SELECT job.status::text, job.abort_requested, count(*) AS jobs,
       max(extract(epoch FROM now() - coalesce(job.scheduled_at, event.at)))
         FILTER (WHERE job.status = 'todo' AND coalesce(job.scheduled_at, now()) <= now())::float AS waited
FROM procrastinate_jobs AS job
LEFT JOIN procrastinate_events AS event ON event.job_id = job.id AND event.type = 'deferred'
GROUP BY job.status, job.abort_requested
"""
_NOTE: LiteralString = "UPDATE procrastinate_jobs SET args = args || %(notes)s WHERE id = %(id)s"
_FIND_WORKER: LiteralString = """
SELECT EXISTS (
  SELECT FROM procrastinate_workers WHERE last_heartbeat > now() - make_interval(secs => %(seconds)s)
) AS is_there
"""
_TAKE_TURN: LiteralString = "SELECT pg_advisory_xact_lock(%(number)s, hashtext(current_schema()))"
_FIND_LEFT: LiteralString = """
SELECT job.id, coalesce((job.args->>'failures')::int, 0) + 1 AS failures, job.args->>'worker' AS worker
FROM procrastinate_jobs AS job LEFT JOIN procrastinate_workers AS worker ON worker.id = job.worker_id
WHERE job.status = 'doing'
  AND (worker.id IS NULL OR worker.last_heartbeat < now() - make_interval(secs => %(seconds)s))
FOR UPDATE OF job SKIP LOCKED
"""
_FORGET: LiteralString = """
DELETE FROM procrastinate_jobs AS job
WHERE job.status NOT IN ('todo', 'doing') AND NOT EXISTS (
  SELECT FROM procrastinate_events AS event
  WHERE event.job_id = job.id AND event.at > now() - make_interval(hours => %(hours)s)
)
"""
_RETRY: LiteralString = "SELECT procrastinate_retry_job_v2(%(id)s, now(), NULL, NULL, NULL)"
_GIVE_UP: LiteralString = "SELECT procrastinate_finish_job_v1(%(id)s, 'failed', false)"


class QueuedState(StrEnum):
    """How far a job is, or how it ended."""

    WAITING = "waiting"
    RUNNING = "running"
    CANCELLING = "cancelling"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


_STATES = {
    "todo": QueuedState.WAITING,
    "doing": QueuedState.RUNNING,
    "succeeded": QueuedState.DONE,
    "failed": QueuedState.FAILED,
    "cancelled": QueuedState.CANCELLED,
    "aborted": QueuedState.CANCELLED,
}
OPEN = (QueuedState.WAITING, QueuedState.RUNNING, QueuedState.CANCELLING)


@dataclass(frozen=True, slots=True)
class QueuedJob:
    """A job in the queue.

    Attributes:
        due_at: When it is tried next, at the earliest; None for as soon as somebody can.
        failures: How often it failed.
        worker: The process that has it, or had it last.
        reason: Why it failed last; empty where it did not.
    """

    id: int
    name: str
    given: Given
    state: QueuedState
    asked_at: datetime
    begun_at: datetime | None
    ended_at: datetime | None
    due_at: datetime | None
    failures: int
    worker: str
    reason: str


@dataclass(frozen=True, slots=True)
class QueueDepth:
    """How many jobs there are of each state; those that ended, of a week.

    Attributes:
        waited_seconds: How long the job has waited for a worker that has done so longest; 0 where none does.
    """

    jobs: Mapping[QueuedState, int]
    waited_seconds: float


class JobQueue:
    """Jobs for whichever worker comes. Safe from any number of threads and processes."""

    def __init__(self, database_url: str, place: str) -> None:
        """Take the database's URL, and how it may be shown. A connection is made for each use."""
        self.place = place
        url = "postgresql" + database_url[database_url.index("://") :]
        self.conninfo = make_conninfo(**{**_CONNECTION, **conninfo_to_dict(url)})
        self._manager = JobManager(SyncPsycopgConnector())

    def has_workers(self) -> bool:
        """Tell whether any worker is alive."""
        with self._connected() as connection:
            (row,) = _run(connection, _FIND_WORKER, seconds=_SILENT_SECONDS)
        return bool(row["is_there"])

    def put(
        self, jobs: Sequence[tuple[JobName, Given]], *, unless: Callable[[QueuedJob], bool] = lambda _: False
    ) -> list[QueuedJob]:
        """Put jobs into the queue, all or none.

        Args:
            jobs: What to do, and what it is given.
            unless: Tells of jobs that wait or are being done whether they are in the way of these.

        Returns:
            Those that are in the way; none where the jobs were put there.
        """
        with self._connected() as connection:
            # Of two who look whether others are in the way, one waits for the other.
            _run(connection, _TAKE_TURN, number=_TURN)
            in_the_way = [one for one in _read(connection, is_open=True) if unless(one)]
            if not in_the_way:
                self._manager.batch_defer_jobs([_make(name, given) for name, given in jobs], connection=connection)
            return in_the_way

    def list_jobs(
        self, *, is_open: bool = False, name: str = "", request: str = "", limit: int | None = None
    ) -> list[QueuedJob]:
        """Give jobs, the latest first: all, those that wait or are being done, those of a name, or of a request."""
        with self._connected() as connection:
            return _read(connection, is_open=is_open, name=name, request=request, limit=limit)

    def read_depth(self) -> QueueDepth:
        """Count the jobs, and tell how long they wait."""
        with self._connected() as connection:
            rows = _run(connection, _COUNT)
        jobs = dict.fromkeys(QueuedState, 0)
        for row in rows:
            jobs[_find_state(row)] += row["jobs"]
        return QueueDepth(jobs, max((row["waited"] or 0.0 for row in rows), default=0.0))

    def cancel(self, job_id: int) -> bool:
        """Let a job not be begun, or end after what it is just writing; tell whether there was such."""
        with self._connected() as connection:
            return self._manager.cancel_job_by_id(job_id, abort=True, connection=connection)

    def note(self, job_id: int, **notes: str | int) -> None:
        """Keep something with a job."""
        with self._connected() as connection:
            _run(connection, _NOTE, id=job_id, notes=Jsonb(notes))

    def rescue(self) -> list[int]:
        """Let others do jobs whose workers are gone, or have been silent for too long; give them.

        One that ended its workers too often is given up.
        """
        with self._connected() as connection:
            left = _run(connection, _FIND_LEFT, seconds=_SILENT_SECONDS)
            for row in left:
                notes = {"failures": row["failures"], "reason": _explain_left(row["worker"])}
                _run(connection, _NOTE, id=row["id"], notes=Jsonb(notes))
                _run(connection, _RETRY if row["failures"] < TRIES else _GIVE_UP, id=row["id"])
            return [row["id"] for row in left]

    def forget_old(self) -> None:
        """Drop jobs that ended long ago."""
        with self._connected() as connection:
            _run(connection, _FORGET, hours=_KEPT_HOURS)

    @contextmanager
    def _connected(self) -> Iterator[psycopg.Connection[dict[str, Any]]]:
        """Give a connection, in one transaction."""
        try:
            with psycopg.connect(self.conninfo, row_factory=dict_row) as connection:
                yield connection
        except (psycopg.Error, ConnectorException) as error:
            raise ArchiveError(
                f"cannot use the queue: {self.place!r}: {explain_cause(error.__cause__ or error)}"
            ) from error


def _run(connection: psycopg.Connection[dict[str, Any]], query: LiteralString, **values: Any) -> list[dict[str, Any]]:
    cursor = connection.execute(query, values)
    return cursor.fetchall() if cursor.description else []


def _read(connection: psycopg.Connection[dict[str, Any]], **which: Any) -> list[QueuedJob]:
    every = {"is_open": False, "name": "", "request": "", "limit": None}
    return [_parse(row) for row in _run(connection, _LIST, **{**every, **which})]


def _make(name: JobName, given: Given) -> ProcrastinateJob:
    # Of two refreshes of a source, one waits for the other.
    lock = f"{name} {given['source']}" if "source" in given else None
    # A queue for each kind: one that a worker of an older version does not know waits for a newer one.
    return ProcrastinateJob(
        queue=name,
        task_name=name,
        lock=lock,
        queueing_lock=None,
        priority=JOBS[name].priority,
        task_kwargs={"given": dict(given)},
    )


def _parse(row: Mapping[str, Any]) -> QueuedJob:
    state, notes = _find_state(row), row["args"]
    return QueuedJob(
        id=row["id"],
        name=row["task_name"],
        given=notes["given"],
        state=state,
        asked_at=row["asked_at"].astimezone(UTC),
        begun_at=_read_time(row["begun_at"]),
        ended_at=None if state in OPEN else _read_time(row["ended_at"]),
        due_at=_read_time(row["scheduled_at"]) if state is QueuedState.WAITING else None,
        failures=notes.get("failures", 0),
        worker=notes.get("worker", ""),
        reason=notes.get("reason", ""),
    )


def _find_state(row: Mapping[str, Any]) -> QueuedState:
    state = _STATES[row["status"]]
    return QueuedState.CANCELLING if state is QueuedState.RUNNING and row["abort_requested"] else state


def _read_time(time: datetime | None) -> datetime | None:
    """Give a time in UTC: the server gives it in the zone that it has."""
    return time.astimezone(UTC) if time else None


def _explain_left(worker: str) -> str:
    return (
        f"cannot go on with the job: {worker or 'its worker'!r}: it ended without a word, or was silent for too long: "
        "look into its log, and at the memory that it had"
    )


class _AgainError(Exception):
    """The job is tried again after a time."""

    def __init__(self, wait: timedelta) -> None:
        super().__init__(f"again in {wait}")
        self.wait = wait


class _FailedError(Exception):
    """The job is not tried again."""


class _Again(BaseRetryStrategy):
    """Tries again what says so, and what was stopped because its worker ends."""

    def get_retry_decision(self, *, exception: BaseException, job: ProcrastinateJob) -> RetryDecision | None:  # noqa: ARG002
        """Tell when a job is tried again; None for never."""
        now = datetime.now(UTC)
        if isinstance(exception, _AgainError):
            return RetryDecision(retry_at=now + exception.wait)
        # Asked only where nobody cancelled it.
        return RetryDecision(retry_at=now) if isinstance(exception, JobAborted) else None


class _Taker(ProcrastinateWorker):
    """Ends where it cannot note how a job ended: what nobody has is done by whoever finds it.

    It hears of the queues of all schemas of its database, whose jobs have the same numbers: those to be cancelled are
    read from its own.
    """

    async def _handle_notification(self, *, channel: str, notification: Notification) -> None:
        if notification["type"] != "abort_job_requested":
            await super()._handle_notification(channel=channel, notification=notification)
        elif notification["job_id"] in {context.job.id for context in self._running_jobs.values()}:
            # What cannot be read now is read soon, with what others may have missed.
            with suppress(ConnectorException):
                self._handle_abort_jobs_requested(await self.app.job_manager.list_jobs_to_abort_async())

    async def _process_job(self, context: JobContext) -> None:
        try:
            await super()._process_job(context)
        except Exception as error:  # noqa: BLE001  # nothing stands above it
            _log.warning("cannot note how a job ended", job=context.job.id, reason=_name(error))
            self.stop()


Do = Callable[[JobName, Given, Callable[[], Ending | None]], None]


class Worker:
    """Takes jobs one after another until it is told to end, whatever becomes of the database meanwhile.

    Jobs are done in a thread of their own, beside the loop that shows the queue that this is alive.
    """

    def __init__(self, queue: JobQueue, do: Do, look_around: Callable[[], object]) -> None:
        """Take what does a job, and what is done again and again besides."""
        self._queue = queue
        self._do = do
        self._look_around = look_around
        self._is_leaving = False
        self._taker: _Taker | None = None
        self._woken = asyncio.Event()
        self._looked_at = time.monotonic()

    @property
    def trouble(self) -> str | None:
        """Why nothing is done; None if all is well."""
        if self._is_leaving:
            return "this worker is about to end"
        is_well = time.monotonic() - self._looked_at < _TROUBLE_SECONDS
        return None if is_well else "the queue cannot be read"

    def run(self) -> None:
        """Take jobs until this process is told to end by SIGTERM or SIGINT; then the job at work is given back."""
        asyncio.run(self._run())

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._leave)
        looking = asyncio.create_task(self._look())
        while not self._is_leaving:
            try:
                await self._take()
            except Exception as error:  # noqa: BLE001  # whatever it is, there is another time
                _log.warning("cannot read the queue", reason=_name(error), again_in=_AGAIN_SECONDS)
            if not self._is_leaving:
                await self._sleep(_AGAIN_SECONDS)
        looking.cancel()

    async def _take(self) -> None:
        connector = PsycopgConnector(conninfo=self._queue.conninfo, min_size=1, max_size=_CONNECTIONS)
        app = App(connector=connector)
        for name in JOBS:
            app.task(name=name, queue=name, pass_context=True, retry=_Again())(self._make_task(name))
        async with app.open_async():
            self._taker = _Taker(
                app,
                queues=list(JOBS),
                name="harkback",
                install_signal_handlers=False,
                shutdown_graceful_timeout=0,
                update_heartbeat_interval=_BEAT_SECONDS,
                stalled_worker_timeout=_SILENT_SECONDS,
            )
            if not self._is_leaving:
                await self._taker.run()

    def _leave(self) -> None:
        _log.info("told to end: what is at work is given back")
        self._is_leaving = True
        self._woken.set()
        if self._taker:
            self._taker.stop()
        # Whatever hangs: others find the job.
        timer = threading.Timer(_LEAVE_SECONDS, os._exit, (0,))
        timer.daemon = True
        timer.start()

    async def _look(self) -> None:
        while not self._is_leaving:
            try:
                await asyncio.to_thread(self._look_around)
                self._looked_at = time.monotonic()
            except Exception as error:  # noqa: BLE001  # as above
                _log.warning("cannot look for what others left", reason=_name(error))
            await self._sleep(_ROUND_SECONDS)

    async def _sleep(self, seconds: float) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._woken.wait(), seconds)

    def _make_task(self, name: JobName) -> Callable[..., None]:
        def work(context: JobContext, *, given: Given, failures: int = 0, **_: object) -> None:
            assert context.job.id is not None
            with bound_contextvars(job=context.job.id, name=name):
                self._work(context, context.job.id, name, given, failures)

        return work

    def _work(self, context: JobContext, job_id: int, name: JobName, given: Given, failures: int) -> None:
        _log.info("begun", source=given.get("source", ""))
        try:
            self._queue.note(job_id, worker=Process.current().name, reason="")
            self._do(name, given, lambda: _find_ending(context))
        except NotYetError:
            raise _AgainError(_NOT_YET) from None
        except (RefreshCancelledError, RefreshInterruptedError) as error:
            _log.info("ended before its time", reason=str(error))
            raise JobAborted from error
        except Exception as error:  # nothing stands above it, and the queue is told
            raise self._fail(job_id, error, failures + 1) from error
        _log.info("done")

    def _fail(self, job_id: int, error: Exception, failures: int) -> Exception:
        """Note that a job failed; give what tells whether it is tried again."""
        wait, reason = find_wait(error, failures), _explain(error)
        _log.warning("failed", reason=reason, failures=failures, again_in=wait.total_seconds() if wait else None)
        with suppress(ArchiveError):
            self._queue.note(job_id, failures=failures, reason=reason)
        return _FailedError(reason) if wait is None else _AgainError(wait)


def _find_ending(context: JobContext) -> Ending | None:
    reason = context.abort_reason()
    if reason is None:
        return None
    return Ending.CANCELLED if reason is AbortReason.USER_REQUEST else Ending.LEAVING


def _explain(error: Exception) -> str:
    if isinstance(error, (StoreError, EncoderError)):
        return mask_line(str(error))
    reference = secrets.token_hex(4)
    _log.error("a job failed", reference=reference, exc_info=error)
    return (
        f"cannot do the job: {type(error).__name__}: it is a fault of this program: report it, with what the log of "
        f"the worker says by this reference: {reference}"
    )


def _name(error: Exception) -> str:
    return str(error) if isinstance(error, StoreError) else type(error).__name__
