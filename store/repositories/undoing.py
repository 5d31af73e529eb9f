"""What was there before refreshes, and returning to it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from store.db import changes, comments, history, refreshes, sources
from store.db.engine import Database
from store.db.history import FormerRows
from store.domain.refresh import Refresh, RefreshCounts, RefreshState
from store.domain.source import Source
from store.repositories.refreshes import RefreshKey, changing


class Undoing:
    """What was there before refreshes, and returning to it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def has_changed(self, refresh: Refresh) -> bool:
        """Tell whether a refresh has changed anything. What was interrupted did not count all of that."""
        if refresh.counts.changed or refresh.state in (RefreshState.DONE, RefreshState.STOPPED):
            return refresh.counts.changed > 0
        with self._database.reading() as connection:
            return history.has_changed(connection, refresh.id)

    def hold(self, source: Source, refresh: RefreshKey) -> None:
        """Let a source be refreshed only if it is named, and read all of its places anew then.

        Raises:
            RefreshLostError: The refresh was taken for dead.
            RefreshCancelledError: It was cancelled.
        """
        with changing(self._database, refresh) as connection:
            sources.hold(connection, source.id)
            refreshes.forget_stamps(connection, source.id)

    def restore_source(self, source: Source, first_refresh: int, refresh: RefreshKey) -> None:
        """Let a source be read from where it was before a refresh, and as what it was.

        What has been closed to some stays so; what was opened to everybody is not any more.

        Raises:
            RefreshLostError: The refresh that writes this was taken for dead.
            RefreshCancelledError: It was cancelled.
        """
        with changing(self._database, refresh) as connection:
            known = sources.find_source(connection, source.name)
            former = sources.find_former(connection, known, first_refresh) if known else None
            if known and former:
                visibility = known.visibility.narrow(former.visibility)
                sources.change_source(connection, known, replace(former, visibility=visibility), refresh.id)

    def find_former(self, source: Source, first_refresh: int) -> list[FormerRows]:
        """Find the comments of a source that a refresh, or one after it, has changed, removed or brought back."""
        with self._database.reading() as connection:
            return history.find_former(connection, source.id, first_refresh)

    def undo_changes(
        self, source: Source, first_refresh: int, some: Sequence[FormerRows], refresh: RefreshKey
    ) -> RefreshCounts:
        """Write comments as they were before a refresh and those after it; give how many were not so.

        Raises:
            RefreshLostError: The refresh that writes this was taken for dead.
            RefreshCancelledError: It was cancelled.
        """
        with changing(self._database, refresh) as connection:
            found = history.read_changes(connection, some)
            dialect = self._database.dialect
            return comments.undo_changes(connection, dialect, source.id, refresh.id, first_refresh, found)

    def find_brought(self, source: Source, first_refresh: int) -> list[str]:
        """Give the ids of the comments of a source that a refresh, or one after it, has brought."""
        with self._database.reading() as connection:
            return history.find_brought(connection, source.id, first_refresh)

    def delete_brought_names(self, source: Source, first_refresh: int, refresh: RefreshKey) -> None:
        """Remove the names of authors that a refresh, or one after it, has brought, where no comment is under them.

        Raises:
            RefreshLostError: The refresh that writes this was taken for dead.
            RefreshCancelledError: It was cancelled.
        """
        with changing(self._database, refresh) as connection:
            if history.delete_brought_names(connection, source.id, first_refresh):
                changes.bump_generation(connection)

    def find_former_discussions(self, source: Source, first_refresh: int) -> dict[int, tuple[str, str]]:
        """Give the title and link that discussions had before a refresh, or one after it, changed them."""
        with self._database.reading() as connection:
            return history.read_former_discussions(connection, source.id, first_refresh)

    def restore_discussions(self, former: Mapping[int, tuple[str, str]], refresh: RefreshKey) -> None:
        """Give discussions back their titles and links.

        Raises:
            RefreshLostError: The refresh that writes this was taken for dead.
            RefreshCancelledError: It was cancelled.
        """
        with changing(self._database, refresh) as connection:
            comments.restore_discussions(connection, self._database.dialect, refresh.id, former)
