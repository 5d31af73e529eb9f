"""What is counted and timed in this process, as Prometheus reads it. The one module that knows its library.

Labels are of closed sets, or names of sources: nothing tells of a person, a channel or a question.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from bot.telemetry.requests import Surface, find_surface
from store.domain.answer import Outcome
from store.stages import Stage

CONTENT_TYPE = CONTENT_TYPE_PLAIN_0_0_4
# How a question ends that has no answer.
FAILED = "failed"

# Slack waits three seconds for an acknowledgement.
_STAGE_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 3.0, 5.0, 10.0, 30.0)
_WAIT_SECONDS = (1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 120.0)

# When each was counted first, nobody asks.
disable_created_metrics()  # type: ignore[no-untyped-call]

_questions = Counter(
    "harkback_questions",
    "Questions, by how they ended and where they were asked. What goes on from an answer is none of its own.",
    ["outcome", "surface"],
    registry=None,
)
_stages = Histogram(
    "harkback_stage_seconds",
    "How long each stage took on the way from a delivery to its reply. Some lie within others.",
    ["stage"],
    buckets=_STAGE_SECONDS,
    registry=None,
)
_duplicates = Counter(
    "harkback_duplicate_deliveries",
    "Deliveries that were not replied to, since the same had been taken before.",
    registry=None,
)
_resumed = Counter(
    "harkback_owed_answers_resumed",
    "Answers that were owed for over a minute, and that this process took up.",
    registry=None,
)
_failed = Counter(
    "harkback_replies_failed",
    "Replies that failed, by whether the person was told so with a reference.",
    ["told"],
    registry=None,
)
_rate_limits = Histogram(
    "harkback_slack_rate_limit_wait_seconds",
    "How long calls to Slack waited each time that it said there were too many.",
    buckets=_WAIT_SECONDS,
    registry=None,
)
_last_delivery = Gauge(
    "harkback_slack_last_delivery_timestamp_seconds",
    "When Slack delivered something last, in seconds since 1970; 0 before the first.",
    registry=None,
)
_OF_PROCESS: tuple[Collector, ...] = (
    _questions,
    _stages,
    _duplicates,
    _resumed,
    _failed,
    _rate_limits,
    _last_delivery,
)
# Made now: each is there from the start, and none has to be looked up in a stage.
_of_stage = {one: _stages.labels(one) for one in Stage}
_of_failed = {told: _failed.labels(told=str(told).lower()) for told in (True, False)}
for _outcome in (*Outcome, FAILED):
    for _surface in Surface:
        _questions.labels(_outcome, _surface)


def count_question(outcome: Outcome | None) -> None:
    """Count a question; None for one that failed."""
    _questions.labels(outcome or FAILED, find_surface()).inc()


def note_stage(stage: Stage, seconds: float) -> None:
    """Note how long a stage took."""
    _of_stage[stage].observe(seconds)


def note_wait(seconds: float) -> None:
    """Note how long something waited for those who answer."""
    note_stage(Stage.WAIT, seconds)


def count_duplicate() -> None:
    """Count a delivery that was taken before."""
    _duplicates.inc()


def count_resumed() -> None:
    """Count an answer that was owed."""
    _resumed.inc()


def count_failed(*, is_told: bool) -> None:
    """Count a reply that failed."""
    _of_failed[is_told].inc()


def note_rate_limit(seconds: float) -> None:
    """Note how long Slack made a call wait."""
    _rate_limits.observe(seconds)


def note_delivery() -> None:
    """Note that Slack has just delivered something."""
    _last_delivery.set_to_current_time()


@dataclass(frozen=True, slots=True)
class Reading:
    """What is read when somebody looks: a value for each set of labels; a gauge, or what only grows."""

    name: str
    help: str
    labels: tuple[str, ...]
    values: tuple[tuple[tuple[str, ...], float], ...]
    only_grows: bool = False


Read = Callable[[], Iterable[Reading]]


class _Readings(Collector):
    """Reads when it is asked."""

    def __init__(self, read: Read) -> None:
        self._read = read

    def describe(self) -> Iterable[Metric]:
        """Describe none: to register this must not read anything."""
        return ()

    def collect(self) -> Iterator[Metric]:
        for reading in self._read():
            make = CounterMetricFamily if reading.only_grows else GaugeMetricFamily
            family = make(reading.name, reading.help, labels=reading.labels)
            for labels, value in reading.values:
                family.add_metric(labels, value)
            yield family


def make_page(*reads: Read) -> Callable[[], bytes]:
    """Make what gives all metrics as they are now, with what each of `reads` gives each time."""
    registry = CollectorRegistry()
    for collector in (*_OF_PROCESS, *map(_Readings, reads)):
        registry.register(collector)
    ProcessCollector(registry=registry)
    return lambda: generate_latest(registry)
