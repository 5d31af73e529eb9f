"""What watches the stages of every question: each is timed, and a span where traces are sent."""

import time
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Any

from bot.telemetry.metrics import note_stage
from bot.telemetry.traces import MakeSpan
from store.stages import Stage, Watch


def make_watch(make_span: MakeSpan | None = None) -> Watch:
    """Make what every stage is done within."""
    if make_span is None:
        return _Timed
    return lambda stage: _Timed(stage, make_span(stage))


class _Timed:
    """Times a stage, and is a span if it is given one. No generator: a question has a dozen of these."""

    __slots__ = ("_began", "_span", "_stage")

    def __init__(self, stage: Stage, span: AbstractContextManager[Any] | None = None) -> None:
        self._stage = stage
        self._span = span

    def __enter__(self) -> None:
        if self._span:
            self._span.__enter__()
        self._began = time.perf_counter()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        note_stage(self._stage, time.perf_counter() - self._began)
        if self._span:
            self._span.__exit__(kind, error, traceback)
