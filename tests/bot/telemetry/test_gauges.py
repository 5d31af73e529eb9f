"""Tests of what is read of an archive for its metrics."""

import platform
import threading
from collections.abc import Iterable, Iterator
from datetime import timedelta
from importlib.metadata import version

import pytest

from bot.job_queue import QueueDepth, QueuedState
from bot.telemetry.checks import Connection
from bot.telemetry.gauges import Gauges, JobGauges, ProcessGauges
from bot.telemetry.metrics import Reading
from bot.telemetry.readiness import Readiness, TroubleError
from embeddings.hashing import HashingEncoder
from store.archive import Archive
from store.db.migrate import HEAD
from store.domain.refresh import ProblemGroup, RefreshCounts, RefreshKind, RefreshState
from store.domain.source import Source
from store.errors import ArchiveError
from store.refresh.owner import Process
from store.repositories.indexing import Indexing
from store.repositories.replies import Replies
from store.search.live_index import LiveIndex
from tests.store.factories import make_comment, put_comments, put_indexed

# By name and label.
Values = dict[tuple[str, str], float]
_PATIENCE = 20.0


def fail() -> str:
    raise TroubleError("not connected")


def read(archive: Archive, connection: Connection | None = None, limit_seconds: float = _PATIENCE) -> Values:
    live = LiveIndex(archive, HashingEncoder())
    live.follow()
    return tabulate(Gauges(archive, live, connection, limit_seconds).read())


def tabulate(readings: Iterable[Reading]) -> Values:
    return {
        (one.name.removeprefix("harkback_"), " ".join(labels)): value
        for one in readings
        for labels, value in one.values
    }


def put_source(archive: Archive, name: str) -> Source:
    return archive.put_source(name, "jsonl", f"/{name}.jsonl", None)


def test_gauges_of_an_empty_archive(archive: Archive):
    values = read(archive)
    assert values["pending_comments", ""] == values["owed_answers", ""] == values["index_passages", ""] == 0
    assert values["schema_version", ""] == int(HEAD)
    assert [name for name, _ in values if name.startswith("source_")] == []


def test_gauges_of_a_process_tell_what_is_ready_and_which_program_it_is(archive: Archive):
    readiness = Readiness({"database": lambda: "can be read", "slack": fail}, _PATIENCE)
    program = f"{version('harkback')} {platform.python_version()} {archive.database.engine.dialect.name}"
    assert tabulate(ProcessGauges(archive, readiness).read()) == {
        ("build_info", program): 1,
        ("ready", "database"): 1,
        ("ready", "slack"): 0,
    }


def test_gauges_tell_of_each_source_how_it_is_kept(archive: Archive):
    source, other = put_source(archive, "Blog"), put_source(archive, "Wiki")
    put_comments(archive, make_comment("1"), make_comment("2"), source="Blog")
    archive.note_refreshed(source, "/feed.xml", [ProblemGroup("no date", 3, ())])
    number = archive.refreshes.begin(other, RefreshKind.IMPORT, Process.current())
    archive.refreshes.end(number, RefreshState.FAILED, RefreshCounts(), {}, "no such file")
    values = read(archive)
    assert 0 <= values.pop(("source_refresh_age_seconds", "Blog")) < _PATIENCE
    assert {key: value for key, value in values.items() if key[0].startswith("source_")} == {
        ("source_comments", "Blog"): 2,
        ("source_comments", "Wiki"): 0,
        ("source_problems", "Blog"): 3,
        ("source_problems", "Wiki"): 0,
        ("source_refresh_running", "Blog"): 0,
        ("source_refresh_running", "Wiki"): 0,
        ("source_refresh_troubled", "Blog"): 0,
        ("source_refresh_troubled", "Wiki"): 1,
    }


@pytest.mark.parametrize("total", [None, 50])
def test_gauges_tell_how_far_a_refresh_is(archive: Archive, total: int | None):
    source = put_source(archive, "Blog")
    number = archive.refreshes.begin(source, RefreshKind.REFRESH, Process.current())
    archive.refreshes.note_progress(number, "reading", 20, total, RefreshCounts())
    values = read(archive)
    assert (values["source_refresh_running", "Blog"], values["source_refresh_done", "Blog"]) == (1, 20)
    assert values.get(("source_refresh_expected", "Blog")) == total


def test_gauges_tell_what_waits_to_be_indexed_and_what_is_in_memory(archive: Archive):
    put_indexed(archive, HashingEncoder(), make_comment("1"), make_comment("2"))
    put_comments(archive, make_comment("3"))
    values = read(archive)
    assert (values["pending_comments", ""], values["index_passages", ""]) == (1, 2)
    assert values["index_bytes", ""] > 2 * HashingEncoder().id.dim * 4
    assert values["database_bytes", ""] == archive.database.count_bytes()


def test_gauges_tell_of_answers_that_are_owed(archive: Archive, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("store.repositories.replies.LEASE", timedelta(0))
    replies = Replies(archive.database)
    replies.owe("message:T1:C1:1", "{}")
    assert read(archive)["owed_answers", ""] == 1
    replies.take("message:T1:C1:1")
    replies.finish("message:T1:C1:1")
    assert read(archive)["owed_answers", ""] == 0


def test_gauges_tell_of_the_connection_where_there_is_one(archive: Archive):
    assert ("slack_connected", "") not in read(archive)
    values = read(archive, Connection(lambda: True, lambda: 4))
    assert (values["slack_connected", ""], values["slack_reconnections", ""]) == (1, 4)
    assert read(archive, Connection(lambda: False, lambda: 0))["slack_connected", ""] == 0


@pytest.fixture
def may_end() -> Iterator[threading.Event]:
    event = threading.Event()
    yield event
    event.set()


@pytest.mark.parametrize("kind", ["fails", "hangs"])
def test_gauges_tell_the_rest_where_the_archive_does_not_answer(
    archive: Archive, monkeypatch: pytest.MonkeyPatch, may_end: threading.Event, kind: str
):
    def count(_: Indexing) -> int:
        if kind == "hangs":
            may_end.wait()
        raise ArchiveError("cannot use the archive: '/secret': disk I/O error")

    put_source(archive, "Blog")
    monkeypatch.setattr(Indexing, "count_changes", count)
    names = {name for name, _ in read(archive, limit_seconds=0.1 if kind == "hangs" else _PATIENCE)}
    assert names == {"index_passages", "index_bytes"}


def test_gauges_tell_of_jobs_by_state_and_how_long_they_wait():
    depth = QueueDepth({QueuedState.WAITING: 3, QueuedState.FAILED: 1}, 12.5)
    assert [(one.name, one.values) for one in JobGauges(lambda: depth, _PATIENCE).read()] == [
        ("harkback_jobs", ((("waiting",), 3.0), (("failed",), 1.0))),
        ("harkback_jobs_oldest_waiting_seconds", (((), 12.5),)),
    ]


@pytest.mark.parametrize("kind", ["fails", "hangs"])
def test_queue_that_does_not_answer_is_not_told_of_and_is_asked_once_at_a_time(may_end: threading.Event, kind: str):
    asked: list[str] = []

    def read_depth() -> QueueDepth:
        asked.append(kind)
        if kind == "hangs":
            may_end.wait()
        raise ArchiveError("cannot use the queue: '/secret': connection refused")

    jobs = JobGauges(read_depth, 0.1 if kind == "hangs" else _PATIENCE)
    assert [list(jobs.read()) for _ in range(2)] == [[], []]
    assert len(asked) == (1 if kind == "hangs" else 2)
