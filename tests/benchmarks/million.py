"""What a question costs in an archive of a million comments, stage by stage, in time and memory; and until it is ready.

python -m tests.benchmarks.million [--comments 1000000] [--folder FOLDER] [--rounds 5] [--exact]

The archive is filled at once (see `filling`), which takes minutes; with `--folder` it is kept there for the next time.
Beside the clock's time there is the processor's, which says more on a machine that others are at work on: of a
stage that of its own thread, of a whole question that of all. With `--exact`, what the two steps find of the nearest is
compared with a look at every vector: that takes 1.5 GB more.
"""

import argparse
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np

from embeddings.index import ExactIndex
from embeddings.sentence import SentenceEncoder, load_sentence_encoder
from store.archive import Archive
from store.domain.asked import Asked
from store.domain.viewer import Viewer
from store.repositories.searching import Searching
from store.search import candidates, searcher
from store.search.index import Snapshot
from store.search.searcher import Searcher
from tests.benchmarks.__main__ import QUESTIONS
from tests.benchmarks.filling import fill_at_once

# What a question is made of; some are parts of others.
_STAGES = (
    (SentenceEncoder, "encode_question"),
    (Searching, "read_postings"),
    (candidates, "find_words"),
    (Snapshot, "find_nearest"),
    (Snapshot, "measure"),
    (searcher, "find_candidates"),
    (Searcher, "_build_hits"),
)
# What few comments hold, of many and of those of one year: nothing else is in the ten.
_RARE = ("recognition of sauerkraut", "in 2011: badges", "person 123")
Times = dict[str, list[tuple[float, float]]]


def main() -> None:
    """Fill an archive if there is none, and measure."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--comments", type=int, default=1_000_000)
    parser.add_argument("--folder", type=Path, help="where the filled archive is kept")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--exact", action="store_true")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="harkback-benchmark-", dir=chosen.folder) as name:
        path = (chosen.folder or Path(name)) / f"million-{chosen.comments}.db"
        model = _measure("the model is loaded", load_model)
        if not path.exists():
            fill_at_once(path, chosen.comments, model)
        archive = Archive.open(f"sqlite:///{path}", Path(f"{path}.index"))
        asked = _measure("the index is loaded", lambda: start(archive, model))
        ask_rounds(asked, chosen.rounds)
        show_memory("after all questions")
        if chosen.exact:
            compare(asked.live.snapshot, model)
        archive.close()


def load_model() -> SentenceEncoder:
    """Load the model, and run it once."""
    model = load_sentence_encoder()
    model.encode_question("warm up")
    return model


def start(archive: Archive, model: SentenceEncoder) -> Searcher:
    """Make a search that is ready to be asked."""
    made = Searcher(archive, model)
    made.live.warm_up()
    return made


def ask_rounds(asked: Searcher, rounds: int) -> None:
    """Ask all questions: once, when no term has been read yet, and again some times."""
    for name, count in (("first", 1), ("again", rounds)):
        times: Times = defaultdict(list)
        with noting(times):
            for _ in range(count):
                for question in QUESTIONS:
                    _note(times, "question → answer", lambda: asked.search(Asked(question), Viewer.anyone()))  # noqa: B023
                for question in _RARE:
                    _note(times, f"({question})", lambda: asked.search(Asked(question), Viewer.anyone()))  # noqa: B023
        for stage, taken in times.items():
            clock, processor = (np.array([one[kind] for one in taken]) * 1000 for kind in (0, 1))
            sys.stdout.write(
                f"{name:8} {stage:28} clock p50 {np.median(clock):7.1f} ms  p95 {np.percentile(clock, 95):7.1f} ms  "
                f"processor p50 {np.median(processor):6.1f} ms  p95 {np.percentile(processor, 95):6.1f} ms\n"
            )


@contextmanager
def noting(times: Times) -> Iterator[None]:
    """Note what each stage takes."""
    patches = [mock.patch.object(place, name, _wrap(times, name, getattr(place, name))) for place, name in _STAGES]
    for patch in patches:
        patch.start()
    yield
    for patch in patches:
        patch.stop()


def _wrap(times: Times, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *given, **named: _note(times, name, lambda: function(*given, **named), time.thread_time)


def _note(
    times: Times, name: str, step: Callable[[], Any], measure_work: Callable[[], float] = time.process_time
) -> Any:
    clock, processor = time.perf_counter(), measure_work()
    found = step()
    times[name].append((time.perf_counter() - clock, measure_work() - processor))
    return found


def _measure(name: str, step: Callable[[], Any]) -> Any:
    times: Times = defaultdict(list)
    found = _note(times, name, step)
    ((clock, processor),) = times[name]
    sys.stdout.write(f"{name:29} clock {clock:6.1f} s  processor {processor:6.1f} s\n")
    show_memory(name)
    return found


def show_memory(name: str) -> None:
    """Print what this process holds, and what it held at most."""
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines())
    parts = {key: int(status[key].split()[0]) // 1024 for key in ("VmRSS", "RssAnon", "RssFile", "VmHWM")}
    sys.stdout.write(f"{name:29} {'  '.join(f'{key} {size} MB' for key, size in parts.items())}\n")


def compare(snapshot: Snapshot, model: SentenceEncoder) -> None:
    """Print how many of the nearest, as a look at every vector finds them, are found."""
    every = ExactIndex(snapshot.vectors._rows.take(np.arange(len(snapshot.passages))))  # type: ignore[attr-defined]
    drawn = np.random.default_rng(7)
    for share in (1.0, 0.5, 0.01):
        allowed = None if share == 1 else drawn.random(len(every)) < share
        for count in (10, 200):
            recalls = []
            for question in QUESTIONS:
                vector = model.encode_question(question)
                one, other = (index.search(vector, count, allowed)[0] for index in (every, snapshot.vectors))
                recalls.append(len(np.intersect1d(one, other)) / count)
            sys.stdout.write(f"recall@{count} of {share:.0%} allowed: {statistics.mean(recalls):.4f}\n")


if __name__ == "__main__":
    main()
