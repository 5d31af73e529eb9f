"""The one use case: a question and who will see the answer, to an answer. Every surface calls this."""

import time
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass, replace

import structlog

from bot.telemetry.metrics import count_question
from store.domain.answer import Answer
from store.domain.asked import Asked
from store.domain.comment import ArchivedComment
from store.domain.query import Filter, Query
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

    def ask(
        self,
        asked: Asked,
        viewer: Viewer,
        *,
        limit: int = PAGE_HITS,
        beyond: Viewer | None = None,
        is_again: bool = False,
    ) -> Answer:
        """Answer a question for those who will see the answer; hits are only what those `beyond` may not see.

        With `is_again` nobody asks: an answer that was given is shown in another way, or to others.
        """
        began = time.perf_counter()
        # Another page, or less of what was understood, is no other question.
        is_new = not (is_again or asked.offset or asked.without or beyond)
        answer = self._search(asked, viewer, limit, beyond, is_new=is_new)
        # Words that were read out of a message, nobody has asked.
        is_typed = not asked.chosen.beside
        typed = {"question": asked.question} if self.log_questions and is_typed else {}
        _log.info(
            _name_event(beyond, is_again=is_again),
            outcome=str(answer.outcome),
            hits=answer.total,
            offset=asked.offset,
            milliseconds=round((time.perf_counter() - began) * 1000, 1),
            **typed,
        )
        if self.logged and is_typed and is_new:
            _note(self.logged, answer)
        return answer

    def _search(self, asked: Asked, viewer: Viewer, limit: int, beyond: Viewer | None, *, is_new: bool) -> Answer:
        """Search, and count a new question by how it ended."""
        outcome = None
        try:
            answer = self.searcher.search(asked, viewer, limit=limit, beyond=beyond)
            outcome = answer.outcome
            return answer
        finally:
            if is_new:
                count_question(outcome)

    def understand(self, asked: Asked, viewer: Viewer) -> Query:
        """Tell what an answer would be narrowed to."""
        # What is found decides, too: dates that let nothing through are those of what is talked about.
        return self.searcher.search(asked, viewer, limit=0).query

    def restrict(self, asked: Asked, viewer: Viewer) -> Asked:
        """Leave out of what was chosen the names that this viewer may not know of, or not any more."""
        return replace(asked, chosen=self.searcher.find_known(viewer).restrict(asked.chosen))

    def suggest(self, kind: Filter, typed: str, viewer: Viewer, limit: int) -> list[str]:
        """Give names that a filter may have, by what was typed of them: those of what this viewer may see."""
        return self.searcher.suggest(kind, typed, viewer, limit)

    def find_languages(self, viewer: Viewer) -> Collection[str]:
        """Give the languages that comments this viewer may see are in, by code."""
        return self.searcher.find_languages(viewer)

    def survey(self, asked: Asked, viewer: Viewer) -> Survey:
        """Tell who said what is relevant, and when."""
        return self.searcher.survey(asked, viewer)

    def ask_person(self, asked: Asked, viewer: Viewer, person_id: int) -> Answer:
        """Answer a question with what somebody of its survey said."""
        return self.searcher.search_person(asked, viewer, person_id)

    def find_comment(self, comment_id: int, viewer: Viewer) -> ArchivedComment | None:
        """Find a comment by its id; None if it is gone, or those who will see it may not."""
        return self.searcher.find_comment(comment_id, viewer)

    def read_part(self, spot: Spot, viewer: Viewer) -> DiscussionPart | None:
        """Read a part of a discussion; None if its comment is gone, or those who will see it may not."""
        return self.searcher.read_part(spot, viewer)


def _name_event(beyond: Viewer | None, *, is_again: bool) -> str:
    if beyond:
        return "looked for what goes beyond an answer"
    return "answered again" if is_again else "answered"


def _note(logged: LoggedQuestions, answer: Answer) -> None:
    try:
        logged.note(answer.asked.question, answer.outcome)
    except StoreError as error:
        _log.warning("cannot keep what was asked", reason=type(error).__name__)


def is_empty(question: str) -> bool:
    """Tell whether there is nothing to look for: no letter and no digit."""
    return not any(unicodedata.category(char)[0] in "LN" for char in question)
