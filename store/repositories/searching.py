"""What searching reads."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection

from store.db import authors, changes, encoders, hidden, passages, readers, topics
from store.db.dialect import Postings
from store.db.engine import Database, again
from store.db.narrowed import Narrowing, select_comment_ids
from store.db.passages import IndexedPassage
from store.db.readers import ChannelHoldings
from store.domain.encoder import EncoderState, KnownEncoder
from store.domain.query import Query
from store.domain.viewer import Visibility
from store.errors import ArchiveError
from store.repositories.postings_cache import PostingsCache

if TYPE_CHECKING:
    from store.db.postgres_vectors import PostgresVectors

# Ids count from 1.
_NOBODY = 0
# How many vectors are copied in one transaction.
_COPIED = 5_000
Gather = Callable[[Iterator[NDArray[np.float32]], int], NDArray[np.float32]]


@dataclass(frozen=True, slots=True)
class Totals:
    """How many comments, and passages of an encoder, there are, and what their ids add up to."""

    comments: int
    comment_ids: int
    passages: int
    passage_ids: int


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
        totals: Of all there is, where they were asked for.
    """

    version: int
    is_whole: bool
    gone: NDArray[np.int64]
    replaced: NDArray[np.int64]
    places: NDArray[np.int64]
    passages: list[IndexedPassage]
    vectors: NDArray[np.float32]
    totals: Totals | None = None


def _note_passages(
    parts: Iterator[tuple[list[IndexedPassage], NDArray[np.float32]]], found: list[IndexedPassage]
) -> Iterator[NDArray[np.float32]]:
    for some, vectors in parts:
        found.extend(some)
        yield vectors


def _join(parts: Iterator[NDArray[np.float32]], dim: int) -> NDArray[np.float32]:
    return np.concatenate([np.zeros((0, dim), np.float32), *parts])


@dataclass(frozen=True, slots=True)
class PlacesUpdate:
    """What is new for a search that keeps no vectors in memory: the first two and the last as in IndexUpdate.

    `gone` are the ids of the comments that went.
    """

    version: int
    is_whole: bool
    gone: NDArray[np.int64]
    places: NDArray[np.int64]


class Searching:
    """What searching reads."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._postings = PostingsCache()

    @again
    def read_generation(self) -> int:
        """Give the number that grows with every change to what can be found."""
        with self._database.reading() as connection:
            return readers.read_generation(connection)

    @again
    def read_newest_id(self) -> int:
        """Give the id of the comment that came last; 0 for none."""
        with self._database.reading() as connection:
            return readers.read_newest_id(connection)

    @again
    def read_settled_id(self) -> int:
        """Give the id up to which all comments are indexed as they are now; 0 for none."""
        with self._database.reading() as connection:
            return readers.read_settled_id(connection)

    @again
    def read_channels(self) -> list[ChannelHoldings]:
        """Give every channel of every source with its visibilities and counts."""
        with self._database.reading() as connection:
            return readers.read_channels(connection)

    @again
    def read_visibilities(self) -> list[tuple[int, int, tuple[Visibility, Visibility]]]:
        """Give every channel, its source, and the visibilities it stands under."""
        with self._database.reading() as connection:
            return readers.read_visibilities(connection)

    @again
    def read_hidden_ids(self) -> dict[int, frozenset[int]]:
        """Give the discussions that nobody is shown, by the archive's ids, of each channel that has any."""
        with self._database.reading() as connection:
            return hidden.read_hidden_ids(connection)

    @again
    def count_pending(self, channel_ids: Sequence[int]) -> int:
        """Count the comments of these channels that indexing has not reached yet."""
        with self._database.reading() as connection:
            return readers.count_pending(connection, channel_ids)

    @again
    def read_names(self, channel_ids: Sequence[int]) -> tuple[list[str], list[str], list[str]]:
        """Give the names of the authors, sources and channels that comments of these channels have."""
        with self._database.reading() as connection:
            return readers.read_names(connection, channel_ids)

    @again
    def read_titles(self, channel_ids: Sequence[int], limit: int, *, latest_first: bool) -> list[str]:
        """Give titles of discussions in these channels, the busiest first, or those in which somebody wrote last."""
        with self._database.reading() as connection:
            return topics.read_titles(connection, channel_ids, limit, latest_first=latest_first)

    @again
    def find_narrowing(self, query: Query) -> Narrowing | None:
        """Give what a query's authors, dates, languages and ids narrow a search to; None for nothing."""
        if not (query.authors or query.not_by or query.after or query.before or query.languages or query.new):
            return None
        with self._database.reading() as connection:
            author_ids = readers.find_author_ids(connection, query.authors)
            not_author_ids = readers.find_author_ids(connection, query.not_by)
        if query.authors and not author_ids:
            # They have gone since the question was understood: nobody, not anybody.
            author_ids = (_NOBODY,)
        return Narrowing(author_ids, query.after, query.before, query.languages, query.new, not_author_ids)

    @again
    def find_channel_ids(self, query: Query) -> set[int]:
        """Give the channels a query's sources and channels name; all where it names none."""
        with self._database.reading() as connection:
            return readers.find_channel_ids(connection, query.sources, query.channels)

    @again
    def find_comment_ids(self, narrowing: Narrowing) -> NDArray[np.int64]:
        """Give the comments that a search narrowed so may find."""
        with self._database.reading() as connection:
            return np.fromiter(connection.scalars(select_comment_ids(None, narrowing)), dtype=np.int64)

    @again
    def find_by_time(
        self, channel_ids: Sequence[int], narrowing: Narrowing | None, limit: int, *, oldest_first: bool
    ) -> list[int]:
        """Give comments by their time, newest first unless told otherwise; undated ones last."""
        with self._database.reading() as connection:
            return readers.find_by_time(
                connection, channel_ids, narrowing or Narrowing(), limit, oldest_first=oldest_first
            )

    @again
    def read_postings(self, terms: Sequence[str]) -> list[Postings]:
        """Give where each of these terms stands, in every comment."""
        with self._database.reading() as connection:
            version = readers.read_generation(connection)
            return self._postings.get(
                version, terms, lambda missing: self._database.dialect.read_postings(connection, missing)
            )

    @again
    def read_index(
        self,
        encoder_key: str,
        dim: int,
        *,
        after_version: int,
        after_passage: int,
        gather: Gather = _join,
        has_totals: bool = False,
    ) -> IndexUpdate:
        """Give what a search keeps in memory, as far as it is new since a version and a passage, all of one moment.

        It is everything where it is not known any more what went since: that was long ago, or the database is another,
        or another encoder's vectors answered meanwhile. Vectors come in parts, which `gather` puts together.
        """
        with self._database.reading() as connection:
            version = readers.read_generation(connection)
            encoder = encoders.find_encoder(connection, encoder_key)
            known_since = max(encoder.active_since if encoder else 0, version - changes.REMOVALS_KEPT)
            is_whole = not known_since <= after_version <= version
            if is_whole:
                after_version, after_passage = -1, 0
            gone, replaced = readers.read_removed(connection, encoder_key, version if is_whole else after_version)
            found: list[IndexedPassage] = []
            parts = passages.read_vectors(connection, encoder_key, after_passage, dim)
            vectors = gather((some for some in _note_passages(parts, found) if len(some)), dim)
            return IndexUpdate(
                version=version,
                is_whole=is_whole,
                gone=gone,
                replaced=replaced,
                places=readers.read_places(connection, self._database.dialect, after_version),
                passages=found,
                vectors=vectors,
                totals=Totals(*readers.read_totals(connection, encoder_key)) if has_totals else None,
            )

    @again
    def has_removed(self, encoder_key: str, after_version: int) -> bool:
        """Tell whether comments went after a version, or passages of an encoder."""
        with self._database.reading() as connection:
            return any(len(ids) for ids in readers.read_removed(connection, encoder_key, after_version))

    @again
    def read_passages(self, encoder_key: str, ids: Sequence[int]) -> dict[int, tuple[int, int, int, bytes]]:
        """Give some passages of an encoder, by id, each with its vector: comment, start, end, float32."""
        with self._database.reading() as connection:
            return passages.read_some(connection, encoder_key, ids)

    def check_vectors(self) -> None:
        """See whether the database can search vectors itself, as far as that is told without changing anything.

        Raises:
            ArchiveError: It cannot.
        """
        vectors = self._get_vectors()
        with self._database.reading() as connection:
            vectors.check(connection)

    def prepare_vectors(self, encoder_key: str, dim: int) -> bool:
        """Let the database search an encoder's vectors itself: copy those that are not there yet, and index them.

        Tell whether all of that is done: an encoder that has nothing here yet, or not for long, has nothing to be
        searched, and while another process makes the index, the vectors are searched without.

        Raises:
            ArchiveError: This database cannot search them.
        """
        vectors = self._get_vectors()
        with self._database.reading() as connection:
            vectors.check(connection)
            are_here, encoder = vectors.are_here(connection), encoders.find_encoder(connection, encoder_key)
        if not are_here:
            with self._database.writing() as connection:
                vectors.create(connection)
        if encoder is None or encoder.state is EncoderState.RETIRED:
            return False
        last: int | None = 0
        while last is not None:
            with self._database.writing() as connection:
                last = vectors.copy_after(connection, encoder.id, last, _COPIED)
        return self._database.index_vectors(vectors, encoder.id, dim)

    @again
    def read_places(self, encoder_key: str, after_version: int) -> PlacesUpdate:
        """Give where the comments stand that were written since a version, and which went; or all, as read_index."""
        with self._database.reading() as connection:
            version = readers.read_generation(connection)
            is_whole = not version - changes.REMOVALS_KEPT <= after_version <= version
            gone, _ = readers.read_removed(connection, encoder_key, version if is_whole else after_version)
            places = readers.read_places(connection, self._database.dialect, -1 if is_whole else after_version)
            return PlacesUpdate(version, is_whole, gone, places)

    @again
    def find_near(
        self,
        encoder_key: str,
        vector: NDArray[np.float32],
        count: int,
        comment_ids: NDArray[np.int64],
        *,
        is_everything: bool = False,
    ) -> NDArray[np.int64]:
        """Give which of some comments have the passages nearest to a question; see `PostgresVectors.find_near`.

        None are given unless the encoder is the active one.
        """
        vectors = self._get_vectors()
        with self._database.reading() as connection:
            encoder = _find_active(connection, encoder_key)
            if encoder is None:
                return np.zeros(0, np.int64)
            return vectors.find_near(connection, encoder.id, vector, count, comment_ids, is_everything=is_everything)

    @again
    def measure_near(
        self, encoder_key: str, vector: NDArray[np.float32], comment_ids: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Give how near the passages of some comments are to a question; see `PostgresVectors.measure`.

        None are given unless the encoder is the active one.
        """
        vectors = self._get_vectors()
        with self._database.reading() as connection:
            encoder = _find_active(connection, encoder_key)
            if encoder is None:
                return np.zeros((0, 4), np.int64), np.zeros(0, np.float32)
            return vectors.measure(connection, encoder.id, vector, comment_ids)

    def _get_vectors(self) -> "PostgresVectors":
        vectors = self._database.dialect.vectors
        if vectors is None:
            raise ArchiveError(
                f"cannot search in the database: {self._database.place!r}: SQLite does not search by vectors: "
                "set HARKBACK_SEARCH=memory, or HARKBACK_DATABASE_URL to a PostgreSQL database with pgvector"
            )
        return vectors

    @again
    def read_persons(self, comment_ids: Sequence[int]) -> dict[int, int]:
        """Give for each of some comments, by id, who wrote it; merged authors are one person."""
        with self._database.reading() as connection:
            return authors.read_persons(connection, comment_ids)

    @again
    def find_spans(self, ids: Sequence[int]) -> set[tuple[int, int, int]]:
        """Give where passages lie in comments' texts as they are now: comment, start, end; none of what is pending."""
        with self._database.reading() as connection:
            return readers.find_spans(connection, ids)


def _find_active(connection: Connection, encoder_key: str) -> KnownEncoder | None:
    encoder = encoders.find_encoder(connection, encoder_key)
    return encoder if encoder and encoder.state is EncoderState.ACTIVE else None
