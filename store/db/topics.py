"""What is talked about: the titles of discussions."""

from collections.abc import Collection

from sqlalchemy import Connection, exists, func, select

from store.db.tables import CommentRow, DiscussionRow
from store.db.use_tables import HiddenDiscussionRow

# Fewer comments are hardly a discussion.
_MIN_COMMENTS = 3


def read_titles(connection: Connection, channel_ids: Collection[int], limit: int, *, latest_first: bool) -> list[str]:
    """Give titles of discussions in channels, the busiest ones first, or those in which somebody wrote last."""
    hidden = exists().where(
        HiddenDiscussionRow.source_id == DiscussionRow.source_id,
        HiddenDiscussionRow.native_id == DiscussionRow.native_id,
    )
    count, last = func.count(CommentRow.id), func.max(CommentRow.published_at)
    rows = connection.execute(
        select(DiscussionRow.title)
        .join(CommentRow, CommentRow.discussion_id == DiscussionRow.id)
        .where(DiscussionRow.channel_id.in_(channel_ids), DiscussionRow.title != "", ~hidden)
        .group_by(DiscussionRow.id, DiscussionRow.title)
        .having(count >= _MIN_COMMENTS)
        .order_by(*([last.desc().nulls_last()] if latest_first else [count.desc()]), DiscussionRow.id)
        .limit(limit)
    )
    return [title for (title,) in rows]
