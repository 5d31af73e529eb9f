"""The exact index against a search that looks at one row after the other."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from embeddings.index import ExactIndex

Vectors = NDArray[np.float32]


def make_units(count: int, dim: int, seed: int = 0) -> Vectors:
    drawn = np.random.default_rng(seed).standard_normal((count, dim))
    return (drawn / np.linalg.norm(drawn, axis=1, keepdims=True)).astype(np.float32)


POOL = make_units(5, 7)
QUESTION = make_units(1, 7, seed=1)[0]


def find_by_hand(
    vectors: Vectors, question: Vectors, count: int, allowed: list[bool] | None
) -> list[tuple[int, float]]:
    """Look at every row in turn; equal scores stay in the order of the rows."""
    scored = [
        (row, math.fsum(float(a) * float(b) for a, b in zip(vector, question, strict=True)))
        for row, vector in enumerate(vectors)
        if allowed is None or allowed[row]
    ]
    return sorted(scored, key=lambda pair: -pair[1])[:count]


@given(data=st.data(), picks=st.lists(st.integers(0, len(POOL) - 1), max_size=40), count=st.integers(0, 50))
def test_search_equals_search_by_hand(data: st.DataObject, picks: list[int], count: int):
    vectors = POOL[np.array(picks, dtype=int)]
    allowed = data.draw(st.none() | st.lists(st.booleans(), min_size=len(picks), max_size=len(picks)))

    rows, scores = ExactIndex(vectors).search(QUESTION, count, None if allowed is None else np.array(allowed, bool))

    expected = find_by_hand(vectors, QUESTION, count, allowed)
    assert rows.tolist() == [row for row, _ in expected]
    assert scores.tolist() == pytest.approx([score for _, score in expected], abs=1e-7)
    assert (rows.dtype, scores.dtype) == (np.int64, np.float32)


@pytest.mark.parametrize("dim", [3, 128, 384])
@pytest.mark.parametrize("count", [1, 3, 4, 17, 1000])
def test_equal_rows_come_in_the_order_of_their_numbers(dim: int, count: int):
    index = ExactIndex(np.tile(make_units(1, dim), (1001, 1)))

    rows, scores = index.search(make_units(1, dim, seed=1)[0], count)

    assert rows.tolist() == list(range(count))
    assert len(set(scores.tolist())) == 1


def test_search_never_gives_a_row_that_is_not_allowed():
    vectors = make_units(300, 16)
    allowed = np.zeros(300, dtype=bool)
    allowed[[7, 200]] = True

    rows, _ = ExactIndex(vectors).search(vectors[50], 10, allowed)

    assert sorted(rows.tolist()) == [7, 200]
    assert ExactIndex(vectors).search(vectors[50], 10, ~allowed)[0][0] == 50


def test_search_of_an_empty_index_finds_nothing():
    index = ExactIndex(np.zeros((0, 7), np.float32))

    rows, scores = index.search(QUESTION, 5)

    assert (len(index), rows.tolist(), scores.tolist()) == (0, [], [])


def test_similarities_are_those_of_search_in_the_order_asked_for():
    vectors = make_units(100, 384)
    index = ExactIndex(vectors)
    rows, scores = index.search(vectors[3], 100)

    assert index.similarities(vectors[3], rows[::-1]).tolist() == scores[::-1].tolist()
    assert index.similarities(vectors[3], np.zeros(0, np.int64)).tolist() == []
