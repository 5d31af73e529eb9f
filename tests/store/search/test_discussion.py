import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.db.readers import PlaceColumn
from store.search.discussion import find_nearby, measure_opening
from store.search.places import Places
from store.search.ranking import NEARBY_TURNS, OPENING_FLOOR
from tests.store.search.making import Standing, make_places


def make_thread(size: int, discussion: int = 1) -> list[Standing]:
    return [(discussion, number, None) for number in range(size)]


def find_plainly(places: Places, chosen: list[int], meaning: list[float]) -> list[float]:
    """The best of each candidate and its neighbours, by looking at all pairs."""
    discussions = places.rows[:, PlaceColumn.DISCUSSION]
    return [
        max(
            value
            for other, value in zip(chosen, meaning, strict=True)
            if other == place
            or (
                abs(other - place) <= NEARBY_TURNS
                and discussions[other] == discussions[place]
                and places.is_ordered[place]
            )
        )
        for place in chosen
    ]


def test_nearby_is_the_best_within_reach_on_both_sides():
    places = make_places(*make_thread(2 * NEARBY_TURNS + 3))
    best = NEARBY_TURNS + 1
    chosen = np.arange(len(places))
    meaning = np.where(chosen == best, 0.9, 0.1)
    expected = [0.1, *[0.9] * (2 * NEARBY_TURNS + 1), 0.1]
    assert find_nearby(places, chosen, meaning).tolist() == expected


def test_nearby_counts_turns_that_are_no_candidates():
    places = make_places(*make_thread(NEARBY_TURNS + 2))
    last = NEARBY_TURNS + 1
    assert find_nearby(places, np.array([0, last]), np.array([0.9, 0.1])).tolist() == [0.9, 0.1]
    assert find_nearby(places, np.array([0, last - 1]), np.array([0.9, 0.1])).tolist() == [0.9, 0.9]


def test_nearby_ends_with_the_discussion():
    places = make_places(*make_thread(2, discussion=1), *make_thread(2, discussion=2))
    assert find_nearby(places, np.arange(4), np.array([0.1, 0.2, 0.9, 0.3])).tolist() == [0.2, 0.2, 0.9, 0.9]


def test_nearby_in_a_pile_is_its_own():
    places = make_places((1, None, 5), (1, None, 5), (1, None, None))
    assert find_nearby(places, np.arange(3), np.array([0.1, 0.9, -0.2])).tolist() == [0.1, 0.9, -0.2]


@pytest.mark.parametrize("count", [0, 1])
def test_nearby_of_one_or_none_is_its_own(count: int):
    places = make_places(*make_thread(3))
    assert find_nearby(places, np.arange(count), np.full(count, 0.4)).tolist() == [0.4] * count


def test_nearby_leaves_what_it_is_given():
    meaning = np.array([0.1, 0.9])
    find_nearby(make_places(*make_thread(2)), np.arange(2), meaning)
    assert meaning.tolist() == [0.1, 0.9]


@given(
    st.lists(st.tuples(st.integers(1, 2), st.sampled_from([0, 0, 0, 1, 2]), st.none()), min_size=1, max_size=40),
    st.data(),
)
def test_nearby_equals_a_look_at_all_pairs(comments: list[Standing], data: st.DataObject):
    places = make_places(*comments)
    chosen = sorted(data.draw(st.sets(st.integers(0, len(places) - 1))))
    meaning = data.draw(st.lists(st.floats(-1, 1), min_size=len(chosen), max_size=len(chosen)))
    found = find_nearby(places, np.array(chosen, np.int64), np.array(meaning))
    assert found.tolist() == find_plainly(places, chosen, meaning)


def test_opening_counts_above_its_floor_in_ordered_discussions_alone():
    places = make_places(*make_thread(3, discussion=1), (2, None, None))
    cosines = np.array([OPENING_FLOOR + 0.25, OPENING_FLOOR, -0.5, 0.9])
    assert measure_opening(places, np.arange(4), cosines).tolist() == [0.25, 0.0, 0.0, 0.0]
    assert measure_opening(places, np.arange(0), np.zeros(0)).tolist() == []
