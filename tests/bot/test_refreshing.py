import json
import os
import re
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import structlog
from structlog.testing import capture_logs

from bot.refreshing import ClosedError, Job, Refresher, list_alive
from bot.schedule import find_ends, refresh_all
from store.archive import Archive
from store.domain.refresh import Refresh, RefreshCounts, RefreshKind, RefreshState
from store.domain.source import Source
from store.domain.viewer import PUBLIC
from store.errors import StoreError
from store.refresh.owner import Process
from tests.waiting import PATIENCE_SECONDS, wait_until

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def _logs() -> None:
    structlog.reset_defaults()


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    opened = Archive.open(f"sqlite:///{tmp_path}/archive.db")
    yield opened
    opened.close()


@pytest.fixture
def refresher(archive: Archive, tmp_path: Path) -> Iterator[Refresher]:
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "HARKBACK_DATABASE_URL": f"sqlite:///{tmp_path}/archive.db",
    }
    refresher = Refresher(archive, environment)
    yield refresher
    refresher.close()


def put_file(archive: Archive, path: Path, *texts: str, name: str = "") -> Source:
    records = [{"id": f"n{number}", "text": text, "author": "Ann"} for number, text in enumerate(texts)]
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    return archive.put_source(name or path.stem, "records", str(path), PUBLIC)


def put_command(monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    """Let something else stand for the command."""
    monkeypatch.setattr("bot.refreshing._COMMAND", (sys.executable, "-c", script))


def test_job_refreshes_all_sources_beside_this_process(archive: Archive, refresher: Refresher, tmp_path: Path):
    put_file(archive, tmp_path / "notes.jsonl", "One.", "Two.")
    put_file(archive, tmp_path / "tales.jsonl", "Once.")
    job, is_new = refresher.begin("", "Ada")
    assert is_new
    assert (job.source, job.by) == ("", "Ada")
    assert refresher.wait(job, PATIENCE_SECONDS)
    state = refresher.watch(job).look()
    assert (state.is_over, state.is_cancelled, state.reference) == (True, False, "")
    counts = {one.name: one.refresh.counts for one in state.sources if one.refresh}
    assert counts == {"notes": RefreshCounts(added=2), "tales": RefreshCounts(added=1)}
    (latest, _) = archive.refreshes.list_latest()
    assert latest.owner == job.owner
    assert str(os.getpid()) not in job.owner.split()


def test_job_of_one_source_takes_those_that_share_its_place(archive: Archive, refresher: Refresher, tmp_path: Path):
    put_file(archive, tmp_path / "notes.jsonl", "One.")
    put_file(archive, tmp_path / "notes.jsonl", "One.", name="more")
    put_file(archive, tmp_path / "tales.jsonl", "Once.")
    watch = refresher.watch(Job("process 1 on nowhere (1)", "more", "Ada", datetime.now(UTC)))
    assert [one.name for one in watch.look().sources] == ["more", "notes"]


def test_job_leaves_alone_what_was_rolled_back_unless_it_is_named(
    archive: Archive, refresher: Refresher, tmp_path: Path
):
    put_file(archive, tmp_path / "notes.jsonl", "One.")
    put_file(archive, tmp_path / "tales.jsonl", "Once.")
    with closing(sqlite3.connect(tmp_path / "archive.db")) as connection:
        connection.execute("UPDATE source SET is_held = 1 WHERE name = 'tales'")
        connection.commit()
    job = Job("process 1 on nowhere (1)", "", "Ada", datetime.now(UTC))
    state = refresher.watch(job).look()
    assert ([one.name for one in state.sources], state.held) == (["notes"], ("tales",))
    named = refresher.watch(replace(job, source="tales")).look()
    assert ([one.name for one in named.sources], named.held) == (["tales"], ())
    # As the command does, it takes no other one of the same place.
    put_file(archive, tmp_path / "tales.jsonl", "Once.", name="more")
    beside = refresher.watch(replace(job, source="more")).look()
    assert ([one.name for one in beside.sources], beside.held) == (["more"], ("tales",))


def test_second_job_is_the_first_until_that_is_over(refresher: Refresher, monkeypatch: pytest.MonkeyPatch):
    put_command(monkeypatch, "import sys; sys.stdin.read(); import time; time.sleep(600)")
    first, _ = refresher.begin("notes", "Ada")
    assert refresher.begin("", "Bo") == (first, False)
    refresher.cancel(first)
    assert refresher.wait(first, PATIENCE_SECONDS)
    put_command(monkeypatch, "pass")
    second, is_new = refresher.begin("", "Bo")
    assert (is_new, second.owner != first.owner) == (True, True)


def test_job_that_ends_badly_is_logged_with_a_reference(refresher: Refresher, monkeypatch: pytest.MonkeyPatch):
    told = "cannot go on: https://x.example/?key=s3cret postgresql+psycopg://ann:s3cret@db/harkback"
    put_command(monkeypatch, f"import os, sys; print({told!r}, file=sys.stderr, flush=True); os._exit(9)")
    with capture_logs() as logs:
        job, _ = refresher.begin("", "Ada")
        assert refresher.wait(job, PATIENCE_SECONDS)
    state = refresher.watch(job).look()
    (line,) = [line for line in logs if line["event"] == "a refresh ended badly"]
    assert (line["reference"], line["code"]) == (state.reference, 9)
    assert "cannot go on" in line["told"]
    assert "s3cret" not in str(logs)


def test_job_that_heeds_no_signal_is_ended_all_the_same(
    refresher: Refresher, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    monkeypatch.setattr("bot.refreshing._ENDINGS", tuple((number, 0.3) for number in (2, 15, 9)))
    is_deaf = tmp_path / "is_deaf"
    put_command(
        monkeypatch,
        "import pathlib, signal, time; [signal.signal(n, signal.SIG_IGN) for n in (2, 15)]; "
        f"pathlib.Path({str(is_deaf)!r}).touch(); time.sleep(600)",
    )
    job, _ = refresher.begin("", "Ada")
    wait_until(is_deaf.exists)
    refresher.close()
    state = refresher.watch(job).look()
    assert (state.is_over, state.is_cancelled, state.reference) == (True, True, "")
    with pytest.raises(ClosedError):
        refresher.begin("", "Ada")


def join_threads(name: str) -> None:
    for thread in threading.enumerate():
        if thread.name == name:
            thread.join()


def test_cancel_asks_by_the_archive_first(archive: Archive, refresher: Refresher, tmp_path: Path):
    source = put_file(archive, tmp_path / "notes.jsonl", "One.")
    elsewhere = Process("process 17 on elsewhere.example (123)")
    refresh_id = archive.refreshes.begin(source, RefreshKind.REFRESH, elsewhere)
    job = Job(elsewhere.name, "", "Ada", datetime.now(UTC))
    assert not refresher.wait(job, 0)
    refresher.cancel(job)
    wait_until(lambda: archive.refreshes.get(refresh_id).state is RefreshState.CANCELLING)
    look = refresher.watch(job).look()
    (state,) = look.sources
    assert state.refresh
    assert state.refresh.id == refresh_id
    assert (look.is_over, look.is_cancelled) == (False, False)


def test_cancel_asks_whatever_a_process_elsewhere_goes_on_with(archive: Archive, refresher: Refresher, tmp_path: Path):
    notes, tales = (put_file(archive, tmp_path / f"{name}.jsonl", "One.") for name in ("notes", "tales"))
    elsewhere = Process("process 17 on elsewhere.example (123)")
    first = archive.refreshes.begin(notes, RefreshKind.REFRESH, elsewhere)
    refresher.cancel(Job(elsewhere.name, "", "Ada", datetime.now(UTC)))
    wait_until(lambda: archive.refreshes.get(first).state is RefreshState.CANCELLING)
    archive.refreshes.end(first, RefreshState.CANCELLED, RefreshCounts(), {})
    second = archive.refreshes.begin(tales, RefreshKind.REFRESH, elsewhere)
    wait_until(lambda: archive.refreshes.get(second).state is RefreshState.CANCELLING)
    assert archive.refreshes.get(first).state is RefreshState.CANCELLED


@pytest.fixture
def other_process() -> Iterator[subprocess.Popen[bytes]]:
    """What stands for the process of a job that an earlier `serve` began, and that hangs."""
    script = "import signal, time; signal.signal(signal.SIGINT, signal.SIG_IGN); print(flush=True); time.sleep(600)"
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE) as process:
        assert process.stdout
        process.stdout.readline()
        yield process
        process.kill()


def test_cancel_ends_the_process_of_an_earlier_one_before_a_source_is_begun(
    archive: Archive,
    refresher: Refresher,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    other_process: subprocess.Popen[bytes],
):
    # Not what ends it in any case: it might come before the gentler one has done its work.
    monkeypatch.setattr("bot.refreshing._ENDINGS", ((2, 0.0), (15, 0.0)))
    put_file(archive, tmp_path / "notes.jsonl", "One.")
    job = Job(Process.of(other_process.pid).name, "", "Ada", datetime.now(UTC))
    refresher.cancel(job)
    assert other_process.wait(PATIENCE_SECONDS) == -15
    state = refresher.watch(job).look()
    assert (state.is_over, state.is_cancelled) == (True, True)


def name_gone() -> str:
    """Give the name of a process that had the number of this one before."""
    return re.sub(r"\(\d+/", "(1/", Process.current().name)


def test_cancel_leaves_alone_another_process_of_the_same_number(refresher: Refresher, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("bot.refreshing._ENDINGS", ((2, 0.0),))
    job = Job(name_gone(), "", "Ada", datetime.now(UTC))
    refresher.cancel(job)
    join_threads("end of refresh")
    assert not refresher.watch(job).look().is_cancelled


def test_cancel_of_what_is_over_changes_nothing(refresher: Refresher, monkeypatch: pytest.MonkeyPatch):
    put_command(monkeypatch, "raise SystemExit(1)")
    job, _ = refresher.begin("", "Ada")
    assert refresher.wait(job, PATIENCE_SECONDS)
    refresher.cancel(job)
    join_threads("end of refresh")
    assert not refresher.watch(job).look().is_cancelled


def test_job_that_had_done_all_when_it_was_cancelled_is_done(
    archive: Archive, refresher: Refresher, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    notes, tales = (put_file(archive, tmp_path / f"{name}.jsonl", "One.") for name in ("notes", "tales"))
    put_command(monkeypatch, "import time; time.sleep(600)")
    monkeypatch.setattr("bot.refreshing._ENDINGS", ((9, 0.0),))
    job, _ = refresher.begin("", "Ada")
    done = archive.refreshes.begin(notes, RefreshKind.REFRESH, Process(job.owner))
    archive.refreshes.end(done, RefreshState.DONE, RefreshCounts(), {})
    refresher.cancel(job)
    assert refresher.wait(job, PATIENCE_SECONDS)
    # Else it might find the next one, and cancel that.
    join_threads("note of cancelling")
    assert refresher.watch(job).look().is_cancelled
    done = archive.refreshes.begin(tales, RefreshKind.REFRESH, Process(job.owner))
    archive.refreshes.end(done, RefreshState.DONE, RefreshCounts(), {})
    assert not refresher.watch(job).look().is_cancelled


def test_close_waits_for_no_archive(archive: Archive, refresher: Refresher, monkeypatch: pytest.MonkeyPatch):
    put_command(monkeypatch, "import time; time.sleep(600)")
    is_free, is_closed = threading.Event(), threading.Event()
    monkeypatch.setattr(archive.refreshes, "list_of", lambda _: is_free.wait() and [])
    refresher.begin("", "Ada")
    threading.Thread(target=lambda: (refresher.close(), is_closed.set())).start()
    try:
        assert is_closed.wait(PATIENCE_SECONDS)
    finally:
        is_free.set()


def test_process_stands_alone(refresher: Refresher, monkeypatch: pytest.MonkeyPatch):
    put_command(monkeypatch, "import os, sys; sys.exit(0 if os.getsid(0) == os.getpid() else 9)")
    job, _ = refresher.begin("", "Ada")
    assert refresher.wait(job, PATIENCE_SECONDS)
    assert refresher.watch(job).look().reference == ""


def test_job_that_could_do_nothing_is_logged_with_a_reference_where_the_archive_does_not_tell_why(
    archive: Archive, refresher: Refresher, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    source = put_file(archive, tmp_path / "notes.jsonl", "One.")
    put_command(monkeypatch, "import sys; print('database or disk is full', file=sys.stderr); sys.exit(3)")

    def find_reference() -> str:
        job, _ = refresher.begin("", "Ada")
        assert refresher.wait(job, PATIENCE_SECONDS)
        return refresher.watch(job).look().reference

    with capture_logs() as logs:
        reference = find_reference()
    (line,) = [line for line in logs if line["event"] == "a refresh ended badly"]
    assert (line["reference"], line["told"]) == (reference, "database or disk is full")
    # Somebody else is at work on it, which is told.
    refresh_id = archive.refreshes.begin(source, RefreshKind.IMPORT, Process.current())
    assert find_reference() == ""
    archive.refreshes.end(refresh_id, RefreshState.DONE, RefreshCounts(), {})
    assert find_reference()

    def fail(_: str) -> None:
        raise StoreError("cannot use the archive")

    monkeypatch.setattr(archive.refreshes, "list_of", fail)
    job, _ = refresher.begin("", "Ada")
    assert refresher.wait(job, PATIENCE_SECONDS)
    assert refresher.find_end(job)[1]


def test_job_of_which_a_source_failed_needs_no_reference(archive: Archive, refresher: Refresher, tmp_path: Path):
    put_file(archive, tmp_path / "notes.jsonl", "One.")
    (tmp_path / "notes.jsonl").unlink()
    job, _ = refresher.begin("", "Ada")
    assert refresher.wait(job, PATIENCE_SECONDS)
    state = refresher.watch(job).look()
    assert [one.refresh and one.refresh.state for one in state.sources] == [RefreshState.FAILED]
    assert state.reference == ""


def test_reference_is_known_when_the_next_job_has_begun(refresher: Refresher, monkeypatch: pytest.MonkeyPatch):
    put_command(monkeypatch, "import os; os._exit(9)")
    first, _ = refresher.begin("", "Ada")
    assert refresher.wait(first, PATIENCE_SECONDS)
    watch = refresher.watch(first)
    reference = watch.look().reference
    second, is_new = refresher.begin("", "Bo")
    assert is_new
    assert refresher.wait(second, PATIENCE_SECONDS)
    assert (watch.look().is_over, watch.look().reference) == (True, reference)
    assert reference


def test_what_is_removed_for_its_age_is_told_apart(archive: Archive, refresher: Refresher, tmp_path: Path):
    for name in ("notes", "tales"):
        put_file(archive, tmp_path / f"{name}.jsonl", "One.")
    me = Process("process 17 on elsewhere.example (123)")
    for name, kind, deleted in (("notes", "refresh", 0), ("notes", "retention", 2), ("tales", "retention", 3)):
        one = archive.refreshes.begin(archive.get_source(name), RefreshKind(kind), me)
        archive.refreshes.end(one, RefreshState.DONE, RefreshCounts(deleted=deleted), {})
    state = refresher.watch(Job(me.name, "notes", "Ada", datetime.now(UTC))).look()
    assert [(one.name, one.refresh and one.refresh.counts.deleted) for one in state.sources] == [("notes", 0)]
    retained = {one.name: one.refresh.counts.deleted for one in state.retained if one.refresh}
    assert retained == {"notes": 2, "tales": 3}


def test_job_of_a_process_that_is_gone_is_over(archive: Archive, refresher: Refresher, tmp_path: Path):
    source = put_file(archive, tmp_path / "notes.jsonl", "One.")
    gone = Process(name_gone())
    archive.refreshes.begin(source, RefreshKind.REFRESH, gone)
    job = Job(gone.name, "", "Ada", datetime.now(UTC))
    state = refresher.watch(job).look()
    assert state.is_over
    assert [one.refresh and one.refresh.state for one in state.sources] == [RefreshState.INTERRUPTED]
    assert list_alive(archive) == []


def test_source_that_another_process_is_at_work_on_is_told(archive: Archive, refresher: Refresher, tmp_path: Path):
    source = put_file(archive, tmp_path / "notes.jsonl", "One.")
    archive.refreshes.begin(source, RefreshKind.IMPORT, Process.current())
    (state,) = refresher.watch(Job("process 1 on nowhere (1)", "", "Ada", datetime.now(UTC))).look().sources
    assert state.refresh is None
    assert state.other
    assert state.other.kind is RefreshKind.IMPORT


def test_rate_is_of_the_stage(archive: Archive, refresher: Refresher, tmp_path: Path):
    source = put_file(archive, tmp_path / "notes.jsonl", "One.")
    refresh_id = archive.refreshes.begin(source, RefreshKind.REFRESH, Process.current())
    watch = refresher.watch(Job(Process.current().name, "", "Ada", datetime.now(UTC)))

    def look(stage: str, done: int, seconds: float) -> float | None:
        at = datetime(2026, 3, 1, tzinfo=UTC) + timedelta(seconds=seconds)
        with closing(sqlite3.connect(tmp_path / "archive.db")) as connection:
            connection.execute(
                "UPDATE refresh SET stage = ?, done = ?, seen_at = ? WHERE id = ?",
                (stage, done, at.strftime("%Y-%m-%d %H:%M:%S.%f"), refresh_id),
            )
            connection.commit()
        (state,) = watch.look().sources
        return state.rate

    assert look("reading", 100, 0) is None
    assert look("reading", 300, 2) == 100
    assert look("reading", 700, 4) == 150
    assert look("embedding", 10, 5) is None
    assert look("embedding", 30, 6) == 20
    assert look("embedding", 5, 7) is None


def test_schedule_tells_how_it_ended(archive: Archive, refresher: Refresher, tmp_path: Path):
    put_file(archive, tmp_path / "notes.jsonl", "One.")
    (tmp_path / "notes.jsonl").unlink()
    told = []
    refresh_all(refresher, told.append)
    (state,) = told
    assert [one.refresh and one.refresh.state for one in state.sources] == [RefreshState.FAILED]
    assert state.job.by == "the schedule"


def test_schedule_leaves_out_a_time_when_a_refresh_is_at_work(refresher: Refresher, monkeypatch: pytest.MonkeyPatch):
    put_command(monkeypatch, "import time; time.sleep(600)")
    job, _ = refresher.begin("", "Ada")
    refresh_all(refresher, pytest.fail)
    refresher.close()
    refresh_all(refresher, pytest.fail)
    assert refresher.watch(job).look().is_over


def test_schedule_counts_from_when_each_source_was_refreshed_last(archive: Archive, tmp_path: Path):
    source = put_file(archive, tmp_path / "notes.jsonl", "One.")
    assert find_ends(archive) == [None]
    refresh_id = archive.refreshes.begin(source, RefreshKind.REFRESH, Process.current())
    archive.refreshes.end(refresh_id, RefreshState.FAILED, RefreshCounts(), {})
    (refresh,) = archive.refreshes.list_latest()
    assert find_ends(archive) == [refresh.ended_at]
    # To forget somebody, or to remove what is too old, brings nothing up to date.
    forgot = archive.refreshes.begin(source, RefreshKind.FORGET, Process.current())
    archive.refreshes.end(forgot, RefreshState.DONE, RefreshCounts(), {})
    assert find_ends(archive) == [refresh.ended_at]
    with closing(sqlite3.connect(tmp_path / "archive.db")) as connection:
        connection.execute("UPDATE source SET is_held = 1")
        connection.commit()
    assert find_ends(archive) == []


def test_waiting_for_a_job_ends_with_it(refresher: Refresher, monkeypatch: pytest.MonkeyPatch):
    put_command(monkeypatch, "import time; time.sleep(600)")
    job, _ = refresher.begin("", "Ada")
    ended = threading.Event()
    waiting = threading.Thread(target=lambda: refresher.wait(job) and ended.set())
    waiting.start()
    assert not ended.is_set()
    refresher.close()
    assert ended.wait(PATIENCE_SECONDS)


class Asked:
    """Workers that are asked: as `Requests`, without a queue."""

    def __init__(self, archive: Archive, *, has_workers: bool = True) -> None:
        self.job: Job | None = None
        self.is_done = self.is_cancelled = False
        self._archive = archive
        self._has_workers = has_workers

    def begin(self, source: str, by: str) -> tuple[Job, bool] | None:
        if not self._has_workers:
            return None
        known, self.job = self.job, self.job or Job("request 0 on ab12 (queue)", source, by, datetime.now(UTC))
        return self.job, known is None

    def knows(self, job: Job) -> bool:
        return job.owner.startswith("request ")

    def is_over(self, _: Job) -> bool:
        return self.is_done

    def cancel(self, _: Job) -> None:
        self.is_cancelled = True

    def find_end(self, _: Job) -> tuple[bool, str]:
        return self.is_cancelled, ""

    def list_done(self, _: Job) -> list[Refresh]:
        return self._archive.refreshes.list_after(0)


def test_workers_are_asked_where_any_is_alive(
    archive: Archive, refresher: Refresher, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    source = put_file(archive, tmp_path / "notes.jsonl", "One.")
    put_command(monkeypatch, "raise AssertionError('a process was begun')")
    asked = refresher._requests = Asked(archive)
    job, is_new = refresher.begin("", "Ada")
    assert is_new
    assert refresher.begin("notes", "Bo") == (job, False)
    assert not refresher.wait(job, 0)
    worker = Process("process 17 on elsewhere.example (123)")
    # What failed is tried again: the latest counts.
    failed = archive.refreshes.begin(source, RefreshKind.REFRESH, worker)
    archive.refreshes.end(failed, RefreshState.FAILED, RefreshCounts(), {})
    again = archive.refreshes.begin(source, RefreshKind.REFRESH, worker)
    (state,) = refresher.watch(job).look().sources
    assert state.refresh
    assert (state.refresh.id, state.refresh.state) == (again, RefreshState.RUNNING)
    refresher.cancel(job)
    join_threads("note of cancelling")
    assert archive.refreshes.get(again).state is RefreshState.CANCELLING
    assert asked.is_cancelled
    archive.refreshes.end(again, RefreshState.CANCELLED, RefreshCounts(), {})
    asked.is_done = True
    assert refresher.wait(job)
    look = refresher.watch(job).look()
    assert (look.is_over, look.is_cancelled) == (True, True)


def test_process_is_begun_where_no_worker_is_alive(
    archive: Archive, refresher: Refresher, monkeypatch: pytest.MonkeyPatch
):
    put_command(monkeypatch, "pass")
    refresher._requests = Asked(archive, has_workers=False)
    job, is_new = refresher.begin("", "Ada")
    assert is_new
    assert job.owner.startswith("process ")
    assert refresher.wait(job, 30)


def test_nobody_waits_for_workers_when_this_process_ends(archive: Archive, refresher: Refresher):
    asked = refresher._requests = Asked(archive)
    job, _ = refresher.begin("", "Ada")
    told: list[type[Exception]] = []

    def wait() -> None:
        try:
            refresher.wait(job)
        except ClosedError:
            told.append(ClosedError)

    waiting = threading.Thread(target=wait)
    waiting.start()
    refresher.close()
    waiting.join(30)
    assert (told, asked.is_cancelled) == ([ClosedError], False)


def test_button_of_a_request_is_understood_where_there_is_no_queue(refresher: Refresher):
    job = Job("request 0 on ab12 (queue)", "", "Ada", datetime.now(UTC) - timedelta(hours=1))
    assert refresher.wait(job)
    refresher.cancel(job)
    assert refresher.watch(job).look().is_over


def test_schedule_leaves_out_a_time_when_another_process_was_faster(
    archive: Archive, refresher: Refresher, tmp_path: Path
):
    source = put_file(archive, tmp_path / "notes.jsonl", "One.")
    told: list[object] = []
    every = timedelta(hours=6)
    refresh_id = archive.refreshes.begin(source, RefreshKind.REFRESH, Process.current())
    archive.refreshes.end(refresh_id, RefreshState.FAILED, RefreshCounts(), {})
    refresh_all(refresher, told.append, every)
    assert told == []
    with closing(sqlite3.connect(tmp_path / "archive.db")) as connection:
        connection.execute("UPDATE refresh SET ended_at = '2026-01-01 00:00:00'")
        connection.commit()
    refresh_all(refresher, told.append, every)
    assert len(told) == 1
