"""Replies: the repository that lets every question be answered exactly once, however often it is delivered."""

from datetime import UTC, datetime, timedelta

from store.db import replies
from store.db.engine import Database
from store.errors import StoreError

# Who took a reply and has not finished by then is taken for dead. Answers take well under a second.
LEASE = timedelta(seconds=60)
# For so long is a reply that Slack does not take given again, about once a lease.
PATIENCE = timedelta(hours=6)
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

    def is_taken_from(self, taken_at: datetime, key: str) -> bool:
        """Tell whether somebody else gave a reply meanwhile, or is at it: who took it was taken for dead.

        Args:
            taken_at: When it was taken, or a moment after that.
            key: What it is known by.
        """
        with self._database.reading() as connection:
            return replies.is_taken_since(connection, key, taken_at)

    def is_abandoned(self, key: str) -> bool:
        """Tell whether somebody took a reply who must be dead, and may have given it without noting that."""
        with self._database.reading() as connection:
            return replies.is_abandoned(connection, key, datetime.now(UTC) - LEASE)

    def owe(self, key: str, message: str) -> None:
        """Note that a message is to be replied to, before whoever sent it is told that it came."""
        with self._database.writing(_name_turn(key)) as connection:
            replies.put_owed(connection, self._database.dialect, key, message, datetime.now(UTC))

    def find_owed(self) -> list[tuple[str, str]]:
        """Give the keys and messages of replies that are owed for so long that who was to give them must be dead."""
        with self._database.reading() as connection:
            return replies.find_owed(connection, datetime.now(UTC) - LEASE)

    def may_wait(self, key: str, patience: timedelta | None = None) -> bool:
        """Tell whether a reply can be given later: it is owed, and not for so long that this must end.

        Where that cannot be read it can: whoever asks then has something else to wait for.
        """
        try:
            with self._database.reading() as connection:
                return replies.is_owed_since(connection, key, datetime.now(UTC) - (patience or PATIENCE))
        except StoreError:
            return True

    def disown(self, key: str) -> None:
        """Note that a message is owed no reply after all."""
        with self._database.reading() as connection:
            if not replies.is_owed_since(connection, key):
                return
        with self._database.writing(_name_turn(key)) as connection:
            replies.delete_owed(connection, key)

    def finish(self, key: str, place: str | None = None) -> None:
        """Note that a reply was given, and where it stands."""
        with self._database.writing(_name_turn(key)) as connection:
            replies.finish_reply(connection, key, place, datetime.now(UTC))

    def release(self, key: str) -> None:
        """Note that a reply that was taken is not given after all: it can be taken again."""
        with self._database.writing(_name_turn(key)) as connection:
            replies.delete_reply(connection, key)

    def is_done(self, key: str) -> bool:
        """Tell whether a reply was given, or ended without."""
        with self._database.reading() as connection:
            return replies.is_done(connection, key)

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
