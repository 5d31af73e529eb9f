"""Vectors that are taken row by row, from wherever they lie: memory, a file, or one behind the other."""

import mmap
from dataclasses import dataclass
from typing import BinaryIO, Protocol

import numpy as np
from numpy.typing import NDArray

_FLOAT_BYTES = 4


class Rows(Protocol):
    """Rows of one length."""

    def __len__(self) -> int:
        """Count the rows."""

    def take(self, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """Give some rows, by their numbers: shape (rows, dim)."""


@dataclass(frozen=True, slots=True)
class ArrayRows:
    """Rows in memory: shape (rows, dim)."""

    vectors: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.vectors)

    def take(self, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """Give some rows."""
        return self.vectors[rows]


class MappedRows:
    """Rows in a file, which is read as they are taken. Whoever writes to the file changes them."""

    def __init__(self, file: BinaryIO, offset: int, shape: tuple[int, int]) -> None:
        """Map rows that begin somewhere in a file, float32, little-endian; the file may be closed or removed then."""
        count, dim = shape
        self._map = mmap.mmap(file.fileno(), offset + count * dim * _FLOAT_BYTES, access=mmap.ACCESS_READ)
        self.vectors = np.frombuffer(self._map, "<f4", count * dim, offset).reshape(shape)

    def __len__(self) -> int:
        return len(self.vectors)

    def take(self, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """Give some rows."""
        taken = self.vectors[rows]
        if hasattr(mmap, "MADV_DONTNEED"):
            # What was read counts as this process's memory until it lets go of it; the system goes on keeping it.
            self._map.madvise(mmap.MADV_DONTNEED)
        return taken


@dataclass(frozen=True, slots=True)
class JoinedRows:
    """Rows, and behind them others in memory."""

    first: Rows
    others: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.first) + len(self.others)

    def take(self, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """Give some rows."""
        taken = np.empty((len(rows), self.others.shape[1]), np.float32)
        is_first = rows < len(self.first)
        taken[is_first] = self.first.take(rows[is_first])
        taken[~is_first] = self.others[rows[~is_first] - len(self.first)]
        return taken
