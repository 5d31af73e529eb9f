"""Traces by OpenTelemetry, where the extra `traces` is installed. The one module that knows its library."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, Any

from bot.telemetry.requests import find_request, find_surface
from store.stages import Stage

if TYPE_CHECKING:
    from opentelemetry.sdk.trace.export import SpanExporter

MakeSpan = Callable[[Stage], AbstractContextManager[Any]]
_TRACES_PATH = "/v1/traces"


class TracesError(Exception):
    """Traces cannot be sent."""


class Traces:
    """Makes a span of each stage, and sends them from a thread of its own."""

    def __init__(self, exporter: "SpanExporter", version: str) -> None:
        from opentelemetry.sdk.resources import Resource  # noqa: PLC0415  # of the extra
        from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
        from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415

        self._provider = TracerProvider(
            resource=Resource.create({"service.name": "harkback", "service.version": version}), shutdown_on_exit=False
        )
        self._provider.add_span_processor(BatchSpanProcessor(exporter))
        self._tracer = self._provider.get_tracer("harkback", version)

    @contextmanager
    def span(self, stage: Stage) -> Iterator[None]:
        """Do something as a span: what fails in it is told by its type alone, as its text may be anybody's words."""
        from opentelemetry.trace import StatusCode  # noqa: PLC0415  # of the extra

        told = {"harkback.request": find_request(), "harkback.surface": str(find_surface())}
        with self._tracer.start_as_current_span(
            str(stage), attributes=told, record_exception=False, set_status_on_exception=False
        ) as span:
            try:
                yield
            except BaseException as error:
                span.set_status(StatusCode.ERROR)
                span.set_attribute("error.type", type(error).__name__)
                raise

    def close(self) -> None:
        """Send what is left, if that is quick."""
        self._provider.shutdown()


def open_traces(endpoint: str, version: str) -> Traces:
    """Make what sends traces to an address, by OTLP over HTTP.

    Raises:
        TracesError: The extra is not installed.
    """
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415
    except ImportError as error:
        raise TracesError(
            "no traces are sent: OTEL_EXPORTER_OTLP_ENDPOINT is set, and what sends them is not installed: install "
            "harkback[traces], or take the setting away"
        ) from error
    return Traces(OTLPSpanExporter(endpoint=endpoint.rstrip("/") + _TRACES_PATH), version)
