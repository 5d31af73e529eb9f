"""Those who were forgotten: what of them is there, what goes, and the hashes that keep them away."""

import json
import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Self

from sqlalchemy import Connection, delete, func, select, update

from store.db import history
from store.db.authors import build_key, find_account
from store.db.changes import bump_generation, log_changes
from store.db.comments import read_words_rows, reword_discussions
from store.db.dialect import DatabaseDialect
from store.db.hidden import is_shown
from store.db.passages import delete_passages
from store.db.tables import (
    AuthorAliasRow,
    AuthorMergeRow,
    AuthorRow,
    CommentRow,
    DiscussionRow,
    ForgottenRow,
    FormerCommentRow,
    FormerDiscussionRow,
    ProblemRecordRow,
    ProblemRow,
    SourceRow,
    StateRow,
)
from store.domain.comment import AuthorAlias, Comment
from store.domain.forgetting import ForgottenKind, Namesake, Written
from store.text.language import detect_language
from store.text.words import fold

_SALT_BYTES = 32
_ROWS_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class StoredComment:
    """A comment as it is stored, by the archive's id."""

    id: int
    comment: Comment
    fingerprint: bytes


@dataclass(frozen=True, slots=True)
class KeptVersion:
    """What is kept of a comment as it was, as far as it may hold somebody's words; `kept` is all of it."""

    id: int
    kept: Mapping[str, Any]

    @property
    def author(self) -> AuthorAlias:
        """Who wrote it."""
        return AuthorAlias(self.kept["author"], self.kept["account"], tuple(self.kept["also"]))

    @property
    def native_id(self) -> str:
        """What its source tells it apart by."""
        return str(self.kept["id"])

    @property
    def title(self) -> str:
        """Its discussion's title."""
        return str(self.kept["title"])

    @property
    def text(self) -> str:
        """What it said."""
        return str(self.kept["text"])

    def rewrite(self, title: str, text: str) -> Self:
        """Give it with another title and text."""
        return replace(self, kept={**self.kept, "title": title, "text": text})


@dataclass(frozen=True, slots=True)
class Saying:
    """What somebody wrote in a discussion, and whether it is of those asked about."""

    title: str
    text: str
    is_theirs: bool


def get_salt(connection: Connection) -> bytes:
    """Give the key of the hashes, made at first use."""
    salt = find_salt(connection)
    if salt is None:
        salt = secrets.token_bytes(_SALT_BYTES)
        connection.execute(update(StateRow).values(salt=salt))
    return salt


def find_salt(connection: Connection) -> bytes | None:
    """Find the key of the hashes; there is none before anybody was forgotten."""
    return connection.scalars(select(StateRow.salt)).one()


def read_digests(connection: Connection) -> frozenset[bytes]:
    """Give the hashes of all who were forgotten."""
    return frozenset(connection.scalars(select(ForgottenRow.digest)))


def put_digests(
    connection: Connection, dialect: DatabaseDialect, digests: Mapping[bytes, ForgottenKind], now: datetime
) -> None:
    """Keep hashes, those that are not kept yet."""
    rows = [{"kind": kind, "digest": digest, "forgotten_at": now} for digest, kind in digests.items()]
    dialect.insert_or_ignore(connection, ForgottenRow, rows)


def find_namesakes(connection: Connection, name: str) -> list[Namesake]:
    """Give everybody who is called by a name, as `authors.find_authors`, and those whose comments have gone already.

    Of some of these nothing is there but what is kept of their comments.
    """
    wanted = fold(name)
    aliases = connection.execute(select(AuthorAliasRow.author_id, AuthorAliasRow.name))
    ids = {number for number, alias in aliases if fold(alias) == wanted}
    gone: list[Namesake] = []
    for (source_id, key), former in _read_former_names(connection).items():
        if wanted not in map(fold, former):
            continue
        of_source = (AuthorRow.source_id == source_id, AuthorRow.key == key)
        if number := connection.scalars(select(AuthorRow.id).where(*of_source)).one_or_none():
            ids.add(number)
        else:
            source = connection.scalars(select(SourceRow.name).where(SourceRow.id == source_id)).one()
            gone.append(Namesake(None, None, source, key, find_account(key), tuple(sorted(former)), 0))
    return sorted([*read_namesakes(connection, ids), *gone], key=lambda one: one.source)


def _read_former_names(connection: Connection, source_id: int | None = None) -> dict[tuple[int, str], set[str]]:
    """Give the names in what is kept of comments as they were, by source and what it tells their authors apart by."""
    kept = select(FormerCommentRow.source_id, FormerCommentRow.comment).where(FormerCommentRow.comment != "")
    names: dict[tuple[int, str], set[str]] = {}
    for source, comment in connection.execute(kept if source_id is None else kept.filter_by(source_id=source_id)):
        version = KeptVersion(0, json.loads(comment))
        names.setdefault((source, build_key(version.author)), set()).update((version.author.name, *version.author.also))
    return names


def read_namesakes(connection: Connection, ids: Collection[int]) -> list[Namesake]:
    """Give authors by their numbers, by source and number, with the names that they had in what is kept of them."""
    former = _read_former_names(connection)
    names: dict[int, list[str]] = {}
    aliases = select(AuthorAliasRow.author_id, AuthorAliasRow.name).where(AuthorAliasRow.author_id.in_(ids))
    for number, name in connection.execute(aliases.order_by(AuthorAliasRow.name)):
        names.setdefault(number, []).append(name)
    rows = connection.execute(
        select(
            AuthorRow.id,
            AuthorMergeRow.into_id,
            AuthorRow.source_id,
            SourceRow.name,
            AuthorRow.key,
            func.count(CommentRow.id),
        )
        .join(SourceRow, SourceRow.id == AuthorRow.source_id)
        .outerjoin(AuthorMergeRow, AuthorMergeRow.author_id == AuthorRow.id)
        .outerjoin(AuthorAliasRow, AuthorAliasRow.author_id == AuthorRow.id)
        .outerjoin(CommentRow, CommentRow.alias_id == AuthorAliasRow.id)
        .where(AuthorRow.id.in_(ids))
        .group_by(AuthorRow.id, AuthorMergeRow.into_id, AuthorRow.source_id, SourceRow.name, AuthorRow.key)
        .order_by(SourceRow.name, AuthorRow.id)
    )
    return [
        Namesake(
            id=number,
            person_id=into or number,
            source=source,
            key=key,
            account=find_account(key),
            names=tuple(sorted({*names.get(number, ()), *former.get((source_id, key), ())})),
            comments=comments,
        )
        for number, into, source_id, source, key, comments in rows
    ]


def find_author_ids(connection: Connection, identity: str, account: str) -> set[int]:
    """Find the authors who have an account of a place, in whatever sources are of that."""
    statement = select(AuthorRow.id).join(SourceRow, SourceRow.id == AuthorRow.source_id)
    key = build_key(AuthorAlias("", account))
    return set(connection.scalars(statement.where(SourceRow.identity == identity, AuthorRow.key == key)))


def count_written(connection: Connection, author_ids: Collection[int]) -> list[Written]:
    """Count what authors wrote, by source, channel and the name they wrote under; not in hidden discussions."""
    by = (SourceRow.name, CommentRow.channel_id, AuthorAliasRow.name)
    rows = connection.execute(
        select(
            AuthorAliasRow.name,
            SourceRow.name,
            CommentRow.channel_id,
            func.count(CommentRow.id),
            func.min(CommentRow.published_at),
            func.max(CommentRow.published_at),
        )
        .join(SourceRow, SourceRow.id == CommentRow.source_id)
        .join(AuthorAliasRow, AuthorAliasRow.id == CommentRow.alias_id)
        .where(AuthorAliasRow.author_id.in_(author_ids), is_shown())
        .group_by(*by)
        .order_by(*by)
    )
    return [Written(*row) for row in rows]


def read_names(connection: Connection, source_id: int) -> set[tuple[str, str]]:
    """Give what a source tells every author apart by, with each of their names there, folded."""
    rows = connection.execute(
        select(AuthorRow.key, AuthorAliasRow.name)
        .join(AuthorAliasRow, AuthorAliasRow.author_id == AuthorRow.id)
        .where(AuthorRow.source_id == source_id)
    )
    known = {(key, fold(name)) for key, name in rows}
    former = _read_former_names(connection, source_id)
    return known | {(key, fold(name)) for (_, key), names in former.items() for name in names}


def find_discussion_ids(connection: Connection, author_ids: Collection[int]) -> list[int]:
    """Give the discussions that authors wrote in."""
    wrote = select(CommentRow.discussion_id).join(AuthorAliasRow, AuthorAliasRow.id == CommentRow.alias_id)
    return sorted(connection.scalars(wrote.where(AuthorAliasRow.author_id.in_(author_ids)).distinct()))


def read_sayings(
    connection: Connection, discussion_ids: Sequence[int], author_ids: Collection[int]
) -> dict[int, list[Saying]]:
    """Give what was said in discussions, by discussion."""
    rows = connection.execute(
        select(CommentRow.discussion_id, DiscussionRow.title, CommentRow.text, AuthorAliasRow.author_id)
        .join(DiscussionRow, DiscussionRow.id == CommentRow.discussion_id)
        .join(AuthorAliasRow, AuthorAliasRow.id == CommentRow.alias_id)
        .where(CommentRow.discussion_id.in_(discussion_ids))
        .order_by(CommentRow.id)
    )
    found: dict[int, list[Saying]] = {}
    for number, title, text, author_id in rows:
        found.setdefault(number, []).append(Saying(title, text, author_id in author_ids))
    return found


def read_others(
    connection: Connection, source_id: int, author_ids: Collection[int], after_id: int
) -> list[tuple[int, str]]:
    """Give some comments of a source by anybody else, by the archive's ids above one."""
    rows = connection.execute(
        select(CommentRow.id, CommentRow.text)
        .join(AuthorAliasRow, AuthorAliasRow.id == CommentRow.alias_id)
        .where(CommentRow.source_id == source_id, CommentRow.id > after_id)
        .where(AuthorAliasRow.author_id.not_in(author_ids))
        .order_by(CommentRow.id)
        .limit(_ROWS_AT_ONCE)
    )
    return [(number, text) for number, text in rows]


def read_comments(connection: Connection, ids: Sequence[int]) -> list[StoredComment]:
    """Give comments whole, by the archive's ids."""
    states = history.read_states(connection, ids)
    return [StoredComment(number, state.comment, state.fingerprint) for number, state in sorted(states.items())]


def rewrite_comments(connection: Connection, dialect: DatabaseDialect, comments: Sequence[StoredComment]) -> None:
    """Write the texts and fingerprints of comments anew, and keep nothing of what they were; indexing will follow."""
    ids = [one.id for one in comments]
    version = bump_generation(connection)
    delete_passages(connection, ids)
    for one in comments:
        _update(
            connection,
            one.id,
            text=one.comment.text,
            fingerprint=one.fingerprint,
            language=detect_language(one.comment.text),
            version=version,
        )
    words = read_words_rows(connection, CommentRow.id.in_(ids))
    for row in words:
        _update(connection, row.comment_id, words=len(row.text))
    dialect.put_words(connection, words)
    log_changes(connection, ids)


def _update(connection: Connection, comment_id: int, **values: Any) -> None:
    connection.execute(update(CommentRow).where(CommentRow.id == comment_id).values(values))


def read_versions(connection: Connection, source_id: int, after_id: int) -> list[KeptVersion]:
    """Give some of what is kept of the comments of a source as they were, by numbers above one."""
    rows = connection.execute(
        select(FormerCommentRow.id, FormerCommentRow.comment)
        .where(FormerCommentRow.source_id == source_id, FormerCommentRow.id > after_id, FormerCommentRow.comment != "")
        .order_by(FormerCommentRow.id)
        .limit(_ROWS_AT_ONCE)
    )
    return [KeptVersion(number, json.loads(comment)) for number, comment in rows]


def rewrite_versions(connection: Connection, gone: Sequence[KeptVersion], changed: Sequence[KeptVersion]) -> None:
    """Remove some versions, and write others anew."""
    connection.execute(delete(FormerCommentRow).where(FormerCommentRow.id.in_([one.id for one in gone])))
    for one in changed:
        comment = json.dumps(one.kept, ensure_ascii=False)
        connection.execute(update(FormerCommentRow).where(FormerCommentRow.id == one.id).values(comment=comment))


def delete_records(connection: Connection, source_id: int, native_ids: Collection[str]) -> None:
    """Let what is told of comments that could not be imported not name these; that there were some stays."""
    of_source = select(ProblemRow.id).where(ProblemRow.source_id == source_id)
    these = (ProblemRecordRow.problem_id.in_(of_source), ProblemRecordRow.record.in_(native_ids))
    connection.execute(delete(ProblemRecordRow).where(*these))


def read_titles(connection: Connection, source_id: int) -> list[tuple[int, str]]:
    """Give the titles of a source's discussions, and those that they had before, by discussion."""
    of_source = DiscussionRow.source_id == source_id
    former = select(FormerDiscussionRow.discussion_id, FormerDiscussionRow.title)
    earlier = former.join(DiscussionRow, DiscussionRow.id == FormerDiscussionRow.discussion_id).where(of_source)
    rows = connection.execute(select(DiscussionRow.id, DiscussionRow.title).where(of_source).union(earlier))
    return sorted((number, title) for number, title in rows)


def delete_titles(connection: Connection, dialect: DatabaseDialect, titles: Sequence[tuple[int, str]]) -> None:
    """Take titles from the discussions that have them, or had; the word index follows."""
    for number, title in titles:
        now = (DiscussionRow.id == number, DiscussionRow.title == title)
        connection.execute(update(DiscussionRow).where(*now).values(title=""))
        before = (FormerDiscussionRow.discussion_id == number, FormerDiscussionRow.title == title)
        connection.execute(update(FormerDiscussionRow).where(*before).values(title=""))
    reword_discussions(connection, dialect, {number for number, _ in titles})
    bump_generation(connection)


def find_written(connection: Connection, source_id: int, author_ids: Collection[int]) -> dict[str, int]:
    """Give some comments of authors in a source, by their native ids, and the discussions that they are in."""
    statement = (
        select(CommentRow.native_id, CommentRow.discussion_id)
        .join(AuthorAliasRow, AuthorAliasRow.id == CommentRow.alias_id)
        .where(CommentRow.source_id == source_id, AuthorAliasRow.author_id.in_(author_ids))
        .order_by(CommentRow.id)
        .limit(_ROWS_AT_ONCE)
    )
    return dict(connection.execute(statement).all())


def delete_authors(connection: Connection, author_ids: Collection[int]) -> None:
    """Remove authors who have no comment any more, their names, and that they were merged."""
    merges = AuthorMergeRow.author_id.in_(author_ids) | AuthorMergeRow.into_id.in_(author_ids)
    connection.execute(delete(AuthorMergeRow).where(merges))
    connection.execute(delete(AuthorAliasRow).where(AuthorAliasRow.author_id.in_(author_ids)))
    connection.execute(delete(AuthorRow).where(AuthorRow.id.in_(author_ids)))
    bump_generation(connection)
