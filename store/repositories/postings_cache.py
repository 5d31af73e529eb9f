"""Postings of common terms, kept in memory: reading them takes longest, and the same ones are asked for."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence

import numpy as np

from store.db.dialect import Postings

MAX_BYTES = 96 * 2**20
# Others are read in a millisecond.
_COMMON = 2_000
_MOST_INT32 = 2**31 - 1
Read = Callable[[Sequence[str]], list[Postings]]


class PostingsCache:
    """Postings of one generation of an archive, those that were asked for last. Safe from many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._version = -1
        self._kept: OrderedDict[str, Postings] = OrderedDict()
        self._bytes = 0

    def get(self, version: int, terms: Sequence[str], read: Read) -> list[Postings]:
        """Give where terms stand.

        Args:
            version: The generation that is read.
            terms: The terms, each once.
            read: Reads those that are not here.
        """
        with self._lock:
            if version != self._version:
                self._version, self._kept, self._bytes = version, OrderedDict(), 0
            known = {term: self._kept[term] for term in terms if term in self._kept}
            for term in known:
                self._kept.move_to_end(term)
        missing = [term for term in terms if term not in known]
        found = dict(zip(missing, read(missing) if missing else (), strict=True))
        self._keep(version, found)
        return [known[term] if term in known else found[term] for term in terms]

    def _keep(self, version: int, found: dict[str, Postings]) -> None:
        common = {term: _shrink(postings) for term, postings in found.items() if len(postings.fields) >= _COMMON}
        with self._lock:
            if version != self._version:
                return
            for term, postings in common.items():
                if term not in self._kept:
                    self._kept[term] = postings
                    self._bytes += _weigh(postings)
            while self._bytes > MAX_BYTES:
                self._bytes -= _weigh(self._kept.popitem(last=False)[1])


def _shrink(postings: Postings) -> Postings:
    """Give the same in less than half the room."""
    is_small = postings.comment_ids.max(initial=0) <= _MOST_INT32
    ids = postings.comment_ids.astype(np.int32) if is_small else postings.comment_ids
    return Postings(ids, postings.fields.astype(np.int8), postings.offsets.astype(np.int32))


def _weigh(postings: Postings) -> int:
    return postings.comment_ids.nbytes + postings.fields.nbytes + postings.offsets.nbytes
