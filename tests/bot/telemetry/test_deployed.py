"""Tests of the dashboard, the alerts and the runbook: all that they name is there."""

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import promql_parser
import pytest
import yaml
from promql_parser import AggregateExpr, BinaryExpr, Call, MatchOp, VectorSelector

from bot.job_queue import QueueDepth, QueuedState
from bot.telemetry.checks import Connection, make_checks
from bot.telemetry.gauges import Gauges, JobGauges, ProcessGauges
from bot.telemetry.metrics import make_page
from bot.telemetry.readiness import Readiness
from embeddings.hashing import HashingEncoder
from store.archive import Archive
from store.domain.refresh import RefreshCounts, RefreshKind
from store.refresh.owner import Process
from store.search.live_index import LiveIndex
from tests.bot.telemetry.test_metrics import read

DEPLOY = Path(__file__).resolve().parents[3] / "deploy"
DASHBOARD: Any = json.loads((DEPLOY / "grafana" / "dashboard.json").read_text(encoding="utf-8"))
_ALERTS = (DEPLOY / "prometheus" / "alerts.yaml").read_text(encoding="utf-8")
ALERTS: Any = yaml.safe_load(_ALERTS)
# What Prometheus itself is told: it stands there as a comment.
SCRAPES: Any = yaml.safe_load("".join(re.findall(r"^#  ( .*\n)", _ALERTS, re.MULTILINE)))["scrape_configs"]
BOTS, WORKERS = "harkback", "harkback-worker"
RULES = [rule for group in ALERTS["groups"] for rule in group["rules"]]
PANELS = [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]
# What Prometheus itself says of whom it reads, and labels that it adds.
OF_PROMETHEUS = {"up"}
ADDED_LABELS = {"instance", "job"}
# Grafana puts these in before it asks.
VARIABLES = {"$__rate_interval": "5m", "$instance": ".*"}
EXPRESSIONS = [
    *((rule["alert"], rule["expr"]) for rule in RULES),
    *((panel["title"], target["expr"]) for panel in PANELS for target in panel["targets"]),
]

# By the name of a metric, each label with its values.
Known = dict[str, dict[str, set[str]]]


@pytest.fixture
def known(archive: Archive) -> Known:
    """All metrics of a process over an archive where all is that can be told of."""
    source = archive.put_source("Blog", "jsonl", "/blog.jsonl", None)
    archive.note_refreshed(source, "/blog.jsonl")
    refresh = archive.refreshes.begin(source, RefreshKind.REFRESH, Process.current())
    archive.refreshes.note_progress(refresh, "reading", 1, 2, RefreshCounts())
    live, connection = LiveIndex(archive, HashingEncoder()), Connection(lambda: True, lambda: 0)
    readiness = Readiness(make_checks(archive, live, connection), 20.0)
    process, gauges = ProcessGauges(archive, readiness), Gauges(archive, live, connection, limit_seconds=20.0)
    jobs = JobGauges(lambda: QueueDepth(dict.fromkeys(QueuedState, 1), 1.0), limit_seconds=20.0)
    found: Known = {}
    for name, labels in read(make_page(process.read, gauges.read, jobs.read)()):
        of_name = found.setdefault(name, {})
        for label, value in labels:
            of_name.setdefault(label, set()).add(value)
    return found


@cache
def parse(expression: str) -> Any:
    for variable, value in VARIABLES.items():
        expression = expression.replace(variable, value)
    return promql_parser.parse(expression)


def walk(node: Any) -> Iterator[Any]:
    """Give a node of an expression, and all within it."""
    yield node
    for name in ("lhs", "rhs", "expr", "param", "vector_selector"):
        inner = getattr(node, name, None)
        if inner is not None:
            yield from walk(inner)
    for inner in getattr(node, "args", None) or ():
        yield from walk(inner)


def find_selectors(expression: str) -> list[VectorSelector]:
    found = [node for node in walk(parse(expression)) if isinstance(node, VectorSelector)]
    assert found
    return found


@pytest.mark.parametrize(("title", "expression"), EXPRESSIONS)
def test_expression_names_metrics_and_labels_that_there_are(known: Known, title: str, expression: str):
    labels: set[str] = set(ADDED_LABELS)
    for selector in find_selectors(expression):
        if selector.name in OF_PROMETHEUS:
            continue
        assert selector.name in known, title
        of_name = known[selector.name]
        labels |= set(of_name)
        for matcher in selector.matchers.matchers:
            assert matcher.name in {*of_name, *ADDED_LABELS}, title
            if matcher.op == MatchOp.Equal and matcher.name in of_name:
                assert matcher.value in of_name[matcher.name], title
    grouped = [
        node.modifier.labels
        for node in walk(parse(expression))
        if getattr(node, "modifier", None) and hasattr(node, "expr")
    ]
    assert {label for some in grouped for label in some} <= labels, title


@pytest.mark.parametrize(("title", "expression"), EXPRESSIONS)
def test_expression_asks_for_growth_of_what_only_grows(title: str, expression: str):
    for node in walk(parse(expression)):
        if getattr(getattr(node, "func", None), "name", "") in {"rate", "increase"}:
            (selector,) = (one for one in walk(node) if isinstance(one, VectorSelector))
            assert re.search("_(total|bucket|count|sum)$", str(selector.name)), title


def test_expression_that_names_nothing_there_is_seen(known: Known):
    with pytest.raises(AssertionError):
        test_expression_names_metrics_and_labels_that_there_are(known, "", 'sum by (who) (harkback_ready{check="x"})')
    with pytest.raises(AssertionError):
        test_expression_names_metrics_and_labels_that_there_are(known, "", "rate(harkback_gone_total[5m])")


def test_every_metric_of_ours_is_on_the_dashboard_or_in_an_alert(known: Known):
    named = {str(one.name) for _, expression in EXPRESSIONS for one in find_selectors(expression)}
    families = {re.sub("_(bucket|count|sum)$", "", name) for name in named}
    ours = {re.sub("_(bucket|count|sum)$", "", name) for name in known if name.startswith("harkback_")}
    assert ours - families == set()


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: str(rule["alert"]))
def test_alert_says_what_it_is_and_where_it_is_told_what_to_do(rule: dict[str, Any]):
    assert re.fullmatch("Harkback[A-Z][A-Za-z]+", rule["alert"])
    assert re.fullmatch(r"\d+[mh]", rule["for"])
    assert rule["labels"]["severity"] in {"page", "ticket"}
    assert set(rule["annotations"]) == {"summary", "description", "runbook"}
    assert rule["annotations"]["runbook"] == f"deploy/README.md#{rule['alert'].lower()}"
    for text in (rule["annotations"]["summary"], rule["annotations"]["description"]):
        assert re.fullmatch(r"[A-Z0-9{].*\.", text)
        # What stands for a label is one that the expression leaves.
        for label in re.findall(r"\$labels\.(\w+)", text):
            assert label in {"instance", "job", "source", "check"}
            assert is_of_each_process(parse(rule["expr"])) or label not in ADDED_LABELS


def is_of_each_process(node: Any) -> bool:
    """Tell whether an expression has a value for each process, and not one for all."""
    function = getattr(getattr(node, "func", None), "name", "")
    match node:
        case VectorSelector():
            return True
        case AggregateExpr():
            return bool(node.modifier) and "instance" in node.modifier.labels
        case BinaryExpr():
            return is_of_each_process(node.lhs)
        case Call():
            return function != "absent" and any(map(is_of_each_process, node.args))
    inner = getattr(node, "vector_selector", None) or getattr(node, "expr", None)
    return inner is not None and is_of_each_process(inner)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ('up{job="harkback"} == 0', True),
        ('absent(up{job="harkback"} == 1)', False),
        ("max(min by (instance) (harkback_ready)) == 0", False),
        ("min by (instance) (harkback_ready) == 0", True),
        ("increase(harkback_slack_reconnections_total[1h]) > 12", True),
        ("sum(increase(harkback_replies_failed_total[15m])) > 3", False),
    ],
)
def test_expression_of_each_process_is_told_from_one_of_all(expression: str, *, expected: bool):
    assert is_of_each_process(parse(expression)) == expected


def test_nobody_is_woken_for_one_of_many_processes():
    pages = [rule for rule in RULES if rule["labels"]["severity"] == "page"]
    assert [rule["alert"] for rule in pages if is_of_each_process(parse(rule["expr"]))] == []
    # One that is down or not ready is told of, whether it answers or does jobs.
    for name in ("up", "harkback_ready"):
        jobs = [
            (rule["labels"]["severity"], [matcher.value for matcher in one.matchers.matchers if matcher.name == "job"])
            for rule in RULES
            for one in find_selectors(rule["expr"])
            if one.name == name
        ]
        every = [f"{BOTS}|{WORKERS}"] if name == "up" else []
        assert jobs == [("page", [BOTS]), ("ticket", every)]
    assert [one["job_name"] for one in SCRAPES] == [BOTS, WORKERS]


def test_runbook_has_a_section_for_each_alert_and_no_other():
    section = (DEPLOY / "README.md").read_text(encoding="utf-8").partition("\n## Alerts\n")[2].partition("\n## ")[0]
    headings = re.findall(r"^### (\w+)$", section, re.MULTILINE)
    assert headings == [rule["alert"] for rule in RULES]
    assert all(re.search(rf"^### {name}\n\n\S", section, re.MULTILINE) for name in headings)
    linked = set(re.findall(r"\]\(#(harkback\w+)\)", section))
    assert linked <= {name.lower() for name in headings}


@pytest.mark.parametrize("panel", PANELS, ids=lambda panel: str(panel["title"]))
def test_panel_says_what_it_shows_and_in_what(panel: dict[str, Any]):
    assert panel["description"].endswith(".")
    assert panel["fieldConfig"]["defaults"]["unit"]
    assert panel["targets"]
    references = [target["refId"] for target in panel["targets"]]
    assert len(set(references)) == len(references)
    assert {target["datasource"]["uid"] for target in panel["targets"]} == {"${datasource}"}


def test_panels_stand_side_by_side_and_none_over_another():
    taken: set[tuple[int, int]] = set()
    for panel in DASHBOARD["panels"]:
        place = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert max(x for x, _ in cells) < 24
        assert taken.isdisjoint(cells), panel["title"]
        taken |= cells
    numbers = [panel["id"] for panel in DASHBOARD["panels"]]
    assert len(set(numbers)) == len(numbers)


def test_dashboard_asks_for_no_data_source_but_the_one_that_is_chosen():
    names = [variable["name"] for variable in DASHBOARD["templating"]["list"]]
    assert names == ["datasource", "instance"]
    assert set(re.findall(r'"uid": "([^"]+)"', (DEPLOY / "grafana" / "dashboard.json").read_text())) == {
        "${datasource}",
        "harkback",
    }
