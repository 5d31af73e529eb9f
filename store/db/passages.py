"""Passages and vectors: what indexing writes after the change log, and what searching loads."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, Select, delete, exists, func, insert, select

from store.db.changes import bump_generation
from store.db.dialect import DatabaseDialect
from store.db.readers import read_numbers
from store.db.tables import AuthorAliasRow, ChangeRow, CommentRow, EncoderRow, PassageRow, VectorRow

_VALUES_PER_STATEMENT = 5_000
_VECTOR_DTYPE = np.dtype("<f4")


@dataclass(frozen=True, slots=True)
class PendingComment:
    """A comment to be indexed, with its author's name. `text` is None for one that was removed."""

    comment_id: int
    author: str
    text: str | None
    last_change: int


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece of a comment, text[start:end], and the hash of what is embedded for it."""

    comment_id: int
    start: int
    end: int
    content_hash: bytes


@dataclass(frozen=True, slots=True)
class IndexedPassage:
    """A passage as search knows it."""

    id: int
    comment_id: int
    start: int
    end: int


def count_changes(connection: Connection) -> int:
    """Count the comments with changes that indexing has not followed."""
    return connection.scalars(select(func.count(func.distinct(ChangeRow.comment_id)))).one()


def read_pending(connection: Connection, limit: int) -> list[PendingComment]:
    """Give the comments of the oldest changes, each once, as they are now."""
    changes = connection.execute(select(ChangeRow.comment_id, ChangeRow.id).order_by(ChangeRow.id).limit(limit))
    last_changes = {change.comment_id: change.id for change in changes}
    rows = connection.execute(
        select(CommentRow.id, AuthorAliasRow.name, CommentRow.text)
        .join(AuthorAliasRow, AuthorAliasRow.id == CommentRow.alias_id)
        .where(CommentRow.id.in_(last_changes))
    )
    known = {row.id: row for row in rows}
    return [
        PendingComment(number, known[number].name, known[number].text, last)
        if number in known
        else PendingComment(number, "", None, last)
        for number, last in last_changes.items()
    ]


def find_encoder_id(connection: Connection, dialect: DatabaseDialect, key: str) -> int:
    """Give the database's number for an encoder, made on first use."""
    dialect.insert_or_ignore(connection, EncoderRow, [{"key": key}])
    return connection.scalars(select(EncoderRow.id).where(EncoderRow.key == key)).one()


def find_encoded(connection: Connection, encoder_key: str, hashes: Sequence[bytes]) -> set[bytes]:
    """Give those hashes whose text this encoder has embedded before."""
    found: set[bytes] = set()
    for start in range(0, len(hashes), _VALUES_PER_STATEMENT):
        found.update(
            connection.scalars(
                select(VectorRow.content_hash)
                .join(EncoderRow, EncoderRow.id == VectorRow.encoder_id)
                .where(
                    EncoderRow.key == encoder_key,
                    VectorRow.content_hash.in_(hashes[start : start + _VALUES_PER_STATEMENT]),
                )
            )
        )
    return found


def put_passages(
    connection: Connection,
    dialect: DatabaseDialect,
    *,
    encoder_key: str,
    passages: Sequence[Passage],
    vectors: Mapping[bytes, NDArray[np.float32]],
    followed: Sequence[PendingComment],
) -> None:
    """Replace the passages of the comments followed, store new vectors, and acknowledge the changes.

    A comment that changed again meanwhile keeps its later change and will be followed again; so will one with a
    passage whose vector was taken for known and has been purged meanwhile.
    """
    encoder_id = find_encoder_id(connection, dialect, encoder_key)
    dialect.insert_or_ignore(
        connection,
        VectorRow,
        [
            {
                "encoder_id": encoder_id,
                "content_hash": content_hash,
                "data": vector.astype(_VECTOR_DTYPE).tobytes(),
            }
            for content_hash, vector in vectors.items()
        ],
    )
    ids = [pending.comment_id for pending in followed]
    before = _read_hashes(connection, ids)
    connection.execute(delete(PassageRow).where(PassageRow.comment_id.in_(ids)))
    alive = set(connection.scalars(select(CommentRow.id).where(CommentRow.id.in_(ids))))
    rows = [
        {
            "comment_id": passage.comment_id,
            "start": passage.start,
            "end": passage.end,
            "content_hash": passage.content_hash,
        }
        for passage in passages
        if passage.comment_id in alive
    ]
    if rows:
        connection.execute(insert(PassageRow), rows)
    _delete_unused_vectors(connection, list({*before, *vectors}))
    hashes = list({passage.content_hash for passage in passages})
    missing = set(hashes) - find_encoded(connection, encoder_key, hashes)
    incomplete = {passage.comment_id for passage in passages if passage.content_hash in missing}
    newest = max(pending.last_change for pending in followed)
    done = [number for number in ids if number not in incomplete]
    connection.execute(delete(ChangeRow).where(ChangeRow.comment_id.in_(done), ChangeRow.id <= newest))
    bump_generation(connection)


def find_unencoded(connection: Connection, encoder_key: str) -> list[int]:
    """Give the comments that have a passage without a vector of this encoder: those indexed with another one."""
    encoded = (
        exists()
        .where(VectorRow.content_hash == PassageRow.content_hash, EncoderRow.key == encoder_key)
        .where(EncoderRow.id == VectorRow.encoder_id)
    )
    return list(
        connection.scalars(select(PassageRow.comment_id).where(~encoded).distinct().order_by(PassageRow.comment_id))
    )


def delete_passages(connection: Connection, comment_ids: Sequence[int]) -> None:
    """Remove the passages of comments, and the vectors of texts that are in no other passage."""
    hashes = _read_hashes(connection, comment_ids)
    connection.execute(delete(PassageRow).where(PassageRow.comment_id.in_(comment_ids)))
    _delete_unused_vectors(connection, hashes)


def _read_hashes(connection: Connection, comment_ids: Sequence[int]) -> list[bytes]:
    rows = connection.scalars(select(PassageRow.content_hash).where(PassageRow.comment_id.in_(comment_ids)).distinct())
    return list(rows)


def _delete_unused_vectors(connection: Connection, hashes: Sequence[bytes]) -> None:
    used = exists().where(PassageRow.content_hash == VectorRow.content_hash)
    for start in range(0, len(hashes), _VALUES_PER_STATEMENT):
        some = hashes[start : start + _VALUES_PER_STATEMENT]
        connection.execute(delete(VectorRow).where(VectorRow.content_hash.in_(some), ~used))


def read_passage_ids(connection: Connection, encoder_key: str) -> NDArray[np.int64]:
    """Give the ids of all passages that have a vector of this encoder, ascending."""
    return read_numbers(connection.execute(_with_vectors(select(PassageRow.id), encoder_key).order_by(PassageRow.id)))


def read_vectors(
    connection: Connection, encoder_key: str, after_id: int, dim: int
) -> Iterator[tuple[list[IndexedPassage], NDArray[np.float32]]]:
    """Give the passages with ids above one, in order, in parts, with their vectors of shape (n, dim)."""
    statement = (
        _with_vectors(
            select(
                PassageRow.id,
                PassageRow.comment_id,
                PassageRow.start,
                PassageRow.end,
                VectorRow.data,
            ),
            encoder_key,
        )
        .where(PassageRow.id > after_id)
        .order_by(PassageRow.id)
    )
    result = connection.execution_options(yield_per=_VALUES_PER_STATEMENT).execute(statement)
    for rows in result.partitions():
        data = b"".join(row[-1] for row in rows)
        vectors = np.frombuffer(data, dtype=_VECTOR_DTYPE).reshape(len(rows), dim)
        yield [IndexedPassage(*row[:-1]) for row in rows], vectors


def _with_vectors(statement: Select[*tuple[Any, ...]], encoder_key: str) -> Select[*tuple[Any, ...]]:
    return (
        statement.join(VectorRow, VectorRow.content_hash == PassageRow.content_hash)
        .join(EncoderRow, EncoderRow.id == VectorRow.encoder_id)
        .where(EncoderRow.key == encoder_key)
    )
