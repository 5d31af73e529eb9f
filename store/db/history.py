"""What comments and discussions were before a refresh changed them, so that it can be undone."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from store.db.tables import (
    AuthorAliasRow,
    AuthorMergeRow,
    AuthorRow,
    ChannelRow,
    CommentRow,
    DiscussionRow,
    FormerCommentRow,
    FormerDiscussionRow,
)
from store.domain.comment import AuthorAlias, Channel, Comment, Discussion
from store.domain.viewer import Visibility

_ROWS_AT_ONCE = 500
_ACCOUNT = "account:"


@dataclass(frozen=True, slots=True)
class FormerComment:
    """A comment as it was: with its fingerprint, the refresh that had brought it, and the place that it came from."""

    comment: Comment
    fingerprint: bytes
    refresh_id: int | None
    place_id: int | None


def keep_comments(connection: Connection, refresh_id: int, source_id: int, ids: Sequence[int]) -> None:
    """Keep comments as they are now, which a refresh is about to change or remove."""
    rows = [
        {"refresh_id": refresh_id, "source_id": source_id, "native_id": row.native_id, "comment": _write(row)}
        for row in _read(connection, ids)
    ]
    if rows:
        connection.execute(insert(FormerCommentRow), rows)


def keep_discussion(connection: Connection, refresh_id: int, discussion_id: int, title: str, url: str) -> None:
    """Keep a discussion's title and link."""
    row = {"refresh_id": refresh_id, "discussion_id": discussion_id, "title": title, "url": url}
    connection.execute(insert(FormerDiscussionRow), row)


def iterate_former(connection: Connection, source_id: int, first_refresh: int) -> Iterator[list[FormerComment]]:
    """Give comments that a refresh, or one after it, has changed or removed, as they were before; some at a time.

    Of several changes the earliest counts.
    """
    earliest = (
        select(func.min(FormerCommentRow.id))
        .where(FormerCommentRow.source_id == source_id, FormerCommentRow.refresh_id >= first_refresh)
        .group_by(FormerCommentRow.native_id)
    )
    ids = connection.scalars(earliest).all()
    for start in range(0, len(ids), _ROWS_AT_ONCE):
        some = ids[start : start + _ROWS_AT_ONCE]
        texts = connection.scalars(select(FormerCommentRow.comment).where(FormerCommentRow.id.in_(some)))
        yield [_parse(text) for text in texts]


def find_brought(connection: Connection, source_id: int, first_refresh: int) -> list[str]:
    """Give the native ids of comments that a refresh, or one after it, has brought."""
    statement = select(CommentRow.native_id).where(
        CommentRow.source_id == source_id, CommentRow.refresh_id >= first_refresh
    )
    return list(connection.scalars(statement))


def read_former_discussions(connection: Connection, first_refresh: int) -> dict[int, tuple[str, str]]:
    """Give the title and link that discussions had before a refresh, or one after it, changed them."""
    rows = connection.execute(
        select(FormerDiscussionRow.discussion_id, FormerDiscussionRow.title, FormerDiscussionRow.url)
        .where(FormerDiscussionRow.refresh_id >= first_refresh)
        .order_by(FormerDiscussionRow.id.desc())
    )
    return {number: (title, url) for number, title, url in rows}


def delete_empty(connection: Connection, source_id: int) -> None:
    """Remove discussions, names, authors and channels of a source that have no comment; merged authors stay."""
    merged = select(AuthorMergeRow.author_id).union_all(select(AuthorMergeRow.into_id))
    has_comment = select(CommentRow.id).where(CommentRow.discussion_id == DiscussionRow.id).exists()
    connection.execute(delete(DiscussionRow).where(DiscussionRow.source_id == source_id, ~has_comment))
    authors = select(AuthorRow.id).where(AuthorRow.source_id == source_id)
    of_writers = (
        select(AuthorAliasRow.author_id)
        .join(CommentRow, CommentRow.alias_id == AuthorAliasRow.id)
        .where(CommentRow.source_id == source_id)
    )
    of_author = AuthorAliasRow.author_id
    silent = (of_author.in_(authors), of_author.not_in(of_writers), of_author.not_in(merged))
    connection.execute(delete(AuthorAliasRow).where(*silent))
    has_name = select(AuthorAliasRow.id).where(AuthorAliasRow.author_id == AuthorRow.id).exists()
    connection.execute(delete(AuthorRow).where(AuthorRow.source_id == source_id, ~has_name))
    in_use = (
        select(CommentRow.id).where(CommentRow.channel_id == ChannelRow.id).exists()
        | select(DiscussionRow.id).where(DiscussionRow.channel_id == ChannelRow.id).exists()
    )
    connection.execute(delete(ChannelRow).where(ChannelRow.source_id == source_id, ~in_use))


def restore_discussion(connection: Connection, discussion_id: int, title: str, url: str) -> bool:
    """Give a discussion back its title and link; tell whether they were others."""
    statement = update(DiscussionRow).where(
        DiscussionRow.id == discussion_id, (DiscussionRow.title != title) | (DiscussionRow.url != url)
    )
    return connection.execute(statement.values(title=title, url=url)).rowcount > 0


def _read(connection: Connection, ids: Sequence[int]) -> Iterator[Row[Any]]:
    for start in range(0, len(ids), _ROWS_AT_ONCE):
        yield from connection.execute(
            select(
                CommentRow.__table__,
                AuthorAliasRow.name.label("author"),
                AuthorRow.key.label("author_key"),
                DiscussionRow.native_id.label("thread"),
                DiscussionRow.title,
                DiscussionRow.url.label("thread_url"),
                ChannelRow.name.label("channel"),
                ChannelRow.visibility,
            )
            .join(AuthorAliasRow, AuthorAliasRow.id == CommentRow.alias_id)
            .join(AuthorRow, AuthorRow.id == AuthorAliasRow.author_id)
            .join(DiscussionRow, DiscussionRow.id == CommentRow.discussion_id)
            .join(ChannelRow, ChannelRow.id == DiscussionRow.channel_id)
            .where(CommentRow.id.in_(ids[start : start + _ROWS_AT_ONCE]))
        )


def _write(row: Row[Any]) -> str:
    has_account = row.author_key.startswith(_ACCOUNT)
    return json.dumps(
        {
            "id": row.native_id,
            "author": row.author,
            "account": row.author_key.removeprefix(_ACCOUNT) if has_account else None,
            "text": row.text,
            "url": row.url,
            "published": row.published_at and row.published_at.isoformat(),
            "edited": row.edited_at and row.edited_at.isoformat(),
            "parent": row.parent_native_id,
            "position": row.position,
            "thread": row.thread,
            "title": row.title,
            "thread_url": row.thread_url,
            "channel": row.channel,
            "visibility": row.visibility,
            "fingerprint": row.fingerprint.hex(),
            "refresh": row.refresh_id,
            "place": row.place_id,
        },
        ensure_ascii=False,
    )


def _parse(text: str) -> FormerComment:
    kept = json.loads(text)
    channel = Channel(kept["channel"], Visibility.parse(kept["visibility"]))
    comment = Comment(
        native_id=kept["id"],
        discussion=Discussion(kept["thread"], kept["title"], kept["thread_url"], channel),
        author=AuthorAlias(kept["author"], kept["account"]),
        text=kept["text"],
        url=kept["url"],
        published=_parse_time(kept["published"]),
        edited=_parse_time(kept["edited"]),
        parent_id=kept["parent"],
        position=kept["position"],
    )
    return FormerComment(comment, bytes.fromhex(kept["fingerprint"]), kept["refresh"], kept["place"])


def _parse_time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
