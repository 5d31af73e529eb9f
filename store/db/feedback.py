"""What people said of answers: one row for each person and thing, the latest."""

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import Connection, Select, and_, case, func, select, update

from store.db.dialect import DatabaseDialect
from store.db.hidden import is_shown
from store.db.tables import CommentRow, SourceRow
from store.db.use_tables import FeedbackRow
from store.domain.feedback import WHOLE, Feedback, Rated


def put_feedback(
    connection: Connection, dialect: DatabaseDialect, key: Mapping[str, str], values: Mapping[str, Any]
) -> None:
    """Note what somebody says of something, in place of what they said before."""
    if not dialect.insert_or_ignore(connection, FeedbackRow, [{**key, **values}]):
        connection.execute(update(FeedbackRow).filter_by(**key).values(**values))


def find_channel(connection: Connection, team: str, person: str, asked: str) -> str:
    """Find where somebody judged an answer; empty where they did not, or not everyone may read what was asked."""
    whole = {"source": WHOLE.source, "native_id": WHOLE.native_id}
    statement = select(FeedbackRow.channel).filter_by(team=team, person=person, asked=asked, **whole)
    return connection.scalars(statement).one_or_none() or ""


def read_ratings(connection: Connection, team: str, person: str, asked: str) -> dict[Rated, bool]:
    """Give what somebody said of an answer and of its comments: whether each is helpful."""
    statement = select(FeedbackRow.source, FeedbackRow.native_id, FeedbackRow.is_helpful)
    rows = connection.execute(statement.filter_by(team=team, person=person, asked=asked))
    return {Rated(source, native_id): is_helpful for source, native_id, is_helpful in rows}


def read_feedback(connection: Connection) -> list[Feedback]:
    """Give what was said of everything, in the order in which it was first said."""
    return [
        Feedback(asked, Rated(source, native_id), bool(public), helpful, unhelpful)
        for asked, source, native_id, public, helpful, unhelpful in connection.execute(_select_counts())
    ]


def find_rated(connection: Connection, channel_ids: Collection[int]) -> set[Rated]:
    """Give the comments that were judged and stand in some channels; none that is hidden."""
    rows = connection.execute(
        select(FeedbackRow.source, FeedbackRow.native_id)
        .join(SourceRow, SourceRow.name == FeedbackRow.source)
        .join(CommentRow, and_(CommentRow.source_id == SourceRow.id, CommentRow.native_id == FeedbackRow.native_id))
        .where(CommentRow.channel_id.in_(channel_ids), is_shown())
    )
    return {Rated(*row) for row in rows}


def _select_counts() -> Select[Any]:
    row = FeedbackRow
    key: tuple[Any, ...] = (row.asked, row.source, row.native_id)
    return (
        select(
            *key,
            func.max(case((row.channel != "", 1), else_=0)),
            func.sum(case((row.is_helpful, 1), else_=0)),
            func.sum(case((row.is_helpful, 0), else_=1)),
        )
        .group_by(*key)
        .order_by(func.min(row.id))
    )
