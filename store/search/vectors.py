"""The vectors that are searched, as they grow: few as one matrix, of which every row is looked at; many in two steps."""

from typing import Self

import numpy as np
from numpy.typing import NDArray

from embeddings.index import ExactIndex, VectorIndex
from embeddings.rows import ArrayRows, JoinedRows, Rows
from embeddings.two_steps import TwoStepIndex, make_codes
from store.search.growing import GrowingArray

# Up to so many rows, looking at each takes less than twice as long, and 75 MB for vectors of 384.
EXACT_ROWS = 50_000


class HeldVectors:
    """Rows that others are put behind, by one writer. Indexes that were given before stay what they are."""

    def __init__(self, first: Rows, others: NDArray[np.float32], codes: NDArray[np.uint64] | None = None) -> None:
        """Hold rows.

        Args:
            first: Rows that are not in memory.
            others: Those behind them, which are.
            codes: Of all of them; None where they have yet to be made.
        """
        self._first = first
        self._others = GrowingArray(others)
        self._codes = None if codes is None else [GrowingArray(column) for column in codes]

    @classmethod
    def of(cls, vectors: NDArray[np.float32]) -> Self:
        """Hold rows that are in memory."""
        return cls(ArrayRows(vectors[:0]), vectors)

    @property
    def is_in_memory(self) -> bool:
        """Whether all rows are."""
        return not len(self._first)

    def extend(self, count: int, added: NDArray[np.float32]) -> VectorIndex:
        """Give an index of the first rows, and of others behind them. Nobody may use one of more than the first."""
        others = self._others.extend(count - len(self._first), added)
        if self.is_in_memory and len(others) <= EXACT_ROWS:
            return ExactIndex(others)
        if self._codes is None:
            every = make_codes(others)
            self._codes, codes = [GrowingArray(column) for column in every], list(every)
        else:
            columns = zip(self._codes, make_codes(added), strict=True)
            codes = [column.extend(count, more) for column, more in columns]
        return TwoStepIndex(codes, JoinedRows(self._first, others))

    def select(self, rows: NDArray[np.int64]) -> Self:
        """Hold some of the rows, which are all in memory, and no others."""
        return type(self).of(self._others.rows[rows])
