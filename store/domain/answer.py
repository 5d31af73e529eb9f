"""Answers: quotations with their author, date and link, and the line saying what was searched."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import groupby

from store.domain.asked import Asked
from store.domain.comment import ArchivedComment
from store.domain.query import Query


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

    @property
    def words(self) -> tuple[str, ...]:
        """The highlighted words, each once, in order."""
        words: dict[str, str] = {}
        for start, end in self.highlights:
            words.setdefault(self.text[start:end].casefold(), self.text[start:end])
        return tuple(words.values())


@dataclass(frozen=True, slots=True)
class Reasons:
    """Why a comment is a hit.

    Attributes:
        title_words: The question's words that stand in the title of its discussion, as they stand there, each once.
        share: What part of the question's words it holds, anywhere, rare ones counting more: 0 to 1.
        is_close: Whether those stand close together, as they do in the question.
        is_named: Whether the question names its author.
        meaning: How near it is in meaning: from 1 on, it is about the question by itself; 0 where that is not known.
        lent: How much of its score it has from comments around it in its discussion.
        is_opener: Whether it opened its discussion.
        is_opened_so: Whether its discussion was opened by another comment that is about the question.
    """

    title_words: tuple[str, ...]
    share: float
    is_close: bool
    is_named: bool
    meaning: float
    lent: float
    is_opener: bool
    is_opened_so: bool


@dataclass(frozen=True, slots=True)
class Hit:
    """A comment that answers. Ranks count from 1 over the whole answer, not the page.

    `also` holds the same comment as it stands at other addresses or in another discussion. There are no reasons where
    the question has no topic: then all that it is narrowed to answers.
    """

    rank: int
    score: float
    comment: ArchivedComment
    excerpt: Excerpt
    also: tuple[ArchivedComment, ...] = ()
    reasons: Reasons | None = None


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

    What was chosen is told in `asked` less what those who see the answer may not know of.
    Where nothing is relevant, `nearest` holds the best of the rest: it answers nothing, and is no hit.
    """

    asked: Asked
    query: Query
    outcome: Outcome
    hits: tuple[Hit, ...]
    total: int
    coverage: Coverage
    nearest: tuple[Hit, ...] = ()

    @property
    def next_offset(self) -> int | None:
        """Where the next page starts, if there is one."""
        end = self.asked.offset + len(self.hits)
        return end if end < self.total else None


def group_by_discussion(hits: Iterable[Hit]) -> Iterator[tuple[Hit, ...]]:
    """Give hits in their order, those side by side in one discussion together."""
    for _, some in groupby(hits, key=lambda hit: hit.comment.discussion_id):
        yield tuple(some)
