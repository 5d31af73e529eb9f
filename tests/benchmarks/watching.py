"""What it costs a question to be timed, and to be traced, beside the same question without.

python -m tests.benchmarks.watching [--comments 10000]

A machine does not take the same time twice to one part of a hundred: what the watching itself takes is measured, too.
"""

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

from bot.answering import Answering
from bot.telemetry.logs import set_up_logs
from bot.telemetry.metrics import make_page
from bot.telemetry.stages import make_watch
from bot.telemetry.traces import Traces
from embeddings.sentence import load_sentence_encoder
from store.archive import Archive
from store.domain.asked import Asked
from store.domain.viewer import Viewer
from store.search.searcher import Searcher
from store.stages import Stage, Watch, stage, watching
from tests.benchmarks.__main__ import QUESTIONS
from tests.benchmarks.material import make_texts
from tests.benchmarks.searching import DrawnEncoder, fill

_ROUNDS = 20
_TIMES = 20_000
Within = Callable[[], AbstractContextManager[None]]


class Nowhere(SpanExporter):
    """Sends spans nowhere."""

    def export(self, spans: object) -> SpanExportResult:  # noqa: ARG002  # the library's signature
        return SpanExportResult.SUCCESS


def main() -> None:
    """Measure all ways in turn, question by question, so that a busy machine is busy for all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--comments", type=int, default=10_000)
    count = parser.parse_args().comments
    set_up_logs("warning", "text")
    encoder = DrawnEncoder(load_sentence_encoder())
    traces = Traces(Nowhere(), "benchmark")
    watches: dict[str, Watch] = {"timed": make_watch(), "timed and traced": make_watch(traces.span)}
    with tempfile.TemporaryDirectory(prefix="harkback-benchmark-") as folder:
        archive = Archive.open(f"sqlite:///{folder}/archive.db")
        fill(archive, make_texts(count), encoder)
        answering = Answering(Searcher(archive, encoder))
        ways: dict[str, Within] = {"alone": nullcontext}
        ways |= {name: lambda watch=watch: watching(watch) for name, watch in watches.items()}
        times = measure(answering, ways)
        stages = count_stages(answering)
        archive.close()
    # The quickest of all: of any other it would be less.
    quickest = min(times["alone"])
    show("the quickest question", f"{quickest:.2f} ms")
    for name, taken in times.items():
        show(f"a question {name}", f"p50 {statistics.median(taken):.2f} ms")
    for name, watch in watches.items():
        cost = measure_stage(watch) - measure_stage(None)
        show(
            f"{stages} stages {name}", f"{stages * cost:.3f} ms: {stages * cost / quickest:.2%} of that (to reach: 1 %)"
        )
    began = time.perf_counter()
    size = len(make_page(list)())
    show("the page of metrics", f"{(time.perf_counter() - began) * 1000:.1f} ms, {size / 1024:.0f} KiB")
    traces.close()


def measure(answering: Answering, ways: dict[str, Within]) -> dict[str, list[float]]:
    """Give the milliseconds of each way for each question, some rounds after a first one that does not count."""
    times: dict[str, list[float]] = {name: [] for name in ways}
    for number in range(_ROUNDS + 1):
        for question in QUESTIONS:
            for name, within in ways.items():
                with within():
                    began = time.perf_counter()
                    ask(answering, question)
                    taken = (time.perf_counter() - began) * 1000
                if number:
                    times[name].append(taken)
    return times


def ask(answering: Answering, question: str) -> None:
    """Ask as a reply does: within a stage, with a message built and posted after it."""
    with stage(Stage.REPLY):
        answering.ask(Asked(question), Viewer.operator())
        for last in (Stage.BUILD, Stage.POST):
            with stage(last):
                pass


def count_stages(answering: Answering) -> int:
    """Count the stages of a question that has most."""
    begun: list[Stage] = []

    def watch(which: Stage) -> AbstractContextManager[None]:
        begun.append(which)
        return nullcontext()

    with watching(watch):
        ask(answering, QUESTIONS[0])
    # Acknowledged, and waited for, besides.
    return len(begun) + 2


def measure_stage(watch: Watch | None) -> float:
    """Give the milliseconds of one stage with nothing in it: the least of several tries."""
    least = float("inf")
    for _ in range(5):
        with watching(watch) if watch else nullcontext():
            began = time.perf_counter()
            for _ in range(_TIMES // 5):
                with stage(Stage.RANK):
                    pass
            least = min(least, (time.perf_counter() - began) * 1000 / (_TIMES // 5))
    return least


def show(name: str, text: str) -> None:
    """Print a figure."""
    sys.stdout.write(f"{name:32} {text}\n")


if __name__ == "__main__":
    main()
