"""Writing comments and what they hang on: channels, authors, discussions, the word index, the change log."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import (
    ColumnElement,
    Connection,
    and_,
    bindparam,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy.orm import InstrumentedAttribute

from store.db.authors import build_key
from store.db.changes import bump_generation, log_changes
from store.db.dialect import DatabaseDialect, WordsRow
from store.db.history import (
    NOT_LIMITED,
    Change,
    FormerComment,
    close_former,
    delete_emptied,
    delete_former,
    keep_absent,
    keep_comments,
    keep_discussion,
    read_states,
    restore_discussion,
)
from store.db.passages import delete_passages, drop_passages
from store.db.tables import (
    AuthorAliasRow,
    AuthorRow,
    ChannelRow,
    CommentRow,
    DiscussionRow,
    SourceRow,
)
from store.domain.comment import AuthorAlias, Channel, Comment, Discussion
from store.domain.refresh import RefreshCounts
from store.domain.viewer import PUBLIC, Visibility
from store.text.language import detect_language
from store.text.slugs import title_of

# SQLite takes 32,766 parameters a statement; keys have up to three columns.
_KEYS_PER_STATEMENT = 1_000
# Comments whose words are made anew at once.
_REWORDED = 500

_T = TypeVar("_T")


class KnownComment(NamedTuple):
    """What tells whether a comment that comes is news: what it said, where it came from last, and of when it is."""

    fingerprint: bytes
    place_id: int | None
    published: datetime | None
    edited: datetime | None


def find_known(connection: Connection, source_id: int, native_ids: Sequence[str]) -> dict[str, KnownComment]:
    """Give what is known of those comments of a source that are."""
    columns = (CommentRow.fingerprint, CommentRow.place_id, CommentRow.published_at, CommentRow.edited_at)
    return {key: KnownComment(*row) for key, row in _find(connection, columns, source_id, native_ids).items()}


def find_ids(connection: Connection, source_id: int, native_ids: Sequence[str]) -> dict[str, int]:
    """Give the archive's own ids of those comments of a source that are known."""
    return {key: row[0] for key, row in _find(connection, (CommentRow.id,), source_id, native_ids).items()}


def find_ids_of_discussions(connection: Connection, source_id: int, native_ids: Collection[str]) -> set[str]:
    """Give the native ids of all comments of some discussions of a source."""
    found: set[str] = set()
    for part in _parts(list(native_ids)):
        discussions = select(DiscussionRow.id).where(
            DiscussionRow.source_id == source_id, DiscussionRow.native_id.in_(part)
        )
        found.update(connection.scalars(select(CommentRow.native_id).where(CommentRow.discussion_id.in_(discussions))))
    return found


def move_comments(connection: Connection, source_id: int, native_ids: Sequence[str], place_id: int) -> None:
    """Note that comments came from a place, as they are."""
    for part in _parts(native_ids):
        these = (CommentRow.source_id == source_id, CommentRow.native_id.in_(part))
        connection.execute(update(CommentRow).where(*these).values(place_id=place_id))


def _find(
    connection: Connection, columns: Sequence[InstrumentedAttribute[Any]], source_id: int, native_ids: Sequence[str]
) -> dict[str, tuple[Any, ...]]:
    """Give columns of those comments of a source that are known, by native id."""
    found: dict[str, tuple[Any, ...]] = {}
    for part in _parts(native_ids):
        rows = connection.execute(
            select(CommentRow.native_id, *columns).where(
                CommentRow.source_id == source_id, CommentRow.native_id.in_(part)
            )
        )
        found.update((native_id, tuple(values)) for native_id, *values in rows)
    return found


class HeldComment(NamedTuple):
    """What tells whether a comment should have come again from a place."""

    id: int
    native_id: str
    published: datetime | None
    place_id: int | None


def read_held(connection: Connection, source_id: int, after_id: int) -> list[HeldComment]:
    """Give some of the comments of a source, by the archive's ids above one."""
    rows = connection.execute(
        select(CommentRow.id, CommentRow.native_id, CommentRow.published_at, CommentRow.place_id)
        .where(CommentRow.source_id == source_id, CommentRow.id > after_id)
        .order_by(CommentRow.id)
        .limit(_KEYS_PER_STATEMENT)
    )
    return [HeldComment(*row) for row in rows]


def find_later(
    connection: Connection, source_id: int, place_id: int, after: datetime, until: datetime
) -> dict[str, datetime]:
    """Find the comments that came from a place and were written or edited in a time, each with when that was last."""
    moments = (CommentRow.published_at, CommentRow.edited_at)
    rows = connection.execute(
        select(CommentRow.native_id, *moments).where(
            CommentRow.source_id == source_id,
            CommentRow.place_id == place_id,
            or_(*(and_(moment > after, moment <= until) for moment in moments)),
        )
    )
    return {native_id: max(when for when in times if when and when <= until) for native_id, *times in rows}


def count_comments(connection: Connection, source_id: int) -> int:
    """Count the comments of a source."""
    return connection.scalars(select(func.count()).where(CommentRow.source_id == source_id)).one()


def put_comments(
    connection: Connection,
    dialect: DatabaseDialect,
    source_id: int,
    comments: Sequence[tuple[Comment, bytes]],
    refresh_id: int | None = None,
    place_id: int | None = None,
) -> None:
    """Write comments with their fingerprints, new or edited, and log the change of each.

    What they were before is kept with the refresh that brings them, where it is known.
    """
    formers = [FormerComment(comment, fingerprint, refresh_id, place_id) for comment, fingerprint in comments]
    _put(connection, dialect, _Writer(connection, dialect, source_id, refresh_id), formers)


def undo_changes(
    connection: Connection,
    dialect: DatabaseDialect,
    source_id: int,
    refresh_id: int,
    first_refresh: int,
    changes: Sequence[Change],
) -> RefreshCounts:
    """Write comments exactly as they were before some refreshes, and log the change of each; give how many were not so.

    Those that the refreshes themselves brought are left to be removed. Who may see one is not more than may now.
    """
    ids = find_ids(connection, source_id, [change.native_id for change in changes])
    now = {state.comment.native_id: state for state in read_states(connection, list(ids.values())).values()}
    gone = [change.native_id for change in changes if change.before is None and change.native_id in now]
    wanted = [
        change.before.limit(now[change.native_id].visibility if change.native_id in now else change.visibility)
        for change in changes
        if change.before and (change.before.refresh_id or 0) < first_refresh
    ]
    restored = [one for one in wanted if _strip(one) != _strip(now.get(one.comment.native_id))]
    _put(connection, dialect, _Writer(connection, dialect, source_id, refresh_id, first_refresh), restored)
    edited = sum(one.comment.native_id in now for one in restored)
    deleted = delete_comments(connection, dialect, source_id, gone, refresh_id) if gone else 0
    return RefreshCounts(added=len(restored) - edited, edited=edited, deleted=deleted)


def restore_discussions(
    connection: Connection, dialect: DatabaseDialect, refresh_id: int, former: Mapping[int, tuple[str, str]]
) -> None:
    """Give discussions back the titles and links that they had; the word index follows."""
    retitled = [
        number
        for number, (title, url) in former.items()
        if restore_discussion(connection, refresh_id, number, title, url)
    ]
    reword_discussions(connection, dialect, retitled)
    bump_generation(connection)


def _strip(former: FormerComment | None) -> FormerComment | None:
    """Leave what is not a comment's own out: its discussion's title, and its author's other names."""
    if former is None:
        return None
    comment = former.comment
    discussion = replace(comment.discussion, title="", url="")
    return replace(former, comment=replace(comment, discussion=discussion, author=replace(comment.author, also=())))


def _put(connection: Connection, dialect: DatabaseDialect, writer: "_Writer", formers: Sequence[FormerComment]) -> None:
    if not formers:
        return
    comments = [former.comment for former in formers]
    version = bump_generation(connection)
    channels = writer.put_channels([comment.discussion.channel for comment in comments])
    aliases = writer.put_aliases([comment.author for comment in comments])
    discussions = writer.put_discussions([comment.discussion for comment in comments], channels)
    languages = [detect_language(comment.text) for comment in comments]
    words = [
        WordsRow.read(
            0, comment.author.name, discussions[_discussion_key(comment.discussion)].title, comment.text, language
        )
        for comment, language in zip(comments, languages, strict=True)
    ]
    rows = [
        _build_row(
            former,
            language,
            source_id=writer.source_id,
            channel_id=channels[former.comment.discussion.channel],
            alias_id=aliases[former.comment.author],
            discussion_id=discussions[_discussion_key(former.comment.discussion)].id,
            words=len(row.text),
            version=version,
        )
        for former, language, row in zip(formers, languages, words, strict=True)
    ]
    ids = writer.put_rows(rows, {comment.native_id: comment.author for comment in comments})
    dialect.put_words(
        connection,
        [replace(row, comment_id=ids[comment.native_id]) for comment, row in zip(comments, words, strict=True)],
    )
    log_changes(connection, ids.values())


def delete_comments(
    connection: Connection,
    dialect: DatabaseDialect,
    source_id: int,
    native_ids: Sequence[str],
    refresh_id: int | None = None,
    limits: Mapping[str, Visibility] = NOT_LIMITED,
) -> int:
    """Remove comments from the archive and log the change of each; give how many were there.

    What they were is kept with the refresh that removes them, where it is known; limited, where they were made private.
    """
    ids = list(find_ids(connection, source_id, native_ids).values())
    if refresh_id is not None:
        keep_comments(connection, refresh_id, source_id, ids, limits)
    for some in _parts(ids):
        delete_passages(connection, some)
    _delete_rows(connection, dialect, ids)
    return len(ids)


def _delete_rows(connection: Connection, dialect: DatabaseDialect, ids: Sequence[int]) -> None:
    """Remove comments whose passages are gone, with their words, and log the change of each."""
    for some in _parts(ids):
        connection.execute(delete(CommentRow).where(CommentRow.id.in_(some)))
    dialect.delete_words(connection, ids)
    log_changes(connection, ids)


def find_with_older(connection: Connection, published: datetime) -> list[str]:
    """Give the names of sources that have comments published before a time."""
    has_older = exists().where(CommentRow.channel_id == ChannelRow.id, CommentRow.published_at < published)
    statement = select(SourceRow.name).join(ChannelRow, ChannelRow.source_id == SourceRow.id).where(has_older)
    return list(connection.scalars(statement.distinct()))


def drop_older(
    connection: Connection, dialect: DatabaseDialect, source_id: int, published: datetime, limit: int
) -> int:
    """Remove some comments published before a time, with all that is kept of them; give how many.

    Discussions go with the last of their comments, as titles are what somebody wrote.
    """
    rows = connection.execute(
        select(CommentRow.id, CommentRow.native_id, CommentRow.discussion_id)
        .where(CommentRow.source_id == source_id, CommentRow.published_at < published)
        .limit(limit)
    ).all()
    ids = [row.id for row in rows]
    drop_passages(connection, ids)
    _delete_rows(connection, dialect, ids)
    delete_former(connection, source_id, [row.native_id for row in rows])
    delete_emptied(connection, {row.discussion_id for row in rows})
    return len(ids)


class _Titled(NamedTuple):
    """A discussion's number, and its title as it now stands."""

    id: int
    title: str


class _Known(NamedTuple):
    """What the archive has of a comment that comes again."""

    id: int
    native_id: str
    url: str
    parent_native_id: str | None
    published_at: datetime | None
    refresh_id: int | None
    author_id: int


def close_channels(connection: Connection, source_id: int, native_ids: Collection[str]) -> int:
    """Limit what is public to those in its channel, in channels of these ids; give how many were public.

    What is kept of earlier talk there is limited, too.
    Every source's days, and most of its threads, are named after their channel (see `store.sources.days`).
    """
    closed = 0
    for native_id in sorted(native_ids):
        visibility = str(Visibility("channel", frozenset({native_id})))
        said = select(DiscussionRow.channel_id).where(
            DiscussionRow.source_id == source_id, DiscussionRow.native_id.startswith(f"{native_id}:", autoescape=True)
        )
        of_source = select(ChannelRow.id, ChannelRow.name).where(ChannelRow.source_id == source_id)
        names = set(connection.scalars(of_source.with_only_columns(ChannelRow.name).filter_by(visibility=visibility)))
        for row in connection.execute(of_source.filter_by(visibility=str(PUBLIC)).where(ChannelRow.id.in_(said))).all():
            # It was private, public and private again.
            name = f"{row.name} ({row.id})" if row.name in names else row.name
            connection.execute(
                update(ChannelRow).where(ChannelRow.id == row.id).values(name=name, visibility=visibility)
            )
            names.add(name)
            closed += 1
    close_former(connection, source_id, sorted(native_ids))
    return closed


class _Writer:
    """Writes the parts of some comments of one source; each method gives the ids by value.

    Where `undone_from` is a refresh, they are written exactly as they were before it.
    """

    def __init__(
        self,
        connection: Connection,
        dialect: DatabaseDialect,
        source_id: int,
        refresh_id: int | None,
        undone_from: int | None = None,
    ) -> None:
        self._connection = connection
        self._dialect = dialect
        self.source_id = source_id
        self._refresh_id = refresh_id
        self._undone_from = undone_from
        self._is_exact = undone_from is not None

    def put_channels(self, channels: Iterable[Channel]) -> dict[Channel, int]:
        wanted = {(channel.name, str(channel.visibility)): channel for channel in channels}
        ids = self._put(
            ChannelRow,
            ("name", "visibility"),
            [{"source_id": self.source_id, "name": name, "visibility": shown} for name, shown in wanted],
        )
        return {channel: ids[key] for key, channel in wanted.items()}

    def put_aliases(self, aliases: Iterable[AuthorAlias]) -> dict[AuthorAlias, int]:
        keys = {alias: build_key(alias) for alias in aliases}
        shown = {key: alias.name for alias, key in keys.items()}
        authors = self._put(
            AuthorRow,
            ("key",),
            [{"source_id": self.source_id, "key": key, "name": name} for key, name in shown.items()],
        )
        wanted = {alias: (authors[(key,)], alias.name) for alias, key in keys.items()}
        others = [(wanted[alias][0], name) for alias in wanted for name in alias.also]
        names = list(dict.fromkeys((*wanted.values(), *others)))
        refresh_id = self._refresh_id if self._undone_from is None else self._undone_from - 1
        rows = [{"author_id": author_id, "name": name, "refresh_id": refresh_id} for author_id, name in names]
        self._dialect.insert_or_ignore(self._connection, AuthorAliasRow, rows)
        if self._undone_from is not None:
            self._date_back(names, self._undone_from)
        found = self._find_aliases(wanted.values())
        return {alias: found[key] for alias, key in wanted.items()}

    def _date_back(self, names: Sequence[tuple[int, str]], undone_from: int) -> None:
        """Note that names are older than what is undone, though that brought them once more."""
        for part in _parts(names):
            these = tuple_(AuthorAliasRow.author_id, AuthorAliasRow.name).in_(part)
            self._connection.execute(
                update(AuthorAliasRow)
                .where(these, AuthorAliasRow.refresh_id >= undone_from)
                .values(refresh_id=undone_from - 1)
            )

    def _find_aliases(self, names: Iterable[tuple[int, str]]) -> dict[tuple[int, str], int]:
        """Give the ids of those names of authors that are known."""
        found: dict[tuple[int, str], int] = {}
        for part in _parts(list(dict.fromkeys(names))):
            for alias_id, author_id, name in self._connection.execute(
                select(AuthorAliasRow.id, AuthorAliasRow.author_id, AuthorAliasRow.name).where(
                    tuple_(AuthorAliasRow.author_id, AuthorAliasRow.name).in_(part)
                )
            ):
                found[author_id, name] = alias_id
        return found

    def put_discussions(
        self, discussions: Iterable[Discussion], channels: Mapping[Channel, int]
    ) -> dict[tuple[str, Channel], _Titled]:
        wanted: dict[tuple[str, Channel], Discussion] = {}
        for discussion in discussions:
            key = _discussion_key(discussion)
            wanted[key] = _merge(wanted.get(key, discussion), discussion)
        ids = self._put(
            DiscussionRow,
            ("native_id", "channel_id"),
            [
                {
                    "source_id": self.source_id,
                    "channel_id": channels[channel],
                    "native_id": native_id,
                    "title": discussion.title,
                    "url": discussion.url,
                }
                for (native_id, channel), discussion in wanted.items()
            ],
        )
        by_key = {key: ids[key[0], channels[key[1]]] for key in wanted}
        titles = self._retitle({by_key[key]: discussion for key, discussion in wanted.items()})
        return {key: _Titled(number, titles[number]) for key, number in by_key.items()}

    def put_rows(self, rows: Sequence[dict[str, Any]], authors: Mapping[str, AuthorAlias]) -> dict[str, int]:
        known = self._find_known([row["native_id"] for row in rows])
        if self._refresh_id is not None:
            keep_comments(self._connection, self._refresh_id, self.source_id, [before.id for before in known.values()])
        aliases = self._find_aliases((before.author_id, authors[name].name) for name, before in known.items())
        new = [row for row in rows if row["native_id"] not in known]
        if self._is_exact and self._refresh_id is not None:
            keep_absent(self._connection, self._refresh_id, self.source_id, [row["native_id"] for row in new])
        edited = [
            {
                **(row if self._is_exact else _keep(before, row, authors[row["native_id"]], aliases)),
                "known_id": before.id,
            }
            for row in rows
            if (before := known.get(row["native_id"]))
        ]
        if new:
            self._connection.execute(insert(CommentRow), new)
        if edited:
            columns: dict[str, Any] = {name: bindparam(name) for name in rows[0]}
            self._connection.execute(
                update(CommentRow.__table__)  # type: ignore[arg-type]  # the table itself, so that many rows go at once
                .where(CommentRow.__table__.c.id == bindparam("known_id"))
                .values(columns),
                edited,
            )
        ids = {native_id: row.id for native_id, row in known.items()}
        return ids | find_ids(self._connection, self.source_id, [row["native_id"] for row in new])

    def _find_known(self, native_ids: Sequence[str]) -> dict[str, _Known]:
        found: dict[str, _Known] = {}
        for part in _parts(native_ids):
            rows = self._connection.execute(
                select(
                    CommentRow.id,
                    CommentRow.native_id,
                    CommentRow.url,
                    CommentRow.parent_native_id,
                    CommentRow.published_at,
                    CommentRow.refresh_id,
                    AuthorAliasRow.author_id,
                )
                .join(AuthorAliasRow, AuthorAliasRow.id == CommentRow.alias_id)
                .where(CommentRow.source_id == self.source_id, CommentRow.native_id.in_(part))
            )
            found.update((row.native_id, _Known(*row)) for row in rows)
        return found

    def _retitle(self, discussions: Mapping[int, Discussion]) -> dict[int, str]:
        """Follow a discussion's new title or link; the word index of all its comments follows a title.

        Returns:
            Every discussion's title as it now stands.
        """
        titles: dict[int, str] = {}
        changed: list[int] = []
        for part in _parts(list(discussions)):
            for number, title, url in self._connection.execute(
                select(DiscussionRow.id, DiscussionRow.title, DiscussionRow.url).where(DiscussionRow.id.in_(part))
            ).all():
                now = _merge(Discussion("", title, url), discussions[number])
                if self._is_exact:
                    # Discussions are restored by themselves.
                    now = Discussion("", title, url)
                titles[number] = now.title
                if (title, url) == (now.title, now.url):
                    continue
                if self._refresh_id is not None:
                    keep_discussion(self._connection, self._refresh_id, number, title, url)
                self._connection.execute(
                    update(DiscussionRow).where(DiscussionRow.id == number).values(title=now.title, url=now.url)
                )
                changed += [number] if title != now.title else []
        reword_discussions(self._connection, self._dialect, changed)
        return titles

    def _put(self, table: Any, key: tuple[str, ...], rows: list[dict[str, Any]]) -> dict[tuple[Any, ...], int]:
        """Insert what is missing, then give the ids of all by their key columns."""
        self._dialect.insert_or_ignore(self._connection, table, rows)
        columns: list[Any] = [getattr(table, name) for name in key]
        found: dict[tuple[Any, ...], int] = {}
        for part in _parts([tuple(row[name] for name in key) for row in rows]):
            for number, *values in self._connection.execute(
                select(table.id, *columns).where(table.source_id == self.source_id, tuple_(*columns).in_(part))
            ):
                found[tuple(values)] = number
        return found


def reword_discussions(connection: Connection, dialect: DatabaseDialect, discussion_ids: Iterable[int]) -> None:
    """Let the word index follow the titles of discussions."""
    for number in discussion_ids:
        last = 0
        # By parts: a server takes the turn of whoever is silent for long within a write.
        while rows := read_words_rows(
            connection, and_(CommentRow.discussion_id == number, CommentRow.id > last), limit=_REWORDED
        ):
            dialect.put_words(connection, rows)
            last = rows[-1].comment_id


def read_words_rows(connection: Connection, which: ColumnElement[bool], limit: int | None = None) -> list[WordsRow]:
    """Give some comments, in the order of their ids, as the word index should hold them."""
    rows = connection.execute(
        select(CommentRow.id, AuthorAliasRow.name, DiscussionRow.title, CommentRow.text, CommentRow.language)
        .join(AuthorAliasRow, AuthorAliasRow.id == CommentRow.alias_id)
        .join(DiscussionRow, DiscussionRow.id == CommentRow.discussion_id)
        .where(which)
        .order_by(CommentRow.id)
        .limit(limit)
    )
    return [WordsRow.read(*row) for row in rows]


def _build_row(former: FormerComment, language: str | None, **numbers: int) -> dict[str, Any]:
    comment = former.comment
    return {
        "native_id": comment.native_id,
        "parent_native_id": comment.parent_id,
        "published_at": comment.published,
        "edited_at": comment.edited,
        "url": comment.url,
        "text": comment.text,
        "fingerprint": former.fingerprint,
        "position": comment.position,
        "language": language,
        "refresh_id": former.refresh_id,
        "place_id": former.place_id,
        **numbers,
    }


def _keep(
    known: _Known, now: dict[str, Any], author: AuthorAlias, aliases: Mapping[tuple[int, str], int]
) -> dict[str, Any]:
    """Keep what one way out of a place tells of a comment and another, such as an export without links, does not.

    An account that is not told is the same where the name is one of that account's.
    """
    kept: dict[str, Any] = {
        name: now[name] or getattr(known, name) for name in ("url", "parent_native_id", "published_at")
    }
    # Who brought it is who brought it first.
    kept["refresh_id"] = known.refresh_id
    if author.account is None:
        kept["alias_id"] = aliases.get((known.author_id, author.name), now["alias_id"])
    return {**now, **kept}


def _discussion_key(discussion: Discussion) -> tuple[str, Channel]:
    return discussion.native_id, discussion.channel


def _merge(before: Discussion, now: Discussion) -> Discussion:
    """Keep a title and link that a later record of the same discussion does not repeat.

    A feed of comments gives what it reads off the address for a title, which is none where the title is known.
    """
    is_guessed = now.title == title_of(now.url)
    return replace(now, title=(is_guessed and before.title) or now.title or before.title, url=now.url or before.url)


def _parts(values: Sequence[_T]) -> Iterable[Sequence[_T]]:
    for start in range(0, len(values), _KEYS_PER_STATEMENT):
        yield values[start : start + _KEYS_PER_STATEMENT]
