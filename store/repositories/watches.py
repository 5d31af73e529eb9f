"""Watches: the repository of standing questions."""

from collections.abc import Sequence
from datetime import UTC, datetime

from store.db import readers, replies, watches
from store.db.engine import Database
from store.domain.watch import Watch

_CHUNK = 500
_TURN = "watches"


class Watches:
    """Keeps what people want to be told of. Safe from any number of threads and processes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, team: str, person: str, channel: str, asked: str, limit: int) -> Watch | None:
        """Watch a question from now on: what is there already is not new. Asked twice, it is one, and goes on.

        Args:
            team: The workspace.
            person: Who asks.
            channel: Where it is told; empty for that person's eyes.
            asked: The question.
            limit: How many one person may have.

        Returns:
            The watch; None where that would be too many.
        """
        with self._database.writing(_TURN) as connection:
            before = watches.read_watches_of(connection, team, person)
            known = _find_same(before, channel, asked)
            if known:
                watches.update_paused(connection, known.id, is_paused=False)
            elif len(before) < limit:
                newest = readers.read_newest_id(connection)
                watches.insert_watch(connection, team, person, channel, asked, newest, datetime.now(UTC))
            return _find_same(watches.read_watches_of(connection, team, person), channel, asked)

    def list_of(self, team: str, person: str) -> list[Watch]:
        """Give those of a person, in the order in which they were made."""
        with self._database.reading() as connection:
            return watches.read_watches_of(connection, team, person)

    def find(self, watch_id: int) -> Watch | None:
        """Find a watch by its id."""
        with self._database.reading() as connection:
            return watches.find_watch(connection, watch_id)

    def pause(self, watch_id: int, *, is_paused: bool = True) -> None:
        """Pause a watch, or go on with it: what came in between is new still."""
        with self._database.writing(_TURN) as connection:
            watches.update_paused(connection, watch_id, is_paused=is_paused)

    def remove(self, watch_id: int) -> None:
        """Remove a watch."""
        with self._database.writing(_TURN) as connection:
            watches.delete_watch(connection, watch_id)

    def list_due(self, newest_id: int, told_before: datetime) -> list[Watch]:
        """Give those that have not looked at comments up to an id, and were not told of since a time."""
        with self._database.reading() as connection:
            return watches.read_due(connection, newest_id, told_before)

    def note_seen(self, watch_ids: Sequence[int], seen_id: int) -> None:
        """Note that for some watches there was nothing to tell of up to an id."""
        for start in range(0, len(watch_ids), _CHUNK):
            with self._database.writing(_TURN) as connection:
                watches.update_seen(connection, watch_ids[start : start + _CHUNK], seen_id)

    def note_told(self, watch_id: int, seen_id: int, key: str, place: str, now: datetime) -> None:
        """Note that somebody was told of all up to an id, and that the reply with a key stands at a place."""
        with self._database.writing(_TURN) as connection:
            watches.update_seen(connection, [watch_id], seen_id, now)
            replies.finish_reply(connection, key, place, now)


def _find_same(known: Sequence[Watch], channel: str, asked: str) -> Watch | None:
    return next((one for one in known if (one.channel, one.asked) == (channel, asked)), None)
