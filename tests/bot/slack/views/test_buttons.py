"""What buttons say and carry: the page, the question, and what was taken away from it."""

from dataclasses import replace
from datetime import UTC
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.slack.views.answer import build_answer
from bot.slack.views.buttons import FILTERS, MAX_QUESTION_CHARS, MORE, SHARE, WITHOUT, build_value, read_button
from store.domain.asked import Asked
from store.domain.query import Filter, Query
from tests.bot.slack.views.factories import (
    NARROWED,
    find_button,
    get_value,
    list_buttons,
    list_filters,
    make_answer,
    make_hit,
)

QUESTION = "what was said about unconferences?"
AUTHORS = f"{WITHOUT}_authors"


def test_more_is_not_offered_on_the_last_page():
    assert find_button(build_answer(make_answer([make_hit(6), make_hit(7)], total=7, offset=5)), MORE) is None


def test_more_says_how_many_are_left_and_carries_where_they_start():
    view = build_answer(make_answer([make_hit(rank) for rank in range(6, 11)], total=13, offset=5), can_share=True)
    more = find_button(view, MORE)
    assert more is not None
    assert (more["text"]["text"], read_button(more["value"])) == ("More (3)", Asked(QUESTION, 10))
    assert read_button(get_value(view, SHARE)) == Asked(QUESTION, 5)


@pytest.mark.parametrize(
    "question",
    [
        "what was said about unconferences?",
        'he said "wikis" and \\backslashes\\',
        '"' * 20_000,
        "\\" * 20_000,
        "“ünï” 🌊 " * 5_000,
        "line\nbreak\ttab\x00null\u202eover",
        "<!here> & <@U1> | * _ ~ `",
    ],
)
def test_buttons_carry_any_question_with_the_page_and_what_was_taken_away(question: str):
    gone = (Filter.TOPIC, Filter.DATES, Filter.SOURCES, Filter.CHANNELS, Filter.LANGUAGES)
    query = Query("x", authors=("Ann",))
    hits = [make_hit(rank) for rank in range(1, 6)]
    view = build_answer(make_answer(hits, question=question, total=900, query=query, without=gone), can_share=True)
    more, share = get_value(view, MORE), get_value(view, SHARE)
    assert max(len(get_value(view, one)) for one in list_buttons(view)) <= 2_000
    carried = read_button(more)
    assert carried is not None
    assert (carried.offset, carried.without) == (5, gone)
    assert read_button(share) == replace(carried, offset=0)
    # The next page carries the same again.
    following = make_answer(hits, question=carried.question, total=900, without=carried.without)
    assert get_value(build_answer(following), MORE) == more


def test_buttons_keep_a_question_that_fits_as_it_is():
    question = 'he said "wikis"? ' + "x" * (MAX_QUESTION_CHARS - 17)
    view = build_answer(make_answer([make_hit()], question=question, total=2))
    assert read_button(get_value(view, MORE)) == Asked(question, 1)


def test_filters_say_what_they_take_away():
    view = build_answer(make_answer([make_hit()], query=NARROWED))
    buttons = [find_button(view, f"{WITHOUT}_{one}") or {} for one in list_filters(view)]
    assert [button["text"]["text"] for button in buttons] == [
        "✕ about “badges”",
        "✕ by Mihai Popescu",
        "✕ since 2010-01-01",
        "✕ in #hr",
    ]
    assert [button["accessibility_label"] for button in buttons][1] == "Search again without: by Mihai Popescu"


def test_filters_that_say_much_are_cut_as_slack_wants_them():
    view = build_answer(make_answer([make_hit()], query=Query("y", authors=("Ann of the Long Name",) * 9)))
    button = find_button(view, AUTHORS)
    assert button is not None
    assert [len(button["text"]["text"]) <= 75, len(button["accessibility_label"]) <= 75] == [True, True]
    assert button["text"]["text"].startswith("✕ by Ann of the Long Name, Ann")


def test_filters_start_anew_without_one_more():
    view = build_answer(make_answer([make_hit(6)], query=NARROWED, total=6, offset=5, without=(Filter.SOURCES,)))
    assert read_button(get_value(view, AUTHORS)) == Asked(QUESTION, 0, (Filter.AUTHORS, Filter.SOURCES))


@pytest.mark.parametrize("query", [Query("badges"), Query("", authors=("Jon",))])
def test_filters_that_would_leave_nothing_are_not_offered(query: Query):
    assert list_filters(build_answer(make_answer([make_hit()], query=query))) == []


@pytest.mark.parametrize(
    "value",
    [
        "",
        "null",
        "[]",
        "{}",
        '{"q": 1, "o": 0}',
        '{"q": "x"}',
        "unconferences",
        '{"q":',
        '{"q": "x", "o": 0, "w": 1}',
        '{"q": "x", "o": 0, "w": null}',
        '{"q": "x", "o": 0, "w": ["moods"]}',
        '{"q": "x", "o": 0, "w": [[]]}',
        '{"q": "x", "o": 0, "c": []}',
        '{"q": "x", "o": 0, "c": {"a": 1}}',
        '{"q": "x", "o": 0, "c": {"f": "soon"}}',
    ],
)
def test_read_button_gives_none_for_what_is_not_ours(value: str):
    assert read_button(value) is None


def test_buttons_carry_the_zone_of_whoever_asked_first():
    query, zone = Query("x", authors=("Ann",)), ZoneInfo("Asia/Tokyo")
    view = build_answer(make_answer([make_hit(1)], total=12, query=query, zone=zone), can_share=True)
    carried = [read_button(get_value(view, one)) for one in list_buttons(view)]
    assert {one.zone for one in carried if one} == {zone}
    assert None not in carried
    assert {MORE, SHARE, AUTHORS} <= set(list_buttons(view))


def test_what_is_asked_again_otherwise_is_asked_of_all_there_is():
    chosen = Query("", authors=("Jon",), new=(3, 9))
    view = build_answer(make_answer([make_hit(6)], total=12, query=Query("badges", ("Jon",)), offset=5, chosen=chosen))
    carried = {one: read_button(get_value(view, one)) for one in list_buttons(view)}
    assert {one: asked.chosen.new for one, asked in carried.items() if asked and one in (MORE, FILTERS, AUTHORS)} == {
        MORE: (3, 9),
        FILTERS: None,
        AUTHORS: None,
    }


def test_read_button_takes_one_of_before_there_were_filters():
    assert read_button('{"q": "x", "o": 5}') == Asked("x", 5, ())


chosen = st.builds(
    Query,
    st.just(""),
    *(st.lists(st.text(min_size=1, max_size=80), max_size=3).map(tuple) for _ in range(1)),
    *(st.none() | st.datetimes(timezones=st.just(UTC)) for _ in range(2)),
    *(st.lists(st.text(min_size=1, max_size=80), max_size=3).map(tuple) for _ in range(2)),
    languages=st.lists(st.sampled_from(["de", "fr"]), max_size=2, unique=True).map(tuple),
    not_by=st.lists(st.text(min_size=1, max_size=80), max_size=3).map(tuple),
    beside=st.lists(st.text(min_size=1, max_size=80), max_size=2).map(tuple),
    new=st.none() | st.tuples(st.integers(0, 2**40), st.integers(1, 2**40)),
)


@given(question=st.text(max_size=2_000), chosen=chosen)
def test_buttons_carry_what_was_chosen_whatever_its_length(question: str, chosen: Query):
    value = build_value(Asked(question, 5, (), "Europe/Riga", chosen))
    carried = read_button(value)
    assert carried is not None
    assert carried.chosen == chosen
    assert len(value) <= 2_000 or len(build_value(Asked("", 5, (), "Europe/Riga", chosen))) > 2_000


def test_read_button_takes_no_offset_below_the_first():
    assert read_button('{"q": "x", "o": -5}') == Asked("x", 0)
