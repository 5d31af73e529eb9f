"""The refreshes of every source: who is at work, how far they are, how they ended; and the places they read."""

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from sqlalchemy import Connection

from store.db import refreshes, sources
from store.db.engine import Database
from store.domain.refresh import Refresh, RefreshCounts, RefreshKind, RefreshState
from store.domain.source import Place, Source, SourceStanding
from store.errors import RefreshCancelledError, RefreshLostError, SourceBusyError, UnknownRefreshError


class Owner(Protocol):
    """A process that refreshes, and how it tells whether another one is alive."""

    @property
    def name(self) -> str:
        """What it is known by."""

    def is_alive(self, name: str, seen_at: datetime, now: datetime) -> bool:
        """Tell whether a process is alive, which was seen alive at a time."""


@dataclass(frozen=True, slots=True)
class RefreshKey:
    """What a refresh writes as: its number, and that of the place it reads."""

    id: int
    place_id: int | None = None


class Refreshes:
    """The refreshes of every source: who is at work, how far they are, how they ended; and the places they read."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def begin(self, source: Source, kind: RefreshKind, owner: Owner, *, undoes_id: int | None = None) -> int:
        """Begin a refresh of a source, which nobody else may be at; give its number.

        Raises:
            SourceBusyError: Somebody else is at work on it.
        """
        with self._database.writing() as connection:
            refuse_busy(connection, source, owner)
            return refreshes.begin_refresh(connection, source.id, kind, owner.name, datetime.now(UTC), undoes_id)

    def note_progress(self, refresh_id: int, stage: str, done: int, total: int | None, counts: RefreshCounts) -> None:
        """Note how far a refresh is.

        Raises:
            RefreshLostError: It was taken for dead.
            RefreshCancelledError: It was cancelled.
        """
        with self._database.writing() as connection:
            refreshes.note_progress(connection, refresh_id, datetime.now(UTC), stage, done, total, counts)
            _refuse_stopped(connection, refresh_id)

    def note_alive(self, refresh_id: int) -> None:
        """Note that a refresh is alive."""
        with self._database.writing() as connection:
            refreshes.note_alive(connection, refresh_id, datetime.now(UTC))

    def end(
        self,
        refresh_id: int,
        state: RefreshState,
        counts: RefreshCounts,
        seconds: Mapping[str, float],
        message: str = "",
    ) -> None:
        """Note how a refresh ended."""
        with self._database.writing() as connection:
            refreshes.end_refresh(connection, refresh_id, datetime.now(UTC), state, counts, seconds, message)

    def cancel(self, refresh_id: int) -> bool:
        """Ask a refresh to end, which it does after what it is just writing; tell whether it was running."""
        with self._database.writing() as connection:
            return refreshes.cancel_refresh(connection, refresh_id)

    def get(self, refresh_id: int) -> Refresh:
        """Give a refresh by its number.

        Raises:
            UnknownRefreshError: There is none.
        """
        with self._database.reading() as connection:
            found = refreshes.find_refresh(connection, refresh_id)
        if found is None:
            raise UnknownRefreshError(
                f"cannot find the refresh: {refresh_id}: none has that number: see `harkback refreshes`"
            )
        return found

    def list_latest(
        self,
        source: Source | None = None,
        limit: int | None = None,
        kinds: Collection[RefreshKind] = tuple(RefreshKind),
    ) -> list[Refresh]:
        """Give refreshes, of one source or of all, and of some kinds, the latest first."""
        with self._database.reading() as connection:
            return refreshes.read_refreshes(connection, source.id if source else None, limit, kinds)

    def list_at_work(self) -> list[Refresh]:
        """Give the refreshes that are at work, or seem to be, the latest first."""
        with self._database.reading() as connection:
            return refreshes.read_at_work(connection)

    def read_standings(self) -> list[SourceStanding]:
        """Give how well each source is kept, by name."""
        with self._database.reading() as connection:
            return sources.read_standings(connection)

    def list_of(self, owner: str) -> list[Refresh]:
        """Give the refreshes of a process, the latest first."""
        with self._database.reading() as connection:
            return refreshes.read_refreshes_of(connection, owner)

    def list_after(self, refresh_id: int) -> list[Refresh]:
        """Give the refreshes that were begun after one, the latest first."""
        with self._database.reading() as connection:
            return refreshes.read_refreshes_after(connection, refresh_id)

    def check_idle(self, source: Source, owner: Owner) -> None:
        """See that nobody is at work on a source.

        Raises:
            SourceBusyError: Somebody is.
        """
        with self._database.reading() as connection:
            refuse_busy(connection, source, owner)

    def find_place(self, source: Source, location: str) -> Place | None:
        """Find what is remembered of a place of a source."""
        with self._database.reading() as connection:
            return refreshes.find_place(connection, source.id, location)

    def put_place(self, source: Source, location: str) -> int:
        """Give the number of a place of a source, made if it is new."""
        with self._database.writing() as connection:
            return refreshes.put_place(connection, source.id, location, datetime.now(UTC))


@contextmanager
def changing(database: Database, refresh: RefreshKey | None) -> Iterator[Connection]:
    """Write in one transaction, as long as the refresh may.

    Raises:
        RefreshLostError: The refresh was taken for dead.
        RefreshCancelledError: It was cancelled.
    """
    with database.writing() as connection:
        if refresh:
            _refuse_stopped(connection, refresh.id)
        yield connection


def refuse_busy(connection: Connection, source: Source, owner: Owner | None) -> None:
    """Refuse to begin where somebody else is at work."""
    other = refreshes.find_at_work(connection, source.id)
    if other and (owner is None or owner.is_alive(other.owner, other.seen_at, datetime.now(UTC))):
        raise SourceBusyError(
            f"cannot change the source: {source.name!r}: {other.owner} has been at it since "
            f"{other.begun_at:%Y-%m-%d %H:%M} UTC ({other.kind} {other.id}): wait until it ends, or cancel it "
            f"with `harkback refreshes --cancel {other.id}`"
        )


def explain_cancelled(source: str) -> str:
    """Say that a refresh of a source was cancelled."""
    return f"cannot go on with the source: {source!r}: it was cancelled: what was stored is kept; run it again to go on"


def _refuse_stopped(connection: Connection, refresh_id: int) -> None:
    """Refuse to write for a refresh that may not any more."""
    state = refreshes.find_state(connection, refresh_id)
    if state is RefreshState.RUNNING:
        return
    refresh = refreshes.find_refresh(connection, refresh_id)
    source = refresh.source if refresh else ""
    if state is RefreshState.CANCELLING:
        raise RefreshCancelledError(explain_cancelled(source))
    reason = "this process was silent for so long that another took it over"
    raise RefreshLostError(f"cannot go on with the source: {source!r}: {reason}: run it again", refresh_id)
