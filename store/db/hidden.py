"""Discussions that an admin hid from every answer, and the one condition that leaves them out of what is read."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, delete, func, select, tuple_
from sqlalchemy.orm import InstrumentedAttribute

from store.db.changes import bump_generation
from store.db.dialect import DatabaseDialect
from store.db.tables import CommentRow, DiscussionRow, SourceRow
from store.db.use_tables import HiddenDiscussionRow
from store.domain.hiding import HiddenDiscussion

# Ids count from 1.
_NONE = 0
_SAME = and_(
    DiscussionRow.source_id == HiddenDiscussionRow.source_id, DiscussionRow.native_id == HiddenDiscussionRow.native_id
)


def is_shown() -> ColumnElement[bool]:
    """Tell of a comment that its discussion is not hidden: for every statement that reads what people are told."""
    return CommentRow.discussion_id.not_in(_select_hidden(DiscussionRow.id))


def read_hidden_ids(connection: Connection) -> dict[int, frozenset[int]]:
    """Give the hidden discussions by the archive's ids, of each channel that has any."""
    found: dict[int, set[int]] = {}
    for channel_id, discussion_id in connection.execute(_select_hidden(DiscussionRow.channel_id, DiscussionRow.id)):
        if channel_id != _NONE:
            found.setdefault(channel_id, set()).add(discussion_id)
    return {channel_id: frozenset(ids) for channel_id, ids in found.items()}


def put_hidden(
    connection: Connection, dialect: DatabaseDialect, discussion_id: int, by: str, now: datetime
) -> int | None:
    """Hide a discussion by its source's own id; give what names that. None where there is no such discussion."""
    keys = select(DiscussionRow.source_id, DiscussionRow.native_id).where(DiscussionRow.id == discussion_id)
    key = connection.execute(keys).one_or_none()
    if key is None:
        return None
    row = {"source_id": key.source_id, "native_id": key.native_id, "hidden_by": by, "hidden_at": now}
    if dialect.insert_or_ignore(connection, HiddenDiscussionRow, [row]):
        bump_generation(connection)
    columns = HiddenDiscussionRow.source_id, HiddenDiscussionRow.native_id
    return connection.scalars(select(HiddenDiscussionRow.id).where(tuple_(*columns) == tuple_(*key))).one()


def delete_hidden(connection: Connection, hidden_id: int) -> bool:
    """Show a discussion again; tell whether it was hidden."""
    is_gone = connection.execute(delete(HiddenDiscussionRow).where(HiddenDiscussionRow.id == hidden_id)).rowcount > 0
    if is_gone:
        bump_generation(connection)
    return is_gone


def read_hidden(connection: Connection) -> list[HiddenDiscussion]:
    """Give the hidden discussions, in the order in which they were hidden."""
    row = HiddenDiscussionRow
    rows = connection.execute(
        select(
            row.id,
            func.coalesce(SourceRow.name, ""),
            row.native_id,
            # One discussion stands in several channels where who may see it changed: its titles are as good.
            func.coalesce(func.max(DiscussionRow.title), ""),
            func.coalesce(func.max(DiscussionRow.url), ""),
            func.count(CommentRow.id),
            row.hidden_by,
            row.hidden_at,
        )
        .outerjoin(SourceRow, SourceRow.id == row.source_id)
        .outerjoin(DiscussionRow, _SAME)
        .outerjoin(CommentRow, CommentRow.discussion_id == DiscussionRow.id)
        .group_by(row.id, SourceRow.name, row.native_id, row.hidden_by, row.hidden_at)
        .order_by(row.id)
    )
    return [HiddenDiscussion(*values) for values in rows]


def _select_hidden(*columns: InstrumentedAttribute[int]) -> Select[Any]:
    """Select columns of the discussions that are hidden; 0, which is none, for one that is gone.

    The outer join lets SQLite begin at the few that are hidden: with any other it looks at all discussions.
    """
    numbers: list[Any] = [func.coalesce(column, _NONE) for column in columns]
    return select(*numbers).select_from(HiddenDiscussionRow).outerjoin(DiscussionRow, _SAME)
