"""What a table holds, in one number that is the same on every database, in whatever order rows are read.

Rows are hashed as the values that the program reads, not as a database keeps them.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from hashlib import blake2b
from types import NoneType
from typing import Any

from store.db.types import stand_in
from store.domain.moving import Digest

_HASH_BYTES = 16
_LIMIT = 1 << 8 * _HASH_BYTES
# By type: what stands before a value, and how it is written.
_WRITERS: dict[type, tuple[bytes, Callable[[Any], bytes]]] = {
    NoneType: (b"none", lambda _: b""),
    bool: (b"bool", lambda value: b"%d" % value),
    int: (b"int", lambda value: b"%d" % value),
    # SQLite knows no zero below zero.
    float: (b"float", lambda value: (value + 0.0).hex().encode()),
    str: (b"str", lambda value: stand_in(value).encode()),
    bytes: (b"bytes", bytes),
    datetime: (b"time", lambda value: value.isoformat().encode()),
}


class Digester:
    """Takes rows, and gives the digest of all of them."""

    def __init__(self) -> None:
        self._rows = self._sum = 0

    def add(self, rows: Sequence[Iterable[Any]]) -> None:
        """Take some rows."""
        self._rows += len(rows)
        # A sum, which no two rows that are the same take away from each other.
        self._sum += sum(int.from_bytes(blake2b(write_row(row), digest_size=_HASH_BYTES).digest()) for row in rows)

    def finish(self) -> Digest:
        """Give the digest of what was taken."""
        return Digest(self._rows, f"{self._sum % _LIMIT:0{2 * _HASH_BYTES}x}")


def write_row(row: Iterable[Any]) -> bytes:
    """Write a row, so that no two that differ are written alike."""
    parts: list[bytes] = []
    for value in row:
        kind, write = _WRITERS[type(value)]
        written = write(value)
        parts += (b"%s %d " % (kind, len(written)), written)
    return b"".join(parts)
