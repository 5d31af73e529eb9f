"""Hiding: the repository of the discussions that nobody is shown. Searches of all processes follow at once."""

from datetime import UTC, datetime

from store.db import hidden
from store.db.engine import Database
from store.domain.hiding import HiddenDiscussion


class Hiding:
    """Hides discussions for everyone, and shows them again."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def hide(self, discussion_id: int, by: str) -> int | None:
        """Hide a discussion from every answer, whatever refreshes bring of it; done twice, it is done once.

        Args:
            discussion_id: The archive's id.
            by: Who hides it.

        Returns:
            What `show` names it by; None if there is no such discussion.
        """
        with self._database.writing() as connection:
            return hidden.put_hidden(connection, self._database.dialect, discussion_id, by, datetime.now(UTC))

    def show(self, hidden_id: int) -> bool:
        """Show a discussion again to whoever may see it; tell whether it was hidden."""
        with self._database.writing() as connection:
            return hidden.delete_hidden(connection, hidden_id)

    def list_hidden(self) -> list[HiddenDiscussion]:
        """Give what is hidden, in the order in which it was."""
        with self._database.reading() as connection:
            return hidden.read_hidden(connection)
