"""Taking filters away from what was understood."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from store.domain.query import NOTHING_CHOSEN, Filter, Query, TimeOrder

WHOLE = Query(
    topic="kettles",
    authors=("Jon", "Mei"),
    after=datetime(2010, 1, 1, tzinfo=UTC),
    before=datetime(2011, 1, 1, tzinfo=UTC),
    sources=("Harbour",),
    channels=("hr",),
    order=TimeOrder.OLDEST,
    languages=("de",),
)


def test_filters_are_those_that_are_set_in_order():
    assert WHOLE.filters == tuple(Filter)
    assert Query("").filters == ()
    assert Query("x", before=WHOLE.before).filters == (Filter.TOPIC, Filter.DATES)
    assert Query("", after=WHOLE.after, channels=("hr",)).filters == (Filter.DATES, Filter.CHANNELS)


def test_the_order_of_answers_is_no_filter():
    assert Query("x", order=TimeOrder.NEWEST).filters == (Filter.TOPIC,)


@pytest.mark.parametrize("query", [Query(""), Query("x"), Query("", authors=("Jon",)), Query("", after=WHOLE.after)])
def test_the_last_filter_is_not_removable(query: Query):
    assert query.removable == ()
    assert query.without(Filter) == query


def test_each_of_several_filters_is_removable():
    assert Query("x", authors=("Jon",)).removable == (Filter.TOPIC, Filter.AUTHORS)


@pytest.mark.parametrize(
    ("one", "left"),
    [
        (Filter.TOPIC, replace(WHOLE, topic="")),
        (Filter.AUTHORS, replace(WHOLE, authors=())),
        (Filter.DATES, replace(WHOLE, after=None, before=None)),
        (Filter.SOURCES, replace(WHOLE, sources=())),
        (Filter.CHANNELS, replace(WHOLE, channels=())),
        (Filter.LANGUAGES, replace(WHOLE, languages=())),
    ],
)
def test_query_without_a_filter_keeps_the_rest(one: Filter, left: Query):
    assert WHOLE.without([one]) == left


def test_query_without_nothing_or_what_is_not_set_is_the_same():
    assert WHOLE.without(()) == WHOLE
    assert Query("x", authors=("Jon",)).without([Filter.DATES]) == Query("x", authors=("Jon",))


def test_query_without_all_keeps_the_one_that_was_named_last():
    query = Query("x", authors=("Jon",))
    assert query.without([Filter.TOPIC, Filter.AUTHORS]) == Query("", authors=("Jon",))
    assert query.without([Filter.AUTHORS, Filter.TOPIC]) == Query("x")


def test_query_takes_chosen_filters_and_keeps_its_own_topic():
    chosen = Query("y", authors=("Mei",), languages=("de",))
    assert WHOLE.choose(chosen) == replace(WHOLE, authors=("Mei",), languages=("de",))
    assert WHOLE.choose(NOTHING_CHOSEN) == WHOLE
    assert NOTHING_CHOSEN.choose(WHOLE) == replace(WHOLE, topic="", order=NOTHING_CHOSEN.order)
