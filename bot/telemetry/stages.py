"""What watches the stages of every question: each is timed, and a span where traces are sent."""

import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

from bot.telemetry.metrics import note_stage
from bot.telemetry.traces import MakeSpan
from store.stages import Stage, Watch


def make_watch(make_span: MakeSpan = nullcontext) -> Watch:
    """Make what every stage is done within."""

    @contextmanager
    def watch(stage: Stage) -> Iterator[None]:
        began = time.perf_counter()
        with make_span(stage):
            try:
                yield
            finally:
                note_stage(stage, time.perf_counter() - began)

    return watch
