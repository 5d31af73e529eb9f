"""What is searched exactly and what in two steps, as vectors grow."""

import numpy as np
import pytest
from numpy.typing import NDArray

from embeddings.index import ExactIndex
from embeddings.rows import ArrayRows
from embeddings.two_steps import TwoStepIndex, make_codes
from store.search import vectors as module
from store.search.vectors import HeldVectors


def make_units(count: int) -> NDArray[np.float32]:
    drawn = np.random.default_rng(3).standard_normal((count, 64)).astype(np.float32)
    return drawn / np.linalg.norm(drawn, axis=1, keepdims=True)


@pytest.fixture(autouse=True)
def _few_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "EXACT_ROWS", 10)


def test_few_are_searched_exactly_and_many_in_two_steps():
    every = make_units(40)
    held = HeldVectors.of(every[:5])
    few, many, more = held.extend(5, every[5:10]), held.extend(10, every[10:11]), held.extend(11, every[11:])
    assert [type(index) for index in (few, many, more)] == [ExactIndex, TwoStepIndex, TwoStepIndex]
    assert [len(index) for index in (few, many, more)] == [10, 11, 40]
    for index in (few, many, more):
        rows, scores = index.search(every[0], 5)
        expected = ExactIndex(every[: len(index)]).search(every[0], 5)
        assert [rows.tolist(), scores.tolist()] == [one.tolist() for one in expected]


def test_rows_stand_behind_those_that_are_not_in_memory():
    every = make_units(30)
    held = HeldVectors(ArrayRows(every[:20]), every[20:25], make_codes(every[:25]))
    index = held.extend(25, every[25:])
    assert len(index) == 30
    rows = np.arange(30)
    assert index.similarities(every[1], rows).tolist() == ExactIndex(every).similarities(every[1], rows).tolist()


def test_an_index_stays_what_it_is_when_what_came_after_it_is_written_again():
    every = make_units(30)
    held = HeldVectors.of(every[:20])
    before = held.extend(20, every[20:22])
    expected = before.search(every[0], 5)[0].tolist()
    # What was taken in failed after this, and comes again with more.
    held.extend(22, every[22:24])
    after = held.extend(22, every[22:])
    assert before.search(every[0], 5)[0].tolist() == expected
    assert after.search(every[29], 1)[0].tolist() == [29]


@pytest.mark.parametrize("count", [8, 20])
def test_rows_and_codes_can_be_had(count: int):
    every = make_units(count)
    held = HeldVectors.of(every)
    held.extend(count, every[:1])
    chosen = np.array([1, 3, 4])
    assert held.get_rows(count).take(chosen).tolist() == every[chosen].tolist()
    codes = held.get_codes(count)
    assert codes is None if count < 10 else [one.tolist() for one in codes] == make_codes(every).tolist()
