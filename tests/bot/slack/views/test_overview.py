import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from syrupy.assertion import SnapshotAssertion

from bot.overview import ArchiveStatus, SeenSource
from bot.slack.views.message import MAX_TEXT_CHARS
from bot.slack.views.overview import (
    build_problem_counts,
    build_problems,
    build_refused,
    build_seen_sources,
    build_sources,
    build_status,
    build_unknown_source,
)
from store.domain.refresh import ProblemGroup, RefreshState
from store.domain.source import Source, SourceSummary
from store.domain.viewer import PUBLIC, Visibility
from tests.bot.slack.views.test_refresh import HOSTILE, make_refresh
from tests.fakes.slack.limits import check_blocks

DAY = datetime(2026, 3, 1, 10, 30, tzinfo=UTC)
BLOG = SourceSummary(
    Source(1, "Blog", "blogger", "https://blog.example/feed", PUBLIC), 165, 20, 30, DAY, DAY, DAY, problems=3
)
STAFF = SourceSummary(
    Source(2, "Staff", "slack", "/exports/staff.zip", Visibility.parse("channel:C1"), is_held=True),
    1, 1, 1, None, None, None,
)  # fmt: skip
STATUS = ArchiveStatus(
    sources=(BLOG, STAFF),
    pending=12,
    at_work=(make_refresh("Blog", RefreshState.RUNNING, stage="reading", done=5),),
    troubled=(make_refresh("Staff", RefreshState.FAILED, message="cannot read: '/exports'"),),
    due=DAY,
)
GROUPS = [
    ProblemGroup("a record has no text", 2, ("line 3", "line 9", "line 11"), place="https://blog.example/feed"),
    ProblemGroup("spam", 40, (), is_on_purpose=True),
]


def test_sources_for_an_admin(snapshot: SnapshotAssertion):
    assert build_sources([BLOG, STAFF]) == snapshot


def test_sources_for_others(snapshot: SnapshotAssertion):
    assert build_seen_sources([SeenSource("Blog", 165, DAY), SeenSource("Notes", 1, None)]) == snapshot


def test_status(snapshot: SnapshotAssertion):
    assert build_status(STATUS) == snapshot


def test_status_of_an_archive_in_which_nothing_happens(snapshot: SnapshotAssertion):
    quiet = ArchiveStatus(sources=(replace(STAFF, problems=0),), pending=0, at_work=(), troubled=())
    assert build_status(quiet).plain == snapshot


def test_problems(snapshot: SnapshotAssertion):
    assert build_problem_counts([BLOG, STAFF]).plain == snapshot
    assert build_problems("Blog", GROUPS).plain == snapshot


def test_nothing_to_tell(snapshot: SnapshotAssertion):
    nothing = (build_sources([]), build_seen_sources([]), build_problem_counts([STAFF]), build_problems("Blog", []))
    assert [view.text for view in nothing] == snapshot


@pytest.mark.parametrize(
    ("admins", "with_workspace_admins", "who"),
    [
        ([], False, "nobody may do that from Slack: whoever runs me names admins in HARKBACK_ADMINS."),
        (["Ada"], False, "only these people may do that: Ada."),
        ([], True, "only these people may do that: owners and admins of this workspace."),
        (["A", "B", "C", "D"], True, "only these people may do that: A, B, C, others, owners and admins of this w"),
    ],
)
def test_refused_says_who_may_and_what_else_there_is(admins: list[str], who: str, *, with_workspace_admins: bool):
    view = build_refused(admins, with_workspace_admins=with_workspace_admins)
    assert view.text.startswith(f"Sorry, {who}")
    assert view.text.endswith("You can ask me a question, or see with `/hark sources` what I search for you.")


def test_unknown_source_is_told_with_those_that_are_near():
    assert build_unknown_source("refresh", "my blgo", ["my_blog", "Blog"]).text == (
        "No source is called “my blgo”. Did you mean one of these: my＿blog, Blog? "
        'If it is a question, put it in quotation marks: `/hark "refresh my blgo"`.'
    )
    assert build_unknown_source("problems", "of tea", []).text == (
        "No source is called “of tea”: `/hark sources` lists them. "
        'If it is a question, put it in quotation marks: `/hark "problems of tea"`.'
    )


def test_names_format_nothing():
    assert build_problems("*all* `x`", []).text == "All of ∗all∗ ˋxˋ was imported as it stood."
    assert "these people may do that: ＿Ada＿." in build_refused(["_Ada_"], with_workspace_admins=False).text


@pytest.mark.parametrize("count", [1, 30, 300])
def test_overviews_of_many_hostile_sources_fit(count: int):
    hostile = replace(BLOG, source=replace(BLOG.source, name=HOSTILE))
    many = [hostile] * count
    troubled = tuple(make_refresh(HOSTILE, RefreshState.STOPPED, message=HOSTILE) for _ in range(count))
    groups = [ProblemGroup(HOSTILE, 1, (HOSTILE,) * 5)] * count
    views = [
        build_sources(many),
        build_seen_sources([SeenSource(HOSTILE, 1, DAY)] * count),
        build_problem_counts(many),
        build_problems(HOSTILE, groups),
        build_problems(HOSTILE, []),
        build_status(ArchiveStatus(tuple(many), 1, troubled, troubled)),
        build_unknown_source("refresh", HOSTILE, [HOSTILE] * 3),
        build_refused([HOSTILE] * count, with_workspace_admins=True),
    ]
    for view in views:
        check_blocks(view.blocks)
        assert "<!here>" not in json.dumps([view.text, view.blocks])
        assert not view.for_channel


def test_list_is_read_aloud_with_all_that_there_is_room_for():
    few = build_seen_sources([SeenSource("Blog", 1, None), SeenSource("Forum", 2, None)])
    assert few.text == "You may see 3 comments in 2 sources.\n*Blog*: 1 comment\n*Forum*: 2 comments"
    many = build_seen_sources([SeenSource("x" * 90, 1, None)] * 300)
    assert len(many.text) <= MAX_TEXT_CHARS
    assert many.text.endswith(f"And {301 - len(many.text.splitlines()) + 1} more.")
