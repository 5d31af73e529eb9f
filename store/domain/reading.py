"""Reading in a discussion: which of its comments, in reading order, are shown at once. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from store.domain.comment import ArchivedComment

# A part is read at one sitting, and fits wherever it is shown.
PART_COMMENTS = 20
PART_CHARS = 9_000
# What is longer is read in pieces.
PIECE_CHARS = 6_000
# So many of each side show what a comment answers, and what answered it.
AROUND_TURNS = 3


class Side(StrEnum):
    """Which part of a discussion, as seen from one of its comments."""

    AROUND = "around"
    BEFORE = "before"
    AFTER = "after"
    WHOLE = "whole"


@dataclass(frozen=True, slots=True)
class Spot:
    """Where to read: a part as seen from a comment, by the archive's id; around it, from a character on."""

    comment_id: int
    side: Side = Side.AROUND
    skip: int = 0


@dataclass(frozen=True, slots=True)
class DiscussionPart:
    """Comments of one discussion that stand side by side, out of `total` that may be seen, after `start` others.

    `answered` tells whom a comment answers, by its id: not where that is the one before, or the one that opened the
    discussion, as a reader takes for granted.
    """

    comments: tuple[ArchivedComment, ...]
    start: int
    total: int
    answered: Mapping[int, str] = field(default_factory=dict)

    @property
    def end(self) -> int:
        """How many come before what follows."""
        return self.start + len(self.comments)


def choose_part(lengths: Sequence[int], place: int, spot: Spot) -> range:
    """Choose which comments of a discussion are shown: as many as fit, and one at least where there is any.

    Args:
        lengths: How many characters each has, in reading order.
        place: Where among them the spot's comment is.
        spot: Which part of them is wanted.
    """
    shown = [min(length, PIECE_CHARS) for length in lengths]
    match spot.side:
        case Side.WHOLE:
            return range(_fill(shown[:PART_COMMENTS]))
        case Side.AFTER:
            first = place + 1
            return range(first, first + _fill(shown[first : first + PART_COMMENTS]))
        case Side.BEFORE:
            return range(place - _fill(shown[max(0, place - PART_COMMENTS) : place][::-1]), place)
        case Side.AROUND:
            shown[place] = min(max(0, lengths[place] - spot.skip), PIECE_CHARS)
            return _spread(shown, place)


def _fill(lengths: Sequence[int]) -> int:
    """Count how many fit, from the first on."""
    used, count = 0, 0
    for length in lengths:
        used += length
        if count and used > PART_CHARS:
            break
        count += 1
    return count


def _spread(lengths: Sequence[int], place: int) -> range:
    """Take those around a place, in turn after and before, until one does not fit."""
    first, end, used = place, place + 1, lengths[place]
    for turn in range(1, AROUND_TURNS + 1):
        for one in (place + turn, place - turn):
            is_next = 0 <= one < len(lengths) and one in (end, first - 1)
            if is_next and used + lengths[one] <= PART_CHARS:
                used += lengths[one]
                first, end = min(first, one), max(end, one + 1)
    return range(first, end)
