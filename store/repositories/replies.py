"""Replies: the repository that lets every question be answered exactly once, however often it is delivered."""

from datetime import UTC, datetime, timedelta

from store.db import replies
from store.db.engine import Database

# Who took a reply and has not finished by then is taken for dead. Answers take well under a second.
LEASE = timedelta(seconds=60)
# Deliveries are repeated for minutes and edited for days; a key older than this will not come again.
KEEP = timedelta(days=30)


class Replies:
    """Takes and finishes replies in the archive's database. Safe from any number of threads and processes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def take(self, key: str) -> bool:
        """Take a reply; False if it has been given or somebody is giving it."""
        now = datetime.now(UTC)
        with self._database.writing(_name_turn(key)) as connection:
            return replies.take_reply(connection, self._database.dialect, key, now, now - LEASE)

    def is_known(self, key: str) -> bool:
        """Tell whether somebody took a reply before, and may have given it without noting that."""
        with self._database.reading() as connection:
            return replies.is_known(connection, key)

    def owe(self, key: str, message: str) -> None:
        """Note that a message is to be replied to, before whoever sent it is told that it came."""
        with self._database.writing(_name_turn(key)) as connection:
            replies.put_owed(connection, self._database.dialect, key, message, datetime.now(UTC))

    def find_owed(self) -> list[tuple[str, str]]:
        """Give the keys and messages of replies that are owed for so long that who was to give them must be dead."""
        with self._database.reading() as connection:
            return replies.find_owed(connection, datetime.now(UTC) - LEASE)

    def finish(self, key: str, place: str | None = None) -> None:
        """Note that a reply was given, and where it stands."""
        with self._database.writing(_name_turn(key)) as connection:
            replies.finish_reply(connection, key, place, datetime.now(UTC))

    def release(self, key: str) -> None:
        """Note that a reply that was taken is not given after all: it can be taken again."""
        with self._database.writing(_name_turn(key)) as connection:
            replies.delete_reply(connection, key)

    def find_place(self, key: str) -> str | None:
        """Find where a reply was given; None if it was not, or is not known any more."""
        with self._database.reading() as connection:
            return replies.find_place(connection, key)

    def is_overtaken(self, key: str, of: str) -> bool:
        """Tell whether a later version of what is known by `of` was taken; their keys sort as they came."""
        with self._database.reading() as connection:
            return replies.is_any_between(connection, key, f"{of}:~")

    def forget_old(self) -> int:
        """Drop keys that cannot come again; give how many."""
        with self._database.writing("replies") as connection:
            return replies.delete_before(connection, datetime.now(UTC) - KEEP)


def _name_turn(key: str) -> str:
    return f"reply {key}"
