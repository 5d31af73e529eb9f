"""Opinions: the repository of what people said of answers, and of comments in them."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime

from store.db import feedback
from store.db.engine import Database
from store.domain.feedback import WHOLE, Feedback, Rated

_TURN = "feedback"


@dataclass(frozen=True, slots=True)
class Judge:
    """Somebody who says what they think of an answer, by Slack's ids, and what it answers."""

    team: str
    person: str
    asked: str


class Opinions:
    """Keeps what people said; who says something else about the same changed their mind."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def judge_answer(self, judge: Judge, *, is_helpful: bool, channel: str = "") -> None:
        """Note whether an answer helped; `channel` is where it stands, if everyone may read there what was asked."""
        self._put(judge, WHOLE, channel, is_helpful=is_helpful)

    def judge_comment(self, judge: Judge, rated: Rated, *, is_helpful: bool) -> None:
        """Note whether a comment in an answer helped."""
        with self._database.reading() as connection:
            channel = feedback.find_channel(connection, judge.team, judge.person, judge.asked)
        self._put(judge, rated, channel, is_helpful=is_helpful)

    def read_own(self, judge: Judge) -> dict[Rated, bool]:
        """Give what somebody said of an answer and its comments: whether each helped."""
        with self._database.reading() as connection:
            return feedback.read_ratings(connection, judge.team, judge.person, judge.asked)

    def read_all(self) -> list[Feedback]:
        """Give what was said of everything, in the order in which it was first said."""
        with self._database.reading() as connection:
            return feedback.read_feedback(connection)

    def find_rated(self, channel_ids: Collection[int]) -> set[Rated]:
        """Give the comments that were judged and stand in some channels; none that is hidden."""
        with self._database.reading() as connection:
            return feedback.find_rated(connection, channel_ids)

    def _put(self, judge: Judge, rated: Rated, channel: str, *, is_helpful: bool) -> None:
        key = {"team": judge.team, "person": judge.person, "asked": judge.asked}
        values = {"channel": channel, "is_helpful": is_helpful, "given_at": datetime.now(UTC)}
        with self._database.writing(_TURN) as connection:
            named = key | {"source": rated.source, "native_id": rated.native_id}
            feedback.put_feedback(connection, self._database.dialect, named, values)
