from datetime import UTC, datetime

import pytest
from syrupy.assertion import SnapshotAssertion

from bot.slack.views.own import (
    OwnSource,
    build_about,
    build_approved,
    build_decided,
    build_declined,
    build_delayed,
    build_forget,
    build_forgetting,
    build_kept,
    build_receipt,
    build_refusal,
    build_request,
    build_waiting,
    read_decision,
)
from tests.bot.slack.views.test_hostile import HOSTILE, assert_harmless

FIRST, LAST = datetime(2009, 1, 2, tzinfo=UTC), datetime(2019, 3, 2, tzinfo=UTC)
TALK = OwnSource("Team talk", 1_200, FIRST, LAST, ("Ada Lovelace", "ada"))
BLOG = OwnSource("Blog", 1, None, None, ("Ada",))
TOLD = (("Team talk", 1_200), ("Blog", 1))


def test_about_blocks(snapshot: SnapshotAssertion):
    assert build_about([TALK, BLOG]) == snapshot


def test_about_of_nothing(snapshot: SnapshotAssertion):
    assert build_about([]).plain == snapshot


@pytest.mark.parametrize("needs_approval", [True, False])
def test_forget_blocks(snapshot: SnapshotAssertion, *, needs_approval: bool):
    assert build_forget([TALK], needs_approval=needs_approval) == snapshot


def test_forget_of_nothing_can_still_be_done(snapshot: SnapshotAssertion):
    assert build_forget([], needs_approval=False).plain == snapshot


def test_request_blocks(snapshot: SnapshotAssertion):
    assert build_request("Ada", "U1", "T1", TOLD) == snapshot


def test_short_messages(snapshot: SnapshotAssertion):
    views = [
        build_kept(),
        build_forgetting(),
        build_waiting(LAST, is_asked=True),
        build_waiting(LAST, is_asked=False),
        build_receipt(TOLD),
        build_approved("Ada", "Root"),
        build_declined("Ada", "Root", is_told=True),
        build_declined("Ada", "Root", is_told=False),
        build_delayed("1a2b3c4d"),
        build_decided(),
        build_refusal(),
    ]
    assert [(view.plain, view.replaces) for view in views] == snapshot


def test_decision_is_read_as_it_was_written():
    (actions,) = (block for block in build_request("Ada", "U1", "T1", ()).blocks if block["type"] == "actions")
    assert [read_decision(one["value"]) for one in actions["elements"]] == [("T1", "U1")] * 2
    assert [read_decision(value) for value in ("", "{}", "[1]", '{"t": 1, "p": "U1"}')] == [None] * 4


@pytest.mark.parametrize("text", HOSTILE)
def test_names_are_harmless_and_many_sources_fit(text: str):
    sources = [OwnSource(text, 10**9, FIRST, LAST, (text,) * 9)] * 300
    told = [(source.name, source.comments) for source in sources]
    for view in (
        build_about(sources),
        build_forget(sources, needs_approval=True),
        build_request(text, text[:20], "T1", told),
        build_receipt(told),
        build_approved(text, text),
        build_declined(text, text, is_told=True),
        build_declined(text, text, is_told=False),
    ):
        assert_harmless(view, set())
