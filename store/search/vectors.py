"""The vectors that are searched, as they grow: few as one matrix, each row of which is looked at; many in two steps."""

from typing import Self

import numpy as np
from numpy.typing import NDArray

from embeddings.index import ExactIndex, VectorIndex
from embeddings.rows import ArrayRows, JoinedRows, Rows
from embeddings.two_steps import Codes, TwoStepIndex, make_codes
from store.search.growing import GrowingArray

# Up to so many rows, looking at each is quicker where several threads answer: at 100,000 a reply in Slack took 56 ms,
# and 80 ms in two steps. It takes 230 MB for vectors of 384.
EXACT_ROWS = 150_000


class HeldVectors:
    """Rows that others are put behind, by one writer. Indexes that were given before stay what they are."""

    def __init__(self, first: Rows, others: NDArray[np.float32], codes: Codes | None = None) -> None:
        """Hold rows.

        Args:
            first: Rows that never change.
            others: Those behind them, in memory.
            codes: Of all of them; None where they have yet to be made.
        """
        self._first = first
        self._others = GrowingArray(others)
        self._codes = None if codes is None else [GrowingArray(column) for column in codes]

    @classmethod
    def of(cls, vectors: NDArray[np.float32]) -> Self:
        """Hold vectors, which may lie in a file that is mapped."""
        if len(vectors) > EXACT_ROWS:
            return cls(ArrayRows(vectors), np.zeros((0, vectors.shape[1]), np.float32), list(make_codes(vectors)))
        return cls(ArrayRows(vectors[:0]), vectors)

    def extend(self, count: int, added: NDArray[np.float32]) -> VectorIndex:
        """Give an index of the first rows, and of others behind them. Nobody may use one of more than the first."""
        others = self._others.extend(count - len(self._first), added)
        if self._codes is None and len(others) <= EXACT_ROWS:
            return ExactIndex(others)
        if self._codes is None:
            every = make_codes(others)
            self._codes, codes = [GrowingArray(column) for column in every], list(every)
        else:
            columns = zip(self._codes, make_codes(added), strict=True)
            codes = [column.extend(count, more) for column, more in columns]
        return TwoStepIndex(codes, JoinedRows(self._first, others))

    def get_rows(self, count: int) -> Rows:
        """Give the first rows."""
        return JoinedRows(self._first, self._others.rows[: count - len(self._first)])

    def get_codes(self, count: int) -> Codes | None:
        """Give the codes of the first rows; None where they are so few that they have none."""
        return None if self._codes is None else [column.rows[:count] for column in self._codes]
