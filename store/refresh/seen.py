"""What an import has seen: on disk, since the ids of millions of comments would be most of its memory."""

import sqlite3
from collections.abc import Mapping
from typing import Self


class SeenComments:
    """Remembers comments of one import of one source by hashes of their ids; gone when it is closed."""

    def __init__(self) -> None:
        # An empty name is a database in a temporary file, kept in memory while it is small.
        self._database = sqlite3.connect("", isolation_level=None)
        self._database.execute("CREATE TABLE seen (id INTEGER PRIMARY KEY, content INTEGER NOT NULL)")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Forget everything."""
        self._database.close()

    def find(self, native_ids: list[str]) -> dict[str, int]:
        """Give the hashes of what came under those of these ids that came before."""
        by_hash = {hash(native_id): native_id for native_id in native_ids}
        marks = ",".join("?" * len(by_hash))
        rows = self._database.execute(f"SELECT id, content FROM seen WHERE id IN ({marks})", list(by_hash))  # noqa: S608  # question marks
        return {by_hash[id_hash]: content for id_hash, content in rows}

    def add(self, contents: Mapping[str, bytes]) -> None:
        """Remember what came, by id, with its fingerprint."""
        rows = [(hash(native_id), hash(content)) for native_id, content in contents.items()]
        self._database.execute("BEGIN")
        self._database.executemany("INSERT OR IGNORE INTO seen VALUES (?, ?)", rows)
        self._database.execute("COMMIT")
