"""Tests of what is counted, and how it is shown."""

import math
import re
from collections.abc import Callable, Iterable
from contextlib import suppress

import pytest
from prometheus_client.parser import text_string_to_metric_families

from bot.telemetry import metrics
from bot.telemetry.metrics import Reading, make_page
from bot.telemetry.requests import Surface, handling
from bot.telemetry.stages import make_watch
from store.domain.answer import Outcome
from store.stages import Stage, stage, watching

HOSTILE = 'Blog "x" \\ {y="z"}\n# HELP 🐙'


def read(page: bytes) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    """Read a page of metrics: values by name and labels."""
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(page.decode())
        for sample in family.samples
    }


class Growth:
    """How much what is counted grew since this was made."""

    def __init__(self) -> None:
        self._page = make_page(list)
        self._before = read(self._page())

    def of(self, name: str, **labels: str) -> float:
        key = (name, tuple(sorted(labels.items())))
        return read(self._page())[key] - self._before[key]


def test_page_is_as_prometheus_reads_it_and_nothing_is_missing_before_it_happens():
    names = {name for name, _ in read(make_page(list)())}
    assert names >= {
        "harkback_questions_total",
        "harkback_stage_seconds_bucket",
        "harkback_duplicate_deliveries_total",
        "harkback_owed_answers_resumed_total",
        "harkback_replies_failed_total",
        "harkback_slack_rate_limit_wait_seconds_count",
        "harkback_slack_last_delivery_timestamp_seconds",
        "process_resident_memory_bytes",
    }


def test_page_explains_each_of_ours():
    text = make_page(list)().decode()
    ours, explained = (set(re.findall(rf"^# {what} (harkback_\w+) .", text, re.MULTILINE)) for what in ("TYPE", "HELP"))
    assert ours == explained
    assert [name for name in ours if name.endswith("_created")] == []


@pytest.mark.parametrize("outcome", [*Outcome, None])
def test_question_is_counted_by_outcome_and_surface(outcome: Outcome | None):
    growth = Growth()
    with handling(Surface.COMMAND):
        metrics.count_question(outcome)
    labels = {"outcome": str(outcome or "failed"), "surface": "command"}
    assert growth.of("harkback_questions_total", **labels) == 1
    assert growth.of("harkback_questions_total", **labels | {"surface": "mention"}) == 0


@pytest.mark.parametrize(
    ("count", "name", "labels"),
    [
        (metrics.count_duplicate, "harkback_duplicate_deliveries_total", {}),
        (metrics.count_resumed, "harkback_owed_answers_resumed_total", {}),
        (lambda: metrics.count_failed(is_told=True), "harkback_replies_failed_total", {"told": "true"}),
        (lambda: metrics.count_failed(is_told=False), "harkback_replies_failed_total", {"told": "false"}),
        (lambda: metrics.note_rate_limit(2.5), "harkback_slack_rate_limit_wait_seconds_count", {}),
        (lambda: metrics.note_wait(0.1), "harkback_stage_seconds_count", {"stage": "wait"}),
    ],
)
def test_what_happens_is_counted(count: Callable[[], None], name: str, labels: dict[str, str]):
    growth = Growth()
    count()
    assert growth.of(name, **labels) == 1


@pytest.mark.parametrize("which", Stage)
def test_each_stage_is_timed_also_one_that_fails(which: Stage):
    growth = Growth()
    with watching(make_watch()):
        with stage(which):
            pass
        with suppress(ValueError), stage(which):
            raise ValueError
    assert growth.of("harkback_stage_seconds_count", stage=str(which)) == 2
    assert 0 < growth.of("harkback_stage_seconds_sum", stage=str(which)) < math.inf


def test_delivery_is_dated():
    metrics.note_delivery()
    assert read(make_page(list)())["harkback_slack_last_delivery_timestamp_seconds", ()] > 1.7e9


def test_readings_are_read_anew_each_time_whatever_the_names():
    values = iter([1.0, 2.0])
    asked: list[int] = []

    def give() -> Iterable[Reading]:
        asked.append(1)
        yield Reading("harkback_x", "It\nis.", ("source",), (((HOSTILE,), next(values)),))
        yield Reading("harkback_y", "It grows.", (), (((), 7.0),), only_grows=True)

    page = make_page(give)
    # To make it reads nothing.
    assert asked == []
    for expected in (1.0, 2.0):
        shown = read(page())
        assert shown["harkback_x", (("source", HOSTILE),)] == expected
        assert shown["harkback_y_total", ()] == 7.0


def test_labels_are_of_closed_sets():
    labels = {name for _, pairs in read(make_page(list)()) for name, _ in pairs}
    assert labels == {"outcome", "surface", "stage", "told", "le"}
