import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.search.fusion import Evidence
from store.search.ranking import ANSWER_FLOOR, HIT_FLOOR, NEARBY_LOSS, SHARE_WEIGHT
from store.search.relevance import find_relevant
from tests.store.search.making import make_evidence

# The cosine from which a text is about a question by itself; a power of two, so that nothing is rounded.
FLOOR = 0.5

candidates = st.lists(
    st.tuples(st.floats(-1, 1), st.floats(0, 1), st.floats(0, 1), st.booleans()), min_size=0, max_size=10
)


def find(evidence: Evidence, *, is_strict: bool = False, considered: list[bool] | None = None) -> list[bool]:
    mask = np.ones(len(evidence.places), np.bool_) if considered is None else np.array(considered, np.bool_)
    return find_relevant(evidence, FLOOR, considered=mask, is_strict=is_strict).tolist()


def make_candidates(meaning: list[float], share: list[float] | None = None, **given: list[float]) -> Evidence:
    """Make candidates that stand alone, unless something nearby is given."""
    return make_evidence(
        len(meaning), **({"meaning": meaning, "share": share or [0.0] * len(meaning), "nearby": meaning} | given)
    )


def test_candidate_answers_by_meaning_by_words_or_by_both():
    half = ANSWER_FLOOR / 2
    evidence = make_candidates([FLOOR, 0.0, FLOOR * half, FLOOR * half], [0.0, 1.0, half / SHARE_WEIGHT, 0.0])
    assert find(evidence, is_strict=True) == [True, True, True, False]


def test_nothing_else_makes_relevant():
    much = [9.0]
    evidence = make_candidates([0.0], words=much, context=much, opening=much, closeness=much, named=[True])
    assert find(evidence) == [False]


@pytest.mark.parametrize(
    ("parts", "shown", "shown_strictly"),
    [
        ([], [], []),
        ([ANSWER_FLOOR - 1e-9, HIT_FLOOR], [False, False], [False, False]),
        ([ANSWER_FLOOR], [True], [True]),
        ([ANSWER_FLOOR, 0.9, HIT_FLOOR, HIT_FLOOR - 1e-9], [True, True, True, False], [True, False, False, False]),
        ([-2.0, 0.0], [False, False], [False, False]),
    ],
)
def test_hits_stand_beside_one_that_answers(parts: list[float], shown: list[bool], shown_strictly: list[bool]):
    evidence = make_candidates([FLOOR * part for part in parts])
    assert find(evidence) == shown
    assert find(evidence, is_strict=True) == shown_strictly


def test_hit_may_be_near_one_that_answers():
    near = FLOOR * HIT_FLOOR + NEARBY_LOSS
    evidence = make_candidates([FLOOR, 0.0, 0.0], nearby=[FLOOR, near + 1e-9, near - 1e-9])
    assert find(evidence) == [True, True, False]
    assert find(evidence, is_strict=True) == [True, False, False]


def test_nothing_answers_by_what_is_near_alone():
    assert find(make_candidates([0.0], nearby=[1.0])) == [False]


def test_what_is_not_considered_answers_nothing():
    evidence = make_candidates([FLOOR, FLOOR * 0.9])
    assert find(evidence, considered=[True, False]) == [True, False]
    assert find(evidence, considered=[False, True]) == [False, False]


@given(candidates)
def test_relevant_are_considered_and_beside_one_that_answers(drawn: list[tuple[float, float, float, bool]]):
    considered = [one for *_, one in drawn]
    evidence = make_candidates(
        [meaning for meaning, *_ in drawn],
        [share for _, share, *_ in drawn],
        nearby=[max(meaning, near) for meaning, _, near, _ in drawn],
    )
    answers = [meaning / FLOOR + SHARE_WEIGHT * share >= ANSWER_FLOOR for meaning, share, *_ in drawn]
    strict, loose = (find(evidence, is_strict=is_strict, considered=considered) for is_strict in (True, False))
    assert strict == [one and other for one, other in zip(answers, considered, strict=True)]
    assert any(loose) == any(strict)
    assert all(is_loose >= is_strict for is_loose, is_strict in zip(loose, strict, strict=True))
    assert all(one <= other for one, other in zip(loose, considered, strict=True))
