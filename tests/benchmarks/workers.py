"""Workers: how much faster two embed than one, each with one thread, and what the queue takes of a refresh.

python -m tests.benchmarks.workers embed|queue [--rounds 4]

Others may use the machine meanwhile: what is compared is measured in turns, and the median of the rounds counts. By the
clock that says little where many wait for few processors, so that it is measured by the processor's time too.
"""

import argparse
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from itertools import count
from pathlib import Path

from bot.choosing import choose_places
from bot.cli.main import main as run_command
from bot.job_queue import JobQueue, QueuedState
from bot.jobs import JobName
from bot.priority import yield_to_others
from bot.queued import Requests
from bot.settings import Settings
from bot.wiring import Models, make_housekeeping, make_places
from embeddings.sentence import DEFAULT_MODEL
from store.archive import Archive
from store.domain.viewer import PUBLIC
from store.refresh import indexing
from tests.benchmarks.material import make_texts
from tests.postgres import run_postgres
from tests.scenarios.process import make_environment

_WORKER = "--be-worker"
# Less than is usual, so that a short time is enough to measure: what the database takes counts for more by that.
_CHUNK = 50
_PHASE_SECONDS = 30.0
_COMMENTS_A_ROUND = 6_000
_REFRESHED = 1_200
_NEEDED, _ALLOWED = 1.8, 0.05
_ONE_THREAD = {"OMP_NUM_THREADS": "1"}
_numbers = count()


def main() -> None:
    """Measure what is asked for."""
    if _WORKER in sys.argv:
        indexing.CHUNK_COMMENTS = int(sys.argv[-1])
        run_command(["worker"])
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["embed", "queue"])
    parser.add_argument("--rounds", type=int, default=4)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="harkback-benchmark-") as name, opened() as archive:
        measure = {"embed": measure_embedding, "queue": measure_queue}[chosen.what]
        measure(archive, Path(name), chosen.rounds)


@contextmanager
def opened() -> Iterator[Archive]:
    """Give an archive in a PostgreSQL of its own."""
    with run_postgres() as server:
        archive = Archive.open(server.create())
        try:
            yield archive
        finally:
            archive.close()


def find_url(archive: Archive) -> str:
    """Give the URL of an archive, with the password."""
    return archive.database.engine.url.render_as_string(hide_password=False)


def measure_embedding(archive: Archive, folder: Path, rounds: int) -> None:
    """Let two workers embed with the real model; one of them is paused in every other phase."""
    settings = Settings(database_url=find_url(archive), model=DEFAULT_MODEL)
    put_source(archive, folder, make_texts(rounds * _COMMENTS_A_ROUND))
    places = make_places(settings, archive, None)
    for request, sources in choose_places(archive, []).requests.items():
        places.refresh_place(request, sources)
    worker = partial(working, archive, folder, DEFAULT_MODEL, _CHUNK)
    with worker() as first, worker() as second:
        queue = JobQueue(find_url(archive), archive.database.place)
        while [one.state for one in queue.list_jobs(is_open=True)].count(QueuedState.RUNNING) < len((first, second)):
            time.sleep(0.5)
        wait_for_chunks(archive, 6)
        ratios = [measure_round(archive, first, second) for _ in range(rounds)]
    by_clock, by_processor = (statistics.median(some) for some in zip(*ratios, strict=True))
    show("two workers against one", by_clock, f"at least {_NEEDED}, where two processors are free")
    show("by the processor's time", by_processor, f"at least {_NEEDED}")


def measure_round(
    archive: Archive, first: subprocess.Popen[bytes], second: subprocess.Popen[bytes]
) -> tuple[float, float]:
    """Measure one worker, then both; give how many times as fast both are, by the clock and by processor."""
    second.send_signal(signal.SIGSTOP)
    alone, alone_of_processor = measure_rate(archive, first)
    second.send_signal(signal.SIGCONT)
    together, together_of_processor = measure_rate(archive, first, second)
    show("comments a second, one, both", alone, f"{together:.1f}")
    show("  of the processor's time, each", alone_of_processor, f"{together_of_processor:.1f}")
    return together / alone, 2 * together_of_processor / alone_of_processor


def measure_rate(archive: Archive, *workers: subprocess.Popen[bytes]) -> tuple[float, float]:
    """Give how many comments are embedded a second, and in a second that workers have a processor for themselves."""
    before = wait_for_chunks(archive, 1)
    began, spent = time.perf_counter(), read_spent(*workers)
    done, seconds, used = 0, 0.0, 0.0
    while seconds < _PHASE_SECONDS:
        done = before - wait_for_chunks(archive, 1)
        seconds, used = time.perf_counter() - began, read_spent(*workers) - spent
    return done / seconds, done / used


def read_spent(*processes: subprocess.Popen[bytes]) -> float:
    """Give the seconds of a processor that some processes have used."""
    # After the name, in brackets: the twelfth and thirteenth field are of the process itself (proc_pid_stat(5)).
    fields = [Path(f"/proc/{one.pid}/stat").read_text().rpartition(")")[2].split() for one in processes]
    return sum(int(some[11]) + int(some[12]) for some in fields) / os.sysconf("SC_CLK_TCK")


def wait_for_chunks(archive: Archive, chunks: int) -> int:
    """Wait until so many chunks are done; give how many comments are left."""
    first = archive.indexing.count_changes()
    while (left := archive.indexing.count_changes()) > first - chunks * _CHUNK:
        assert left, "there is nothing left to embed"
        time.sleep(0.05)
    return left


def measure_queue(archive: Archive, folder: Path, rounds: int) -> None:
    """Refresh alike files by a job and direct, in turns, with the real model."""
    # As the command does; and with one thread, as a worker here.
    yield_to_others()
    os.environ |= _ONE_THREAD
    settings = Settings(database_url=find_url(archive), model=DEFAULT_MODEL)
    queue = JobQueue(find_url(archive), archive.database.place)
    requests, models = Requests(archive, queue), Models(settings)
    texts = make_texts(_REFRESHED)
    with working(archive, folder, DEFAULT_MODEL, indexing.CHUNK_COMMENTS):
        while not queue.has_workers():
            time.sleep(0.5)
        refresh_by_job(requests, put_source(archive, folder, texts))
        refresh(settings, archive, models, put_source(archive, folder, texts))
        rows = []
        for _ in range(rounds):
            by_job, outside = refresh_by_job(requests, put_source(archive, folder, texts))
            direct = refresh(settings, archive, models, put_source(archive, folder, texts))
            show("seconds by a job, direct", by_job, f"{direct:.2f}")
            rows.append((by_job / direct - 1, outside / by_job))
    added, outside = (statistics.median(some) for some in zip(*rows, strict=True))
    show("what the queue adds", added, f"at most {_ALLOWED}, where nothing else is at work")
    show("of a request, outside of jobs", outside, f"at most {_ALLOWED}")


def refresh(settings: Settings, archive: Archive, models: Models, name: str) -> float:
    """Refresh a source and keep house, as `harkback refresh` does; give the seconds that took."""
    began = time.perf_counter()
    places = make_places(settings, archive, models)
    for request, sources in choose_places(archive, [name]).requests.items():
        places.refresh_place(request, sources)
    make_housekeeping(settings, archive, models).run()
    return time.perf_counter() - began


def refresh_by_job(requests: Requests, name: str) -> tuple[float, float]:
    """Ask for a refresh; give the seconds until all of it is done, and how many of them no job of it was being done."""
    asked = requests.begin(name, "benchmark")
    assert asked
    while not requests.is_over(asked[0]):
        time.sleep(0.2)
    jobs = requests.queue.list_jobs(request=asked[0].owner.split()[3])
    assert {one.name for one in jobs} == {JobName.REFRESH, JobName.HOUSEKEEPING}
    spans = [(one.begun_at, one.ended_at) for one in jobs if one.begun_at and one.ended_at]
    seconds = (max(ended for _, ended in spans) - jobs[-1].asked_at).total_seconds()
    return seconds, seconds - sum((ended - begun).total_seconds() for begun, ended in spans)


def put_source(archive: Archive, folder: Path, texts: list[str]) -> str:
    """Bring in a source that is not read yet; give its name. Every one has texts of its own."""
    name = f"talk{next(_numbers)}"
    path = folder / f"{name}.jsonl"
    with path.open("w", encoding="utf-8") as file:
        for number, text in enumerate(texts):
            file.write(json.dumps({"id": f"{number}", "author": name, "text": f"{text} {name}"}) + "\n")
    archive.put_source(name, "records", str(path), PUBLIC)
    return name


@contextmanager
def working(archive: Archive, folder: Path, model: str, chunk: int) -> Iterator[subprocess.Popen[bytes]]:
    """Run a worker with one thread, which takes so many comments at once."""
    environment = make_environment(find_url(archive), {"HARKBACK_MODEL": model, **_ONE_THREAD})
    with (folder / "log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.benchmarks.workers", _WORKER, str(chunk)],
            env=environment,
            stdout=log,
            stderr=log,
        )
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            process.send_signal(signal.SIGCONT)
        process.kill()
        process.wait()


def show(what: str, figure: float, needed: str) -> None:
    """Print one figure, beside what it has to reach or is compared with."""
    sys.stdout.write(f"{what:32} {figure:8.2f}   {needed}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
