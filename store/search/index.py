"""What a search keeps in memory: where comments stand, and their vectors. Derived from the archive, following it."""

import threading
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from embeddings.encoder import Encoder
from embeddings.index import ExactIndex
from store.archive import Archive
from store.db.passages import IndexedPassage
from store.db.readers import PlaceColumn
from store.repositories.searching import IndexUpdate
from store.search.growing import GrowingArray
from store.search.places import Mask, Places, spread

# Rows of what is not there any more are looked at in vain until they are so many.
_DEAD_SHARE = 0.2


@dataclass(frozen=True, slots=True)
class Nearest:
    """How near places are to a question: the cosine of each one's best passage, and where that lies in the text."""

    places: NDArray[np.int64]
    similarities: NDArray[np.float32]
    spans: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The index at one moment. `passages` has shape (rows, 4): id, comment, start, end; in the vectors' order.

    Rows of what is not there any more stay for a while: `place_of_row` is -1 for them, and nothing finds them.
    `encoder` is what made the vectors, and alone may be asked for that of a question.
    """

    version: int
    places: Places
    vectors: ExactIndex
    passages: NDArray[np.int64]
    place_of_row: NDArray[np.int64]
    # Rows ordered by place, and the place of each, to find a comment's rows by bisection.
    by_place: NDArray[np.int64]
    ordered_places: NDArray[np.int64]
    encoder: Encoder

    @property
    def has_passages(self) -> bool:
        """Whether vectors are in memory."""
        return len(self.passages) > 0

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

    def find_rows(self, comment_ids: NDArray[np.int64]) -> NDArray[np.int64]:
        """Give the rows of some comments."""
        places = self.places.find(comment_ids)
        places = places[places >= 0]
        lows = np.searchsorted(self.ordered_places, places, "left")
        return self.by_place[spread(lows, np.searchsorted(self.ordered_places, places, "right"))]


@dataclass(frozen=True, slots=True)
class _Held:
    """A snapshot, and the arrays that its rows are views of."""

    snapshot: Snapshot
    vectors: GrowingArray[np.float32]
    passages: GrowingArray[np.int64]


class SearchIndex:
    """The archive in memory, brought up to date with it by what changed. Safe from many threads."""

    def __init__(self, archive: Archive, encoder: Encoder) -> None:
        self._archive = archive
        self.encoder = encoder
        self._lock = threading.Lock()
        none = np.zeros(0, np.int64)
        places = np.zeros((0, len(PlaceColumn)), np.int64)
        vectors = np.zeros((0, encoder.id.dim), np.float32)
        self._held = self._start(IndexUpdate(-1, True, none, none, places, [], vectors))  # noqa: FBT003

    @property
    def snapshot(self) -> Snapshot:
        """What it took in last."""
        return self._held.snapshot

    def follow(self) -> Snapshot:
        """Take in what was written and let go of what was removed since the last time, by any process."""
        with self._lock:
            before = self.snapshot
            last = int(before.passages[-1, 0]) if len(before.passages) else 0
            update = self._archive.searching.read_index(
                self.encoder.id.key, self.encoder.id.dim, after_version=before.version, after_passage=last
            )
            after = self._start(update) if update.is_whole else self._change(self._held, update)
            # Made now, the first who asks does not wait for it.
            _ = after.snapshot.places.context_words
            # All at once: if memory runs out before this, nothing has changed.
            self._held = after
            return after.snapshot

    def _start(self, update: IndexUpdate) -> _Held:
        passages = _tabulate(update.passages)
        places = Places.make(update.places)
        rows = places.find(passages[:, 1])
        snapshot = _make_snapshot(update.version, places, update.vectors, passages, rows, self.encoder)
        return _Held(snapshot, GrowingArray(update.vectors), GrowingArray(passages))

    def _change(self, held: _Held, update: IndexUpdate) -> _Held:
        before = held.snapshot
        places = before.places.changed(update.gone, update.places)
        added, count = _tabulate(update.passages), len(before.passages)
        comments = np.where(before.place_of_row >= 0, before.passages[:, 1], -1)
        comments[before.find_rows(np.concatenate([update.gone, update.replaced]))] = -1
        place_of_row = places.find(np.concatenate([comments, added[:, 1]]))
        vectors, passages = held.vectors.extend(count, update.vectors), held.passages.extend(count, added)
        is_alive = place_of_row >= 0
        if is_alive.sum() < len(is_alive) * (1 - _DEAD_SHARE):
            vectors, passages, place_of_row = vectors[is_alive], passages[is_alive], place_of_row[is_alive]
            held = _Held(before, GrowingArray(vectors), GrowingArray(passages))
        snapshot = _make_snapshot(update.version, places, vectors, passages, place_of_row, self.encoder)
        return replace(held, snapshot=snapshot)


def _tabulate(passages: list[IndexedPassage]) -> NDArray[np.int64]:
    rows = [(one.id, one.comment_id, one.start, one.end) for one in passages]
    return np.array(rows, np.int64).reshape(-1, 4)


def _make_snapshot(
    version: int,
    places: Places,
    vectors: NDArray[np.float32],
    passages: NDArray[np.int64],
    place_of_row: NDArray[np.int64],
    encoder: Encoder,
) -> Snapshot:
    by_place = np.argsort(place_of_row, kind="stable")
    ordered_places = place_of_row[by_place]
    index = ExactIndex(vectors)
    return Snapshot(version, places, index, passages, place_of_row, by_place, ordered_places, encoder)
