"""Both indexes against a search that looks at one row after the other; where the one is not exact, how near it is."""

import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from embeddings.index import ExactIndex, VectorIndex
from embeddings.rows import ArrayRows, JoinedRows, StoredRows
from embeddings.two_steps import TwoStepIndex, make_codes

Vectors = NDArray[np.float32]
MakeIndex = Callable[[Vectors], VectorIndex]


def make_units(count: int, dim: int, seed: int = 0) -> Vectors:
    drawn = np.random.default_rng(seed).standard_normal((count, dim))
    return (drawn / np.linalg.norm(drawn, axis=1, keepdims=True)).astype(np.float32)


def make_two_steps(vectors: Vectors) -> TwoStepIndex:
    return TwoStepIndex(make_codes(vectors), ArrayRows(vectors))


def make_clusters(count: int, dim: int = 384, seed: int = 0) -> Vectors:
    """Draw vectors as texts have them: near others, each some other way."""
    drawn = np.random.default_rng(seed)
    topics = make_units(100, dim, seed)
    vectors = topics[drawn.integers(100, size=(count, 3))].sum(axis=1) + drawn.standard_normal((count, dim)) * 0.02
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


both = pytest.mark.parametrize("make_index", [ExactIndex, make_two_steps])
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


@both
@given(data=st.data(), picks=st.lists(st.integers(0, len(POOL) - 1), max_size=40), count=st.integers(0, 50))
def test_search_equals_search_by_hand(make_index: MakeIndex, data: st.DataObject, picks: list[int], count: int):
    vectors = POOL[np.array(picks, dtype=int)]
    allowed = data.draw(st.none() | st.lists(st.booleans(), min_size=len(picks), max_size=len(picks)))

    rows, scores = make_index(vectors).search(QUESTION, count, None if allowed is None else np.array(allowed, bool))

    expected = find_by_hand(vectors, QUESTION, count, allowed)
    assert rows.tolist() == [row for row, _ in expected]
    assert scores.tolist() == pytest.approx([score for _, score in expected], abs=1e-7)
    assert (rows.dtype, scores.dtype) == (np.int64, np.float32)


@both
@pytest.mark.parametrize("dim", [3, 128, 384])
@pytest.mark.parametrize("count", [1, 3, 4, 17, 1000])
def test_equal_rows_come_in_the_order_of_their_numbers(make_index: MakeIndex, dim: int, count: int):
    index = make_index(np.tile(make_units(1, dim), (1001, 1)))

    rows, scores = index.search(make_units(1, dim, seed=1)[0], count)

    assert rows.tolist() == list(range(count))
    assert len(set(scores.tolist())) == 1


@both
def test_search_never_gives_a_row_that_is_not_allowed(make_index: MakeIndex):
    vectors = make_units(300, 16)
    allowed = np.zeros(300, dtype=bool)
    allowed[[7, 200]] = True

    rows, _ = make_index(vectors).search(vectors[50], 10, allowed)

    assert sorted(rows.tolist()) == [7, 200]
    assert make_index(vectors).search(vectors[50], 10, ~allowed)[0][0] == 50


@both
def test_search_of_an_empty_index_finds_nothing(make_index: MakeIndex):
    index = make_index(np.zeros((0, 7), np.float32))

    rows, scores = index.search(QUESTION, 5)

    assert (len(index), rows.tolist(), scores.tolist()) == (0, [], [])


@both
def test_similarities_are_those_of_search_in_the_order_asked_for(make_index: MakeIndex):
    vectors = make_units(100, 384)
    index = make_index(vectors)
    rows, scores = index.search(vectors[3], 100)

    assert index.similarities(vectors[3], rows[::-1]).tolist() == scores[::-1].tolist()
    assert index.similarities(vectors[3], np.zeros(0, np.int64)).tolist() == []


def test_two_steps_find_nearly_all_of_the_nearest():
    vectors = make_clusters(20_000)
    exact, index = ExactIndex(vectors), make_two_steps(vectors)
    allowed = np.random.default_rng(2).random(len(vectors)) < 0.5
    for mask in (None, allowed):
        found = [
            len(set(exact.search(one, 10, mask)[0]) & set(index.search(one, 10, mask)[0])) for one in make_clusters(50)
        ]
        assert sum(found) >= 0.99 * 500


def test_two_steps_never_give_what_is_not_allowed_however_near():
    vectors = make_clusters(20_000)
    allowed = np.ones(len(vectors), dtype=bool)
    allowed[ExactIndex(vectors).search(vectors[7], 500)[0]] = False

    rows, _ = make_two_steps(vectors).search(vectors[7], 3_000, allowed)

    assert allowed[rows].all()


def test_two_steps_find_all_where_few_are_allowed():
    vectors = make_clusters(20_000)
    allowed = np.zeros(len(vectors), dtype=bool)
    allowed[::100] = True

    rows, scores = make_two_steps(vectors).search(vectors[7], 200, allowed)

    assert [rows.tolist(), scores.tolist()] == [
        one.tolist() for one in ExactIndex(vectors).search(vectors[7], 200, allowed)
    ]


def test_two_steps_give_the_first_of_many_equals():
    vectors = np.tile(make_units(1, 384), (30_000, 1))
    assert make_two_steps(vectors).search(vectors[0], 5)[0].tolist() == [0, 1, 2, 3, 4]


def test_rows_of_a_file_and_of_memory_behind_it_are_one(tmp_path: Path):
    vectors, path = make_units(50, 7), tmp_path / "rows"
    path.write_bytes(b"head" + vectors[:30].tobytes() + b"tail")
    with path.open("rb") as file:
        stored = StoredRows(file, 4, (30, 7))
    path.unlink()
    rows = JoinedRows(stored, vectors[30:])

    chosen = np.array([49, 0, 29, 30, 0])
    assert (len(stored), len(rows)) == (30, 50)
    np.testing.assert_array_equal(rows.take(chosen), vectors[chosen])
    np.testing.assert_array_equal(rows.take(np.zeros(0, np.int64)), vectors[:0])


@pytest.mark.parametrize("dim", [3, 64, 100, 384])
def test_codes_are_signs_and_sizes(dim: int):
    vectors = make_units(9, dim)
    codes = make_codes(vectors)
    words = -(-dim // 64)
    signs, sizes = (
        np.unpackbits(np.ascontiguousarray(some.T).view(np.uint8), axis=1)[:, :dim].astype(bool)
        for some in (codes[:words], codes[words:])
    )
    assert len(codes) == 2 * words
    np.testing.assert_array_equal(signs, vectors > 0)
    np.testing.assert_array_equal(sizes, np.abs(vectors) > 0.9816 / dim**0.5)
