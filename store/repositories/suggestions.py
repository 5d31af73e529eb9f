"""Suggestions: the repository of the past discussions that were suggested in threads of channels."""

from datetime import UTC, datetime, timedelta

from store.db import suggestions
from store.db.engine import Database

# So long is it remembered where there was a suggestion, and that it did not help.
KEEP = timedelta(days=365)
_DAY = timedelta(days=1)
_TURN = "suggestions"


class Suggestions:
    """Keeps what was suggested in the archive's database. Safe from any number of threads and processes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def note(self, place: tuple[str, str, str], discussion_id: int, score: float, max_a_day: int) -> bool:
        """Note a suggestion before it is made; False if there was one there, or enough in the channel within a day.

        Args:
            place: The team, the channel and the thread.
            discussion_id: What is suggested.
            score: How far it is about what was asked.
            max_a_day: How many a channel gets within a day.
        """
        now = datetime.now(UTC)
        with self._database.writing(_TURN) as connection:
            if suggestions.count_suggestions(connection, *place[:2], now - _DAY) >= max_a_day:
                return False
            return suggestions.insert_suggestion(connection, self._database.dialect, place, discussion_id, score, now)

    def note_unhelpful(self, team: str, channel: str, thread: str) -> None:
        """Note that the suggestion in a thread did not help; twice is once."""
        with self._database.writing(_TURN) as connection:
            suggestions.update_unhelpful(connection, (team, channel, thread))

    def count_lately(self, team: str, channel: str) -> int:
        """Count the suggestions of a channel within a day."""
        with self._database.reading() as connection:
            return suggestions.count_suggestions(connection, team, channel, datetime.now(UTC) - _DAY)

    def count_unhelpful(self, team: str, channel: str) -> int:
        """Count the suggestions of a channel that did not help, as far back as is remembered."""
        with self._database.reading() as connection:
            return suggestions.count_unhelpful(connection, team, channel, datetime.now(UTC) - KEEP)

    def forget_old(self) -> int:
        """Drop what is too long ago; give how many."""
        with self._database.writing(_TURN) as connection:
            return suggestions.delete_before(connection, datetime.now(UTC) - KEEP)
