"""Candidates by meaning: the in-memory index over the stored vectors, and its search."""

import threading
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from embeddings.encoder import EncoderId
from embeddings.index import ExactIndex
from store.archive import Archive
from store.db.passages import IndexedPassage
from store.search.audience import Audience
from store.search.ranking import CANDIDATES


@dataclass(frozen=True, slots=True)
class MeaningMatch:
    """A comment's passage that is nearest to the question: where it lies in the text, and its cosine."""

    similarity: float
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Snapshot:
    """The index at one moment, and for each row its passage, comment, channel and place in the text."""

    index: ExactIndex
    passage_ids: NDArray[np.int64]
    comment_ids: NDArray[np.int64]
    channel_ids: NDArray[np.int64]
    spans: NDArray[np.int64]
    # Rows ordered by comment, to find a comment's rows by bisection.
    by_comment: NDArray[np.int64]


class DenseIndex:
    """Vectors in memory, derived from the archive and brought up to date with it before a search."""

    def __init__(self, archive: Archive, encoder_id: EncoderId) -> None:
        self._archive = archive
        self._encoder_id = encoder_id
        self._lock = threading.Lock()
        self._snapshot = _make_snapshot(ExactIndex(np.zeros((0, encoder_id.dim), np.float32)), *_columns([]))

    def follow(self) -> None:
        """Take in the passages written and let go of those removed since the last time, by any process."""
        with self._lock:
            before = self._snapshot
            stored = self._archive.read_passage_ids(self._encoder_id.key)
            last = int(before.passage_ids[-1]) if len(before.passage_ids) else 0
            keep = np.isin(before.passage_ids, stored, assume_unique=True)
            added: list[IndexedPassage] = []
            vectors = np.zeros((0, self._encoder_id.dim), np.float32)
            if len(stored) and stored[-1] > last:
                added, vectors = self._archive.read_vectors(self._encoder_id.key, last, self._encoder_id.dim)
            if added or not keep.all():
                self._snapshot = _extend(before, keep, added, vectors)

    def find_by_meaning(
        self, question: NDArray[np.float32], audience: Audience, only: NDArray[np.int64] | None = None
    ) -> dict[int, MeaningMatch]:
        """Give the comments nearest to a question's vector, by comment id, best first.

        Args:
            question: Shape (dim,), unit length.
            audience: Whose channels are searched.
            only: Ids of the only comments to look at; None for all.
        """
        snapshot = self._snapshot
        allowed = audience.mask(snapshot.channel_ids)
        if only is not None:
            named = np.isin(snapshot.comment_ids, only)
            allowed = named if allowed is None else allowed & named
        rows, similarities = snapshot.index.search(question, CANDIDATES, allowed)
        return _best_by_comment(snapshot, rows, similarities)

    def measure(self, question: NDArray[np.float32], comment_ids: list[int]) -> dict[int, MeaningMatch]:
        """Give how near some comments are, by comment id; those without vectors are left out."""
        snapshot = self._snapshot
        ordered = snapshot.comment_ids[snapshot.by_comment]
        lows = np.searchsorted(ordered, comment_ids, side="left")
        highs = np.searchsorted(ordered, comment_ids, side="right")
        places = [np.arange(low, high) for low, high in zip(lows, highs, strict=True)]
        rows = snapshot.by_comment[np.concatenate(places)] if places else np.zeros(0, np.int64)
        similarities = snapshot.index.similarities(question, rows)
        order = np.lexsort((rows, -similarities))
        return _best_by_comment(snapshot, rows[order], similarities[order])


def _best_by_comment(
    snapshot: _Snapshot, rows: NDArray[np.int64], similarities: NDArray[np.float32]
) -> dict[int, MeaningMatch]:
    """Keep each comment's best passage; rows come best first."""
    found: dict[int, MeaningMatch] = {}
    for row, similarity in zip(rows.tolist(), similarities.tolist(), strict=True):
        start, end = snapshot.spans[row].tolist()
        found.setdefault(int(snapshot.comment_ids[row]), MeaningMatch(similarity, start, end))
    return found


def _extend(
    before: _Snapshot, keep: NDArray[np.bool_], added: list[IndexedPassage], vectors: NDArray[np.float32]
) -> _Snapshot:
    columns = (before.passage_ids, before.comment_ids, before.channel_ids, before.spans)
    merged = [np.concatenate([column[keep], more]) for column, more in zip(columns, _columns(added), strict=True)]
    return _make_snapshot(before.index.changed(keep, vectors), *merged)


def _columns(passages: list[IndexedPassage]) -> list[NDArray[np.int64]]:
    values = np.array(
        [(one.id, one.comment_id, one.channel_id, one.start, one.end) for one in passages], dtype=np.int64
    ).reshape(-1, 5)
    return [values[:, 0], values[:, 1], values[:, 2], values[:, 3:]]


def _make_snapshot(index: ExactIndex, *columns: NDArray[np.int64]) -> _Snapshot:
    passage_ids, comment_ids, channel_ids, spans = columns
    return _Snapshot(index, passage_ids, comment_ids, channel_ids, spans, np.argsort(comment_ids, kind="stable"))
