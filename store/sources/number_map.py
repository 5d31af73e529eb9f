"""A map of numbers to numbers on disk: for what has to be remembered of millions of records while they are read."""

import sqlite3
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from typing import Self

from store.errors import SourceError


class NumberMap:
    """Numbers of up to 64 bits by numbers, in a temporary file; gone when it is closed, or held by nobody."""

    def __init__(self) -> None:
        # An empty name is a database in a temporary file, kept in memory while it is small. What a crash would leave of
        # it is of no use: one transaction, never ended, without a journal..
        # Whatever thread drops it closes it.
        self._database = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        self._database.execute("PRAGMA journal_mode = OFF")
        self._database.execute("CREATE TABLE number (key INTEGER PRIMARY KEY, value INTEGER NOT NULL)")
        self._database.execute("BEGIN")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __del__(self) -> None:
        self.close()

    def close(self) -> None:
        """Forget everything."""
        self._database.close()

    def find(self, keys: Collection[int]) -> dict[int, int]:
        """Give the numbers of those keys that have one."""
        marks = ",".join("?" * len(keys))
        with _translated():
            return dict(
                self._database.execute(f"SELECT key, value FROM number WHERE key IN ({marks})", tuple(keys))  # noqa: S608  # question marks
            )

    def add(self, values: Mapping[int, int]) -> None:
        """Remember numbers of keys that have none yet."""
        with _translated():
            self._database.executemany("INSERT OR IGNORE INTO number VALUES (?, ?)", values.items())

    def put(self, values: Mapping[int, int]) -> None:
        """Remember numbers in place of those that the keys have."""
        with _translated():
            self._database.executemany("INSERT OR REPLACE INTO number VALUES (?, ?)", values.items())


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except sqlite3.OperationalError as error:
        raise SourceError(
            f"cannot remember what was read: a temporary file: {error}: free some disk space, or name a folder on "
            "another disk with SQLITE_TMPDIR"
        ) from error
