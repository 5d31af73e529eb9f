"""The one use case: a question and who will see the answer, to an answer. Every surface calls this."""

import time
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, tzinfo

import structlog

from store.domain.answer import Answer
from store.domain.comment import ArchivedComment
from store.domain.query import NOTHING_CHOSEN, Filter, Query
from store.domain.reading import DiscussionPart, Spot
from store.domain.viewer import Viewer
from store.errors import StoreError
from store.repositories.logged_questions import LoggedQuestions
from store.search.ranking import PAGE_HITS
from store.search.searcher import Searcher
from store.search.survey import Survey

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Answering:
    """Answers questions, and logs that it did: what was asked only if an admin wants that."""

    searcher: Searcher
    log_questions: bool = False
    # Where they are kept for admins to look at, of nobody in particular.
    logged: LoggedQuestions | None = None

    def ask(  # noqa: PLR0913  # a question has many sides
        self,
        question: str,
        viewer: Viewer,
        *,
        limit: int = PAGE_HITS,
        offset: int = 0,
        without: Collection[Filter] = (),
        zone: tzinfo = UTC,
        chosen: Query = NOTHING_CHOSEN,
        beyond: Viewer | None = None,
    ) -> Answer:
        """Answer a question, less some of what is understood of it, for those who will see the answer.

        `zone` is where the days of whoever asks begin; `chosen` are filters in place of those that are understood;
        hits are only what those `beyond` whom it goes may not see.
        """
        began = time.perf_counter()
        answer = self.searcher.search(
            question,
            viewer,
            limit=limit,
            offset=offset,
            without=without,
            zone=zone,
            chosen=chosen,
            beyond=beyond,
        )
        asked = {"question": question} if self.log_questions else {}
        _log.info(
            "answered" if beyond is None else "looked for what goes beyond an answer",
            outcome=str(answer.outcome),
            hits=answer.total,
            offset=offset,
            milliseconds=round((time.perf_counter() - began) * 1000, 1),
            **asked,
        )
        # Another page, or less of what was understood, is no other question.
        if self.logged and not (offset or without or beyond):
            _note(self.logged, answer)
        return answer

    def understand(
        self,
        question: str,
        viewer: Viewer,
        *,
        without: Collection[Filter] = (),
        zone: tzinfo = UTC,
        chosen: Query = NOTHING_CHOSEN,
    ) -> Query:
        """Tell what an answer would be narrowed to; the arguments are those of `ask`."""
        # What is found decides, too: dates that let nothing through are those of what is talked about.
        return self.searcher.search(question, viewer, limit=0, without=without, zone=zone, chosen=chosen).query

    def suggest(self, kind: Filter, typed: str, viewer: Viewer, limit: int) -> list[str]:
        """Give names that a filter may have, by what was typed of them: those of what this viewer may see."""
        return self.searcher.suggest(kind, typed, viewer, limit)

    def find_languages(self, viewer: Viewer) -> Collection[str]:
        """Give the languages that comments this viewer may see are in, by code."""
        return self.searcher.find_languages(viewer)

    def survey(
        self,
        question: str,
        viewer: Viewer,
        *,
        without: Collection[Filter] = (),
        zone: tzinfo = UTC,
        chosen: Query = NOTHING_CHOSEN,
    ) -> Survey:
        """Tell who said what is relevant, and when; the arguments are those of `ask`."""
        return self.searcher.survey(question, viewer, without=without, zone=zone, chosen=chosen)

    def ask_person(
        self,
        question: str,
        viewer: Viewer,
        person_id: int,
        *,
        offset: int = 0,
        without: Collection[Filter] = (),
        zone: tzinfo = UTC,
        chosen: Query = NOTHING_CHOSEN,
    ) -> Answer:
        """Answer a question with what somebody of its survey said; the other arguments are those of `ask`."""
        return self.searcher.search_person(
            question, viewer, person_id, offset=offset, without=without, zone=zone, chosen=chosen
        )

    def find_comment(self, comment_id: int, viewer: Viewer) -> ArchivedComment | None:
        """Find a comment by its id; None if it is gone, or those who will see it may not."""
        return self.searcher.find_comment(comment_id, viewer)

    def read_part(self, spot: Spot, viewer: Viewer) -> DiscussionPart | None:
        """Read a part of a discussion; None if its comment is gone, or those who will see it may not."""
        return self.searcher.read_part(spot, viewer)


def _note(logged: LoggedQuestions, answer: Answer) -> None:
    try:
        logged.note(answer.question, answer.outcome)
    except StoreError as error:
        _log.warning("cannot keep what was asked", reason=type(error).__name__)


def is_empty(question: str) -> bool:
    """Tell whether there is nothing to look for: no letter and no digit."""
    return not any(unicodedata.category(char)[0] in "LN" for char in question)
