import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from syrupy.assertion import SnapshotAssertion

from bot.slack.payloads import Click
from bot.slack.views.buttons import MAX_QUESTION_CHARS, build_value, read_button
from bot.slack.views.filters import (
    FILTERED,
    SUGGEST,
    Filled,
    apply_filled,
    build_filters_modal,
    build_options,
    find_days,
    find_kind,
    find_mistakes,
    read_filled,
    read_metadata,
)
from bot.slack.views.modal import MAX_METADATA_CHARS
from store.domain.asked import Asked
from store.domain.query import NOTHING_CHOSEN, Filter, Query
from tests.fakes.slack.payloads import build_state
from tests.fakes.slack.views import check_view

RIGA = ZoneInfo("Europe/Riga")
CLICK = Click("T1", "C1", "U1", "ada", "9.9", "1.1", "", "https://hooks.example/1", is_ephemeral=False)
ASKED = Asked("what did Laura say about badges?", offset=5, zone=RIGA)
SHOWN = Query(
    "badges",
    authors=("Laura Gluhanich",),
    after=datetime(2010, 1, 1, tzinfo=RIGA).astimezone(UTC),
    before=datetime(2012, 1, 1, tzinfo=RIGA).astimezone(UTC),
    zone=RIGA,
)


def send(asked: Asked, shown: Query, **filled: Any) -> Asked:
    """What is asked after the modal was sent, with some of it filled in anew."""
    view = build_filters_modal(asked, shown, ["de", "en", "fr"], CLICK)
    names = {
        f"{SUGGEST}_{key}" if key in ("authors", "not_by", "sources", "channels") else key: filled[key]
        for key in filled
    }
    return apply_filled(read_filled(build_state(view.blocks, names)), asked, shown)


def fill(question: str = "badges", first: str = "", last: str = "", **names: tuple[str, ...]) -> Filled:
    days = (date.fromisoformat(day) if day else None for day in (first, last))
    kinds = (Filter.AUTHORS, Filter.SOURCES, Filter.CHANNELS, Filter.LANGUAGES)
    return Filled(question, {kind: names.get(kind, ()) for kind in kinds}, *days)


def test_modal_stands_as_it_was_understood(snapshot: SnapshotAssertion):
    view = build_filters_modal(ASKED, SHOWN, ["de", "en"], CLICK)
    assert view.callback_id == FILTERED
    assert view.build() == snapshot
    check_view(view.build(), "modal")


@pytest.mark.parametrize(
    ("click", "sentence"),
    [
        (CLICK, "Everyone in the channel will see the answer, in the thread."),
        (replace(CLICK, is_ephemeral=True), "Only you will see the answer."),
        (replace(CLICK, channel="D1"), "Only you will see the answer: it comes as a direct message."),
        (replace(CLICK, channel="U1"), "Only you will see the answer: it comes as a direct message."),
    ],
)
def test_modal_says_who_will_see_the_answer(click: Click, sentence: str):
    assert build_filters_modal(ASKED, SHOWN, [], click).blocks[-1]["elements"][0]["text"] == sentence


def test_modal_of_the_shortcut_is_empty():
    view = build_filters_modal(Asked(""), NOTHING_CHOSEN, ["en"], CLICK)
    elements = [block["element"] for block in view.blocks if block["type"] == "input"]
    assert not [key for element in elements for key in element if key.startswith("initial_")]
    assert view.title == "Ask the archive"


def test_what_is_left_as_it_stood_is_asked_as_it_was():
    assert send(ASKED, SHOWN) == replace(ASKED, offset=0)
    chosen = replace(ASKED, chosen=Query("", sources=("Tideway",)), without=(Filter.CHANNELS,))
    assert send(chosen, replace(SHOWN, sources=("Tideway",))) == replace(chosen, offset=0)


@pytest.mark.parametrize(
    ("filled", "chosen", "without"),
    [
        ({"authors": ["Jon"]}, Query("", authors=("Jon",)), ()),
        ({"authors": []}, NOTHING_CHOSEN, (Filter.AUTHORS,)),
        ({"sources": ["Tideway", "List"]}, Query("", sources=("Tideway", "List")), ()),
        ({"channels": ["hr"]}, Query("", channels=("hr",)), ()),
        ({"languages": ["de"]}, Query("", languages=("de",)), ()),
        ({"first": None, "last": None}, NOTHING_CHOSEN, (Filter.DATES,)),
        ({"last": "2010-05-05"}, Query("", after=SHOWN.after, before=datetime(2010, 5, 5, 21, tzinfo=UTC)), ()),
        ({"first": None, "last": "2011-12-31"}, Query("", before=SHOWN.before), ()),
        ({"authors": [], "languages": ["en"]}, Query("", languages=("en",)), (Filter.AUTHORS,)),
    ],
)
def test_what_is_filled_in_anew_is_chosen_or_taken_away(
    filled: dict[str, Any], chosen: Query, without: tuple[Filter, ...]
):
    assert send(ASKED, SHOWN, **filled) == replace(ASKED, offset=0, chosen=chosen, without=without)


def test_people_who_are_chosen_stand_in_place_of_those_left_out():
    asked = replace(ASKED, chosen=Query("", not_by=("Mei",)))
    shown = Query("badges", not_by=("Mei",), zone=RIGA)
    check_view(build_filters_modal(asked, shown, [], CLICK).build(), "modal")
    assert send(asked, shown, languages=["de"]).chosen.not_by == ("Mei",)
    assert send(asked, shown, authors=["Jon"]).chosen == Query("", authors=("Jon",))
    assert send(asked, shown, not_by=["Mei", "Jon"]).chosen.not_by == ("Mei", "Jon")
    assert send(asked, shown, question="pay").chosen == Query("", not_by=("Mei",))
    emptied = send(asked, shown, not_by=[])
    assert (emptied.chosen.not_by, emptied.without) == ((), (Filter.AUTHORS,))


def test_what_was_taken_away_can_be_chosen_again():
    asked = replace(ASKED, without=(Filter.AUTHORS, Filter.DATES))
    shown = Query("badges", zone=RIGA)
    again = send(asked, shown, authors=["Jon"])
    assert (again.chosen, again.without) == (Query("", authors=("Jon",)), (Filter.DATES,))


def test_another_question_is_understood_anew_by_all_that_stands_there():
    asked = replace(ASKED, without=(Filter.TOPIC,), chosen=Query("", sources=("Tideway",)))
    again = send(asked, replace(SHOWN, sources=("Tideway",)), question="unconferences", sources=[])
    assert again == Asked(
        "unconferences",
        zone=RIGA,
        chosen=Query("", authors=SHOWN.authors, after=SHOWN.after, before=SHOWN.before),
    )


@pytest.mark.parametrize("zone", [UTC, RIGA, ZoneInfo("America/Los_Angeles"), ZoneInfo("Pacific/Kiritimati")])
@given(first=st.dates(), days=st.integers(0, 3_000))
def test_days_are_those_of_whoever_asks(zone: tzinfo, first: date, days: int):
    last = min(date.max - timedelta(days=2), first) + timedelta(days=days % 2)
    first = min(max(first, date.min + timedelta(days=2)), last)
    last = max(first, last)
    asked = apply_filled(fill(first=str(first), last=str(last)), Asked("", zone=zone), NOTHING_CHOSEN)
    assert find_days(replace(asked.chosen, zone=zone)) == (first, last)


def test_the_last_of_all_days_is_no_limit():
    asked = apply_filled(fill(last="9999-12-31"), Asked(""), NOTHING_CHOSEN)
    assert (asked.chosen, asked.without) == (NOTHING_CHOSEN, (Filter.DATES,))


def test_words_out_of_a_message_stay_so_whatever_is_changed_about_them():
    asked = Asked('"our secret badges"', chosen=Query("", beside=("C9:1.5",)))
    for filled in (fill(asked.question, first="2012-01-01"), fill(f"{asked.question} of tin")):
        assert apply_filled(filled, asked, NOTHING_CHOSEN).chosen.beside == ("C9:1.5",)


@pytest.mark.parametrize(
    ("filled", "mistakes"),
    [
        (fill(), {}),
        (fill(first="2010-01-01", last="2010-01-01"), {}),
        (fill(first="2010-01-02", last="2010-01-01"), {"last": "This day is before the first one."}),
        (fill("…?"), {"question": "Please write what you would like to know."}),
        (
            fill("x" * MAX_QUESTION_CHARS, authors=tuple(f"{number}" * 150 for number in range(5))),
            {},
        ),
        (
            fill('"' * MAX_QUESTION_CHARS + "x", authors=tuple(f"{number}" * 150 for number in range(5))),
            {"question": "This is too much at once. Please ask a shorter question, or choose fewer names."},
        ),
    ],
)
def test_mistakes_are_told_by_input(filled: Filled, mistakes: dict[str, str]):
    assert find_mistakes(filled, UTC) == mistakes


def test_metadata_brings_back_what_was_asked_and_where():
    view = build_filters_modal(ASKED, SHOWN, [], CLICK)
    assert read_metadata(view.metadata, "T1", "U1") == (
        ASKED,
        replace(CLICK, user_name="", value=build_value(ASKED), is_later=True),
    )


@given(question=st.text(max_size=2_000), names=st.lists(st.text(min_size=1, max_size=150), max_size=15))
def test_metadata_is_never_too_long(question: str, names: list[str]):
    asked = Asked(
        question, zone=ZoneInfo("America/Argentina/ComodRivadavia"), chosen=Query("", authors=tuple(names[:9]))
    )
    click = replace(CLICK, response_url="https://hooks.slack.com/actions/" + "x" * 100)
    view = build_filters_modal(asked, SHOWN, [], click)
    assert len(view.metadata) <= MAX_METADATA_CHARS
    held = read_metadata(view.metadata, "T1", "U1")
    assert held
    assert held[0] == read_button(build_value(asked))


@pytest.mark.parametrize("text", ["", "{}", "[]", "null", '{"a": {}}', '{"a": 7}', "x" * 3_000, json.dumps({"a": "q"})])
def test_metadata_of_another_version_is_none(text: str):
    assert read_metadata(text, "T1", "U1") is None


def test_names_that_cannot_be_carried_are_not_offered():
    assert [option["value"] for option in build_options(["Ann", "x" * 150, "x" * 151, "", "\u200b"])] == [
        "Ann",
        "x" * 150,
    ]
    assert len(build_options(map(str, range(300)))) == 100


def test_kind_is_found_by_the_input():
    assert [find_kind(one) for one in (f"{SUGGEST}_not_by", f"{SUGGEST}_x", "")] == [Filter.AUTHORS, None, None]
