import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from syrupy.assertion import SnapshotAssertion

from bot.refreshing import Job, JobState, SourceState
from bot.slack.views.refresh import (
    CANCEL,
    build_begun,
    build_no_sources,
    build_refresh,
    build_trouble,
    build_value,
    describe_refresh,
    read_job,
)
from store.domain.refresh import Refresh, RefreshCounts, RefreshKind, RefreshState
from tests.fakes.slack.limits import check_blocks

BEGAN = datetime(2026, 3, 1, 10, 0, tzinfo=UTC)
JOB = Job("process 7 on host (123)", "", "Ada", BEGAN)
HOSTILE = "<!here> *x* _y_ ~z~ `c` |&| https://evil.example " + "&<>" * 200


def make_refresh(name: str, state: RefreshState = RefreshState.DONE, **changes: object) -> Refresh:
    refresh = Refresh(
        id=17,
        source=name,
        kind=RefreshKind.REFRESH,
        state=state,
        owner=JOB.owner,
        begun_at=BEGAN,
        ended_at=None,
        seen_at=BEGAN,
        stage="",
        done=0,
        total=None,
        counts=RefreshCounts(12, 3, 4_984, 1, 0, 2),
        seconds={},
    )
    return replace(refresh, **changes)  # type: ignore[arg-type]


def make_source(name: str, state: RefreshState | None = RefreshState.DONE, **changes: object) -> SourceState:
    return SourceState(name, make_refresh(name, state, **changes) if state else None)


READING = replace(make_source("Blog", RefreshState.RUNNING, stage="reading", done=1_200, total=5_000), rate=350.0)
ALL_WAYS = (
    make_source("Blog"),
    make_source("Forum", RefreshState.STOPPED, message="3 of 10 comments did not come again, more than 20%"),
    make_source("Lists", RefreshState.FAILED, message="cannot fetch: 'https://x.example': refused: look"),
    make_source("Chat", RefreshState.INTERRUPTED),
    SourceState("Wiki", other=make_refresh("Wiki", RefreshState.RUNNING)),
    make_source("Zine", None),
)


def test_refresh_at_work(snapshot: SnapshotAssertion):
    state = JobState(JOB, (READING, make_source("Forum", None)), held=("Old blog",))
    assert build_refresh(state) == snapshot


def test_refresh_that_is_over(snapshot: SnapshotAssertion):
    assert build_refresh(JobState(JOB, ALL_WAYS, is_over=True, reference="1a2b3c4d")) == snapshot


def test_refresh_that_was_cancelled(snapshot: SnapshotAssertion):
    sources = (make_source("Blog"), make_source("Forum", RefreshState.CANCELLED), make_source("Zine", None))
    assert build_refresh(JobState(JOB, sources, is_over=True, is_cancelled=True)) == snapshot


def test_refresh_tells_apart_what_was_removed_for_its_age():
    retained = (
        make_source("Blog", kind=RefreshKind.RETENTION, counts=RefreshCounts(deleted=2)),
        make_source("Forum", RefreshState.FAILED, kind=RefreshKind.RETENTION, counts=RefreshCounts(deleted=1)),
    )
    view = build_refresh(JobState(JOB, (make_source("Blog"),), retained=retained, is_over=True))
    assert view.text == "Refreshed 1 source: 1 done; 12 new, 3 edited, 1 removed."
    lines = view.plain.splitlines()
    assert lines[2] == (
        "*Forum*, removing what is too old: failed, and what was stored is kept: "
        "`harkback refreshes` says why at number 17"
    )
    assert "Removed for good, because HARKBACK_RETENTION says how old they may be: 3 comments." in lines[3]


def test_refresh_of_no_source_says_so():
    nothing = JobState(JOB, (), held=("Old blog",))
    assert build_refresh(nothing).text == "There is no source to refresh."
    over = build_refresh(replace(nothing, is_over=True))
    assert over.text == "No source was refreshed."
    assert "Left alone after a rollback: Old blog" in over.plain


def test_trouble_without_a_source_has_a_sentence_of_its_own():
    view = build_trouble([], "1a2b3c4d")
    assert view.text == "The scheduled refresh did not come to its end."
    assert "the log says why by this reference: 1a2b3c4d" in view.plain


def test_refresh_begun(snapshot: SnapshotAssertion):
    one = replace(JOB, source="Blog")
    assert [
        build_begun(JOB, is_new=True, is_posted=True).text,
        build_begun(one, is_new=True, is_posted=False).text,
        build_begun(one, is_new=False, is_posted=True).text,
        build_no_sources().text,
    ] == snapshot


def test_trouble_of_a_schedule(snapshot: SnapshotAssertion):
    assert build_trouble(ALL_WAYS[1:3], "1a2b3c4d") == snapshot


@pytest.mark.parametrize(
    ("changes", "rate", "described"),
    [
        ({}, None, "at work"),
        ({"stage": "reading", "done": 50}, None, "reading, 50"),
        ({"stage": "reading", "done": 50}, 0.25, "reading, 50, 15 a minute"),
        ({"stage": "embedding", "done": 0, "total": 10}, None, "embedding, 0 of 10"),
        ({"stage": "embedding", "done": 5, "total": 10}, 2.0, "embedding, 5 of 10, 2 a second, about 2 seconds left"),
        ({"stage": "embedding", "done": 10, "total": 10}, 2.0, "embedding, 10 of 10, 2 a second"),
        ({"done": 1, "total": 601}, 10.0, "at work, 1 of 601, 10 a second, about 1 minute left"),
        ({"done": 1, "total": 72_001}, 10.0, "at work, 1 of 72,001, 10 a second, about 2 hours left"),
        ({"done": 1, "total": 2}, 10.0, "at work, 1 of 2, 10 a second, about 1 second left"),
        ({"counts": RefreshCounts(added=2)}, None, "at work, so far 2 new, 0 edited, 0 removed"),
    ],
)
def test_refresh_at_work_says_how_far_it_is(changes: dict[str, object], rate: float | None, described: str):
    refresh = make_refresh("Blog", RefreshState.RUNNING, **{"counts": RefreshCounts(), **changes})
    assert describe_refresh(refresh, rate) == described


def test_failure_is_told_without_its_reason():
    assert "x.example" not in json.dumps(build_refresh(JobState(JOB, ALL_WAYS, is_over=True)).blocks)


@pytest.mark.parametrize("count", [1, 40, 400])
@pytest.mark.parametrize("is_over", [True, False])
def test_refresh_of_many_hostile_sources_fits(count: int, *, is_over: bool):
    sources = [make_source(f"{number} {HOSTILE}", RefreshState.STOPPED, message=HOSTILE) for number in range(count)]
    job = replace(JOB, by=HOSTILE)
    view = build_refresh(JobState(job, tuple(sources), held=(HOSTILE,) * 50, is_over=is_over, reference="1a2b3c4d"))
    check_blocks(view.blocks)
    check_blocks(build_trouble(sources, "1a2b3c4d").blocks)
    begun = [build_begun(replace(job, source=HOSTILE), is_new=is_new, is_posted=False) for is_new in (True, False)]
    for each in begun:
        check_blocks(each.blocks)
        assert "<!here>" not in json.dumps([each.text, each.blocks])
    # What a button carries is no text.
    shown = [block for block in view.blocks if block["type"] != "actions"]
    assert "<!here>" not in json.dumps([view.text, shown])
    assert not view.for_channel


def test_refresh_of_many_sources_shows_first_what_matters():
    sources = [*(make_source(f"s{number}") for number in range(30)), make_source("bad", RefreshState.FAILED), READING]
    shown = json.dumps(build_refresh(JobState(JOB, tuple(sources))).blocks)
    assert shown.index("*Blog*") < shown.index("*bad*") < shown.index("*s0*")
    assert "And 12 more." in shown


def test_button_carries_the_job():
    view = build_refresh(JobState(JOB, (READING,)))
    (button,) = view.blocks[-1]["elements"]
    assert (button["action_id"], read_job(button["value"])) == (CANCEL, JOB)


@pytest.mark.parametrize(
    "value", ["", "x", "[]", "{}", "null", '{"o": 1}', '{"o": "p", "s": "", "b": "", "t": 1e99}', '{"o": "p", "s": ""}']
)
def test_button_of_another_version_carries_none(value: str):
    assert read_job(value) is None


def test_button_holds_the_longest_names():
    long = replace(JOB, source="ü" * 300, by="\N{PILE OF POO}" * 500, owner="process 4194304 on " + "h" * 64 + " (123)")
    assert len(build_value(long)) < 2_000
