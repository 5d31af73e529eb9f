"""Where comments stand: each in its discussion, in reading order, with its neighbours. Pure; arrays by place.

A place is a comment's number in reading order: discussion after discussion, each by position and then by time.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from store.db.readers import LANGUAGE_CODES, NOWHERE, PlaceColumn
from store.search.ranking import CONTEXT_TURNS

Values = NDArray[np.float64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Places:
    """All comments, by place.

    Attributes:
        rows: Shape (places, 7), as PlaceColumn says, in reading order.
        is_ordered: Whether the comment's discussion has an order: several times or positions. Others are piles.
        openings: The place of the discussion's first comment; the comment's own in a pile.
        by_id: The place of each comment id; -1 for what is no comment.
    """

    rows: NDArray[np.int64]
    is_ordered: Mask
    openings: NDArray[np.int64]
    by_id: NDArray[np.int64]

    @classmethod
    def make(cls, rows: NDArray[np.int64]) -> Self:
        """Put comments, as PlaceColumn says and each once, in reading order."""
        keys = (PlaceColumn.ID, PlaceColumn.PUBLISHED, PlaceColumn.POSITION, PlaceColumn.DISCUSSION)
        rows = rows[np.lexsort([rows[:, key] for key in keys])]
        discussions = rows[:, PlaceColumn.DISCUSSION]
        starts = np.flatnonzero(np.diff(discussions, prepend=-1))
        sizes = np.diff(np.append(starts, len(rows)))
        is_ordered = np.repeat(_have_order(rows, starts), sizes)
        by_id = np.full(int(rows[:, PlaceColumn.ID].max(initial=0)) + 1, -1, np.int64)
        by_id[rows[:, PlaceColumn.ID]] = np.arange(len(rows))
        openings = np.where(is_ordered, np.repeat(starts, sizes), np.arange(len(rows)))
        return cls(rows, is_ordered, openings, by_id)

    def changed(self, gone: NDArray[np.int64], rows: NDArray[np.int64]) -> Self:
        """Give these comments less some, and with others, new or in place of what they were; sort those alone.

        Args:
            gone: The ids of those to leave out. Some may not be here.
            rows: The others, as PlaceColumn says.
        """
        before = self.find(np.concatenate([gone, rows[:, PlaceColumn.ID]]))
        before = before[before >= 0]
        if not len(before) and not len(rows):
            return self
        discussions = np.ascontiguousarray(self.rows[:, PlaceColumn.DISCUSSION])
        touched = np.unique(np.concatenate([discussions[before], rows[:, PlaceColumn.DISCUSSION]]))
        resorted = spread(np.searchsorted(discussions, touched, "left"), np.searchsorted(discussions, touched, "right"))
        part = self.make(np.concatenate([self.rows[np.setdiff1d(resorted, before)], rows]))
        stays = np.ones(len(self), np.bool_)
        stays[resorted] = False
        return self._put_between(stays, part, np.searchsorted(discussions[stays], part.rows[:, PlaceColumn.DISCUSSION]))

    def _put_between(self, stays: Mask, part: Self, before: NDArray[np.int64]) -> Self:
        """Give the discussions that stay with others between them, each before one of the places that stay."""
        is_new = np.zeros(int(stays.sum()) + len(part), np.bool_)
        is_new[before + np.arange(len(part))] = True
        new, kept = np.flatnonzero(is_new), np.flatnonzero(~is_new)
        moved = np.full(len(self), -1, np.int64)
        moved[stays] = kept
        rows = np.empty((len(is_new), len(PlaceColumn)), np.int64)
        is_ordered, openings = np.empty(len(is_new), np.bool_), np.empty(len(is_new), np.int64)
        rows[kept], is_ordered[kept], openings[kept] = (
            self.rows[stays],
            self.is_ordered[stays],
            moved[self.openings[stays]],
        )
        rows[new], is_ordered[new], openings[new] = part.rows, part.is_ordered, new[part.openings]
        by_id = np.full(max(len(self.by_id), len(part.by_id)), -1, np.int64)
        by_id[rows[:, PlaceColumn.ID]] = np.arange(len(rows))
        return type(self)(rows, is_ordered, openings, by_id)

    def __len__(self) -> int:
        return len(self.rows)

    def count_bytes(self) -> int:
        """Count the bytes that the arrays take."""
        return sum(one.nbytes for one in vars(self).values() if isinstance(one, np.ndarray))

    @property
    def ids(self) -> NDArray[np.int64]:
        """The comments' ids."""
        return self.rows[:, PlaceColumn.ID]

    @property
    def channels(self) -> NDArray[np.int64]:
        """The comments' channels."""
        return self.rows[:, PlaceColumn.CHANNEL]

    @property
    def discussions(self) -> NDArray[np.int64]:
        """The comments' discussions."""
        return self.rows[:, PlaceColumn.DISCUSSION]

    @property
    def words(self) -> NDArray[np.int64]:
        """How many terms each comment's text has."""
        return self.rows[:, PlaceColumn.WORDS]

    @property
    def languages(self) -> NDArray[np.int64]:
        """The comments' languages, as numbers of readers.LANGUAGE_CODES."""
        return self.rows[:, PlaceColumn.LANGUAGE]

    def find(self, ids: NDArray[np.integer[Any]]) -> NDArray[np.int64]:
        """Give the places of comments by id; -1 for those that are not here."""
        inside = (ids >= 0) & (ids < len(self.by_id))
        return np.where(inside, self.by_id[np.where(inside, ids, 0)], -1)

    def find_between(self, after: datetime | None, before: datetime | None) -> Mask:
        """Tell which comments are of a time, [after, before); those without one are of none, but of all times."""
        times = self.rows[:, PlaceColumn.PUBLISHED]
        if after is None and before is None:
            return np.ones(len(self), np.bool_)
        first = _count_milliseconds(after) if after else -NOWHERE
        end = _count_milliseconds(before) if before else NOWHERE
        return (times >= first) & (times < end)

    def find_in_languages(self, codes: Collection[str]) -> Mask:
        """Tell which comments are in one of some languages, by code; those whose language is not known are in none."""
        return np.isin(self.languages, [number for number, code in enumerate(LANGUAGE_CODES) if code and code in codes])

    def count_languages(self, allowed: Mask) -> dict[str, int]:
        """Count the comments in each language, by code, of those that may be seen."""
        counts = np.bincount(self.languages[allowed], minlength=len(LANGUAGE_CODES)).tolist()
        return {code: count for code, count in zip(LANGUAGE_CODES, counts, strict=True) if code and count}

    @cached_property
    def reaches(self) -> tuple[NDArray[np.int8], NDArray[np.int8]]:
        """How many comments, up to CONTEXT_TURNS, come after each and before it in its discussion, in its order."""
        discussions = self.rows[:, PlaceColumn.DISCUSSION]
        after, before = np.zeros(len(self), np.int8), np.zeros(len(self), np.int8)
        for apart in range(1, CONTEXT_TURNS + 1):
            is_same = (discussions[apart:] == discussions[:-apart]) & self.is_ordered[apart:]
            after[:-apart] += is_same
            before[apart:] += is_same
        return after, before

    @cached_property
    def context_words(self) -> Values:
        """How many terms each comment's text and those of its neighbours have."""
        every = np.arange(len(self))
        return self.words + self.add_up_neighbours(every, self.words.astype(np.float64))

    @cached_property
    def mean_words(self) -> tuple[float, float]:
        """How many terms a comment's text has on average, and how many with its neighbours'."""
        words = np.ascontiguousarray(self.words)
        return (float(words.mean()), float(self.context_words.mean())) if len(self) else (0.0, 0.0)

    def add_up_neighbours(self, chosen: NDArray[np.int64], values: Values) -> Values:
        """Give for every place the sum of its neighbours' values.

        Args:
            chosen: The places that have a value, each once.
            values: Shape (chosen,): theirs. All other places have 0.
        """
        # With room at both ends, so that nothing has to be left out there.
        total = np.zeros(len(self) + 2 * CONTEXT_TURNS)
        after, before = (reach[chosen] for reach in self.reaches)
        chosen = chosen + CONTEXT_TURNS
        for apart in range(1, CONTEXT_TURNS + 1):
            total[chosen + apart] += values * (after >= apart)
            total[chosen - apart] += values * (before >= apart)
        return total[CONTEXT_TURNS:-CONTEXT_TURNS]


def spread(begins: NDArray[np.int64], ends: NDArray[np.int64]) -> NDArray[np.int64]:
    """Give the numbers of ranges, [begin, end), one range after the other."""
    counts = ends - begins
    numbers: NDArray[np.int64] = np.arange(counts.sum()) + np.repeat(begins - np.cumsum(counts) + counts, counts)
    return numbers


def _count_milliseconds(time: datetime) -> int:
    return round(time.timestamp() * 1000)


def _have_order(rows: NDArray[np.int64], starts: NDArray[np.int64]) -> Mask:
    """Tell which discussions have comments of more than one position or time."""
    if not len(starts):
        return np.zeros(0, np.bool_)
    ordered = np.zeros(len(starts), np.bool_)
    for column in (PlaceColumn.POSITION, PlaceColumn.PUBLISHED):
        keys = rows[:, column]
        last = np.maximum.reduceat(np.where(keys == NOWHERE, -NOWHERE, keys), starts)
        ordered |= np.minimum.reduceat(keys, starts) < last
    return ordered
