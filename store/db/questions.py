"""Questions: the latest of each person, for their own eyes, and those that an admin wanted to be kept, of nobody."""

from datetime import datetime

from sqlalchemy import Connection, delete, func, insert, select

from store.db.use_tables import LoggedQuestionRow, RecentQuestionRow
from store.domain.questions import RecentQuestion, UnansweredQuestion


def put_recent(connection: Connection, team: str, person: str, question: RecentQuestion) -> None:
    """Put a question of somebody, in place of the same one asked before."""
    who = {"team": team, "person": person, "asked": question.asked}
    connection.execute(delete(RecentQuestionRow).filter_by(**who))
    connection.execute(insert(RecentQuestionRow).values(**who, asked_at=question.asked_at))


def read_recent(connection: Connection, team: str, person: str, after: datetime, limit: int) -> list[RecentQuestion]:
    """Give the questions of somebody since a time, the latest first."""
    rows = connection.execute(
        select(RecentQuestionRow.asked, RecentQuestionRow.asked_at)
        .filter_by(team=team, person=person)
        .where(RecentQuestionRow.asked_at > after)
        .order_by(RecentQuestionRow.asked_at.desc(), RecentQuestionRow.id.desc())
        .limit(limit)
    )
    return [RecentQuestion(*row) for row in rows]


def delete_recent_of(connection: Connection, team: str, person: str) -> None:
    """Remove the questions of somebody."""
    connection.execute(delete(RecentQuestionRow).filter_by(team=team, person=person))


def delete_recent_before(connection: Connection, before: datetime) -> int:
    """Remove the questions of everybody from before a time; give how many."""
    return connection.execute(delete(RecentQuestionRow).where(RecentQuestionRow.asked_at < before)).rowcount


def put_logged(connection: Connection, question: str, outcome: str, now: datetime) -> None:
    """Put a question, of nobody in particular."""
    connection.execute(insert(LoggedQuestionRow).values(question=question, outcome=outcome, asked_at=now))


def delete_logged_before(connection: Connection, before: datetime) -> int:
    """Remove what was asked before a time; give how many."""
    return connection.execute(delete(LoggedQuestionRow).where(LoggedQuestionRow.asked_at < before)).rowcount


def count_outcomes(connection: Connection, after: datetime) -> dict[str, int]:
    """Count the questions since a time by how they ended."""
    counted = select(LoggedQuestionRow.outcome, func.count()).where(LoggedQuestionRow.asked_at > after)
    rows = connection.execute(counted.group_by(LoggedQuestionRow.outcome))
    return {row[0]: row[1] for row in rows}


def read_unanswered(connection: Connection, answered: str, after: datetime, limit: int) -> list[UnansweredQuestion]:
    """Give the questions since a time that did not end as answered ones do: those asked most often first."""
    times, last = func.count(), func.max(LoggedQuestionRow.asked_at)
    rows = connection.execute(
        select(LoggedQuestionRow.question, times, last)
        .where(LoggedQuestionRow.outcome != answered, LoggedQuestionRow.asked_at > after)
        .group_by(LoggedQuestionRow.question)
        .order_by(times.desc(), last.desc(), LoggedQuestionRow.question)
        .limit(limit)
    )
    return [UnansweredQuestion(*row) for row in rows]
