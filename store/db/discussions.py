"""Reading a discussion: its comments in reading order, as far as they may be seen."""

from collections.abc import Collection
from typing import NamedTuple

from sqlalchemy import Connection, and_, func, select, union
from sqlalchemy.orm import aliased

from store.db.hidden import is_shown
from store.db.tables import AuthorAliasRow, CommentRow, DiscussionRow, SourceRow


class OrderedComment(NamedTuple):
    """A comment in its discussion, and how many characters it has."""

    id: int
    chars: int


def read_order(connection: Connection, comment_id: int, channel_ids: Collection[int]) -> list[OrderedComment]:
    """Give the comments of the discussion that one is in, in reading order: by position, then by time.

    Those in no channel given are left out, and all where the discussion is hidden.
    """
    discussion = select(CommentRow.discussion_id).where(CommentRow.id == comment_id).scalar_subquery()
    rows = connection.execute(
        select(CommentRow.id, func.length(CommentRow.text))
        .where(CommentRow.discussion_id == discussion, CommentRow.channel_id.in_(channel_ids), is_shown())
        .order_by(CommentRow.position.asc().nulls_last(), CommentRow.published_at.asc().nulls_last(), CommentRow.id)
    )
    return [OrderedComment(*row) for row in rows]


def read_answered(connection: Connection, ids: Collection[int]) -> dict[int, tuple[int, str]]:
    """Give which comment of the same discussion each of some answers, with the name of who wrote that."""
    answered = aliased(CommentRow)
    is_answered = and_(
        answered.source_id == CommentRow.source_id,
        answered.native_id == CommentRow.parent_native_id,
        answered.discussion_id == CommentRow.discussion_id,
    )
    rows = connection.execute(
        select(CommentRow.id, answered.id, AuthorAliasRow.name)
        .join(answered, is_answered)
        .join(AuthorAliasRow, AuthorAliasRow.id == answered.alias_id)
        .where(CommentRow.id.in_(ids))
    )
    return {number: (other, name) for number, other, name in rows}


def find_discussion_ids(connection: Connection, native_ids: Collection[str]) -> set[int]:
    """Give the discussions that have one of some ids in any source, or a comment that has."""
    # By source, then by native id, as the indexes are.
    every_source = select(SourceRow.id)
    own = select(DiscussionRow.id).where(
        DiscussionRow.source_id.in_(every_source), DiscussionRow.native_id.in_(native_ids)
    )
    of_comments = select(CommentRow.discussion_id).where(
        CommentRow.source_id.in_(every_source), CommentRow.native_id.in_(native_ids)
    )
    return set(connection.scalars(union(own, of_comments)))
