"""Nearest rows in two steps: by codes of one bit a dimension, which fit in memory, then by the vectors of those found.

The codes are the vectors' signs. No index is built, and a filter is a mask before the first step.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from embeddings.index import find_highest, measure_cosines, sort_best
from embeddings.rows import Rows

_WORD_BITS = 64
Codes = Sequence[NDArray[np.uint64]]
# How many rows the first step lets through, of many and of few.
_CHOSEN_SHARE = 0.005
_MIN_CHOSEN = 2_000
# So many times as many as are wanted, at least.
_TIMES_WANTED = 10
# Bits that say how much a dimension counts, and the share of dimensions that do not count in full.
_PLANES = 2
_FULL_QUANTILE = 0.95
# Vectors whose codes are made at once.
_CHUNK_ROWS = 20_000


def make_codes(vectors: NDArray[np.float32]) -> NDArray[np.uint64]:
    """Give the signs of vectors: shape (words, n), each word 64 dimensions of every vector."""
    words = -(-vectors.shape[1] // _WORD_BITS)
    codes = np.zeros((words, len(vectors)), np.uint64)
    for start in range(0, len(vectors), _CHUNK_ROWS):
        bits = np.packbits(vectors[start : start + _CHUNK_ROWS] > 0, axis=1)
        padded = np.zeros((len(bits), words * 8), np.uint8)
        padded[:, : bits.shape[1]] = bits
        codes[:, start : start + _CHUNK_ROWS] = padded.view(np.uint64).T
    return codes


class TwoStepIndex:
    """Codes in memory, vectors anywhere. Not exact: of the nearest ten, it misses one in a hundred at most.

    Immutable, as the exact index is.
    """

    def __init__(self, codes: Codes, rows: Rows) -> None:
        """Make an index.

        Args:
            codes: For each word of the codes, that of every row.
            rows: The vectors.
        """
        self._codes, self._rows = codes, rows

    def __len__(self) -> int:
        return len(self._rows)

    def search(
        self, vector: NDArray[np.float32], count: int, allowed: NDArray[np.bool_] | None = None
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Find the nearest rows; see VectorIndex."""
        wanted = max(_MIN_CHOSEN, _TIMES_WANTED * count, int(_CHOSEN_SHARE * len(self)))
        rows = self._choose(vector, wanted, allowed)
        vectors = self._rows.take(rows)
        if len(rows) > count > 0:
            is_high = find_highest(vectors @ vector, count)
            rows, vectors = rows[is_high], vectors[is_high]
        return sort_best(rows, measure_cosines(vectors, vector), count)

    def similarities(self, vector: NDArray[np.float32], rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """Give the cosines of some rows; see VectorIndex."""
        return measure_cosines(self._rows.take(rows), vector)

    def _choose(self, vector: NDArray[np.float32], wanted: int, allowed: NDArray[np.bool_] | None) -> NDArray[np.int64]:
        """Give the rows whose codes are nearest; of equally near ones, the first."""
        if allowed is not None and np.count_nonzero(allowed) <= wanted:
            return np.flatnonzero(allowed)
        distances = self._measure(vector)
        counts = np.bincount(distances if allowed is None else distances[allowed])
        border = int(np.searchsorted(np.cumsum(counts), wanted))
        is_near = distances <= border
        if allowed is not None:
            is_near &= allowed
        rows = np.flatnonzero(is_near)
        if len(rows) <= 2 * wanted:
            return rows
        # Many are the same: which of those are looked at makes no difference.
        order = np.argsort(distances[rows], kind="stable")[:wanted]
        return np.sort(rows[order])

    def _measure(self, vector: NDArray[np.float32]) -> NDArray[np.uint16]:
        """Give how far codes are from that of a vector: the sum of what the bits count in which they differ."""
        (code,), masks = make_codes(vector[None]).T, _weigh_bits(vector)
        sums = [np.zeros(len(self), np.uint16) for _ in masks]
        # Made once: making room takes longer than counting does.
        differing, counts = np.empty(len(self), np.uint64), np.empty(len(self), np.uint8)
        for number, column in enumerate(self._codes):
            for total, mask in zip(sums, masks, strict=True):
                np.bitwise_xor(column, code[number], out=differing)
                np.bitwise_and(differing, mask[number], out=differing)
                np.add(total, np.bitwise_count(differing, out=counts), out=total)
        return sums[0] + 2 * sums[1]


def _weigh_bits(vector: NDArray[np.float32]) -> list[NDArray[np.uint64]]:
    """Give how much each bit counts, by how far the vector is from zero there: 0 to 3, as two masks of bits.

    With one bit for all, twice as many have to be let through for as many of the nearest.
    """
    sizes = np.abs(vector)
    most = 2**_PLANES - 1
    levels = np.minimum(np.rint(sizes / (np.quantile(sizes, _FULL_QUANTILE) or 1.0) * most), most).astype(np.uint8)
    return [make_codes((levels >> plane & 1).astype(np.float32)[None])[:, 0] for plane in range(_PLANES)]
