"""Tests of spans, by what a memory of them holds."""

import subprocess
import sys
from collections.abc import Iterator

import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode

from bot.answering import Answering
from bot.telemetry.requests import CarryingPool, Surface, find_request, handling
from bot.telemetry.stages import make_watch
from bot.telemetry.traces import Traces, TracesError, open_traces
from embeddings.hashing import HashingEncoder
from store.archive import Archive
from store.domain.asked import Asked
from store.domain.viewer import Viewer
from store.search.searcher import Searcher
from store.stages import Stage, stage, watching
from tests.store.factories import make_comment, put_indexed

QUESTION = "zeppelin budget"


class Memory:
    """Traces, and the spans they made."""

    def __init__(self) -> None:
        self._exporter = InMemorySpanExporter()
        self.traces = Traces(self._exporter, "1.0")

    def read(self) -> dict[str, ReadableSpan]:
        """Give all spans by name, each the last of its name."""
        self.traces._provider.force_flush()
        return {span.name: span for span in self._exporter.get_finished_spans()}


@pytest.fixture
def memory() -> Iterator[Memory]:
    made = Memory()
    with watching(make_watch(made.traces.span)):
        yield made
    made.traces.close()


def find_parents(spans: dict[str, ReadableSpan]) -> dict[str, str | None]:
    names = {span.context.span_id: name for name, span in spans.items()}
    return {name: names[span.parent.span_id] if span.parent else None for name, span in spans.items()}


def test_stage_within_another_is_a_span_within_its_span(memory: Memory):
    with stage(Stage.REPLY), stage(Stage.POST):
        pass
    spans = memory.read()
    assert find_parents(spans) == {"reply": None, "post": "reply"}
    assert spans["reply"].resource.attributes["service.name"] == "harkback"


def test_work_in_the_pool_belongs_to_the_delivery(memory: Memory):
    def work() -> None:
        with stage(Stage.REPLY):
            pass

    with CarryingPool(1, "work") as pool, handling(Surface.MENTION), stage(Stage.ACK):
        request = find_request()
        submitted = pool.submit(work)
    submitted.result()
    spans = memory.read()
    assert find_parents(spans) == {"ack": None, "reply": "ack"}
    for span in spans.values():
        assert span.attributes == {"harkback.request": request, "harkback.surface": "mention"}


def test_span_of_what_fails_tells_the_kind_and_no_words(memory: Memory):
    with pytest.raises(ValueError, match="salary"), stage(Stage.BUILD):
        raise ValueError("what was said about my salary")
    span = memory.read()["build"]
    assert (span.status.status_code, span.status.description) == (StatusCode.ERROR, None)
    assert span.attributes is not None
    assert span.attributes["error.type"] == "ValueError"
    assert "salary" not in span.to_json()


def test_question_is_followed_through_its_stages(memory: Memory, archive: Archive):
    encoder = HashingEncoder()
    put_indexed(archive, encoder, make_comment("1", "The zeppelin budget stays with us."))
    with stage(Stage.REPLY):
        answer = Answering(Searcher(archive, encoder)).ask(Asked(QUESTION), Viewer.anyone())
    assert answer.hits
    spans = memory.read()
    expected = ("understand", "encode", "words", "meaning", "rank", "excerpts")
    assert find_parents(spans) == {"reply": None, **dict.fromkeys(expected, "reply")}
    assert [span.name for span in spans.values() if any(word in span.to_json() for word in QUESTION.split())] == []


def test_traces_without_the_extra_say_what_to_install(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "opentelemetry.exporter.otlp.proto.http.trace_exporter", None)
    with pytest.raises(TracesError, match=r"install harkback\[traces\], or take the setting away"):
        open_traces("http://127.0.0.1:9", "1.0")


def test_traces_cost_no_import_where_nobody_wants_them():
    code = (
        "import sys; import bot.cli.serve, bot.telemetry.stages;"
        "print([name for name in sys.modules if name.startswith('opentelemetry')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout == "[]\n"


def test_traces_go_where_the_setting_says():
    opened = open_traces("http://127.0.0.1:9/otlp/", "1.0")
    try:
        (processor,) = opened._provider._active_span_processor._span_processors
        assert processor.span_exporter._endpoint == "http://127.0.0.1:9/otlp/v1/traces"
    finally:
        opened.close()
