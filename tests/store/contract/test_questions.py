from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select, update

from store.archive import Archive
from store.db.use_tables import LoggedQuestionRow, RecentQuestionRow
from store.domain.answer import Outcome
from store.repositories.logged_questions import LoggedQuestions
from store.repositories.recent_questions import KEEP, MAX_QUESTIONS, RecentQuestions


@pytest.fixture
def recent(archive: Archive) -> RecentQuestions:
    return RecentQuestions(archive.database)


@pytest.fixture
def logged(archive: Archive) -> LoggedQuestions:
    return LoggedQuestions(archive.database)


def age(archive: Archive, table: type[RecentQuestionRow | LoggedQuestionRow]) -> None:
    """Let all that was asked have been asked too long ago."""
    with archive.database.writing() as connection:
        connection.execute(update(table).values(asked_at=datetime.now(UTC) - KEEP - timedelta(minutes=1)))


def count(archive: Archive, table: type[RecentQuestionRow | LoggedQuestionRow]) -> int:
    with archive.database.reading() as connection:
        return connection.scalars(select(func.count()).select_from(table)).one()


class TestRecentQuestions:
    def test_questions_are_ones_own_with_the_last_first(self, recent: RecentQuestions):
        for person, asked in (("U1", "kites"), ("U2", "boats"), ("U1", "gulls")):
            recent.note("T1", person, asked)
        recent.note("T2", "U1", "ferries")
        assert [one.asked for one in recent.list_latest("T1", "U1")] == ["gulls", "kites"]
        assert [one.asked for one in recent.list_latest("T1", "U3")] == []

    def test_question_asked_again_stands_once_as_the_last(self, recent: RecentQuestions):
        for asked in ("kites", "gulls", "kites"):
            recent.note("T1", "U1", asked)
        assert [one.asked for one in recent.list_latest("T1", "U1")] == ["kites", "gulls"]

    def test_no_more_than_some_are_given(self, recent: RecentQuestions):
        for number in range(MAX_QUESTIONS + 3):
            recent.note("T1", "U1", str(number))
        found = recent.list_latest("T1", "U1")
        assert [one.asked for one in found] == [str(number) for number in range(12, 2, -1)]

    def test_questions_are_erased_by_whose_they_are(self, recent: RecentQuestions):
        recent.note("T1", "U1", "kites")
        recent.note("T1", "U2", "boats")
        recent.erase("T1", "U1")
        assert recent.list_latest("T1", "U1") == []
        assert [one.asked for one in recent.list_latest("T1", "U2")] == ["boats"]

    def test_old_questions_are_not_given_and_go(self, archive: Archive, recent: RecentQuestions):
        recent.note("T1", "U1", "kites")
        age(archive, RecentQuestionRow)
        assert recent.list_latest("T1", "U1") == []
        recent.note("T1", "U2", "boats")
        assert count(archive, RecentQuestionRow) == 1

    def test_old_questions_go_where_nobody_asks_any_more(self, archive: Archive, recent: RecentQuestions):
        recent.note("T1", "U1", "kites")
        assert recent.forget_old() == 0
        age(archive, RecentQuestionRow)
        assert (recent.forget_old(), count(archive, RecentQuestionRow)) == (1, 0)


class TestLoggedQuestions:
    def test_questions_are_counted_by_how_they_ended(self, logged: LoggedQuestions):
        assert logged.count() == {}
        for outcome in (Outcome.ANSWERED, Outcome.NOTHING_RELEVANT, Outcome.ANSWERED):
            logged.note("kites", outcome)
        assert logged.count() == {Outcome.ANSWERED: 2, Outcome.NOTHING_RELEVANT: 1}

    def test_unanswered_questions_stand_by_how_often_they_were_asked(self, logged: LoggedQuestions):
        logged.note("kites", Outcome.ANSWERED)
        for question in ("gulls", "boats", "gulls", "ferries"):
            logged.note(question, Outcome.NOTHING_RELEVANT)
        found = logged.list_unanswered()
        assert [(one.question, one.times) for one in found] == [("gulls", 2), ("ferries", 1), ("boats", 1)]
        assert found[0].asked_at < found[1].asked_at

    def test_old_questions_are_not_counted_and_go(self, archive: Archive, logged: LoggedQuestions):
        logged.note("kites", Outcome.NOTHING_RELEVANT)
        age(archive, LoggedQuestionRow)
        assert (logged.count(), logged.list_unanswered()) == ({}, [])
        logged.note("gulls", Outcome.ANSWERED)
        assert count(archive, LoggedQuestionRow) == 1

    def test_old_questions_go_where_none_is_logged_any_more(self, archive: Archive, logged: LoggedQuestions):
        logged.note("kites", Outcome.NOTHING_RELEVANT)
        assert logged.forget_old() == 0
        age(archive, LoggedQuestionRow)
        assert (logged.forget_old(), count(archive, LoggedQuestionRow)) == (1, 0)
