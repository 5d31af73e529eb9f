"""Workers as real processes: they share what is to be done, and whatever becomes of one of them, all is done once."""

import json
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot.job_queue import JobQueue, QueuedJob, QueuedState
from bot.jobs import JobName
from bot.queued import Requests
from bot.refreshing import Job, Refresher
from bot.slack.views.refresh import CANCEL
from store.archive import Archive
from store.domain.refresh import RefreshState
from store.domain.viewer import PUBLIC
from store.refresh.owner import see
from tests.bot.telemetry.test_metrics import read
from tests.databases import place_in
from tests.fakes.slack import StandInSlack
from tests.postgres import PostgresServer, find_free_port
from tests.scenarios.conftest import make_room, make_slack_settings
from tests.scenarios.process import make_environment, serving
from tests.scenarios.room import dump
from tests.scenarios.slow_worker import CHUNK, EMBEDDED, SECONDS, SILENT
from tests.scenarios.test_refresh_in_slack import ADMIN, Place, Site, open_slack
from tests.scenarios.test_refresh_in_slack import refresh as ask_to_refresh
from tests.store.factories import dump_index

pytestmark = [pytest.mark.postgres, pytest.mark.timeout(300)]

PATIENCE_SECONDS = 90


@dataclass
class Yard:
    """An archive with a queue, and the processes that work there."""

    url: str
    folder: Path
    archive: Archive
    queue: JobQueue
    requests: Requests
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def put_file(self, name: str, count: int) -> Path:
        """Bring in a source that is not read yet."""
        path = self.folder / f"{name}.jsonl"
        texts = (f"Remark {number} of {name}." for number in range(count))
        path.write_text("".join(json.dumps({"id": text, "text": text, "author": "Ann"}) + "\n" for text in texts))
        self.archive.put_source(name, "records", str(path), PUBLIC)
        return path

    def start(
        self, *arguments: str, seconds: float = 0.0, url: str = "", silent: float = 3.0
    ) -> subprocess.Popen[bytes]:
        """Start a worker, or another command, that takes some time to embed a few texts."""
        environment = {
            **make_environment(url or self.url),
            EMBEDDED: str(self.folder / "embedded"),
            SECONDS: str(seconds),
            SILENT: str(silent),
        }
        with (self.folder / "log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "tests.scenarios.slow_worker", *(arguments or ["worker"])],
                env=environment,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        self.processes.append(process)
        return process

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text()

    @property
    def embedded(self) -> list[tuple[int, str]]:
        """What was embedded, and by which process."""
        path = self.folder / "embedded"
        lines = path.read_text().splitlines() if path.exists() else []
        return [(int(number), text) for number, text in (line.split(" ", 1) for line in lines)]

    def wait_for(self, is_so: Callable[[], Any], what: str = "") -> Any:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not (found := is_so()):
            assert time.monotonic() < deadline, f"{what}: {self.queue.list_jobs()}\n{self.log}"
            time.sleep(0.05)
        return found

    def wait_until_done(self) -> list[QueuedJob]:
        """Wait until nothing waits or is being done; give what was."""
        self.wait_for(lambda: not self.queue.list_jobs(is_open=True), "the queue is not empty")
        return self.queue.list_jobs()

    def check_whole(self, count: int) -> None:
        """See that all comments are there, each with its passage and its vector, and that nothing is left to do."""
        held = dump_index(self.archive)
        assert (len(held["passages"]), len(held["vectors"]), held["pending"]) == (count, count, [])


@contextmanager
def open_yard(url: str, folder: Path) -> Iterator[Yard]:
    archive = Archive.open(url)
    queue = JobQueue(url, archive.database.place)
    made = Yard(url, folder, archive, queue, Requests(archive, queue))
    try:
        yield made
    finally:
        for process in made.processes:
            process.kill()
            process.wait()
        archive.close()


@pytest.fixture
def yard(postgres: PostgresServer, tmp_path: Path) -> Iterator[Yard]:
    with open_yard(postgres.create(), tmp_path) as made:
        yield made


def test_two_workers_share_what_one_refresh_brings_and_embed_each_text_once(yard: Yard):
    yard.put_file("notes", 12 * CHUNK)
    first, second = (yard.start(seconds=0.2) for _ in range(2))
    yard.wait_for(yard.queue.has_workers)
    job, is_new = yard.requests.begin("", "Ada") or pytest.fail("no worker")
    assert is_new
    # Asked for once more, it is the same.
    assert yard.requests.begin("notes", "Bo") == (job, False)
    jobs = yard.wait_until_done()
    assert {(one.name, one.state) for one in jobs} == {(str(name), QueuedState.DONE) for name in JobName}
    yard.check_whole(12 * CHUNK)
    texts = Counter(text for _, text in yard.embedded)
    assert (len(texts), set(texts.values())) == (12 * CHUNK, {1})
    assert {number for number, _ in yard.embedded} == {first.pid, second.pid}
    state = Refresher(yard.archive, {}, yard.requests).watch(job).look()
    assert (state.is_over, state.is_cancelled, state.reference) == (True, False, "")
    assert [one.refresh and one.refresh.counts.added for one in state.sources] == [12 * CHUNK]


def wait_until_embedding(yard: Yard, process: subprocess.Popen[bytes], count: int = CHUNK + 1) -> None:
    yard.wait_for(lambda: sum(number == process.pid for number, _ in yard.embedded) >= count, "nothing is embedded")


def begin(yard: Yard, source: str = "") -> Job:
    yard.wait_for(yard.queue.has_workers, "no worker is alive")
    asked = yard.requests.begin(source, "Ada")
    assert asked
    assert asked[1]
    return asked[0]


def list_states(yard: Yard) -> list[tuple[str, RefreshState]]:
    return [(one.source, see(one).state) for one in reversed(yard.archive.refreshes.list_latest())]


def test_worker_that_is_killed_loses_nothing_and_its_job_is_done_by_another(yard: Yard):
    yard.put_file("notes", 8 * CHUNK)
    killed = yard.start(seconds=0.3)
    begin(yard)
    wait_until_embedding(yard, killed)
    killed.kill()
    killed.wait()
    other = yard.start()
    jobs = yard.wait_until_done()
    assert [(one.state, one.failures) for one in jobs if one.name == JobName.REFRESH] == [(QueuedState.DONE, 1)]
    assert list_states(yard) == [("notes", RefreshState.INTERRUPTED), ("notes", RefreshState.DONE)]
    yard.check_whole(8 * CHUNK)
    # Of what the first one wrote nothing is embedded again: a chunk is lost at most.
    again = [text for text, count in Counter(text for _, text in yard.embedded).items() if count > 1]
    assert len(again) <= CHUNK
    assert {number for number, _ in yard.embedded} == {killed.pid, other.pid}


def test_worker_that_is_paused_holds_up_nobody_and_does_no_harm_when_it_goes_on(yard: Yard):
    yard.put_file("notes", 8 * CHUNK)
    first = yard.start(seconds=0.3)
    begin(yard)
    wait_until_embedding(yard, first, 1)
    helper = yard.start(seconds=0.3)
    wait_until_embedding(yard, helper, 1)
    helper.send_signal(signal.SIGSTOP)
    yard.wait_for(lambda: list_states(yard) == [("notes", RefreshState.DONE)], "the refresh waits for ever")
    yard.check_whole(8 * CHUNK)
    helper.send_signal(signal.SIGCONT)
    yard.wait_until_done()
    yard.check_whole(8 * CHUNK)
    assert (first.poll(), helper.poll()) == (None, None)


def test_workers_go_on_when_their_connections_were_cut(yard: Yard, postgres: PostgresServer):
    yard.put_file("notes", 8 * CHUNK)
    worker = yard.start(seconds=0.3)
    begin(yard)
    wait_until_embedding(yard, worker)
    cut = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{yard.url.rpartition('/')[2]}'"
    assert len(postgres.run(cut)) > 1
    yard.archive.database.engine.dispose()
    jobs = yard.wait_until_done()
    assert {one.state for one in jobs} == {QueuedState.DONE}
    yard.check_whole(8 * CHUNK)
    assert worker.poll() is None


def test_worker_that_is_told_to_end_gives_back_what_it_is_at(yard: Yard):
    yard.put_file("notes", 8 * CHUNK)
    port = find_free_port()
    leaving = yard.start("worker", "--port", str(port), seconds=0.3)
    begin(yard)
    wait_until_embedding(yard, leaving)
    for path in ("healthz", "readyz"):
        assert httpx.get(f"http://127.0.0.1:{port}/{path}", trust_env=False).status_code == httpx.codes.OK
    shown = read(httpx.get(f"http://127.0.0.1:{port}/metrics", trust_env=False).content)
    assert shown["harkback_jobs", (("state", "running"),)] == 1
    ready = {dict(labels)["check"]: value for (name, labels), value in shown.items() if name == "harkback_ready"}
    assert ready == {"database": 1, "schema": 1, "jobs": 1}
    assert [value for (name, _), value in shown.items() if name == "harkback_build_info"] == [1]
    leaving.terminate()
    assert leaving.wait(60) == 0
    assert not yard.queue.has_workers()
    (job,) = yard.queue.list_jobs(name=JobName.REFRESH)
    assert (job.state, job.failures) == (QueuedState.WAITING, 0)
    yard.start()
    yard.wait_until_done()
    assert list_states(yard) == [("notes", RefreshState.INTERRUPTED), ("notes", RefreshState.DONE)]
    yard.check_whole(8 * CHUNK)
    assert len(yard.embedded) - len(set(yard.embedded)) <= CHUNK


def test_request_is_cancelled_from_another_process(yard: Yard):
    yard.put_file("notes", 8 * CHUNK)
    worker = yard.start(seconds=0.3)
    job = begin(yard)
    wait_until_embedding(yard, worker)
    refresher = Refresher(yard.archive, {}, yard.requests)
    refresher.cancel(job)
    assert refresher.wait(job, PATIENCE_SECONDS)
    state = refresher.watch(job).look()
    assert (state.is_over, state.is_cancelled, state.reference) == (True, True, "")
    assert [one.refresh and one.refresh.state for one in state.sources] == [RefreshState.CANCELLED]
    assert {one.state for one in yard.queue.list_jobs(request=job.owner.split()[3])} == {QueuedState.CANCELLED}
    assert worker.poll() is None
    # What was stored is kept, and the next one goes on.
    assert begin(yard).owner != job.owner
    yard.wait_until_done()
    yard.check_whole(8 * CHUNK)


def test_what_is_cancelled_in_one_workspace_goes_on_in_another_of_the_same_database(
    postgres: PostgresServer, tmp_path: Path
):
    url = postgres.create(is_empty=True)
    with open_workspace(url, tmp_path / "acme") as acme, open_workspace(url, tmp_path / "beta") as beta:
        # In each schema they count from 1.
        (cancelled,), (other,) = (yard.queue.list_jobs(name=JobName.REFRESH) for yard in (acme, beta))
        assert (cancelled.id, other.state) == (other.id, QueuedState.RUNNING)
        assert acme.queue.cancel(cancelled.id)
        acme.wait_for(lambda: list_states(acme) == [("notes", RefreshState.CANCELLED)], "nothing is cancelled")
        beta.wait_until_done()
        assert list_states(beta) == [("notes", RefreshState.DONE)]
        (done,) = beta.queue.list_jobs(name=JobName.REFRESH)
        assert (done.id, done.state, done.failures) == (other.id, QueuedState.DONE, 0)
        beta.check_whole(8 * CHUNK)


@contextmanager
def open_workspace(url: str, folder: Path) -> Iterator[Yard]:
    """Let a worker be at what a workspace asked for, which is in the schema that is named like its folder."""
    folder.mkdir()
    with open_yard(place_in(url, folder.name), folder) as yard:
        yard.put_file("notes", 8 * CHUNK)
        worker = yard.start(seconds=0.3)
        begin(yard)
        wait_until_embedding(yard, worker, 1)
        yield yard


def test_refresh_by_hand_is_helped_by_workers_and_bad_input_is_not_tried_again(yard: Yard):
    bad = yard.put_file("tales", 1)
    bad.write_text("This is no archive.\n")
    worker = yard.start(seconds=0.1)
    job = begin(yard, "tales")
    (failed,) = [one for one in yard.wait_until_done() if one.name == JobName.REFRESH]
    assert (failed.state, failed.failures) == (QueuedState.FAILED, 1)
    assert "tales.jsonl" in failed.reason
    state = Refresher(yard.archive, {}, yard.requests).watch(job).look()
    assert [one.refresh and one.refresh.state for one in state.sources] == [RefreshState.FAILED]
    assert state.reference == ""
    yard.put_file("notes", 12 * CHUNK)
    command = yard.start("refresh", "notes", seconds=0.3)
    assert command.wait(PATIENCE_SECONDS) == 0
    yard.check_whole(12 * CHUNK)
    counts = Counter(number for number, _ in yard.embedded)
    assert (set(counts), counts.total()) == ({worker.pid, command.pid}, 12 * CHUNK)


@pytest.fixture
def slack() -> Iterator[StandInSlack]:
    with open_slack() as running:
        yield running


def test_refresh_from_slack_is_done_by_a_worker_and_cancelled_by_the_button(yard: Yard, slack: StandInSlack):
    yard.put_file("notes", 8 * CHUNK)
    worker = yard.start(seconds=0.3)
    yard.wait_for(yard.queue.has_workers, "no worker is alive")
    settings = {**make_slack_settings(slack), "HARKBACK_ADMINS": ADMIN}
    with serving(yard.url, settings, yard.folder / "serve.log") as bot:
        slack.wait_connected()
        place = Place(slack, bot, Site(), yard.folder)
        post = ask_to_refresh(place, make_room(slack))
        wait_until_embedding(yard, worker)
        assert "embedding" in dump(place.wait_for_update(post, "embedding"))
        shown = read(bot.get("/metrics").content)
        assert [shown["harkback_jobs", (("state", state),)] for state in ("running", "failed")] == [1, 0]
        assert shown["harkback_jobs_oldest_waiting_seconds", ()] >= 0
        slack.click(post, CANCEL, user=ADMIN).wait_acked()
        update = place.wait_for_update(post, "was cancelled")
        assert update.text == "The refresh of 1 source was cancelled: 1 cancelled. What was stored is kept."
        assert worker.poll() is None
        again = ask_to_refresh(place, make_room(slack))
        done = place.wait_for_update(again, "Refreshed 1 source")
        assert done.text.startswith("Refreshed 1 source: 1 done; ")
        # It did nothing of that itself.
        assert "refreshed" not in bot.log
    yard.check_whole(8 * CHUNK)
