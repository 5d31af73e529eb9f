"""Archive: the repository. Takes and gives domain values; one transaction a call; writes the change log."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol, Self

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection

from store.db import (
    authors,
    changes,
    comments,
    encoders,
    forgotten,
    history,
    migrate,
    passages,
    readers,
    refreshes,
    sources,
)
from store.db.comments import HeldComment, KnownComment
from store.db.dialect import Postings
from store.db.encoders import EncoderState, KnownEncoder
from store.db.engine import Database
from store.db.forgotten import KeptVersion, Saying, StoredComment
from store.db.history import FormerRows
from store.db.narrowed import Narrowing, select_comment_ids
from store.db.passages import IndexedPassage, Passage, PendingComment
from store.db.readers import ChannelHoldings
from store.domain.comment import ArchivedComment, Comment, KnownAuthor
from store.domain.forgetting import ForgottenKind, Namesake
from store.domain.query import Query
from store.domain.refresh import ProblemGroup, Refresh, RefreshCounts, RefreshKind, RefreshState
from store.domain.source import Place, PlaceReading, Source, SourceSummary
from store.domain.viewer import PUBLIC, Visibility
from store.errors import (
    RefreshCancelledError,
    RefreshLostError,
    ReindexError,
    SourceBusyError,
    UnknownRefreshError,
    UnknownSourceError,
)

# Ids count from 1.
_NOBODY = 0
_NOT_READ = PlaceReading()
# What goes for good goes in parts of this size: a reader never waits long for the write lock.
_ROWS_AT_ONCE = 500


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


@dataclass(frozen=True, slots=True)
class IndexUpdate:
    """What is new for what a search keeps in memory.

    Attributes:
        version: The archive's generation that this brings up to.
        is_whole: This is all there is: nothing that was known counts any more.
        gone: The ids of the comments that went. Some of them may never have been known.
        replaced: Those of the comments whose passages went. They may have others now.
        places: The comments written since; see readers.PlaceColumn.
        passages: The passages that are new.
        vectors: Theirs: shape (n, dim).
    """

    version: int
    is_whole: bool
    gone: NDArray[np.int64]
    replaced: NDArray[np.int64]
    places: NDArray[np.int64]
    passages: list[IndexedPassage]
    vectors: NDArray[np.float32]


class Archive:
    """Everything that is stored. Safe from any number of threads and processes."""

    def __init__(self, database: Database) -> None:
        self.database = database

    @classmethod
    def open(cls, url: str) -> Self:
        """Open a database and bring its schema up to date.

        Raises:
            ArchiveError: It cannot be opened.
            SchemaError: Its schema is newer than this program, or is not Harkback's.
        """
        database = Database(url)
        migrate.upgrade(database)
        return cls(database)

    def close(self) -> None:
        """Close the database."""
        self.database.close()

    # Sources

    def put_source(
        self,
        name: str,
        format_name: str,
        location: str,
        visibility: Visibility | None,
        *,
        identity: str = "",
        include_private: bool = False,
        is_format_given: bool = False,
    ) -> Source:
        """Create a source, or follow its new format and place; a visibility of None leaves what is set.

        A source that is read from an address keeps it where a file, or a page below that address, is imported into it:
        it can be refreshed from there.
        What is known of its identity is kept, and so is that its private conversations are wanted.
        """
        with self.database.writing() as connection:
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
                )
                sources.update_source(connection, wanted)
                if wanted.visibility != known.visibility:
                    changes.bump_generation(connection)
            source = sources.find_source(connection, name)
        assert source is not None
        return source

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
            raise UnknownSourceError(
                f"cannot find the source: {name!r}: the archive has none of that name: see `harkback sources`"
            )
        return source

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
    ) -> None:
        """Note that a source was brought up to date from a place, and what of that was not imported.

        What is new may hold no problem where the rest does: then those are still true.
        """
        now = datetime.now(UTC)
        with self.database.writing() as connection:
            sources.note_refreshed(connection, source.id, now)
            if groups or not reading.is_partial:
                sources.put_problems(connection, source.id, location, groups)
            place_id = refreshes.put_place(connection, source.id, location, now)
            refreshes.note_read(connection, place_id, reading, now)

    def note_unchanged(self, source: Source) -> None:
        """Note that a source was looked at just now, and is what it was."""
        with self.database.writing() as connection:
            sources.note_refreshed(connection, source.id, datetime.now(UTC))

    def note_problems(self, source: Source, location: str, groups: Sequence[ProblemGroup]) -> None:
        """Note what of a place was not imported, though the source was not brought up to date."""
        with self.database.writing() as connection:
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

    # Refreshes

    def begin_refresh(self, source: Source, kind: RefreshKind, owner: Owner, *, undoes_id: int | None = None) -> int:
        """Begin a refresh of a source, which nobody else may be at; give its number.

        Raises:
            SourceBusyError: Somebody else is at work on it.
        """
        with self.database.writing() as connection:
            _check_idle(connection, source, owner)
            return refreshes.begin_refresh(connection, source.id, kind, owner.name, datetime.now(UTC), undoes_id)

    def note_progress(self, refresh_id: int, stage: str, done: int, total: int | None, counts: RefreshCounts) -> None:
        """Note how far a refresh is.

        Raises:
            RefreshLostError: It was taken for dead.
            RefreshCancelledError: It was cancelled.
        """
        with self.database.writing() as connection:
            refreshes.note_progress(connection, refresh_id, datetime.now(UTC), stage, done, total, counts)
            _check(refreshes.find_state(connection, refresh_id))

    def note_alive(self, refresh_id: int) -> None:
        """Note that a refresh is alive."""
        with self.database.writing() as connection:
            refreshes.note_alive(connection, refresh_id, datetime.now(UTC))

    def end_refresh(
        self,
        refresh_id: int,
        state: RefreshState,
        counts: RefreshCounts,
        seconds: Mapping[str, float],
        message: str = "",
    ) -> None:
        """Note how a refresh ended."""
        with self.database.writing() as connection:
            refreshes.end_refresh(connection, refresh_id, datetime.now(UTC), state, counts, seconds, message)

    def cancel_refresh(self, refresh_id: int) -> bool:
        """Ask a refresh to end, which it does after what it is just writing; tell whether it was running."""
        with self.database.writing() as connection:
            return refreshes.cancel_refresh(connection, refresh_id)

    def get_refresh(self, refresh_id: int) -> Refresh:
        """Give a refresh by its number.

        Raises:
            UnknownRefreshError: There is none.
        """
        with self.database.reading() as connection:
            found = refreshes.find_refresh(connection, refresh_id)
        if found is None:
            raise UnknownRefreshError(
                f"cannot find the refresh: {refresh_id}: none has that number: see `harkback refreshes`"
            )
        return found

    def list_refreshes(self, source: Source | None = None, limit: int | None = None) -> list[Refresh]:
        """Give refreshes, of one source or of all, the latest first."""
        with self.database.reading() as connection:
            return refreshes.read_refreshes(connection, source.id if source else None, limit)

    def list_at_work(self) -> list[Refresh]:
        """Give the refreshes that are at work, or seem to be, the latest first."""
        with self.database.reading() as connection:
            return refreshes.read_at_work(connection)

    def list_refreshes_of(self, owner: str) -> list[Refresh]:
        """Give the refreshes of a process, the latest first."""
        with self.database.reading() as connection:
            return refreshes.read_refreshes_of(connection, owner)

    def find_place(self, source: Source, location: str) -> Place | None:
        """Find what is remembered of a place of a source."""
        with self.database.reading() as connection:
            return refreshes.find_place(connection, source.id, location)

    def put_place(self, source: Source, location: str) -> int:
        """Give the number of a place of a source, made if it is new."""
        with self.database.writing() as connection:
            return refreshes.put_place(connection, source.id, location, datetime.now(UTC))

    def iterate_held(self, source: Source) -> Iterator[list[HeldComment]]:
        """Give what is held of a source, some at a time: what tells whether a comment should have come again."""
        after = 0
        while True:
            with self.database.reading() as connection:
                some = comments.read_held(connection, source.id, after)
            if not some:
                return
            yield some
            after = some[-1].id

    def find_newest(self, source: Source, place_id: int) -> datetime | None:
        """Find when the last of the comments that came from a place was written or edited."""
        with self.database.reading() as connection:
            return comments.find_newest(connection, source.id, place_id)

    def count_comments(self, source: Source) -> int:
        """Count the comments of a source."""
        with self.database.reading() as connection:
            return comments.count_comments(connection, source.id)

    # Comments

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
        with self._changing(refresh) as connection:
            if refresh.place_id is not None:
                comments.move_comments(connection, source.id, native_ids, refresh.place_id)

    def find_ids(self, source: Source, native_ids: Sequence[str]) -> dict[str, int]:
        """Give the archive's own ids of those comments of a source that are known."""
        with self.database.reading() as connection:
            return comments.find_ids(connection, source.id, native_ids)

    def put_comments(
        self, source: Source, changed: Sequence[tuple[Comment, bytes]], refresh: RefreshKey | None = None
    ) -> None:
        """Write new and edited comments with their fingerprints; indexing will follow.

        What they were before is kept with the refresh, if there is one.

        Raises:
            RefreshLostError: The refresh was taken for dead.
            RefreshCancelledError: It was cancelled.
        """
        with self._changing(refresh) as connection:
            refresh_id, place_id = (refresh.id, refresh.place_id) if refresh else (None, None)
            comments.put_comments(connection, self.database.dialect, source.id, changed, refresh_id, place_id)

    def delete_comments(self, source: Source, native_ids: Sequence[str], refresh: RefreshKey | None = None) -> int:
        """Remove comments; they are found no more at once. Gives how many were there.

        What they were is kept with the refresh, if there is one.

        Raises:
            RefreshLostError: The refresh was taken for dead.
            RefreshCancelledError: It was cancelled.
        """
        with self._changing(refresh) as connection:
            refresh_id = refresh.id if refresh else None
            return comments.delete_comments(connection, self.database.dialect, source.id, native_ids, refresh_id)

    @contextmanager
    def _changing(self, refresh: RefreshKey | None) -> Iterator[Connection]:
        """Write in one transaction, as long as the refresh may."""
        with self.database.writing() as connection:
            if refresh:
                _check(refreshes.find_state(connection, refresh.id))
            yield connection

    # Undoing refreshes

    def check_idle(self, source: Source, owner: Owner) -> None:
        """See that nobody is at work on a source.

        Raises:
            SourceBusyError: Somebody is.
        """
        with self.database.reading() as connection:
            _check_idle(connection, source, owner)

    def has_changed(self, refresh: Refresh) -> bool:
        """Tell whether a refresh has changed anything. What was interrupted did not count all of that."""
        if refresh.counts.changed or refresh.state in (RefreshState.DONE, RefreshState.STOPPED):
            return refresh.counts.changed > 0
        with self.database.reading() as connection:
            return history.has_changed(connection, refresh.id)

    def hold(self, source: Source, refresh: RefreshKey) -> None:
        """Let a source be refreshed only if it is named, and read all of its places anew then.

        Raises:
            RefreshLostError: The refresh was taken for dead.
            RefreshCancelledError: It was cancelled.
        """
        with self._changing(refresh) as connection:
            sources.hold(connection, source.id)
            refreshes.forget_stamps(connection, source.id)

    def find_former(self, source: Source, first_refresh: int) -> list[FormerRows]:
        """Find the comments of a source that a refresh, or one after it, has changed, removed or brought back."""
        with self.database.reading() as connection:
            return history.find_former(connection, source.id, first_refresh)

    def undo_changes(
        self, source: Source, first_refresh: int, some: Sequence[FormerRows], refresh: RefreshKey
    ) -> RefreshCounts:
        """Write comments as they were before a refresh and those after it; give how many were not so.

        Raises:
            RefreshLostError: The refresh that writes this was taken for dead.
            RefreshCancelledError: It was cancelled.
        """
        with self._changing(refresh) as connection:
            found = history.read_changes(connection, some)
            dialect = self.database.dialect
            return comments.undo_changes(connection, dialect, source.id, refresh.id, first_refresh, found)

    def find_brought(self, source: Source, first_refresh: int) -> list[str]:
        """Give the ids of the comments of a source that a refresh, or one after it, has brought."""
        with self.database.reading() as connection:
            return history.find_brought(connection, source.id, first_refresh)

    def find_former_discussions(self, source: Source, first_refresh: int) -> dict[int, tuple[str, str]]:
        """Give the title and link that discussions had before a refresh, or one after it, changed them."""
        with self.database.reading() as connection:
            return history.read_former_discussions(connection, source.id, first_refresh)

    def restore_discussions(self, former: Mapping[int, tuple[str, str]], refresh: RefreshKey) -> None:
        """Give discussions back their titles and links.

        Raises:
            RefreshLostError: The refresh that writes this was taken for dead.
            RefreshCancelledError: It was cancelled.
        """
        with self._changing(refresh) as connection:
            comments.restore_discussions(connection, self.database.dialect, refresh.id, former)

    # What goes for good

    def purge(self, before: datetime, owner: Owner | None = None) -> bool:
        """Remove for good what went before a time: what undoes refreshes, and vectors of texts that are not there.

        Some at a time; sources that somebody is at work on are left for another time.

        Args:
            before: The time.
            owner: Tells whether who seems to be at work is alive; without, they are.

        Returns:
            Whether there was anything.
        """
        with self.database.reading() as connection:
            names = refreshes.find_with_history(connection, before)
            has_unused = passages.has_unused_vectors(connection, before)
        if not names and not has_unused:
            return False
        for name in names:
            self._purge_history(name, before, owner, refreshes.blank_history)
        if has_unused:
            self._purge_vectors(before)
        self.erase_traces()
        # Not before: what is there tells that traces may be, should this be interrupted.
        for name in names:
            self._purge_history(name, before, owner, refreshes.delete_history)
            self.delete_empty(self.get_source(name))
        return True

    def _purge_history(
        self, name: str, before: datetime, owner: Owner | None, purge: Callable[[Connection, int, datetime, int], bool]
    ) -> None:
        """Purge what undoes refreshes of a source, some at a time, unless somebody is at work on it."""
        source, has_more = self.get_source(name), True
        with suppress(SourceBusyError):
            while has_more:
                with self.database.writing() as connection:
                    _check_idle(connection, source, owner)
                    has_more = purge(connection, source.id, before, _ROWS_AT_ONCE)

    def find_with_older(self, published: datetime) -> list[Source]:
        """Find the sources that have comments published before a time, or where removing such was interrupted."""
        with self.database.reading() as connection:
            older = comments.find_with_older(connection, published)
            unfinished = refreshes.find_unfinished(connection, RefreshKind.RETENTION)
        return [self.get_source(name) for name in sorted({*older, *unfinished})]

    def drop_older(self, source: Source, published: datetime, refresh: RefreshKey) -> int:
        """Remove some comments published before a time, with all that is kept of them; give how many.

        Raises:
            RefreshLostError: The refresh was taken for dead.
            RefreshCancelledError: It was cancelled.
        """
        with self._changing(refresh) as connection:
            return comments.drop_older(connection, self.database.dialect, source.id, published, _ROWS_AT_ONCE)

    def drop_older_history(self, published: datetime) -> bool:
        """Remove what is kept of comments published before a time; tell whether there was any."""
        after: int | None = 0
        has_any = False
        while after is not None:
            with self.database.reading() as connection:
                older, after = history.find_former_before(connection, published, after)
            if older:
                has_any = True
                with self.database.writing() as connection:
                    history.delete_former_rows(connection, older)
        return has_any

    def erase_traces(self) -> bool:
        """Leave nothing of what was deleted in the database's files; False while another process keeps some there."""
        return self.database.erase_traces()

    def delete_empty(self, source: Source) -> None:
        """Remove discussions, authors and channels of a source that have no comment any more."""
        with self.database.writing() as connection:
            history.delete_empty(connection, source.id)

    def close_channels(self, source: Source, native_ids: Collection[str]) -> None:
        """Limit what was public to those in its channel, where channels of these ids are private now."""
        with self.database.writing() as connection:
            if comments.close_channels(connection, source.id, native_ids):
                changes.bump_generation(connection)

    def read_comments(self, ids: Sequence[int], channel_ids: Sequence[int] | None = None) -> dict[int, ArchivedComment]:
        """Give comments by the archive's ids; those that are gone, or are in no channel given, are left out."""
        with self.database.reading() as connection:
            return readers.read_comments(connection, ids, channel_ids)

    def find_unsettled(self, ids: Sequence[int], after_version: int) -> set[int]:
        """Find which of some comments were written after a version, or are still to be indexed as they are now."""
        with self.database.reading() as connection:
            return readers.find_unsettled(connection, ids, after_version)

    # Forgetting

    def find_namesakes(self, name: str) -> list[Namesake]:
        """Give everybody who is called by a name; upper case and accents are one."""
        with self.database.reading() as connection:
            return forgotten.find_namesakes(connection, name)

    def read_person(self, author_id: int) -> list[Namesake]:
        """Give all authors that are the same person as one."""
        with self.database.reading() as connection:
            return forgotten.read_namesakes(connection, authors.find_members(connection, [author_id]))

    def read_names_of(self, source: Source) -> list[tuple[int, bool, str]]:
        """Give every name in a source, folded: of which author, and whether that has an account."""
        with self.database.reading() as connection:
            return forgotten.read_keys(connection, source.id)

    def get_salt(self) -> bytes:
        """Give the key of the hashes of those who were forgotten, made at first use."""
        with self.database.writing() as connection:
            return forgotten.get_salt(connection)

    def read_forgotten(self) -> tuple[bytes | None, frozenset[bytes]]:
        """Give that key, if there is one, and the hashes."""
        with self.database.reading() as connection:
            return forgotten.find_salt(connection), forgotten.read_digests(connection)

    def put_forgotten(self, digests: Mapping[bytes, ForgottenKind], refresh: RefreshKey) -> None:
        """Keep hashes of somebody; from now on whatever has them is not imported.

        Raises:
            RefreshLostError: The refresh was taken for dead.
            RefreshCancelledError: It was cancelled.
        """
        with self._changing(refresh) as connection:
            forgotten.put_digests(connection, self.database.dialect, digests, datetime.now(UTC))

    def find_discussion_ids(self, author_ids: Collection[int]) -> list[int]:
        """Give the discussions that authors wrote in."""
        with self.database.reading() as connection:
            return forgotten.find_discussion_ids(connection, author_ids)

    def read_sayings(self, discussion_ids: Sequence[int], author_ids: Collection[int]) -> list[list[Saying]]:
        """Give what was said in each of some discussions, and whether it is of those authors."""
        with self.database.reading() as connection:
            return list(forgotten.read_sayings(connection, discussion_ids, author_ids).values())

    def iterate_others(self, source: Source, author_ids: Collection[int]) -> Iterator[list[tuple[int, str]]]:
        """Give the ids and texts of what everybody but some authors wrote in a source, some at a time."""
        after = 0
        while True:
            with self.database.reading() as connection:
                some = forgotten.read_others(connection, source.id, author_ids, after)
            if not some:
                return
            yield some
            after = some[-1][0]

    def read_stored(self, ids: Sequence[int]) -> list[StoredComment]:
        """Give comments as they are stored, by the archive's ids."""
        with self.database.reading() as connection:
            return forgotten.read_comments(connection, ids)

    def rewrite_comments(self, changed: Sequence[StoredComment], refresh: RefreshKey) -> None:
        """Write texts anew, and keep nothing of what they were; indexing will follow.

        Raises:
            RefreshLostError: The refresh was taken for dead.
            RefreshCancelledError: It was cancelled.
        """
        with self._changing(refresh) as connection:
            forgotten.rewrite_comments(connection, self.database.dialect, changed)

    def iterate_versions(self, source: Source) -> Iterator[list[KeptVersion]]:
        """Give what is kept of the comments of a source as they were, some at a time."""
        after = 0
        while True:
            with self.database.reading() as connection:
                some = forgotten.read_versions(connection, source.id, after)
            if not some:
                return
            yield some
            after = some[-1].id

    def rewrite_versions(self, gone: Sequence[int], changed: Sequence[KeptVersion], refresh: RefreshKey) -> None:
        """Remove some of what is kept of comments as they were, and write some anew.

        Raises:
            RefreshLostError: The refresh was taken for dead.
            RefreshCancelledError: It was cancelled.
        """
        with self._changing(refresh) as connection:
            forgotten.rewrite_versions(connection, gone, changed)

    def read_titles(self, source: Source) -> list[tuple[int, str]]:
        """Give the titles that the discussions of a source have, and had, by discussion."""
        with self.database.reading() as connection:
            return forgotten.read_titles(connection, source.id)

    def delete_titles(self, titles: Sequence[tuple[int, str]], refresh: RefreshKey) -> None:
        """Take titles from the discussions that have them, or had.

        Raises:
            RefreshLostError: The refresh was taken for dead.
            RefreshCancelledError: It was cancelled.
        """
        with self._changing(refresh) as connection:
            forgotten.delete_titles(connection, self.database.dialect, titles)

    def delete_some_written(self, source: Source, author_ids: Collection[int], refresh: RefreshKey) -> int:
        """Remove some of the comments of authors in a source, and keep nothing of them; give how many.

        Of discussions that have no other comment no earlier title is kept.

        Raises:
            RefreshLostError: The refresh was taken for dead.
            RefreshCancelledError: It was cancelled.
        """
        with self._changing(refresh) as connection:
            some = forgotten.find_native_ids(connection, source.id, author_ids)
            discussion_ids = forgotten.find_discussions_of(connection, source.id, some)
            count = comments.delete_comments(connection, self.database.dialect, source.id, some)
            forgotten.delete_former_titles(connection, discussion_ids)
            return count

    def delete_authors(self, author_ids: Collection[int], refresh: RefreshKey) -> None:
        """Remove authors who have no comment any more.

        Raises:
            RefreshLostError: The refresh was taken for dead.
            RefreshCancelledError: It was cancelled.
        """
        with self._changing(refresh) as connection:
            forgotten.delete_authors(connection, author_ids)

    def purge_unused_vectors(self) -> int:
        """Remove the vectors of all texts that are not there any more; give how many."""
        return self._purge_vectors(datetime.max.replace(tzinfo=UTC))

    def _purge_vectors(self, before: datetime) -> int:
        """Remove the vectors that no passage has had since a time, some at a time; give how many."""
        total, count = 0, _ROWS_AT_ONCE
        while count:
            with self.database.writing() as connection:
                count = passages.purge_vectors(connection, before, _ROWS_AT_ONCE)
            total += count
        return total

    # What indexing follows and writes

    def count_changes(self, encoder_key: str | None = None) -> int:
        """Count the comments that indexing has not followed, with an encoder or with the one that answers."""
        with self.database.reading() as connection:
            return passages.count_changes(connection, encoder_key)

    def read_pending(self, encoder_key: str, limit: int) -> list[PendingComment]:
        """Give comments that indexing has not followed with an encoder, oldest change first.

        Raises:
            EncoderChangedError: The archive is indexed with another encoder.
        """
        with self.database.reading() as connection:
            return passages.read_pending(connection, encoder_key, limit)

    def find_encoded(self, encoder_key: str, hashes: Sequence[bytes]) -> set[bytes]:
        """Give those hashes whose text this encoder has embedded before."""
        with self.database.reading() as connection:
            return passages.find_encoded(connection, encoder_key, hashes)

    def put_passages(
        self,
        encoder_key: str,
        found: Sequence[Passage],
        vectors: Mapping[bytes, NDArray[np.float32]],
        followed: Sequence[PendingComment],
        encoder_name: str = "",
    ) -> None:
        """Replace an encoder's passages of the comments followed, store new vectors, acknowledge the changes.

        Raises:
            EncoderChangedError: The archive is indexed with another encoder.
        """
        with self.database.writing() as connection:
            passages.put_passages(
                connection,
                self.database.dialect,
                encoder_key=encoder_key,
                encoder_name=encoder_name,
                passages=found,
                vectors=vectors,
                followed=followed,
            )

    def count_passages(self, encoder_key: str) -> int:
        """Count the passages that an encoder has."""
        with self.database.reading() as connection:
            return passages.count_passages(connection, encoder_key)

    def log_changes(self, comment_ids: Sequence[int]) -> None:
        """Let indexing follow these comments again."""
        with self.database.writing() as connection:
            changes.log_changes(connection, comment_ids)

    # Which encoder answers

    def find_active_encoder(self) -> KnownEncoder | None:
        """Find the encoder whose vectors answer; None before anything was indexed."""
        with self.database.reading() as connection:
            return encoders.find_active(connection)

    def find_building_encoder(self) -> KnownEncoder | None:
        """Find the encoder whose vectors are being made beside those that answer."""
        with self.database.reading() as connection:
            return encoders.find_building(connection)

    def begin_reindex(self, key: str, name: str, owner: Owner, *, gives_up_other: bool = False) -> None:
        """Begin to change the archive to an encoder, or go on with that.

        Args:
            key: Its EncoderId.key.
            name: What it is loaded by.
            owner: Who does it; nobody else may be at it.
            gives_up_other: What was made so far for another one is given up; else there may be none.

        Raises:
            ReindexError: Somebody is at it, or another encoder's vectors are half made.
        """
        with self.database.writing() as connection:
            now = datetime.now(UTC)
            for other in encoders.read_encoders(connection):
                if other.owner and owner.is_alive(other.owner, other.seen_at or now, now):
                    raise ReindexError(
                        f"cannot reindex the archive: {self.database.place!r}: {other.owner} has been changing it to "
                        f"{other.name!r} since {other.begun_at:%Y-%m-%d %H:%M} UTC: wait until it ends, or stop it"
                    )
            building = encoders.find_building(connection)
            if building and building.key != key:
                if not gives_up_other:
                    raise ReindexError(
                        f"cannot reindex the archive: {name!r}: what {building.name!r} makes is half done: go on with "
                        f"`harkback reindex --model {building.name}`, or give that up with --instead"
                    )
                encoders.retire(connection, building.key)
            encoders.begin_building(connection, key, name)
            encoders.take(connection, key, owner.name, now)

    def note_reindexing(self, key: str, owner: Owner) -> None:
        """Note that who is changing the archive to an encoder is alive.

        Raises:
            ReindexError: They were taken for dead.
        """
        with self.database.writing() as connection:
            if not encoders.note_alive(connection, key, owner.name, datetime.now(UTC)):
                raise ReindexError(
                    f"cannot go on: {key!r}: this process was silent for so long that another took over: run it again"
                )

    def activate_encoder(self, key: str) -> bool:
        """Let an encoder's vectors answer in place of the other's, if they are complete; tell whether so.

        Raises:
            EncoderChangedError: They were given up meanwhile.
        """
        with self.database.writing() as connection:
            return encoders.activate(connection, key)

    def end_reindex(self, key: str, owner: Owner) -> None:
        """Note that nobody is changing the archive to an encoder any more."""
        with self.database.writing() as connection:
            encoders.free(connection, key, owner.name)

    def delete_retired(self, limit: int) -> bool:
        """Remove some of what encoders that answer no more have made; tell whether there was any."""
        with self.database.reading() as connection:
            if all(one.state is not EncoderState.RETIRED for one in encoders.read_encoders(connection)):
                return False
        with self.database.writing() as connection:
            return encoders.delete_retired(connection, limit)

    # What searching reads

    def read_generation(self) -> int:
        """Give the number that grows with every change to what can be found."""
        with self.database.reading() as connection:
            return readers.read_generation(connection)

    def read_channels(self) -> list[ChannelHoldings]:
        """Give every channel of every source with its visibilities and counts."""
        with self.database.reading() as connection:
            return readers.read_channels(connection)

    def read_visibilities(self) -> list[tuple[int, int, tuple[Visibility, Visibility]]]:
        """Give every channel, its source, and the visibilities it stands under."""
        with self.database.reading() as connection:
            return readers.read_visibilities(connection)

    def count_pending(self, channel_ids: Sequence[int]) -> int:
        """Count the comments of these channels that indexing has not reached yet."""
        with self.database.reading() as connection:
            return readers.count_pending(connection, channel_ids)

    def read_names(self, channel_ids: Sequence[int]) -> tuple[list[str], list[str], list[str]]:
        """Give the names of the authors, sources and channels that comments of these channels have."""
        with self.database.reading() as connection:
            return readers.read_names(connection, channel_ids)

    def find_narrowing(self, query: Query) -> Narrowing | None:
        """Give what a query's authors, dates and languages narrow a search to; None for nothing."""
        if not query.authors and query.after is None and query.before is None and not query.languages:
            return None
        with self.database.reading() as connection:
            authors = readers.find_author_ids(connection, query.authors)
        if query.authors and not authors:
            # They have gone since the question was understood: nobody, not anybody.
            authors = (_NOBODY,)
        return Narrowing(authors, query.after, query.before, query.languages)

    def find_channel_ids(self, query: Query) -> set[int]:
        """Give the channels a query's sources and channels name; all where it names none."""
        with self.database.reading() as connection:
            return readers.find_channel_ids(connection, query.sources, query.channels)

    def find_comment_ids(self, narrowing: Narrowing) -> NDArray[np.int64]:
        """Give the comments that a search narrowed so may find."""
        with self.database.reading() as connection:
            return np.fromiter(connection.scalars(select_comment_ids(None, narrowing)), dtype=np.int64)

    def find_by_time(
        self, channel_ids: Sequence[int], narrowing: Narrowing | None, limit: int, *, oldest_first: bool
    ) -> list[int]:
        """Give comments by their time, newest first unless told otherwise; undated ones last."""
        with self.database.reading() as connection:
            return readers.find_by_time(
                connection, channel_ids, narrowing or Narrowing(), limit, oldest_first=oldest_first
            )

    def read_postings(self, terms: Sequence[str]) -> list[Postings]:
        """Give where each of these terms stands, in every comment."""
        with self.database.reading() as connection:
            return self.database.dialect.read_postings(connection, terms)

    def read_index(self, encoder_key: str, dim: int, *, after_version: int, after_passage: int) -> IndexUpdate:
        """Give what a search keeps in memory, as far as it is new since a version and a passage, all of one moment.

        It is everything where it is not known any more what went since: that was long ago, or the database is another.
        """
        with self.database.reading() as connection:
            version = readers.read_generation(connection)
            is_whole = not max(0, version - changes.REMOVALS_KEPT) <= after_version <= version
            if is_whole:
                after_version, after_passage = -1, 0
            gone, replaced = readers.read_removed(connection, encoder_key, after_version)
            parts = list(passages.read_vectors(connection, encoder_key, after_passage, dim))
            return IndexUpdate(
                version=version,
                is_whole=is_whole,
                gone=gone,
                replaced=replaced,
                places=readers.read_places(connection, self.database.dialect, after_version),
                passages=[passage for some, _ in parts for passage in some],
                vectors=np.concatenate([np.zeros((0, dim), np.float32), *(vectors for _, vectors in parts)]),
            )


def _check_idle(connection: Connection, source: Source, owner: Owner | None) -> None:
    """Refuse to begin where somebody else is at work."""
    other = refreshes.find_at_work(connection, source.id)
    if other and (owner is None or owner.is_alive(other.owner, other.seen_at, datetime.now(UTC))):
        raise SourceBusyError(
            f"cannot change the source: {source.name!r}: {other.owner} has been at it since "
            f"{other.begun_at:%Y-%m-%d %H:%M} UTC ({other.kind} {other.id}): wait until it ends, or cancel it "
            f"with `harkback refreshes --cancel {other.id}`"
        )


def _check(state: RefreshState | None) -> None:
    """Refuse to write for a refresh that may not any more."""
    if state is RefreshState.CANCELLING:
        raise RefreshCancelledError("stopped: it was cancelled: what was stored until then is kept")
    if state is not RefreshState.RUNNING:
        raise RefreshLostError(
            "cannot go on: this process was silent for so long that another took over the source: run it again"
        )


def _is_address(location: str) -> bool:
    return "://" in location
