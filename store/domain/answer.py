"""Answers: quotations with their author, date and link, and the line saying what was searched."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import groupby

from store.domain.comment import ArchivedComment
from store.domain.query import NOTHING_CHOSEN, Filter, Query


class Outcome(StrEnum):
    """How a question ended."""

    ANSWERED = "answered"
    NOTHING_RELEVANT = "nothing_relevant"
    NOTHING_INDEXED = "nothing_indexed"


@dataclass(frozen=True, slots=True)
class Excerpt:
    """The piece of a comment that is shown. Highlights are half-open offsets into `text`, in order."""

    text: str
    highlights: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Hit:
    """A comment that answers. Ranks count from 1 over the whole answer, not the page.

    `also` holds the same comment as it stands at other addresses or in another discussion.
    """

    rank: int
    score: float
    comment: ArchivedComment
    excerpt: Excerpt
    also: tuple[ArchivedComment, ...] = ()


@dataclass(frozen=True, slots=True)
class Coverage:
    """What was searched: everything the viewer may see. `pending` comments still wait to be indexed."""

    comments: int
    sources: int
    newest: datetime | None
    pending: int = 0


@dataclass(frozen=True, slots=True)
class Answer:
    """One page of hits, those of one discussion side by side, out of `total`.

    `without` and `chosen` are what was taken away from the question as it was typed, and chosen besides.
    Where nothing is relevant, `nearest` holds the best of the rest: it answers nothing, and is no hit.
    """

    question: str
    query: Query
    outcome: Outcome
    hits: tuple[Hit, ...]
    total: int
    offset: int
    coverage: Coverage
    nearest: tuple[Hit, ...] = ()
    without: tuple[Filter, ...] = ()
    chosen: Query = NOTHING_CHOSEN

    @property
    def next_offset(self) -> int | None:
        """Where the next page starts, if there is one."""
        end = self.offset + len(self.hits)
        return end if end < self.total else None


def group_by_discussion(hits: Iterable[Hit]) -> Iterator[tuple[Hit, ...]]:
    """Give hits in their order, those side by side in one discussion together."""
    for _, some in groupby(hits, key=lambda hit: hit.comment.discussion_id):
        yield tuple(some)
