"""What comments and discussions were before a refresh changed them, so that it can be undone."""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType
from typing import Any, NamedTuple, Self

from sqlalchemy import Connection, Row, delete, func, insert, or_, select, update

from store.db.authors import find_account
from store.db.refreshes import find_first_of
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
from store.domain.viewer import PUBLIC, Visibility

_ROWS_AT_ONCE = 500
# Each is a part of one condition, and SQLite takes up to 1,000 in one.
_THREADS_AT_ONCE = 100
_NOT_THERE = ""
NOT_LIMITED: Mapping[str, Visibility] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class FormerComment:
    """A comment as it was: with its fingerprint, the refresh that had brought it, and the place that it came from."""

    comment: Comment
    fingerprint: bytes
    refresh_id: int | None
    place_id: int | None

    @property
    def visibility(self) -> Visibility:
        """Who may see it."""
        return self.comment.discussion.channel.visibility

    def limit(self, to: Visibility | None) -> Self:
        """Let it not be shown to more people than that, if it is limited."""
        if to is None:
            return self
        discussion = self.comment.discussion
        channel = replace(discussion.channel, visibility=self.visibility.narrow(to))
        return replace(self, comment=replace(self.comment, discussion=replace(discussion, channel=channel)))


class FormerRows(NamedTuple):
    """Which row tells what a comment was before some refreshes changed it, and which what it was before the last."""

    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Change:
    """What refreshes did to a comment: what it was before them, or None; and who saw it before the last of them."""

    native_id: str
    before: FormerComment | None
    visibility: Visibility | None


def keep_comments(
    connection: Connection,
    refresh_id: int,
    source_id: int,
    ids: Sequence[int],
    limits: Mapping[str, Visibility] = NOT_LIMITED,
) -> None:
    """Keep comments as they are now, which a refresh is about to change or remove.

    `limits` tells, by native id, whom some of them were limited to.
    """
    since = find_first_of(connection, source_id, refresh_id)
    states = {state.comment.native_id: state for state in read_states(connection, ids, since).values()}
    kept = {native_id: _write(state.limit(limits.get(native_id))) for native_id, state in states.items()}
    _keep(connection, refresh_id, source_id, kept)


def keep_absent(connection: Connection, refresh_id: int, source_id: int, native_ids: Iterable[str]) -> None:
    """Keep that comments are not there now, which a refresh is about to bring back."""
    _keep(connection, refresh_id, source_id, dict.fromkeys(native_ids, _NOT_THERE))


def _keep(connection: Connection, refresh_id: int, source_id: int, kept: dict[str, str]) -> None:
    rows = [
        {"refresh_id": refresh_id, "source_id": source_id, "native_id": native_id, "comment": comment}
        for native_id, comment in kept.items()
    ]
    if rows:
        connection.execute(insert(FormerCommentRow), rows)


def keep_discussion(connection: Connection, refresh_id: int, discussion_id: int, title: str, url: str) -> None:
    """Keep a discussion's title and link."""
    row = {"refresh_id": refresh_id, "discussion_id": discussion_id, "title": title, "url": url}
    connection.execute(insert(FormerDiscussionRow), row)


def has_changed(connection: Connection, refresh_id: int) -> bool:
    """Tell whether there is anything of what a refresh has brought, changed or removed."""
    return any(
        connection.scalars(select(table.id).where(table.refresh_id == refresh_id).limit(1)).first()
        for table in (CommentRow, FormerCommentRow, FormerDiscussionRow)
    )


def find_former(connection: Connection, source_id: int, first_refresh: int) -> list[FormerRows]:
    """Find the comments that a refresh, or one after it, has changed, removed or brought back."""
    number = FormerCommentRow.id
    rows = connection.execute(
        select(func.min(number), func.max(number))
        .where(FormerCommentRow.source_id == source_id, FormerCommentRow.refresh_id >= first_refresh)
        .group_by(FormerCommentRow.native_id)
        .order_by(func.min(number))
    )
    return [FormerRows(*row) for row in rows]


def read_changes(connection: Connection, found: Sequence[FormerRows]) -> list[Change]:
    """Give what was done to comments. Of several changes the earliest tells what a comment was."""
    ids = {number for rows in found for number in rows}
    kept = dict(
        connection.execute(
            select(FormerCommentRow.id, FormerCommentRow.comment).where(FormerCommentRow.id.in_(ids))
        ).all()
    )
    names = dict(
        connection.execute(
            select(FormerCommentRow.id, FormerCommentRow.native_id).where(
                FormerCommentRow.id.in_([rows.first for rows in found])
            )
        ).all()
    )
    changes = []
    for rows in found:
        if rows.first in names:
            last = _parse(kept.get(rows.last, _NOT_THERE))
            changes.append(Change(names[rows.first], _parse(kept[rows.first]), last.visibility if last else None))
    return changes


def find_brought(connection: Connection, source_id: int, first_refresh: int) -> list[str]:
    """Give the native ids of comments that a refresh, or one after it, has brought."""
    statement = select(CommentRow.native_id).where(
        CommentRow.source_id == source_id, CommentRow.refresh_id >= first_refresh
    )
    return list(connection.scalars(statement.order_by(CommentRow.id)))


def delete_brought_names(connection: Connection, source_id: int, first_refresh: int) -> int:
    """Remove names that a refresh, or one after it, has brought and no comment is under; give how many.

    Those of authors who have no comment at all are left to `delete_empty`.
    """
    writers = (
        select(AuthorAliasRow.author_id)
        .join(CommentRow, CommentRow.alias_id == AuthorAliasRow.id)
        .where(CommentRow.source_id == source_id)
    )
    is_used = select(CommentRow.id).where(CommentRow.alias_id == AuthorAliasRow.id).exists()
    brought = (AuthorAliasRow.refresh_id >= first_refresh, AuthorAliasRow.author_id.in_(writers), ~is_used)
    return connection.execute(delete(AuthorAliasRow).where(*brought)).rowcount


def read_former_discussions(connection: Connection, source_id: int, first_refresh: int) -> dict[int, tuple[str, str]]:
    """Give the title and link that discussions had before a refresh, or one after it, changed them."""
    rows = connection.execute(
        select(FormerDiscussionRow.discussion_id, FormerDiscussionRow.title, FormerDiscussionRow.url)
        .join(DiscussionRow, DiscussionRow.id == FormerDiscussionRow.discussion_id)
        .where(DiscussionRow.source_id == source_id, FormerDiscussionRow.refresh_id >= first_refresh)
        .order_by(FormerDiscussionRow.id.desc())
    )
    return {number: (title, url) for number, title, url in rows}


def restore_discussion(connection: Connection, refresh_id: int, discussion_id: int, title: str, url: str) -> bool:
    """Give a discussion back its title and link; tell whether the title was another."""
    which = DiscussionRow.id == discussion_id
    now = connection.execute(select(DiscussionRow.title, DiscussionRow.url).where(which)).one_or_none()
    if now is None or (now.title, now.url) == (title, url):
        return False
    keep_discussion(connection, refresh_id, discussion_id, now.title, now.url)
    connection.execute(update(DiscussionRow).where(which).values(title=title, url=url))
    return bool(now.title != title)


def close_former(connection: Connection, source_id: int, native_ids: Sequence[str]) -> None:
    """Limit what is kept of public talk to those in its channel, in channels of these ids."""
    for start in range(0, len(native_ids), _THREADS_AT_ONCE):
        some = native_ids[start : start + _THREADS_AT_ONCE]
        kept = FormerCommentRow.comment
        rows = connection.execute(
            select(FormerCommentRow.id, kept).where(
                FormerCommentRow.source_id == source_id,
                # As `_write` writes them; a quotation mark that is part of a text has a stroke before it.
                kept.contains(f'"visibility": "{PUBLIC}"', autoescape=True),
                or_(*(kept.contains(f'"thread": {_open(one)}', autoescape=True) for one in some)),
            )
        ).all()
        for number, text in rows:
            closed = _close(text, some)
            connection.execute(update(FormerCommentRow).where(FormerCommentRow.id == number).values(comment=closed))


def _open(native_id: str) -> str:
    """Give how the ids of threads in a channel begin, as JSON."""
    return json.dumps(f"{native_id}:", ensure_ascii=False)[:-1]


def _close(text: str, native_ids: Sequence[str]) -> str:
    kept = json.loads(text)
    for native_id in native_ids:
        if kept["thread"].startswith(f"{native_id}:"):
            kept["visibility"] = str(Visibility("channel", frozenset({native_id})))
    return json.dumps(kept, ensure_ascii=False)


def delete_former(connection: Connection, source_id: int, native_ids: Sequence[str]) -> None:
    """Remove all that is kept of comments."""
    these = (FormerCommentRow.source_id == source_id, FormerCommentRow.native_id.in_(native_ids))
    connection.execute(delete(FormerCommentRow).where(*these))


def find_former_before(connection: Connection, published: datetime, after_id: int) -> tuple[list[int], int | None]:
    """Find the rows of kept comments that were published before a time, among some with numbers above one.

    Returns:
        Their numbers, and the last that was looked at; None where there are no more.
    """
    rows = connection.execute(
        select(FormerCommentRow.id, FormerCommentRow.comment)
        .where(FormerCommentRow.id > after_id)
        .order_by(FormerCommentRow.id)
        .limit(_ROWS_AT_ONCE)
    ).all()
    kept = {row.id: _parse(row.comment) for row in rows}
    times = {number: former.comment.published for number, former in kept.items() if former}
    return [number for number, time in times.items() if time and time < published], rows[-1].id if rows else None


def delete_former_rows(connection: Connection, numbers: Sequence[int]) -> None:
    """Remove rows of kept comments, and their discussions if those have no comment any more."""
    these = FormerCommentRow.id.in_(numbers)
    rows = connection.execute(select(FormerCommentRow.source_id, FormerCommentRow.comment).where(these)).all()
    connection.execute(delete(FormerCommentRow).where(these))
    threads: dict[int, set[str]] = {}
    for source_id, comment in rows:
        threads.setdefault(source_id, set()).add(json.loads(comment)["thread"])
    for source_id, native_ids in threads.items():
        of_source = select(DiscussionRow.id).where(DiscussionRow.source_id == source_id)
        delete_emptied(connection, connection.scalars(of_source.where(DiscussionRow.native_id.in_(native_ids))).all())


def delete_emptied(connection: Connection, discussion_ids: Collection[int]) -> None:
    """Remove those of some discussions that have no comment any more, and the titles that they had."""
    filled = select(CommentRow.discussion_id).where(CommentRow.discussion_id.in_(discussion_ids))
    emptied = set(discussion_ids).difference(connection.scalars(filled))
    connection.execute(delete(FormerDiscussionRow).where(FormerDiscussionRow.discussion_id.in_(emptied)))
    connection.execute(delete(DiscussionRow).where(DiscussionRow.id.in_(emptied)))


def delete_empty(connection: Connection, source_id: int) -> None:
    """Remove discussions, names, authors and channels of a source that have no comment.

    Merged authors stay, and so do discussions whose earlier titles are kept.
    """
    merged = select(AuthorMergeRow.author_id).union_all(select(AuthorMergeRow.into_id))
    has_comment = select(CommentRow.id).where(CommentRow.discussion_id == DiscussionRow.id).exists()
    is_kept = DiscussionRow.id.in_(select(FormerDiscussionRow.discussion_id))
    connection.execute(delete(DiscussionRow).where(DiscussionRow.source_id == source_id, ~has_comment, ~is_kept))
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


def read_states(connection: Connection, ids: Sequence[int], since: int | None = None) -> dict[int, FormerComment]:
    """Give comments as they are now, by the archive's ids, without names that a refresh, or one after it, brought."""
    states: dict[int, FormerComment] = {}
    for start in range(0, len(ids), _ROWS_AT_ONCE):
        rows = connection.execute(
            select(
                CommentRow.__table__,
                AuthorAliasRow.name.label("author"),
                AuthorAliasRow.author_id,
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
        ).all()
        names = _read_names(connection, {row.author_id for row in rows}, since)
        states |= {row.id: _parse_row(row, names.get(row.author_id, [])) for row in rows}
    return states


def _read_names(connection: Connection, author_ids: set[int], since: int | None) -> dict[int, list[str]]:
    statement = select(AuthorAliasRow.author_id, AuthorAliasRow.name).where(AuthorAliasRow.author_id.in_(author_ids))
    if since is not None:
        statement = statement.where(func.coalesce(AuthorAliasRow.refresh_id, 0) < since)
    rows = connection.execute(statement.order_by(AuthorAliasRow.id))
    names: dict[int, list[str]] = {}
    for author_id, name in rows:
        names.setdefault(author_id, []).append(name)
    return names


def _parse_row(row: Row[Any], names: Sequence[str]) -> FormerComment:
    account = find_account(row.author_key)
    channel = Channel(row.channel, Visibility.parse(row.visibility))
    comment = Comment(
        native_id=row.native_id,
        discussion=Discussion(row.thread, row.title, row.thread_url, channel),
        author=AuthorAlias(row.author, account, tuple(name for name in names if name != row.author)),
        text=row.text,
        url=row.url,
        published=row.published_at,
        edited=row.edited_at,
        parent_id=row.parent_native_id,
        position=row.position,
    )
    return FormerComment(comment, row.fingerprint, row.refresh_id, row.place_id)


def _write(former: FormerComment) -> str:
    comment, discussion = former.comment, former.comment.discussion
    return json.dumps(
        {
            "id": comment.native_id,
            "author": comment.author.name,
            "account": comment.author.account,
            "also": comment.author.also,
            "text": comment.text,
            "url": comment.url,
            "published": comment.published and comment.published.isoformat(),
            "edited": comment.edited and comment.edited.isoformat(),
            "parent": comment.parent_id,
            "position": comment.position,
            "thread": discussion.native_id,
            "title": discussion.title,
            "thread_url": discussion.url,
            "channel": discussion.channel.name,
            "visibility": str(discussion.channel.visibility),
            "fingerprint": former.fingerprint.hex(),
            "refresh": former.refresh_id,
            "place": former.place_id,
        },
        ensure_ascii=False,
    )


def _parse(text: str) -> FormerComment | None:
    if text == _NOT_THERE:
        return None
    kept = json.loads(text)
    channel = Channel(kept["channel"], Visibility.parse(kept["visibility"]))
    comment = Comment(
        native_id=kept["id"],
        discussion=Discussion(kept["thread"], kept["title"], kept["thread_url"], channel),
        author=AuthorAlias(kept["author"], kept["account"], tuple(kept["also"])),
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
