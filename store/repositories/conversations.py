"""Conversations: the repository of what was asked where, for questions that go on from there. Kept for a day."""

from datetime import UTC, datetime, timedelta

from store.db import conversations
from store.db.engine import Database
from store.domain.conversation import Thread, Turn

# Nobody goes on after a day without saying again what about.
KEEP = timedelta(days=1)
# As many turns of a thread as are looked at.
MAX_TURNS = 50
_TURN = "conversations"


class Conversations:
    """Keeps what was asked in the archive's database. Safe from any number of threads and processes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def note(self, thread: Thread, turn: Turn) -> None:
        """Note a turn, in place of what was noted of it before, and drop what is too old to go on from."""
        now = datetime.now(UTC)
        with self._database.writing(_TURN) as connection:
            conversations.put_turn(connection, self._database.dialect, thread, turn, now)
            conversations.delete_before(connection, now - KEEP)

    def find(self, thread: Thread, until: str) -> list[Turn]:
        """Find the turns of a thread up to one, that one included, the latest first; those too old are left out."""
        since = datetime.now(UTC) - KEEP
        with self._database.reading() as connection:
            turns = conversations.read_turns(connection, thread, until, MAX_TURNS)
        return [turn for turn, asked_at in turns if asked_at >= since]

    def forget_old(self) -> int:
        """Drop what is too old to go on from; give how many turns."""
        with self._database.writing(_TURN) as connection:
            return conversations.delete_before(connection, datetime.now(UTC) - KEEP)
