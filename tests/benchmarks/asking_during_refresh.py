"""What a question costs while another process refreshes the archive, beside what it costs at rest; and how fresh it is.

python -m tests.benchmarks.asking_during_refresh [--comments 100000] [--new 3000] [--edited 1000] [--pause 0.1]

A large archive is asked in this process, first at rest, then while `harkback refresh` reads, stores and embeds what is
new in one of its sources, as long as that takes. Questions, and what the refresh embeds, are encoded by the model; the
vectors of the archive's other comments are made of those of the sample's, so that it fills in a minute or two. With
`--folder` it is kept there for the next time.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from embeddings.hashing import HashingEncoder
from embeddings.sentence import SentenceEncoder, load_sentence_encoder
from store.archive import Archive
from store.domain.asked import Asked
from store.domain.viewer import Viewer
from store.search.following import Follower
from store.search.searcher import Searcher
from tests.benchmarks.__main__ import QUESTIONS, REAL_MODEL
from tests.benchmarks.material import make_texts, read_sample
from tests.benchmarks.searching import fill
from tests.scenarios.process import make_command, make_environment

_NOISE = 0.7
_LOOK_SECONDS = 0.02


class MixingEncoder(HashingEncoder):
    """Says that it is the model, and makes vectors of the model's of the sample: near one of them each."""

    def __init__(self, model: SentenceEncoder) -> None:
        super().__init__(model.id.dim)
        self.id, self.name = model.id, model.name
        self._drawn = np.random.default_rng(7)
        self._sample = model.encode_comments([comment.text for comment in read_sample()])

    def encode_comments(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Draw a vector of the sample for each text, and move it somewhere near."""
        chosen = self._sample[self._drawn.integers(len(self._sample), size=len(texts))]
        noise = self._drawn.standard_normal(chosen.shape) * _NOISE / np.sqrt(self.id.dim)
        vectors = np.asarray(chosen + noise, np.float32)
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


class Watch:
    """Notes how long after another process wrote something this one's snapshot has it."""

    def __init__(self, archive: Archive, get_version: Callable[[], int]) -> None:
        self._archive, self._get_version = archive, get_version
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self.lags: list[float] = []

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def _run(self) -> None:
        waiting: dict[int, float] = {}
        newest = self._archive.searching.read_generation()
        while not self._done.wait(_LOOK_SECONDS) or waiting:
            generation, now = self._archive.searching.read_generation(), time.perf_counter()
            if generation > newest:
                waiting[generation], newest = now, generation
            version = self._get_version()
            for number in [number for number in waiting if number <= version]:
                self.lags.append(time.perf_counter() - waiting.pop(number))


def main() -> None:
    """Fill an archive if there is none, and measure."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--comments", type=int, default=100_000)
    parser.add_argument("--new", type=int, default=3_000)
    parser.add_argument("--edited", type=int, default=1_000)
    parser.add_argument("--pause", type=float, default=0.1, help="seconds between an answer and the next question")
    parser.add_argument("--folder", type=Path, help="where the filled archive is kept")
    chosen = parser.parse_args()
    model = load_sentence_encoder()
    with tempfile.TemporaryDirectory(prefix="harkback-benchmark-", dir=chosen.folder) as name:
        database = Path(name) / "archive.db"
        copy_filled(database, chosen.comments, model, chosen.folder)
        live = write_live(Path(name) / "live.jsonl", make_texts(chosen.edited, seed=1))
        run_command(database, "import", str(live), "--source", "Live")
        write_live(live, [f"{text} Edited." for text in make_texts(chosen.edited, seed=1)] + make_texts(chosen.new, 2))
        measure(database, model, chosen.pause)


def make_filled(path: Path, count: int, model: SentenceEncoder) -> None:
    """Fill an archive."""
    archive = Archive.open(f"sqlite:///{path}.part")
    fill(archive, make_texts(count), MixingEncoder(model))
    archive.close()
    Path(f"{path}.part").rename(path)


def copy_filled(database: Path, count: int, model: SentenceEncoder, folder: Path | None) -> None:
    """Make a filled archive, or copy the one that is kept in a folder, where one is named."""
    kept = (folder or database.parent) / f"filled-{count}.db"
    if not kept.exists():
        make_filled(kept, count, model)
    shutil.copyfile(kept, database)


def write_live(path: Path, texts: list[str]) -> Path:
    """Write texts as the export that is refreshed."""
    with path.open("w", encoding="utf-8") as file:
        for number, text in enumerate(texts):
            record = {"id": str(number), "text": text, "author": f"Person {number % 50}", "thread": str(number // 10)}
            file.write(json.dumps(record) + "\n")
    return path


def measure(database: Path, model: SentenceEncoder, pause: float) -> None:
    """Ask at rest, ask during a refresh, and print both."""
    archive = Archive.open(f"sqlite:///{database}")
    searcher = Searcher(archive, model)
    searcher.live.warm_up()
    follower = Follower(searcher.live)
    follower.start()
    ask_rounds(searcher, 2, pause=0)
    rest = ask_rounds(searcher, 20, pause)
    show("at rest", rest)
    with Watch(archive, lambda: searcher.live.version) as watch:
        refresh = start_command(database, "refresh", "Live")
        during = ask_while(searcher, lambda: refresh.poll() is None, pause)
        sys.stdout.write(f"{(refresh.stdout.read() if refresh.stdout else b'').decode().strip()}\n")
    after = ask_rounds(searcher, 20, pause)
    follower.stop()
    archive.close()
    show("during the refresh", during)
    show("afterwards", after)
    ratio = find_percentile(during, 95) / find_percentile(rest, 95)
    sys.stdout.write(f"p95 during over at rest {ratio:.2f} (at most: 2)\n")
    sys.stdout.write(f"longest lag {max(watch.lags):.2f} s of {len(watch.lags)} writes seen (at most: 2)\n")


def ask_rounds(searcher: Searcher, rounds: int, pause: float) -> list[float]:
    """Ask all questions some times; the milliseconds of each."""
    return [ask(searcher, question, pause) for _ in range(rounds) for question in QUESTIONS]


def ask_while(searcher: Searcher, goes_on: Callable[[], bool], pause: float) -> list[float]:
    """Ask as long as something goes on; the milliseconds of each question."""
    times: list[float] = []
    while goes_on():
        times.append(ask(searcher, QUESTIONS[len(times) % len(QUESTIONS)], pause))
    return times


def ask(searcher: Searcher, question: str, pause: float) -> float:
    """Ask a question, then wait; the milliseconds the answer took."""
    began = time.perf_counter()
    searcher.search(Asked(question), Viewer.anyone())
    taken = (time.perf_counter() - began) * 1000
    time.sleep(pause)
    return taken


def run_command(database: Path, *arguments: str) -> None:
    """Run a command to its end."""
    process = start_command(database, *arguments)
    output, _ = process.communicate()
    assert process.returncode == 0, output.decode()


def start_command(database: Path, *arguments: str) -> subprocess.Popen[bytes]:
    """Start a command with the model."""
    environment = make_environment(database, {**REAL_MODEL, "PYTHONPATH": os.pathsep.join(sys.path)})
    return subprocess.Popen(
        make_command(*arguments), env=environment, cwd=database.parent, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )


def show(name: str, times: list[float]) -> None:
    """Print what a question cost."""
    sys.stdout.write(
        f"{name:20} {len(times):4} questions  p50 {statistics.median(times):6.1f} ms  "
        f"p95 {find_percentile(times, 95):6.1f} ms  most {max(times):6.1f} ms\n"
    )


def find_percentile(times: list[float], percent: int) -> float:
    """Give the time that so many of a hundred questions took at most."""
    return float(np.percentile(times, percent))


if __name__ == "__main__":
    main()
