"""Vectors that are taken row by row, from wherever they lie: memory, a file, or one behind the other."""

import ctypes
import os
import weakref
from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO, Protocol, cast

import numpy as np
from numpy.typing import NDArray


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


class StoredRows:
    """Rows in a file, which are read as they are taken. Whoever writes to the file changes them.

    They are not mapped: what was read of a map counts as this process's memory, and each row costs three times as much.
    """

    def __init__(self, file: BinaryIO, offset: int, shape: tuple[int, int]) -> None:
        """Read rows that begin somewhere in a file, float32; the file may be closed or removed then."""
        self._count, self._dim = shape
        self._offset, self._descriptor = offset, os.dup(file.fileno())
        weakref.finalize(self, os.close, self._descriptor)

    def __len__(self) -> int:
        return self._count

    def take(self, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """Give some rows; zeros where the file has none any more."""
        taken = np.zeros((len(rows), self._dim), np.float32)
        place, size = taken.ctypes.data, self._dim * taken.itemsize
        for number in rows.tolist():
            _read_at(self._descriptor, place, size, self._offset + number * size)
            place += size
        return taken


def _find_reading() -> Callable[[int, int, int, int], int]:
    # A call from Python's own library lets other threads in, and waits for its turn again: thousands of times.
    read = ctypes.PyDLL(None).pread
    read.argtypes = (ctypes.c_int, ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int64)
    read.restype = ctypes.c_ssize_t
    return cast("Callable[[int, int, int, int], int]", read)


_read_at = _find_reading()


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
