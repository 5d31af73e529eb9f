import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.search.fusion import fuse, standardise

# Whole numbers: that two scores differ by less than arithmetic can tell is not what fusion is about.
scores = st.dictionaries(st.integers(1, 12), st.integers(-50, 50).map(float), max_size=8)
weights = st.floats(0.1, 4)


def test_standardise_gives_mean_0_and_deviation_1():
    assert standardise({1: 2.0, 2: 4.0, 3: 4.0, 4: 4.0, 5: 5.0, 6: 5.0, 7: 7.0, 8: 9.0}) == {
        1: -1.5,
        2: -0.5,
        3: -0.5,
        4: -0.5,
        5: 0.0,
        6: 0.0,
        7: 1.0,
        8: 2.0,
    }


@pytest.mark.parametrize("given_scores", [{}, {7: 3.0}, {7: 3.0, 9: 3.0}, {7: 0.0}, {1: -0.5, 2: -0.5, 3: -0.5}])
def test_standardise_gives_nought_where_nothing_differs(given_scores: dict[int, float]):
    assert standardise(given_scores) == dict.fromkeys(given_scores, 0.0)


@pytest.mark.parametrize(("score", "count"), [(-0.1, 3), (838_860.9999999999, 5)])
def test_standardise_gives_nought_for_equal_scores_of_any_size(score: float, count: int):
    assert standardise(dict.fromkeys(range(count), score)) == dict.fromkeys(range(count), 0.0)


@given(st.dictionaries(st.integers(1, 50), st.floats(-1e6, 1e6), min_size=2))
def test_standardise_keeps_order_and_stays_finite(given_scores: dict[int, float]):
    found = standardise(given_scores)
    assert found.keys() == given_scores.keys()
    assert all(math.isfinite(score) for score in found.values())
    ordered = sorted(given_scores, key=given_scores.__getitem__)
    assert [found[key] for key in ordered] == sorted(found.values())


def test_fuse_adds_up_weighted_lists():
    # Standardised, the first is 1, -1 and the second is -1, 1; 3 counts as the first's lowest, 1 as the second's.
    fused = fuse([({1: 5.0, 2: 1.0}, 2.0), ({2: 0.1, 3: 0.9}, 1.0)])
    assert fused == {1: pytest.approx(1.0), 3: pytest.approx(-1.0), 2: pytest.approx(-3.0)}
    assert list(fused) == [1, 3, 2]


def test_fuse_of_nothing_is_nothing():
    assert fuse([]) == {}
    assert fuse([({}, 1.0), ({}, 1.0)]) == {}


def test_fuse_orders_equal_scores_by_comment():
    assert list(fuse([({9: 1.0, 3: 1.0, 5: 1.0}, 1.0)])) == [3, 5, 9]
    assert list(fuse([({9: 2.0, 3: 1.0}, 1.0), ({3: 2.0, 9: 1.0}, 1.0)])) == [3, 9]


@given(st.lists(st.tuples(scores, weights), max_size=3))
def test_fuse_gives_every_comment_once_best_first(lists: list[tuple[dict[int, float], float]]):
    fused = fuse(lists)
    assert fused.keys() == {key for held, _ in lists for key in held}
    assert list(fused) == sorted(fused, key=lambda key: (-fused[key], key))


@given(scores, weights)
def test_fuse_of_one_list_keeps_its_order(held: dict[int, float], weight: float):
    assert list(fuse([(held, weight)])) == sorted(held, key=lambda key: (-held[key], key))


@given(st.lists(st.tuples(scores, weights), min_size=1, max_size=3), st.integers(1, 1_000), st.integers(-500, 500))
def test_fuse_knows_no_scale(lists: list[tuple[dict[int, float], float]], factor: int, shift: int):
    stretched = [({key: score * factor + shift for key, score in held.items()}, weight) for held, weight in lists]
    assert fuse(stretched) == pytest.approx(fuse(lists), abs=1e-6)


@given(st.lists(st.tuples(scores, weights), min_size=1, max_size=3))
def test_fuse_never_puts_what_is_better_everywhere_below(lists: list[tuple[dict[int, float], float]]):
    fused = fuse(lists)
    lowest = [min(held.values(), default=0.0) for held, _ in lists]
    of = {key: [held.get(key, low) for (held, _), low in zip(lists, lowest, strict=True)] for key in fused}
    for better in fused:
        for worse in fused:
            if all(first >= second for first, second in zip(of[better], of[worse], strict=True)):
                assert fused[better] >= fused[worse] - 1e-9


@given(scores, scores)
def test_fuse_takes_lists_in_any_order(first: dict[int, float], second: dict[int, float]):
    pairs = [(first, 1.0), (second, 1.0)]
    assert fuse(pairs) == pytest.approx(fuse(pairs[::-1]))
