import math
from dataclasses import fields
from statistics import fmean, pstdev

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.search.fusion import Evidence, Weights, find_best, fuse, standardise, take_top
from store.search.ranking import CLOSE_TOP
from tests.store.search.making import make_evidence

# Whole numbers: that two scores differ by less than arithmetic can tell is not what fusion is about.
scores = st.lists(st.integers(0, 50).map(float), max_size=12)


def test_standardise_gives_mean_0_and_deviation_1():
    given_scores = np.array([2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0])
    assert standardise(given_scores, 8).tolist() == [-1.5, -0.5, -0.5, -0.5, 0.0, 0.0, 1.0, 2.0]


def test_standardise_goes_by_the_highest():
    # Of the two highest the mean is 6 and the deviation 2; the others lie below.
    assert standardise(np.array([0.0, 8.0, 4.0, 2.0]), 2).tolist() == [-3.0, 1.0, -1.0, -2.0]


def test_standardise_lets_noughts_stand_in_for_those_missing():
    assert standardise(np.array([8.0, 4.0]), 4).tolist() == standardise(np.array([8.0, 4.0, 0.0, 0.0]), 4)[:2].tolist()
    assert standardise(np.array([8.0]), 2).tolist() == [1.0]


@pytest.mark.parametrize("given_scores", [[], [3.0], [3.0, 3.0], [0.0], [0.1] * 3, [838_860.9999999999] * 5])
def test_standardise_gives_nought_where_nothing_differs(given_scores: list[float]):
    found = standardise(np.array(given_scores), max(1, len(given_scores)))
    assert found.tolist() == [0.0] * len(given_scores)


def test_standardise_of_no_matches_is_nought():
    assert standardise(np.zeros(300), 200).tolist() == [0.0] * 300


@given(scores, st.integers(1, 15))
def test_standardise_equals_its_definition(given_scores: list[float], depth: int):
    top = sorted(given_scores, reverse=True)[:depth]
    top += [0.0] * (depth - len(top))
    deviation = pstdev(top)
    expected = [(score - fmean(top)) / deviation if deviation else 0.0 for score in given_scores]
    assert standardise(np.array(given_scores), depth).tolist() == pytest.approx(expected, abs=1e-9)
    assert sorted(take_top(np.array(given_scores), depth).tolist(), reverse=True) == sorted(top, reverse=True)


@given(st.lists(st.floats(0, 1e6).map(lambda score: round(score, 6)), min_size=1, max_size=50), st.integers(1, 60))
def test_standardise_keeps_order_and_stays_finite(given_scores: list[float], depth: int):
    found = standardise(np.array(given_scores), depth).tolist()
    assert all(math.isfinite(score) for score in found)
    ordered = sorted(range(len(found)), key=given_scores.__getitem__)
    assert [found[number] for number in ordered] == sorted(found)


@given(st.lists(st.integers(-3, 3).map(float), max_size=20), st.integers(-1, 25))
def test_find_best_equals_a_sort(given_scores: list[float], count: int):
    ordered = sorted(range(len(given_scores)), key=lambda number: (-given_scores[number], number))
    assert find_best(np.array(given_scores), count).tolist() == ordered[: max(0, count)]


@given(st.integers(0, 2**32 - 1), st.integers(1, 4), st.integers(1, 60))
def test_find_best_of_many_equals_a_sort(seed: int, count: int, kinds: int):
    # So many that they are looked at in groups; some equal ones, and some groups with several of the best.
    drawn = np.random.default_rng(seed).integers(0, kinds, 2_000).astype(np.float64)
    assert find_best(drawn, count).tolist() == np.lexsort((np.arange(2_000), -drawn))[:count].tolist()
    assert take_top(drawn, count).tolist() == sorted(drawn.tolist(), reverse=True)[:count]


def test_every_weight_is_of_some_evidence():
    assert {field.name for field in fields(Weights)} == {field.name for field in fields(Evidence)} - {
        "places",
        "share",
        "spans",
    }


@pytest.mark.parametrize("kind", [field.name for field in fields(Weights)])
def test_fuse_counts_each_kind_by_its_weight(kind: str):
    held = np.array([0.0, 1.0, 0.0])
    evidence = make_evidence(3, **{kind: held.astype(bool) if kind in {"opener", "named", "within"} else held})
    assert fuse(evidence).tolist() == [0.0, getattr(Weights(), kind), 0.0]


def test_fuse_adds_up():
    weights = Weights(words=2.0, context=0.0, meaning=10.0, nearby=0.0, opening=0.0, opener=0.0, named=3.0, within=0.5)
    evidence = make_evidence(
        3, words=[1.0, -1.0, 0.0], meaning=[0.5, 0.0, 0.25], named=[False, True, False], within=[True, True, False]
    )
    assert fuse(evidence, weights).tolist() == [7.5, 1.5, 2.5]


def test_fuse_leaves_out_shares_and_spans():
    assert fuse(make_evidence(2, share=[1.0, 0.0], spans=[[3, 9], [0, 0]])).tolist() == [0.0, 0.0]


def test_fuse_of_nothing_is_nothing():
    assert fuse(make_evidence(0)).tolist() == []


def test_closeness_counts_for_the_best_so_far_alone():
    count = CLOSE_TOP + 2
    # The last has the same score as the last that counts: of equal ones the earlier counts.
    words = np.array([*range(CLOSE_TOP, 0, -1), 1.0, 0.5])
    fused = fuse(make_evidence(count, words=words, closeness=np.full(count, 100.0)), Weights(words=1.0))
    assert (fused - words).tolist() == [100.0] * CLOSE_TOP + [0.0, 0.0]


@given(st.integers(0, 8), st.data())
def test_fuse_never_puts_what_is_better_everywhere_below(count: int, data: st.DataObject):
    kinds = [field.name for field in fields(Weights)]
    masks = {"opener", "named", "within"}
    drawn = {
        kind: data.draw(
            st.lists(st.booleans() if kind in masks else st.integers(-5, 5).map(float), min_size=count, max_size=count)
        )
        for kind in kinds
    }
    fused = fuse(make_evidence(count, **drawn))
    for better in range(count):
        for worse in range(count):
            if all(drawn[kind][better] >= drawn[kind][worse] for kind in kinds):
                assert fused[better] >= fused[worse] - 1e-9


@given(scores)
def test_fuse_of_one_kind_keeps_its_order(words: list[float]):
    fused = fuse(make_evidence(len(words), words=words), Weights())
    assert find_best(fused, len(words)).tolist() == find_best(np.array(words), len(words)).tolist()
