"""Logged questions: the repository of what was asked and how it ended, of nobody in particular. Kept for 30 days."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from store.db import questions
from store.db.engine import Database
from store.domain.answer import Outcome
from store.domain.questions import UnansweredQuestion

KEEP = timedelta(days=30)
MAX_UNANSWERED = 10
_TURN = "logged questions"


class LoggedQuestions:
    """Keeps questions in the archive's database. Safe from any number of threads and processes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def note(self, question: str, outcome: Outcome) -> None:
        """Note a question, and drop what is too old."""
        now = datetime.now(UTC)
        with self._database.writing(_TURN) as connection:
            questions.put_logged(connection, question, str(outcome), now)
            questions.delete_logged_before(connection, now - KEEP)

    def forget_old(self) -> int:
        """Drop what is too old to be told, also where nothing is noted any more; give how many questions."""
        with self._database.writing(_TURN) as connection:
            return questions.delete_logged_before(connection, datetime.now(UTC) - KEEP)

    def count(self) -> Mapping[Outcome, int]:
        """Count the questions by how they ended."""
        with self._database.reading() as connection:
            counted = questions.count_outcomes(connection, datetime.now(UTC) - KEEP)
        return {outcome: counted[outcome] for outcome in Outcome if outcome in counted}

    def list_unanswered(self) -> list[UnansweredQuestion]:
        """Give the questions that found nothing, those asked most often first."""
        after = datetime.now(UTC) - KEEP
        with self._database.reading() as connection:
            return questions.read_unanswered(connection, str(Outcome.ANSWERED), after, MAX_UNANSWERED)
