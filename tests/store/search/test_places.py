from datetime import UTC, datetime
from itertools import groupby

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.db.readers import LANGUAGE_CODES, NOWHERE, PlaceColumn
from store.search.places import Places
from store.search.ranking import CONTEXT_TURNS
from tests.store.search.making import Standing, make_places, make_rows, standings


def at(second: int) -> datetime:
    return datetime.fromtimestamp(second, UTC)


def read_places(places: Places) -> list[int]:
    return places.ids.tolist()


def test_places_of_one_discussion_are_by_position_then_time_then_id():
    places = make_places((1, 2, 0), (1, None, 5), (1, 1, 9), (1, None, 3), (1, 1, 2), (1, None, 3))
    assert read_places(places) == [5, 3, 1, 4, 6, 2]


def test_places_without_position_or_time_stand_last():
    assert read_places(make_places((1, None, None), (1, None, 2**40), (1, 2**40, None))) == [3, 2, 1]


def test_places_of_discussions_follow_each_other():
    assert read_places(make_places((7, None, 1), (2, None, 9), (7, None, 0), (2, None, 2))) == [4, 2, 3, 1]


def test_places_of_nothing_are_none():
    places = make_places()
    assert (len(places), read_places(places), list(places.is_ordered), list(places.openings)) == (0, [], [], [])
    assert places.find(np.array([0, 1, 5])).tolist() == [-1, -1, -1]
    assert places.add_up_neighbours(np.zeros(0, np.int64), np.zeros(0)).tolist() == []
    assert places.context_words.tolist() == []


def test_places_know_what_they_were_given():
    places = make_places((4, 1, 5), (3, None, -5), words=[12, 0])
    assert (places.ids.tolist(), places.channels.tolist(), places.words.tolist()) == ([2, 1], [30, 40], [0, 12])
    assert places.rows.tolist() == [[2, 30, 3, NOWHERE, -5, 0, 0], [1, 40, 4, 1, 5, 12, 0]]


@pytest.mark.parametrize(
    ("comments", "is_ordered"),
    [
        ([(1, None, None)], False),
        ([(1, 0, 0)], False),
        ([(1, None, None), (1, None, None)], False),
        ([(1, None, 5), (1, None, 5)], False),
        ([(1, 3, None), (1, 3, None)], False),
        ([(1, 3, None), (1, None, 5)], False),
        ([(1, None, 5), (1, None, None)], False),
        ([(1, None, -5), (1, None, 5)], True),
        ([(1, 0, None), (1, 1, None)], True),
        ([(1, 0, 5), (1, 1, 5)], True),
        ([(1, 7, 5), (1, 7, 6), (1, None, None)], True),
    ],
)
def test_discussion_has_an_order_where_positions_or_times_differ(comments: list[Standing], is_ordered: bool):  # noqa: FBT001  # a column
    places = make_places(*comments)
    assert places.is_ordered.tolist() == [is_ordered] * len(comments)
    assert places.openings.tolist() == ([0] * len(comments) if is_ordered else list(range(len(comments))))


@given(standings, st.randoms(use_true_random=False))
def test_places_are_in_reading_order_in_whatever_order_they_come(comments: list[Standing], chance: np.random.Generator):
    rows = make_rows(*comments).tolist()
    chance.shuffle(rows)
    places = Places.make(np.array(rows, np.int64).reshape(-1, len(PlaceColumn)))
    columns = (PlaceColumn.DISCUSSION, PlaceColumn.POSITION, PlaceColumn.PUBLISHED, PlaceColumn.ID)
    assert places.rows.tolist() == sorted(rows, key=lambda row: [row[column] for column in columns])


@given(standings)
def test_orders_and_openings_are_those_of_each_discussion(comments: list[Standing]):
    places = make_places(*comments)
    ordered, openings = [], []
    for _, some in groupby(enumerate(places.rows.tolist()), key=lambda row: row[1][PlaceColumn.DISCUSSION]):
        mine = list(some)
        keys = [
            {row[column] for _, row in mine} - {NOWHERE} for column in (PlaceColumn.POSITION, PlaceColumn.PUBLISHED)
        ]
        has_order = any(len(one) > 1 for one in keys)
        ordered += [has_order] * len(mine)
        openings += [mine[0][0] if has_order else place for place, _ in mine]
    assert (places.is_ordered.tolist(), places.openings.tolist()) == (ordered, openings)


@given(standings, st.lists(st.integers(-3, 20)))
def test_find_gives_the_place_of_each_id(comments: list[Standing], asked: list[int]):
    places = make_places(*comments)
    ids = read_places(places)
    assert places.find(np.array(asked, np.int64)).tolist() == [ids.index(one) if one in ids else -1 for one in asked]


@given(standings, st.data())
def test_neighbours_are_those_near_in_an_ordered_discussion(comments: list[Standing], data: st.DataObject):
    places = make_places(*comments)
    count = len(places)
    chosen = sorted(data.draw(st.sets(st.integers(0, count - 1)))) if count else []
    values = {place: float(place + 1) for place in chosen}
    discussions = places.rows[:, PlaceColumn.DISCUSSION].tolist()
    expected = [
        sum(
            value
            for other, value in values.items()
            if 0 < abs(other - place) <= CONTEXT_TURNS
            and discussions[other] == discussions[place]
            and places.is_ordered[place]
        )
        for place in range(count)
    ]
    found = places.add_up_neighbours(np.array(chosen, np.int64), np.array(list(values.values()), np.float64))
    assert found.tolist() == expected


@pytest.mark.parametrize(
    ("after", "before", "expected"),
    [
        (None, None, [True, True, True, True]),
        (at(1), None, [False, True, True, False]),
        (None, at(1), [True, False, False, False]),
        (at(1), at(2), [False, True, False, False]),
        (at(0), at(3), [True, True, True, False]),
    ],
)
def test_comments_are_found_by_time(after: datetime | None, before: datetime | None, expected: list[bool]):
    places = make_places((1, None, 0), (1, None, 1_000), (1, None, 2_000), (1, None, None))
    assert places.find_between(after, before).tolist() == expected


def test_places_know_their_languages():
    rows = make_rows((1, 0, None), (1, 1, None), (1, 2, None), (2, 0, None))
    rows[:, PlaceColumn.LANGUAGE] = [LANGUAGE_CODES.index(code) for code in ("de", "", "nl", "de")]
    places = Places.make(rows)
    assert places.find_in_languages(["de"]).tolist() == [True, False, False, True]
    assert places.find_in_languages(["nl", "xx"]).tolist() == [False, False, True, False]
    assert places.find_in_languages([""]).tolist() == [False] * 4
    assert places.count_languages(np.ones(4, np.bool_)) == {"de": 2, "nl": 1}
    assert places.count_languages(places.channels == 20) == {"de": 1}


@given(standings, standings, st.sets(st.integers(1, 20)), st.sets(st.integers(1, 16)))
def test_changed_places_are_those_made_afresh(
    comments: list[Standing], others: list[Standing], gone: set[int], again: set[int]
):
    before = make_places(*comments)
    # Some of the others are comments that were there before, somewhere else; the rest is new.
    rows = make_rows(*others)
    numbers = [*sorted(again), *range(20, 40)][: len(others)]
    rows[:, PlaceColumn.ID] = numbers
    kept = [row for row in before.rows.tolist() if row[PlaceColumn.ID] not in {*gone, *numbers}]
    afresh = Places.make(np.array(kept + rows.tolist(), np.int64).reshape(-1, len(PlaceColumn)))
    after = before.changed(np.array(sorted(gone), np.int64), rows)
    every = np.arange(-1, 50)
    for name in ("rows", "is_ordered", "openings", "context_words"):
        np.testing.assert_array_equal(getattr(after, name), getattr(afresh, name), name)
    np.testing.assert_array_equal(after.find(every), afresh.find(every))
