"""Recent questions: the repository of what people asked lately, each for their own eyes. Kept for 30 days."""

from datetime import UTC, datetime, timedelta

from store.db import questions
from store.db.engine import Database
from store.domain.questions import RecentQuestion

KEEP = timedelta(days=30)
MAX_QUESTIONS = 10
_TURN = "recent questions"


class RecentQuestions:
    """Keeps questions in the archive's database. Safe from any number of threads and processes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def note(self, team: str, person: str, asked: str) -> None:
        """Note a question of somebody, in place of the same one asked before, and drop what is too old."""
        now = datetime.now(UTC)
        with self._database.writing(_TURN) as connection:
            questions.put_recent(connection, team, person, RecentQuestion(asked, now))
            questions.delete_recent_before(connection, now - KEEP)

    def list_latest(self, team: str, person: str) -> list[RecentQuestion]:
        """Give the latest questions of somebody, the last one first."""
        after = datetime.now(UTC) - KEEP
        with self._database.reading() as connection:
            return questions.read_recent(connection, team, person, after, MAX_QUESTIONS)

    def forget_old(self) -> int:
        """Drop what is too old to be shown; give how many questions."""
        with self._database.writing(_TURN) as connection:
            return questions.delete_recent_before(connection, datetime.now(UTC) - KEEP)

    def erase(self, team: str, person: str) -> None:
        """Remove the questions of somebody."""
        with self._database.writing(_TURN) as connection:
            questions.delete_recent_of(connection, team, person)
