"""What goes for good: what undoes old refreshes, what is too old, and what nothing needs any more."""

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection

from store.db import comments, history, passages, readers, refreshes, sources
from store.db.engine import Database
from store.db.index_file import Contents, IndexFile
from store.db.readers import PlaceColumn
from store.domain.refresh import RefreshKind
from store.domain.source import Source
from store.errors import SourceBusyError
from store.repositories.refreshes import Owner, RefreshKey, changing, refuse_busy

# What goes for good goes in parts of this size: a reader never waits long for the write lock.
ROWS_AT_ONCE = 500


class Purging:
    """What goes for good: what undoes old refreshes, what is too old, and what nothing needs any more."""

    def __init__(self, database: Database, index_file: IndexFile) -> None:
        self._database = database
        self._index_file = index_file

    def purge(self, before: datetime, owner: Owner | None = None, due: datetime | None = None) -> bool:
        """Remove for good what went before a time: what undoes refreshes, and vectors of texts that are not there.

        Some at a time; sources that somebody is at work on are left for another time.

        Args:
            before: The time.
            owner: Tells whether who seems to be at work is alive; without, they are.
            due: It can wait unless something went before this time; None where it cannot.

        Returns:
            Whether anything was removed.
        """
        due = due or before
        with self._database.reading() as connection:
            is_due = refreshes.find_with_history(connection, due) or passages.has_unused_vectors(connection, due)
            kept = sources.find_sources(connection, refreshes.find_with_history(connection, before))
            has_unused = passages.has_unused_vectors(connection, before)
        if not is_due:
            return False
        purged = [one for one in kept if self._purge_history(one, before, owner, refreshes.blank_history)]
        if has_unused:
            self._purge_vectors(before)
        if not purged and not has_unused:
            return False
        self.erase_traces()
        # Not before: what is there tells that traces may be, should this be interrupted.
        for source in purged:
            self._purge_history(source, before, owner, _delete_history)
        return True

    def _purge_history(
        self,
        source: Source,
        before: datetime,
        owner: Owner | None,
        purge: Callable[[Connection, int, datetime, int], bool],
    ) -> bool:
        """Purge what undoes refreshes of a source, some at a time, unless somebody is at work on it.

        Returns:
            Whether any of it was purged.
        """
        has_more, has_begun = True, False
        with suppress(SourceBusyError):
            while has_more:
                with self._database.writing() as connection:
                    refuse_busy(connection, source, owner)
                    has_more = purge(connection, source.id, before, ROWS_AT_ONCE)
                has_begun = True
        return has_begun

    def find_with_older(self, published: datetime) -> list[Source]:
        """Find the sources that have comments published before a time, or where removing such was interrupted."""
        with self._database.reading() as connection:
            older = comments.find_with_older(connection, published)
            unfinished = refreshes.find_unfinished(connection, RefreshKind.RETENTION)
            return sources.find_sources(connection, {*older, *unfinished})

    def drop_older(self, source: Source, published: datetime, refresh: RefreshKey) -> int:
        """Remove some comments published before a time, with all that is kept of them; give how many.

        Raises:
            RefreshLostError: The refresh was taken for dead.
            RefreshCancelledError: It was cancelled.
        """
        with changing(self._database, refresh) as connection:
            return comments.drop_older(connection, self._database.dialect, source.id, published, ROWS_AT_ONCE)

    def drop_older_history(self, published: datetime) -> bool:
        """Remove what is kept of comments published before a time; tell whether there was any."""
        after: int | None = 0
        has_any = False
        while after is not None:
            with self._database.reading() as connection:
                older, after = history.find_former_before(connection, published, after)
            if older:
                has_any = True
                with self._database.writing() as connection:
                    history.delete_former_rows(connection, older)
        return has_any

    def delete_empty(self, source: Source, refresh: RefreshKey | None = None) -> None:
        """Remove discussions, authors and channels of a source that have no comment any more.

        Raises:
            RefreshLostError: The refresh was taken for dead.
            RefreshCancelledError: It was cancelled.
        """
        with changing(self._database, refresh) as connection:
            history.delete_empty(connection, source.id)

    def purge_unused_vectors(self) -> int:
        """Remove the vectors of all texts that are not there any more; give how many."""
        return self._purge_vectors(datetime.max.replace(tzinfo=UTC))

    def _purge_vectors(self, before: datetime) -> int:
        """Remove the vectors that no passage has had since a time, some at a time; give how many."""
        total, count = 0, ROWS_AT_ONCE
        while count:
            with self._database.writing() as connection:
                count = passages.purge_vectors(connection, before, ROWS_AT_ONCE)
            total += count
        return total

    def erase_traces(self) -> bool:
        """Leave nothing of what was deleted in any file; False while another process keeps some there."""
        is_erased = self._database.erase_traces()
        return self._index_file.erase(self._find_gone) and is_erased

    def _find_gone(self, contents: Contents) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Find which passages and comments of the index file are not there any more, by their numbers in it."""
        with self._database.reading() as connection:
            passage_ids = passages.read_ids(connection, contents.encoder_key)
            comment_ids = readers.read_comment_ids(connection)
        gone = ~np.isin(contents.passages[:, 0], passage_ids), ~np.isin(contents.places[:, PlaceColumn.ID], comment_ids)
        return np.flatnonzero(gone[0]), np.flatnonzero(gone[1])


def _delete_history(connection: Connection, source_id: int, before: datetime, limit: int) -> bool:
    """Remove some of what undid refreshes, and with the last of it what was there only for that."""
    has_more = refreshes.delete_history(connection, source_id, before, limit)
    if not has_more:
        history.delete_empty(connection, source_id)
    return has_more
