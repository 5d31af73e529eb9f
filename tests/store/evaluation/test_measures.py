"""Figures, by hand and by what must hold for any ranking."""

import math
from dataclasses import astuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.errors import EvaluationError
from store.evaluation.measures import Figures, mean, measure, measure_gain

NAMES = [f"c{number}" for number in range(80)]
rankings = st.lists(st.sampled_from(NAMES), unique=True)
grades_of_some = st.dictionaries(st.sampled_from(NAMES), st.sampled_from([1.0, 2.0, 3.0]), min_size=1)


def test_best_ranking_has_full_marks():
    assert measure(["a", "b", "x"], {"a": 2, "b": 1}) == Figures(1, 1, 1, 1)


def test_ranking_without_anything_relevant_has_none():
    assert measure(["x", "y"], {"a": 1}) == measure([], {"a": 1}) == Figures(0, 0, 0, 0)


def test_grades_are_gains_discounted_by_rank():
    assert measure(["x", "b", "a"], {"a": 2, "b": 1, "c": 1}) == Figures(
        ndcg_10=(1 / math.log2(3) + 2 / math.log2(4)) / (2 / math.log2(2) + 1 / math.log2(3) + 1 / math.log2(4)),
        recall_10=2 / 3,
        mrr_10=1 / 2,
        recall_50=2 / 3,
    )


def test_only_the_first_ten_and_the_first_fifty_count():
    grades = {"c9": 1.0, "c10": 1.0, "c49": 1.0, "c50": 1.0}

    assert measure(NAMES, grades) == Figures(
        ndcg_10=(1 / math.log2(11)) / sum(1 / math.log2(rank + 1) for rank in range(1, 5)),
        recall_10=1 / 4,
        mrr_10=1 / 10,
        recall_50=3 / 4,
    )


def test_recall_at_ten_is_of_the_ten_there_is_room_for():
    figures = measure(NAMES[:5] + ["x"] * 5, dict.fromkeys(NAMES[:20], 1.0))

    assert (figures.recall_10, figures.recall_50) == (5 / 10, 5 / 20)


def test_grades_that_are_not_above_zero_do_not_count():
    assert measure(["a", "b"], {"a": 0, "b": 1, "c": -1}) == measure(["a", "b"], {"b": 1})


def test_query_without_anything_relevant_cannot_be_measured():
    with pytest.raises(EvaluationError, match=r"^cannot measure the ranking: .*: leave such queries out$"):
        measure(["a"], {"a": 0})


@given(rankings, grades_of_some)
def test_figures_lie_between_none_and_full(ranked: list[str], grades: dict[str, float]):
    figures = measure(ranked, grades)

    assert all(0 <= figure <= 1 + 1e-12 for figure in astuple(figures))


@given(rankings, grades_of_some)
def test_what_stands_below_fifty_changes_nothing(ranked: list[str], grades: dict[str, float]):
    assert measure(ranked, grades) == measure(ranked[:50], grades)


@given(rankings, grades_of_some)
def test_ranking_by_grade_is_the_best(ranked: list[str], grades: dict[str, float]):
    best = measure(sorted(grades, key=lambda name: -grades[name]), grades)

    assert (best.ndcg_10, best.recall_10, best.mrr_10) == pytest.approx((1, 1, 1))
    assert measure(ranked, grades).ndcg_10 <= best.ndcg_10 + 1e-12


def test_gain_is_of_as_many_ranks_as_there_are():
    grades = {"a": 2.0, "b": 1.0, "c": 1.0, "d": 0.0, "e": -1.0}

    assert measure_gain([1.0, 0.0, 2.0], grades) == (1 / math.log2(2) + 2 / math.log2(4)) / (
        2 / math.log2(2) + 1 / math.log2(3) + 1 / math.log2(4)
    )
    assert measure_gain([2.0], grades) == measure_gain([2.0, 1.0, 1.0, 0.0], grades) == 1.0
    assert measure_gain([0.0, 0.0], grades) == 0.0


@pytest.mark.parametrize(("gains", "grades"), [([], {"a": 1.0}), ([0.0], {}), ([0.0], {"a": 0.0})])
def test_gain_of_nothing_is_none(gains: list[float], grades: dict[str, float]):
    assert measure_gain(gains, grades) == 0.0


@given(rankings.filter(lambda ranked: len(ranked) >= 10), grades_of_some)
def test_gain_of_ten_is_that_of_the_ranking(ranked: list[str], grades: dict[str, float]):
    gains = [grades.get(name, 0.0) for name in ranked[:10]]

    assert measure_gain(gains, grades) == measure(ranked, grades).ndcg_10


def test_mean_is_of_each_figure():
    assert mean(iter([Figures(1, 0.5, 1, 1), Figures(0, 0, 0.5, 0)])) == Figures(0.5, 0.25, 0.75, 0.5)


def test_mean_of_nothing_is_refused():
    with pytest.raises(EvaluationError, match=r"^cannot average the figures: .*: give a set that has judged queries$"):
        mean([])
