"""Nearest rows in two steps: by codes of two bits a dimension, which fit in memory, then by the vectors of the best.

The first bit is the sign, by which every row is compared; the second tells small numbers from large, by which those
that are left are told apart. No index is built, and a filter is a mask before all else.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from embeddings.index import find_highest, measure_cosines, sort_best
from embeddings.rows import Rows

_WORD_BITS = 64
Codes = Sequence[NDArray[np.uint64]]
# How many rows are let through by signs, of many and of few; and how many of those by both bits, for each one wanted
# and at least. Of a million, .993 of the nearest ten are found so; .986 with half as many.
_SIGNED_SHARE = 0.01
_MIN_SIGNED = 2_000
_TIMES_WANTED = 8
_MIN_CHOSEN = 1_000
# Bits that say how much a dimension of the question counts, and the share of dimensions that do not count in full.
_PLANES = 2
_FULL_QUANTILE = 0.95
# Where numbers are large, and what small and large ones are taken for, in standard deviations: Max 1960, "Quantizing
# for minimum distortion", for four levels.
_LARGE, _SMALL_LEVEL, _LARGE_LEVEL = 0.9816, 0.4528, 1.510
# Words whose differing bits are at most 255 in all.
_WORDS_IN_BYTE = 3
# Rows that are compared at once: their words stay near the processor.
_BLOCK_ROWS = 2**17
# Beyond all distances.
_FAR = 2**16 - 1
# Vectors whose codes are made at once.
_CHUNK_ROWS = 20_000
_BITS_OF_BYTES = np.unpackbits(np.arange(256, dtype=np.uint8)[:, None], axis=1).astype(np.float32)


def make_codes(vectors: NDArray[np.float32]) -> NDArray[np.uint64]:
    """Give the codes of vectors: shape (2 * words, n), words of signs, then words of sizes, of 64 dimensions each."""
    words = count_words(vectors.shape[1])
    codes = np.zeros((2 * words, len(vectors)), np.uint64)
    for start in range(0, len(vectors), _CHUNK_ROWS):
        some = vectors[start : start + _CHUNK_ROWS]
        codes[:words, start : start + _CHUNK_ROWS] = pack_bits(some > 0)
        codes[words:, start : start + _CHUNK_ROWS] = pack_bits(np.abs(some) > _LARGE / vectors.shape[1] ** 0.5)
    return codes


def count_words(dim: int) -> int:
    """Count the words that a bit for each dimension takes."""
    return -(-dim // _WORD_BITS)


def pack_bits(bits: NDArray[np.bool_]) -> NDArray[np.uint64]:
    """Put rows of bits in words: shape (words, n)."""
    packed = np.packbits(bits, axis=1)
    padded = np.zeros((len(bits), count_words(bits.shape[1]) * 8), np.uint8)
    padded[:, : packed.shape[1]] = packed
    return np.ascontiguousarray(padded.view(np.uint64).T)


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
        self._signs, self._sizes = codes[: len(codes) // 2], codes[len(codes) // 2 :]
        self._rows = rows

    def __len__(self) -> int:
        return len(self._rows)

    @property
    def nbytes(self) -> int:
        """How many bytes the codes take; see VectorIndex."""
        return sum(column.nbytes for column in (*self._signs, *self._sizes))

    def search(
        self, vector: NDArray[np.float32], count: int, allowed: NDArray[np.bool_] | None = None
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Find the nearest rows; see VectorIndex."""
        wanted = max(_MIN_CHOSEN, _TIMES_WANTED * count)
        rows = self._choose(vector, max(_MIN_SIGNED, 2 * wanted, int(_SIGNED_SHARE * len(self))), allowed)
        if len(rows) > wanted:
            estimates = self._estimate(vector, rows)
            rows = rows[estimates >= np.partition(estimates, -wanted)[-wanted]]
        if len(rows) > 2 * wanted:
            # Many are the same: which of those are looked at makes no difference.
            rows = rows[np.sort(np.argsort(-self._estimate(vector, rows), kind="stable")[:wanted])]
        vectors = self._rows.take(rows)
        if len(rows) > count > 0:
            is_high = find_highest(_multiply(vectors, vector), count)
            rows, vectors = rows[is_high], vectors[is_high]
        return sort_best(rows, measure_cosines(vectors, vector), count)

    def similarities(self, vector: NDArray[np.float32], rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """Give the cosines of some rows; see VectorIndex."""
        return measure_cosines(self._rows.take(rows), vector)

    def _choose(self, vector: NDArray[np.float32], wanted: int, allowed: NDArray[np.bool_] | None) -> NDArray[np.int64]:
        """Give the rows whose signs are nearest; of equally near ones, the first."""
        if allowed is not None and np.count_nonzero(allowed) <= wanted:
            return np.flatnonzero(allowed)
        distances = self._measure(vector)
        if allowed is not None:
            distances[~allowed] = _FAR
        if len(distances) <= wanted:
            return np.arange(len(distances))
        rows = _leave_near(distances, wanted)
        left = distances[rows]
        is_near = left <= np.partition(left, wanted - 1)[wanted - 1]
        rows, left = rows[is_near], left[is_near]
        if len(rows) > 2 * wanted:
            rows = np.sort(rows[np.argsort(left, kind="stable")[:wanted]])
        return rows

    def _measure(self, vector: NDArray[np.float32]) -> NDArray[np.uint16]:
        """Give how far signs are from those of a vector: the sum of what the bits count in which they differ."""
        signs, masks = pack_bits(vector[None] > 0)[:, 0], _weigh_bits(vector)
        distances = np.empty(len(self), np.uint16)
        for start in range(0, len(self), _BLOCK_ROWS):
            columns = [column[start : start + _BLOCK_ROWS] for column in self._signs]
            distances[start : start + _BLOCK_ROWS] = _measure_block(columns, signs, masks)
        return distances

    def _estimate(self, vector: NDArray[np.float32], rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """Estimate the cosines of some rows by both bits, but for a factor and what is the same for all."""
        signs, sizes = (np.stack([word[rows] for word in words], axis=1) for words in (self._signs, self._sizes))
        small, more = _SMALL_LEVEL * vector, (_LARGE_LEVEL - _SMALL_LEVEL) * vector
        return _add_up(signs, 2 * small) + _add_up(signs & sizes, 2 * more) - _add_up(sizes, more)


def _measure_block(
    columns: Codes, signs: NDArray[np.uint64], masks: Sequence[NDArray[np.uint64]]
) -> NDArray[np.uint16]:
    """Give how far some rows' signs are; room is made once, which takes longer than counting does."""
    rows = len(columns[0])
    differing, masked, counts = np.empty(rows, np.uint64), np.empty(rows, np.uint64), np.empty(rows, np.uint8)
    distances = np.zeros(rows, np.uint16)
    for first in range(0, len(columns), _WORDS_IN_BYTE):
        # As long as they fit, numbers of a byte are added up: several times as fast.
        sums = np.zeros((len(masks), rows), np.uint8)
        for number in range(first, min(first + _WORDS_IN_BYTE, len(columns))):
            np.bitwise_xor(columns[number], signs[number], out=differing)
            for total, mask in zip(sums, masks, strict=True):
                np.bitwise_and(differing, mask[number], out=masked)
                np.add(total, np.bitwise_count(masked, out=counts), out=total)
        for power, total in enumerate(sums):
            distances += total.astype(np.uint16) << power
    return distances


def _leave_near(distances: NDArray[np.uint16], wanted: int) -> NDArray[np.int64]:
    """Give the rows of so many distances, and of few more, among which are the least.

    Of three times as many groups as are wanted, so many have one that is no farther than the last wanted group's least.
    """
    groups = max(1, min(len(distances), 3 * wanted))
    size = len(distances) // groups
    least = distances[: groups * size].reshape(size, groups).min(axis=0)
    return np.flatnonzero(distances <= np.partition(least, wanted - 1)[wanted - 1])


def _weigh_bits(vector: NDArray[np.float32]) -> list[NDArray[np.uint64]]:
    """Give how much each bit counts, by how far the vector is from zero there: 0 to 3, as two masks of bits.

    With one bit for all, twice as many have to be let through for as many of the nearest.
    """
    sizes = np.abs(vector)
    most = 2**_PLANES - 1
    levels = np.minimum(np.rint(sizes / (np.quantile(sizes, _FULL_QUANTILE) or 1.0) * most), most).astype(np.uint8)
    return [pack_bits((levels >> plane & 1)[None] > 0)[:, 0] for plane in range(_PLANES)]


def _multiply(rows: NDArray[np.float32], others: NDArray[np.float32]) -> NDArray[np.float32]:
    """Give the products of each row with another, or with each of others.

    Without BLAS, whose threads look for more work for tens of milliseconds after each product, and take a processor
    from what else is done for a question: of a million comments an answer took 75 ms so, and 58 without.
    """
    return np.asarray(np.einsum("ij,...j->i...", rows, others))


def _add_up(bits: NDArray[np.uint64], weights: NDArray[np.float32]) -> NDArray[np.float32]:
    """Add up, for each row of words, the weights of its bits: byte by byte, by a table of all bytes."""
    rows = bits.view(np.uint8)
    padded = np.zeros(rows.shape[1] * 8, np.float32)
    padded[: len(weights)] = weights
    table = _multiply(padded.reshape(-1, 8), _BITS_OF_BYTES)
    places = rows + np.arange(0, table.size, 256, dtype=np.int32)
    return np.asarray(table.ravel()[places].sum(axis=1))
