"""What a search keeps in memory: where comments stand, and their vectors. Derived from the archive, following it."""

import logging
import math
import threading
import time
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from embeddings.encoder import Encoder
from embeddings.index import ExactIndex, VectorIndex
from store.archive import Archive
from store.db.index_file import Contents, FileIdentity
from store.db.passages import IndexedPassage
from store.db.readers import PlaceColumn
from store.repositories.searching import IndexUpdate, Totals
from store.search.checking import are_same, count_totals
from store.search.growing import GrowingArray
from store.search.places import Mask, Places, spread
from store.search.vectors import HeldVectors

# Rows of what is not there any more are looked at in vain until they are so many.
_DEAD_SHARE = 0.2
# The file is written anew when so many rows are not in it, and so large a part of all.
_FEW_NEW = 20_000
_NEW_SHARE = 0.1
_WRITE_AGAIN_SECONDS = 300.0
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Nearest:
    """How near places are to a question: the cosine of each one's best passage, and where that lies in the text."""

    places: NDArray[np.int64]
    similarities: NDArray[np.float32]
    spans: NDArray[np.int64]

    @classmethod
    def best_of(
        cls,
        places: NDArray[np.int64],
        passages: NDArray[np.int64],
        similarities: NDArray[np.float32],
        spans: NDArray[np.int64],
    ) -> Self:
        """Take each place's best passage, of equal ones the earlier.

        Args:
            places: Shape (n,): where each passage stands.
            passages: Shape (n,): their numbers, in which order they were made.
            similarities: Shape (n,): theirs.
            spans: Shape (n, 2): where they lie.
        """
        order = np.lexsort((passages, -similarities, places))
        best = order[np.flatnonzero(np.diff(places[order], prepend=-1))]
        return cls(places[best], similarities[best], spans[best])


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The index at one moment. `passages` has shape (rows, 4): id, comment, start, end; in the vectors' order.

    Rows of what is not there any more stay for a while: `place_of_row` is -1 for them, and nothing finds them.
    `encoder` is what made the vectors, and alone may be asked for that of a question.
    """

    version: int
    places: Places
    vectors: VectorIndex
    passages: NDArray[np.int64]
    place_of_row: NDArray[np.int64]
    # Rows ordered by place, and the place of each, to find a comment's rows by bisection.
    by_place: NDArray[np.int64]
    ordered_places: NDArray[np.int64]
    encoder: Encoder

    @property
    def passage_count(self) -> int:
        """How many passages are in memory; some may be of what is not there any more."""
        return len(self.passages)

    @property
    def takes_every_core(self) -> bool:
        """Whether finding the nearest does: the product of one large matrix."""
        return isinstance(self.vectors, ExactIndex)

    def find_nearest(self, question: NDArray[np.float32], count: int, allowed: Mask) -> NDArray[np.int64]:
        """Give the places of the passages nearest to a question.

        Args:
            question: Shape (dim,), unit length.
            count: How many passages at most.
            allowed: Shape (places,): others are never considered.
        """
        is_known = self.place_of_row >= 0
        is_everything = bool(allowed.all() and is_known.all())
        mask = None if is_everything else is_known & allowed[self.place_of_row]
        rows, _ = self.vectors.search(question, count, mask)
        return np.unique(self.place_of_row[rows])

    def measure(self, question: NDArray[np.float32], places: NDArray[np.int64]) -> Nearest:
        """Give how near some places are; those without vectors are left out. Places come in order, each once."""
        lows = np.searchsorted(self.ordered_places, places, "left")
        highs = np.searchsorted(self.ordered_places, places, "right")
        rows = self.by_place[spread(lows, highs)]
        similarities = self.vectors.similarities(question, rows)
        return Nearest.best_of(self.place_of_row[rows], rows, similarities, self.passages[rows, 2:])

    def count_bytes(self) -> int:
        """Count the bytes that all of this takes in memory, less room that is not used yet."""
        rows = [self.passages, self.place_of_row, self.by_place, self.ordered_places]
        return self.vectors.nbytes + self.places.count_bytes() + sum(one.nbytes for one in rows)

    def find_rows(self, comment_ids: NDArray[np.int64]) -> NDArray[np.int64]:
        """Give the rows of some comments."""
        places = self.places.find(comment_ids)
        places = places[places >= 0]
        lows = np.searchsorted(self.ordered_places, places, "left")
        return self.by_place[spread(lows, np.searchsorted(self.ordered_places, places, "right"))]


@dataclass(frozen=True, slots=True)
class _Held:
    """A snapshot, and the arrays that its rows are views of. The first `in_file` rows are in the file."""

    snapshot: Snapshot
    vectors: HeldVectors
    passages: GrowingArray[np.int64]
    in_file: int = 0


class SearchIndex:
    """The archive in memory, brought up to date with it by what changed. Safe from many threads.

    A large one starts from the file beside the archive, and sees to it that there is one.
    """

    def __init__(self, archive: Archive, encoder: Encoder) -> None:
        self._archive = archive
        self._file = archive.index_file
        self.encoder = encoder
        self._lock = threading.Lock()
        self._held = self._nothing = self._start_empty()
        # The file that was looked at last, and when one may be written.
        self._seen: FileIdentity | None = None
        self._write_at = -math.inf

    @property
    def snapshot(self) -> Snapshot:
        """What it took in last."""
        return self._held.snapshot

    def prepare(self) -> None:
        """Do nothing: to follow is all that it takes."""

    def follow(self) -> Snapshot:
        """Take in what was written and let go of what was removed since the last time, by any process."""
        with self._lock:
            after = self._write(self._take_in_file() or self._take_in(self._held))
            # Made now, the first who asks does not wait for it.
            _ = after.snapshot.places.context_words
            # All at once: if memory runs out before this, nothing has changed.
            self._held = after
            return after.snapshot

    def _take_in(self, held: _Held) -> _Held:
        update = self._read(held)
        return self._start(update) if update.is_whole else self._change(held, update)

    def _read(self, held: _Held, *, has_totals: bool = False) -> IndexUpdate:
        before = held.snapshot
        return self._archive.searching.read_index(
            self.encoder.id.key,
            self.encoder.id.dim,
            after_version=before.version,
            after_passage=int(before.passages[-1, 0]) if len(before.passages) else 0,
            gather=self._file.gather,
            has_totals=has_totals,
        )

    def _take_in_file(self) -> _Held | None:
        """Start from a file that was not there before, with what was written since; None if there is no true one."""
        identity = self._file.identify()
        if identity is None or identity == self._seen:
            return None
        self._seen = identity
        contents = self._file.read()
        if contents is None or (contents.encoder_key, contents.dim) != (self.encoder.id.key, self.encoder.id.dim):
            return None
        held = self._hold(contents)
        update = self._read(held, has_totals=True)
        if update.is_whole:
            return self._start(update)
        after = self._change(held, update)
        if self._is_true(after.snapshot, contents, update.totals):
            return after
        _log.warning("the index file is not of the archive as it is: %s: it is made anew", self._file.path)
        self._file.remove()
        return self._take_in(self._nothing)

    def _is_true(self, snapshot: Snapshot, contents: Contents, totals: Totals | None) -> bool:
        alive = np.flatnonzero(snapshot.place_of_row >= 0)
        searching, stored = (
            self._archive.searching,
            contents.select(alive[alive < len(contents.passages)], contents.places),
        )
        is_whole = count_totals(snapshot.places.ids, snapshot.passages[alive, 0]) == totals
        return is_whole and are_same(searching, contents.encoder_key, stored.passages, stored.vectors)

    def _hold(self, contents: Contents) -> _Held:
        vectors = HeldVectors(contents.vectors, np.zeros((0, contents.dim), np.float32), contents.codes)
        held = self._make(contents.version, contents.places, contents.passages, vectors)
        return replace(held, in_file=len(contents.passages))

    def _write(self, held: _Held) -> _Held:
        """Write a file if there is none, or much of what is in memory is not in it; give what is held by it then."""
        contents = self._select(held)
        if contents is None or time.monotonic() < self._write_at:
            return held
        self._write_at = time.monotonic() + _WRITE_AGAIN_SECONDS
        try:
            is_written = self._file.write(
                contents, lambda: not self._archive.searching.has_removed(contents.encoder_key, contents.version)
            )
        except OSError as error:
            _log.warning(
                "cannot write the index file: %s: %s: going on in memory, until there is room and it may be written",
                self._file.path,
                error.strerror,
            )
            return held
        self._seen = self._file.identify() if is_written else self._seen
        written = self._file.read() if is_written else None
        return self._hold(written) if written else held

    def _select(self, held: _Held) -> Contents | None:
        """Give what is to be in the file; None if there need be none, or the one there is will do."""
        snapshot, count = held.snapshot, len(held.snapshot.passages)
        codes = held.vectors.get_codes(count)
        alive = np.flatnonzero(snapshot.place_of_row >= 0)
        is_well = count - held.in_file <= max(_FEW_NEW, _NEW_SHARE * held.in_file) and len(alive) >= count * (
            1 - _DEAD_SHARE
        )
        if codes is None or not self._file.is_possible or (held.in_file and is_well):
            return None
        every = Contents(
            self.encoder.id.key,
            snapshot.version,
            held.vectors.get_rows(count),
            codes,
            snapshot.passages,
            snapshot.places.rows,
        )
        return every.select(alive, snapshot.places.rows)

    def _start_empty(self) -> _Held:
        none, vectors = np.zeros(0, np.int64), np.zeros((0, self.encoder.id.dim), np.float32)
        places = np.zeros((0, len(PlaceColumn)), np.int64)
        return self._start(IndexUpdate(-1, True, none, none, places, [], vectors))  # noqa: FBT003

    def _start(self, update: IndexUpdate) -> _Held:
        return self._make(update.version, update.places, _tabulate(update.passages), HeldVectors.of(update.vectors))

    def _make(self, version: int, rows: NDArray[np.int64], passages: NDArray[np.int64], vectors: HeldVectors) -> _Held:
        places = Places.make(rows)
        index = vectors.extend(len(passages), np.zeros((0, self.encoder.id.dim), np.float32))
        snapshot = _make_snapshot(version, places, index, passages, places.find(passages[:, 1]), self.encoder)
        return _Held(snapshot, vectors, GrowingArray(passages))

    def _change(self, held: _Held, update: IndexUpdate) -> _Held:
        before = held.snapshot
        places = before.places.changed(update.gone, update.places)
        added, count = _tabulate(update.passages), len(before.passages)
        comments = np.where(before.place_of_row >= 0, before.passages[:, 1], -1)
        comments[before.find_rows(np.concatenate([update.gone, update.replaced]))] = -1
        place_of_row = places.find(np.concatenate([comments, added[:, 1]]))
        vectors, passages = held.vectors.extend(count, update.vectors), held.passages.extend(count, added)
        is_alive = place_of_row >= 0
        # Rows of the file are let go of when it is written anew.
        if not held.in_file and is_alive.sum() < len(is_alive) * (1 - _DEAD_SHARE):
            kept = held.vectors.get_rows(len(passages)).take(np.flatnonzero(is_alive))
            passages, place_of_row = passages[is_alive], place_of_row[is_alive]
            held = _Held(before, HeldVectors.of(kept), GrowingArray(passages))
            vectors = held.vectors.extend(len(passages), kept[:0])
        snapshot = _make_snapshot(update.version, places, vectors, passages, place_of_row, self.encoder)
        return replace(held, snapshot=snapshot)


def _tabulate(passages: list[IndexedPassage]) -> NDArray[np.int64]:
    rows = [(one.id, one.comment_id, one.start, one.end) for one in passages]
    return np.array(rows, np.int64).reshape(-1, 4)


def _make_snapshot(
    version: int,
    places: Places,
    vectors: VectorIndex,
    passages: NDArray[np.int64],
    place_of_row: NDArray[np.int64],
    encoder: Encoder,
) -> Snapshot:
    by_place = np.argsort(place_of_row, kind="stable")
    ordered_places = place_of_row[by_place]
    return Snapshot(version, places, vectors, passages, place_of_row, by_place, ordered_places, encoder)
