"""What a search keeps in memory: where comments stand, and their vectors. Derived from the archive, following it."""

import threading
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from embeddings.encoder import EncoderId
from embeddings.index import ExactIndex
from store.archive import Archive, IndexUpdate
from store.db.passages import IndexedPassage
from store.db.readers import PlaceColumn
from store.search.places import Mask, Places, spread


@dataclass(frozen=True, slots=True)
class Nearest:
    """How near places are to a question: the cosine of each one's best passage, and where that lies in the text."""

    places: NDArray[np.int64]
    similarities: NDArray[np.float32]
    spans: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The index at one moment. `passages` has shape (rows, 4): id, comment, start, end; in the vectors' order."""

    version: int
    places: Places
    vectors: ExactIndex
    passages: NDArray[np.int64]
    place_of_row: NDArray[np.int64]
    # Rows ordered by place, and the place of each, to find a comment's rows by bisection.
    by_place: NDArray[np.int64]
    ordered_places: NDArray[np.int64]

    def find_nearest(self, question: NDArray[np.float32], count: int, allowed: Mask) -> NDArray[np.int64]:
        """Give the places of the passages nearest to a question.

        Args:
            question: Shape (dim,), unit length.
            count: How many passages at most.
            allowed: Shape (places,): others are never considered.
        """
        is_known = self.place_of_row >= 0
        rows, _ = self.vectors.search(question, count, is_known & allowed[self.place_of_row])
        return np.unique(self.place_of_row[rows])

    def measure(self, question: NDArray[np.float32], places: NDArray[np.int64]) -> Nearest:
        """Give how near some places are; those without vectors are left out. Places come in order, each once."""
        lows = np.searchsorted(self.ordered_places, places, "left")
        highs = np.searchsorted(self.ordered_places, places, "right")
        rows = self.by_place[spread(lows, highs)]
        similarities = self.vectors.similarities(question, rows)
        # Each place's best first, of equal ones the earlier passage.
        order = np.lexsort((rows, -similarities, self.place_of_row[rows]))
        best = order[np.flatnonzero(np.diff(self.place_of_row[rows][order], prepend=-1))]
        return Nearest(self.place_of_row[rows][best], similarities[best], self.passages[rows[best], 2:])


class SearchIndex:
    """The archive in memory, brought up to date with it before a search. Safe from many threads."""

    def __init__(self, archive: Archive, encoder_id: EncoderId) -> None:
        self._archive = archive
        self._encoder_id = encoder_id
        self._lock = threading.Lock()
        places = Places.make(np.zeros((0, len(PlaceColumn)), np.int64))
        vectors = ExactIndex(np.zeros((0, encoder_id.dim), np.float32))
        self.snapshot = _make_snapshot(-1, places, vectors, np.zeros((0, 4), np.int64))

    def follow(self) -> Snapshot:
        """Take in what was written and let go of what was removed since the last time, by any process."""
        with self._lock:
            before = self.snapshot
            last = int(before.passages[-1, 0]) if len(before.passages) else 0
            update = self._archive.read_index(
                self._encoder_id.key, self._encoder_id.dim, after_version=before.version, after_passage=last
            )
            self.snapshot = _extend(before, update)
            return self.snapshot


def _extend(before: Snapshot, update: IndexUpdate) -> Snapshot:
    # What was written again is in the update: its old row goes.
    changed = update.places[:, PlaceColumn.ID]
    stays = np.isin(before.places.ids, update.comment_ids) & ~np.isin(before.places.ids, changed)
    places = before.places
    if len(changed) or not stays.all():
        places = Places.make(np.concatenate([before.places.rows[stays], update.places]))
    keep = np.isin(before.passages[:, 0], update.passage_ids, assume_unique=True)
    added = _tabulate(update.passages)
    vectors = before.vectors
    if len(added) or not keep.all():
        vectors = before.vectors.changed(keep, update.vectors)
    return _make_snapshot(update.version, places, vectors, np.concatenate([before.passages[keep], added]))


def _tabulate(passages: list[IndexedPassage]) -> NDArray[np.int64]:
    rows = [(one.id, one.comment_id, one.start, one.end) for one in passages]
    return np.array(rows, np.int64).reshape(-1, 4)


def _make_snapshot(version: int, places: Places, vectors: ExactIndex, passages: NDArray[np.int64]) -> Snapshot:
    place_of_row = places.find(passages[:, 1])
    by_place = np.argsort(place_of_row, kind="stable")
    return Snapshot(version, places, vectors, passages, place_of_row, by_place, place_of_row[by_place])
