"""What is read anew whenever somebody looks at the metrics: readiness, archive, queue, memory, connection to Slack."""

import platform
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from typing import TYPE_CHECKING

import structlog

from bot.refreshing import list_alive
from bot.telemetry.checks import Connection
from bot.telemetry.limited import Limited
from bot.telemetry.metrics import Reading
from bot.telemetry.readiness import Readiness
from store.archive import Archive
from store.db.migrate import find_revision
from store.domain.refresh import Refresh
from store.domain.source import SourceStanding
from store.errors import StoreError
from store.repositories.replies import Replies
from store.search.live_index import LiveIndex

if TYPE_CHECKING:
    # It brings the queue, which not every archive has.
    from bot.job_queue import QueueDepth

_log = structlog.get_logger(__name__)

# Prometheus waits for ten, unless told otherwise.
LIMIT_SECONDS = 3.0


@dataclass(frozen=True, slots=True)
class _Kept:
    """How the archive is kept."""

    standings: Sequence[SourceStanding]
    at_work: Sequence[Refresh]
    pending: int
    owed: int
    size: int
    schema: str | None


class ProcessGauges:
    """Reads what there is to tell of any process, whether it answers or does jobs."""

    def __init__(self, archive: Archive, readiness: Readiness) -> None:
        self._database = archive.database.engine.dialect.name
        self._readiness = readiness

    def read(self) -> Iterator[Reading]:
        """Read all."""
        labels = {"version": version("harkback"), "python": platform.python_version(), "database": self._database}
        text = "Which program this is; always 1."
        yield Reading("harkback_build_info", text, tuple(labels), ((tuple(labels.values()), 1.0),))
        ready = {name: float(finding.is_good) for name, finding in self._readiness.look().items()}
        text = "Whether what it takes to answer, or to do jobs, is there, by what was looked at: 1 if so."
        yield _by("harkback_ready", text, "check", ready)


class Gauges:
    """Reads everything within some seconds; of an archive that does not answer, nothing is told but what is in memory.

    Args:
        archive: The archive.
        live: What of it is in memory.
        connection: That to Slack, if it is this process's to keep.
    """

    def __init__(
        self, archive: Archive, live: LiveIndex, connection: Connection | None, limit_seconds: float = LIMIT_SECONDS
    ) -> None:
        self._archive = archive
        self._live = live
        self._connection = connection
        self._limit_seconds = limit_seconds
        self._kept = Limited(self._read_kept, "metrics of the archive")

    def read(self) -> Iterator[Reading]:
        """Read all."""
        kept = self._kept.begin()
        yield from self._read_memory()
        if self._connection:
            yield from _read_connection(self._connection)
        try:
            yield from self._describe_kept(kept.result(self._limit_seconds))
        except (StoreError, TimeoutError) as error:
            _log.warning("the metrics lack what is read of the archive", error=type(error).__name__)

    def _read_kept(self) -> _Kept:
        return _Kept(
            self._archive.refreshes.read_standings(),
            list_alive(self._archive),
            self._archive.indexing.count_changes(),
            len(Replies(self._archive.database).find_owed()),
            self._archive.database.count_bytes(),
            find_revision(self._archive.database),
        )

    def _read_memory(self) -> Iterator[Reading]:
        snapshot, _ = self._live.current
        yield _one("harkback_index_passages", "Passages in memory, each with its vector.", snapshot.passage_count)
        yield _one("harkback_index_bytes", "Bytes that the index takes in memory.", snapshot.count_bytes())

    def _describe_kept(self, kept: _Kept) -> Iterator[Reading]:
        yield _one("harkback_schema_version", "The schema that the database has.", int((kept.schema or "0")[:4]))
        yield _one("harkback_database_bytes", "Bytes that the archive takes, with all indexes.", kept.size)
        yield _one("harkback_pending_comments", "Comments that changed, and wait to be indexed.", kept.pending)
        text = "Answers owed for over a minute: a process was killed before it gave them, or Slack does not take them."
        yield _one("harkback_owed_answers", text, kept.owed)
        yield from self._describe_sources(kept.standings)
        yield from _describe_refreshes(kept)

    def _describe_sources(self, standings: Sequence[SourceStanding]) -> Iterator[Reading]:
        held = dict.fromkeys((one.id for one in standings), 0)
        for channel in self._live.current[1]:
            if channel.source_id in held:
                held[channel.source_id] += channel.comments
        now = datetime.now(UTC)
        ages = {one.name: (now - one.refreshed).total_seconds() for one in standings if one.refreshed}
        text = "Seconds since the source was brought up to date last; none before the first time."
        yield _by("harkback_source_refresh_age_seconds", text, "source", ages)
        text = "Whether the latest reading of the source that is over stopped or failed: 1 if so."
        troubled = {one.name: float(one.is_troubled) for one in standings}
        yield _by("harkback_source_refresh_troubled", text, "source", troubled)
        text = "Comments of the source that can be found, as far as they are in memory."
        yield _by("harkback_source_comments", text, "source", {one.name: held[one.id] for one in standings})
        text = "Records of the source that were not imported, or not as they stood, when it was read last."
        yield _by("harkback_source_problems", text, "source", {one.name: one.problems for one in standings})


class JobGauges:
    """Reads how many jobs wait for workers, within some seconds; of a queue that does not answer, nothing is told."""

    def __init__(self, read_depth: "Callable[[], QueueDepth]", limit_seconds: float = LIMIT_SECONDS) -> None:
        self._limit_seconds = limit_seconds
        self._depth = Limited(read_depth, "metrics of the jobs")

    def read(self) -> Iterator[Reading]:
        """Read all."""
        try:
            depth = self._depth.begin().result(self._limit_seconds)
        except (StoreError, TimeoutError) as error:
            _log.warning("the metrics lack what is read of the queue", error=type(error).__name__)
            return
        jobs = {str(state): count for state, count in depth.jobs.items()}
        yield _by("harkback_jobs", "Jobs of workers by state; those that ended, of a week.", "state", jobs)
        text = "How long the job has waited for a worker that has done so longest; 0 where none waits."
        yield _one("harkback_jobs_oldest_waiting_seconds", text, depth.waited_seconds)


def _describe_refreshes(kept: _Kept) -> Iterator[Reading]:
    at_work = {refresh.source: refresh for refresh in kept.at_work}
    text = "Whether the source is being changed: refreshed, imported, rolled back; 1 if so."
    running = {one.name: float(one.name in at_work) for one in kept.standings}
    yield _by("harkback_source_refresh_running", text, "source", running)
    done = {name: refresh.done for name, refresh in at_work.items()}
    yield _by("harkback_source_refresh_done", "How far its stage is, of what is at work.", "source", done)
    total = {name: refresh.total for name, refresh in at_work.items() if refresh.total is not None}
    text = "How far its stage goes, of what is at work, where that is known."
    yield _by("harkback_source_refresh_expected", text, "source", total)


def _read_connection(connection: Connection) -> Iterator[Reading]:
    yield _one("harkback_slack_connected", "Whether Slack is connected: 1 if so.", connection.is_up())
    text = "How often the connection to Slack was made again since this process began."
    values = (((), float(connection.count_reconnections())),)
    yield Reading("harkback_slack_reconnections", text, (), values, only_grows=True)


def _one(name: str, text: str, value: float) -> Reading:
    return Reading(name, text, (), (((), float(value)),))


def _by(name: str, text: str, label: str, values: dict[str, float] | dict[str, int]) -> Reading:
    return Reading(name, text, (label,), tuple(((one,), float(value)) for one, value in values.items()))
