"""What a search in the database keeps in memory: where comments stand. Their vectors stay where they are."""

import logging
import threading
import time
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from embeddings.encoder import Encoder
from store.archive import Archive
from store.db.readers import PlaceColumn
from store.errors import ArchiveError
from store.repositories.searching import Searching
from store.search.index import Nearest
from store.search.places import Mask, Places

_log = logging.getLogger(__name__)
# What is not ready is looked at again after this. Another process is at it, mostly, or no comments are there yet.
_AGAIN_SECONDS = 30.0
_MOST_SECONDS = 600.0


@dataclass(frozen=True, slots=True)
class DatabaseSnapshot:
    """Where comments stand at one moment; what is near to a question is asked of the database."""

    version: int
    places: Places
    encoder: Encoder
    searching: Searching
    passage_count: int = 0
    takes_every_core: bool = False

    def count_bytes(self) -> int:
        """Count the bytes that this takes in memory."""
        return self.places.count_bytes()

    def find_nearest(self, question: NDArray[np.float32], count: int, allowed: Mask) -> NDArray[np.int64]:
        """Give the places of the passages nearest to a question; see Snapshot."""
        if not allowed.any():
            return np.zeros(0, np.int64)
        is_everything = bool(allowed.all())
        ids = self.places.ids if is_everything else self.places.ids[allowed]
        near = self.searching.find_near(self.encoder.id.key, question, count, ids, is_everything=is_everything)
        # Those that came since have no place here: nobody knows yet who may see them.
        found = self.places.find(near)
        return np.unique(found[found >= 0])

    def measure(self, question: NDArray[np.float32], places: NDArray[np.int64]) -> Nearest:
        """Give how near some places are, by vectors in half precision; see Snapshot."""
        passages, similarities = self.searching.measure_near(self.encoder.id.key, question, self.places.ids[places])
        return Nearest.best_of(self.places.find(passages[:, 1]), passages[:, 0], similarities, passages[:, 2:])


class DatabaseIndex:
    """Where comments stand, brought up to date with the archive by what changed. Safe from many threads."""

    def __init__(self, archive: Archive, encoder: Encoder) -> None:
        """Make one with nothing in memory yet; the database is made ready for the encoder, which may take minutes.

        What another process is making ready is not waited for.

        Raises:
            ArchiveError: The database cannot search by vectors.
        """
        self._searching = archive.searching
        self.encoder = encoder
        self._lock = threading.Lock()
        self._preparing = threading.Lock()
        self._is_ready = self._searching.prepare_vectors(encoder.id.key, encoder.id.dim)
        self._pause_seconds = _AGAIN_SECONDS
        self._again_at = time.monotonic() + self._pause_seconds
        nowhere = Places.make(np.zeros((0, len(PlaceColumn)), np.int64))
        self.snapshot = DatabaseSnapshot(-1, nowhere, encoder, self._searching)

    def prepare(self) -> None:
        """Make the database ready where it is not yet, and nobody else is at it any more; nobody waits for that."""
        if self._is_ready or time.monotonic() < self._again_at or not self._preparing.acquire(blocking=False):
            return
        threading.Thread(target=self._prepare, name="preparing vectors", daemon=True).start()

    def _prepare(self) -> None:
        try:
            self._is_ready = self._searching.prepare_vectors(self.encoder.id.key, self.encoder.id.dim)
        except ArchiveError as error:
            _log.warning("questions take longer than they should: %s", error)
        finally:
            # Making it takes minutes, and a disk that is full is not made larger by trying.
            self._pause_seconds = min(2 * self._pause_seconds, _MOST_SECONDS)
            self._again_at = time.monotonic() + self._pause_seconds
            self._preparing.release()

    def follow(self) -> DatabaseSnapshot:
        """Take in what was written and let go of what was removed since the last time, by any process."""
        with self._lock:
            before = self.snapshot
            update = self._searching.read_places(self.encoder.id.key, before.version)
            changed = (
                Places.make(update.places) if update.is_whole else before.places.changed(update.gone, update.places)
            )
            # Made now, the first who asks does not wait for it.
            _ = changed.context_words
            self.snapshot = replace(before, version=update.version, places=changed)
            return self.snapshot
