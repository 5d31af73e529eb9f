"""Archive: sources, authors and comments, and the repositories of all else. Writes the change log."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

from store.db import authors, changes, comments, migrate, readers, refreshes, sources
from store.db.comments import HeldComment, KnownComment
from store.db.engine import Database, again
from store.db.history import NOT_LIMITED
from store.db.index_file import IndexFile
from store.domain.comment import ArchivedComment, Comment, KnownAuthor
from store.domain.refresh import ProblemGroup
from store.domain.source import PlaceReading, Source, SourceSummary
from store.domain.viewer import PUBLIC, Visibility
from store.errors import UnknownSourceError
from store.repositories.discussions import Discussions
from store.repositories.feedback import Opinions
from store.repositories.forgetting import Forgetting
from store.repositories.hiding import Hiding
from store.repositories.indexing import Indexing
from store.repositories.purging import Purging
from store.repositories.refreshes import Refreshes, RefreshKey, changing, refuse_busy
from store.repositories.searching import Searching
from store.repositories.undoing import Undoing
from store.repositories.watches import Watches

_NOT_READ = PlaceReading()


class Archive:
    """Everything that is stored. Safe from any number of threads and processes."""

    def __init__(self, database: Database, index_file: IndexFile | None = None) -> None:
        """Take a database whose schema is this program's; without a file, searches read all they need from it."""
        index_file = index_file or IndexFile(None)
        self.database = database
        self.index_file = index_file
        self.refreshes = Refreshes(database)
        self.undoing = Undoing(database)
        self.purging = Purging(database, index_file)
        self.forgetting = Forgetting(database)
        self.opinions = Opinions(database)
        self.hiding = Hiding(database)
        self.indexing = Indexing(database)
        self.searching = Searching(database)
        self.discussions = Discussions(database)
        self.watches = Watches(database)

    @classmethod
    def open(cls, url: str, index_folder: Path | None = None) -> Self:
        """Open a database; a schema is made where there is none, and that of SQLite brought up to date.

        Args:
            url: Where it is.
            index_folder: Where searches keep what a large archive takes long to read; None for nowhere.

        Raises:
            ArchiveError: It cannot be opened.
            SchemaError: Its schema is newer or older than this program can use, or is not Harkback's.
        """
        database = Database(url)
        try:
            migrate.prepare(database)
        except BaseException:
            database.close()
            raise
        return cls(database, IndexFile(index_folder))

    def close(self) -> None:
        """Close the database."""
        self.database.close()

    # Sources

    def put_source(  # noqa: PLR0913  # all that an import says of a source
        self,
        name: str,
        format_name: str,
        location: str,
        visibility: Visibility | None,
        *,
        identity: str = "",
        include_private: bool = False,
        is_format_given: bool = False,
        refresh: RefreshKey | None = None,
    ) -> Source:
        """Create a source, or follow its new format and place; a visibility of None leaves what is set.

        A source that is read from an address keeps it where a file, or a page below that address, is imported into it:
        it can be refreshed from there.
        What is known of its identity is kept, and so is that its private conversations are wanted.

        Raises:
            SourceBusyError: It is there, somebody is at work on it, and no refresh of it was given.
            RefreshLostError: The refresh was taken for dead.
            RefreshCancelledError: It was cancelled.
        """
        with changing(self.database, refresh) as connection:
            known = sources.find_source(connection, name)
            if known is None:
                wanted = Source(
                    0,
                    name,
                    format_name,
                    location,
                    visibility or PUBLIC,
                    identity,
                    include_private,
                    is_format_given,
                )
                sources.insert_source(connection, wanted)
            else:
                if refresh is None:
                    refuse_busy(connection, known, None)
                keeps_place = _is_address(known.location) and (
                    not _is_address(location) or location.startswith(f"{known.location.rstrip('/')}/")
                )
                wanted = Source(
                    known.id,
                    name,
                    known.format if keeps_place else format_name,
                    known.location if keeps_place else location,
                    visibility or known.visibility,
                    identity or known.identity,
                    include_private or known.include_private,
                    known.is_format_given if keeps_place else is_format_given,
                    known.is_held,
                )
                sources.change_source(connection, known, wanted, refresh.id if refresh else None)
            source = sources.find_source(connection, name)
        assert source is not None
        return source

    def show_source_to(self, name: str, visibility: Visibility) -> None:
        """Change who may see a source, at once and wherever it is searched.

        Raises:
            UnknownSourceError: There is none of that name.
        """
        with self.database.writing() as connection:
            known = sources.find_source(connection, name)
            if known is None:
                raise _make_unknown(name)
            sources.change_source(connection, known, replace(known, visibility=visibility), None)

    def find_source_of(self, identity: str) -> Source | None:
        """Find the source that is of a place, by what names the place."""
        with self.database.reading() as connection:
            return sources.find_source_of(connection, identity)

    def find_source(self, name: str) -> Source | None:
        """Find a source by its name."""
        with self.database.reading() as connection:
            return sources.find_source(connection, name)

    def get_source(self, name: str) -> Source:
        """Give a source by its name.

        Raises:
            UnknownSourceError: There is none.
        """
        source = self.find_source(name)
        if source is None:
            raise _make_unknown(name)
        return source

    @again
    def list_sources(self) -> list[SourceSummary]:
        """Give every source with what it holds, by name."""
        with self.database.reading() as connection:
            return sources.read_sources(connection)

    def note_refreshed(
        self,
        source: Source,
        location: str,
        groups: Sequence[ProblemGroup] = (),
        reading: PlaceReading = _NOT_READ,
        refresh: RefreshKey | None = None,
    ) -> None:
        """Note that a source was brought up to date from a place, and what of that was not imported.

        What is new may hold no problem where the rest does: then those are still true.

        Raises:
            RefreshLostError: The refresh was taken for dead.
            RefreshCancelledError: It was cancelled.
        """
        now = datetime.now(UTC)
        with changing(self.database, refresh) as connection:
            sources.note_refreshed(connection, source.id, now)
            if groups or not reading.is_partial:
                sources.put_problems(connection, source.id, location, groups)
            place_id = refreshes.put_place(connection, source.id, location, now)
            refreshes.note_read(connection, place_id, reading, now)

    def note_unchanged(self, source: Source, refresh: RefreshKey | None = None) -> None:
        """Note that a source was looked at just now, and is what it was.

        Raises:
            RefreshLostError: The refresh was taken for dead.
            RefreshCancelledError: It was cancelled.
        """
        with changing(self.database, refresh) as connection:
            sources.note_refreshed(connection, source.id, datetime.now(UTC))

    def note_problems(
        self, source: Source, location: str, groups: Sequence[ProblemGroup], refresh: RefreshKey | None = None
    ) -> None:
        """Note what of a place was not imported, though the source was not brought up to date.

        Raises:
            RefreshLostError: The refresh was taken for dead.
            RefreshCancelledError: It was cancelled.
        """
        with changing(self.database, refresh) as connection:
            sources.put_problems(connection, source.id, location, groups)

    def read_problems(self, source: Source) -> list[ProblemGroup]:
        """Give what was not imported of each place that was read for a source, when it was read last."""
        with self.database.reading() as connection:
            return sources.read_problems(connection, source.id)

    # Authors

    def find_authors(self, name: str) -> list[KnownAuthor]:
        """Give everybody who wrote under a name, or is called so by their source; upper case and accents are one."""
        with self.database.reading() as connection:
            return authors.find_authors(connection, name)

    def read_authors(self, ids: Sequence[int]) -> list[KnownAuthor]:
        """Give authors by the archive's ids; those who are not there, or wrote nothing, are left out."""
        with self.database.reading() as connection:
            return authors.read_authors(connection, ids)

    def list_merged(self) -> list[tuple[KnownAuthor, KnownAuthor]]:
        """Give everybody who was merged, each with the author that they were merged into."""
        with self.database.reading() as connection:
            return authors.list_merged(connection)

    def merge_authors(self, into: KnownAuthor, others: Sequence[KnownAuthor]) -> None:
        """Make several authors one person: whoever is asked about is all of them. Later imports keep to it."""
        with self.database.writing() as connection:
            authors.merge_authors(connection, into.id, [other.id for other in others])
            changes.bump_generation(connection)

    def split_author(self, author: KnownAuthor) -> None:
        """Undo merging one author into another."""
        with self.database.writing() as connection:
            authors.split_author(connection, author.id)
            changes.bump_generation(connection)

    # Comments

    def iterate_held(self, source: Source) -> Iterator[list[HeldComment]]:
        """Give what is held of a source, some at a time: what tells whether a comment should have come again."""
        return self.database.reading_some(
            lambda connection, after: comments.read_held(connection, source.id, after), lambda one: one.id
        )

    def find_later(self, source: Source, place_id: int, after: datetime, until: datetime) -> dict[str, datetime]:
        """Find the comments that came from a place and were written or edited in a time, each with when that was."""
        with self.database.reading() as connection:
            return comments.find_later(connection, source.id, place_id, after, until)

    def count_comments(self, source: Source) -> int:
        """Count the comments of a source."""
        with self.database.reading() as connection:
            return comments.count_comments(connection, source.id)

    def find_known(self, source: Source, native_ids: Sequence[str]) -> dict[str, KnownComment]:
        """Give what is known of those comments of a source that are: its fingerprint, and where it came from last."""
        with self.database.reading() as connection:
            return comments.find_known(connection, source.id, native_ids)

    def move_comments(self, source: Source, native_ids: Sequence[str], refresh: RefreshKey) -> None:
        """Note that comments came, as they are, from the place that a refresh reads.

        Raises:
            RefreshLostError: The refresh was taken for dead.
            RefreshCancelledError: It was cancelled.
        """
        with changing(self.database, refresh) as connection:
            if refresh.place_id is not None:
                comments.move_comments(connection, source.id, native_ids, refresh.place_id)

    def find_ids(self, source: Source, native_ids: Sequence[str]) -> dict[str, int]:
        """Give the archive's own ids of those comments of a source that are known."""
        with self.database.reading() as connection:
            return comments.find_ids(connection, source.id, native_ids)

    def find_ids_of_discussions(self, source: Source, native_ids: Collection[str]) -> set[str]:
        """Give the ids of all comments of some discussions, as the source calls both."""
        with self.database.reading() as connection:
            return comments.find_ids_of_discussions(connection, source.id, native_ids)

    def put_comments(
        self, source: Source, changed: Sequence[tuple[Comment, bytes]], refresh: RefreshKey | None = None
    ) -> None:
        """Write new and edited comments with their fingerprints; indexing will follow.

        What they were before is kept with the refresh, if there is one.

        Raises:
            RefreshLostError: The refresh was taken for dead.
            RefreshCancelledError: It was cancelled.
        """
        with changing(self.database, refresh) as connection:
            refresh_id, place_id = (refresh.id, refresh.place_id) if refresh else (None, None)
            comments.put_comments(connection, self.database.dialect, source.id, changed, refresh_id, place_id)

    def delete_comments(
        self,
        source: Source,
        native_ids: Sequence[str],
        refresh: RefreshKey | None = None,
        limits: Mapping[str, Visibility] = NOT_LIMITED,
    ) -> int:
        """Remove comments; they are found no more at once. Gives how many were there.

        What they were is kept with the refresh, if there is one; `limits` tells, by native id, who may see some of it.

        Raises:
            RefreshLostError: The refresh was taken for dead.
            RefreshCancelledError: It was cancelled.
        """
        with changing(self.database, refresh) as connection:
            refresh_id = refresh.id if refresh else None
            dialect = self.database.dialect
            return comments.delete_comments(connection, dialect, source.id, native_ids, refresh_id, limits)

    def close_channels(self, source: Source, native_ids: Collection[str], refresh: RefreshKey | None = None) -> None:
        """Limit what was public to those in its channel, where channels of these ids are private now.

        Raises:
            RefreshLostError: The refresh was taken for dead.
            RefreshCancelledError: It was cancelled.
        """
        with changing(self.database, refresh) as connection:
            if comments.close_channels(connection, source.id, native_ids):
                changes.bump_generation(connection)

    @again
    def read_comments(self, ids: Sequence[int], channel_ids: Sequence[int] | None = None) -> dict[int, ArchivedComment]:
        """Give comments by the archive's ids; those that are gone, hidden, or in no channel given, are left out."""
        with self.database.reading() as connection:
            return readers.read_comments(connection, ids, channel_ids)


def _make_unknown(name: str) -> UnknownSourceError:
    return UnknownSourceError(
        f"cannot find the source: {name!r}: the archive has none of that name: see `harkback sources`"
    )


def _is_address(location: str) -> bool:
    return "://" in location
