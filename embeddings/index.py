"""Nearest rows by cosine, in process. An index is derived from stored vectors and can be rebuilt at will."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

# Far above what float32 products of unit vectors err by, far below what tells two texts apart.
_SCAN_ERROR = 1e-5


class VectorIndex(Protocol):
    """Rows of unit vectors that can be searched. Row numbers count from 0."""

    def __len__(self) -> int:
        """Count the rows."""

    @property
    def nbytes(self) -> int:
        """How many bytes it holds in memory; what is mapped from a file is none of them."""

    def search(
        self, vector: NDArray[np.float32], count: int, allowed: NDArray[np.bool_] | None = None
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Find the rows nearest to a unit vector.

        Args:
            vector: Shape (dim,).
            count: How many rows at most.
            allowed: Shape (rows,); rows that are False are never considered. None allows all.

        Returns:
            Row numbers and cosines, best first; equal cosines by row number.
        """

    def similarities(self, vector: NDArray[np.float32], rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """Give the cosines of some rows, in the order of `rows`."""


class ExactIndex:
    """All vectors in one float32 matrix; every search looks at every allowed row.

    Immutable, so that a search in one thread never sees half of a change made by another.
    """

    def __init__(self, vectors: NDArray[np.float32]) -> None:
        self._vectors = np.ascontiguousarray(vectors, dtype=np.float32)

    def __len__(self) -> int:
        return len(self._vectors)

    @property
    def nbytes(self) -> int:
        """How many bytes the rows take; see VectorIndex."""
        return self._vectors.nbytes

    def search(
        self, vector: NDArray[np.float32], count: int, allowed: NDArray[np.bool_] | None = None
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Find the nearest rows; see VectorIndex."""
        rows = np.arange(len(self._vectors)) if allowed is None else np.flatnonzero(allowed)
        if len(rows) > count > 0:
            rows = rows[find_highest((self._vectors @ vector)[rows], count)]
        return sort_best(rows, self.similarities(vector, rows), count)

    def similarities(self, vector: NDArray[np.float32], rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """Give the cosines of some rows; see VectorIndex."""
        return measure_cosines(self._vectors[rows], vector)


def find_highest(scanned: NDArray[np.float32], count: int) -> NDArray[np.bool_]:
    """Tell which of some products of unit vectors, of more than `count`, may be among the highest so many."""
    # Keep ties at the border, so that which of them is dropped does not depend on the partition.
    return np.asarray(scanned >= np.partition(scanned, -count)[-count] - _SCAN_ERROR)


def sort_best(
    rows: NDArray[np.int64], scores: NDArray[np.float32], count: int
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Give the best of some rows with their scores, best first; equal scores by row number."""
    order = np.lexsort((rows, -scores))[: max(count, 0)]
    return rows[order].astype(np.int64), scores[order]


def measure_cosines(vectors: NDArray[np.float32], vector: NDArray[np.float32]) -> NDArray[np.float32]:
    """Give the cosines of unit vectors to another one."""
    # A matrix product's last digit depends on where a row stands; summed row by row, equal rows score the same.
    products: NDArray[np.float64] = np.multiply(vectors, vector, dtype=np.float64)
    return np.asarray(products.sum(axis=1), dtype=np.float32)
