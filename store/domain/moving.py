"""Moving an archive to another database: what was moved, and what tells whether both hold the same."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Digest:
    """What tells what a table holds: how many rows, and a hash of all of them, in whatever order."""

    rows: int
    hash: str


@dataclass(frozen=True, slots=True)
class ComparedTable:
    """A table as each of two databases holds it. `is_newer`: the source was written to after it was copied."""

    name: str
    source: Digest
    target: Digest
    is_newer: bool = False

    @property
    def is_same(self) -> bool:
        """Whether both hold the same."""
        return self.source == self.target


@dataclass(frozen=True, slots=True)
class MoveReport:
    """What a move did, or a comparison found: the receipt.

    Attributes:
        source: The database that was read, without its password.
        target: The one that was written, or compared with it.
        tables: What each of their tables holds.
        read_at: When the source was read for that: it held then what is told of it.
        written: How many rows were written this time.
        removed: How many that an earlier run had written were removed, since the source holds them no more.
        seconds: How long that took.
    """

    source: str
    target: str
    tables: tuple[ComparedTable, ...]
    read_at: datetime
    written: int = 0
    removed: int = 0
    seconds: float = 0.0

    @property
    def is_same(self) -> bool:
        """Whether both databases hold the same."""
        return all(table.is_same for table in self.tables)
