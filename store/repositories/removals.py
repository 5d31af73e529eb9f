"""Requests to be forgotten: the repository of who asked for it, until it is done."""

from store.db import removals
from store.db.engine import Database
from store.domain.forgetting import RemovalRequest

_TURN = "removals"


class Removals:
    """Keeps requests in the archive's database. Safe from any number of threads and processes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, request: RemovalRequest) -> bool:
        """Put a request, unless that person has one; tell whether it is new."""
        with self._database.writing(_TURN) as connection:
            return removals.put_request(connection, self._database.dialect, request)

    def find(self, team: str, person: str) -> RemovalRequest | None:
        """Find somebody's request."""
        with self._database.reading() as connection:
            return removals.find_request(connection, team, person)

    def list_approved(self) -> list[RemovalRequest]:
        """Give the requests that are to be acted upon, the oldest first."""
        with self._database.reading() as connection:
            return removals.read_requests(connection, is_approved=True)

    def list_waiting(self) -> list[RemovalRequest]:
        """Give the requests that an admin has to approve, the oldest first."""
        with self._database.reading() as connection:
            return removals.read_requests(connection, is_approved=False)

    def approve(self, team: str, person: str) -> bool:
        """Approve a request; tell whether there was one to approve."""
        with self._database.writing(_TURN) as connection:
            return removals.approve_request(connection, team, person)

    def decline(self, team: str, person: str) -> bool:
        """Remove a request that is not approved; tell whether there was one."""
        with self._database.writing(_TURN) as connection:
            return removals.delete_request(connection, team, person, is_approved=False)

    def finish(self, team: str, person: str) -> None:
        """Remove a request that was acted upon."""
        with self._database.writing(_TURN) as connection:
            removals.delete_request(connection, team, person, is_approved=True)

    def erase_own(self, team: str, person: str) -> None:
        """Remove what somebody asked lately, also in threads, watches, and said of answers."""
        with self._database.writing(_TURN) as connection:
            removals.delete_own(connection, team, person)
