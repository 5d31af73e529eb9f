"""Passages and vectors: what indexing writes after the change log, and what searching loads."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, Connection, and_, delete, exists, func, insert, select, tuple_, update

from store.db import encoders
from store.db.changes import bump_generation, log_removed
from store.db.claims import Claim, which_unclaimed
from store.db.dialect import DatabaseDialect
from store.db.tables import AuthorAliasRow, ChangeRow, CommentRow, EncoderRow, PassageRow, VectorRow
from store.domain.encoder import EncoderState, KnownEncoder

_VALUES_PER_STATEMENT = 5_000
_VECTOR_DTYPE = np.dtype("<f4")
_COLUMNS = (PassageRow.id, PassageRow.comment_id, PassageRow.start, PassageRow.end, PassageRow.content_hash)


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


def count_changes(connection: Connection, encoder_key: str | None = None) -> int:
    """Count the comments with changes that indexing has not followed: with an encoder, or with the one that answers."""
    known = encoders.get_indexing(connection, encoder_key) if encoder_key else None
    return connection.scalars(
        select(func.count(func.distinct(ChangeRow.comment_id))).where(encoders.which_changes(known))
    ).one()


def read_pending(
    connection: Connection, encoder: KnownEncoder | None, claims: Collection[Claim], limit: int
) -> list[PendingComment]:
    """Give the comments of the oldest changes that an encoder has not followed, each once, as they are now.

    Args:
        connection: Where they are.
        encoder: It; None for the first that ever indexes.
        claims: What others are following.
        limit: How many to give at most.
    """
    which = (encoders.which_changes(encoder), *which_unclaimed(claims))
    changes = connection.execute(
        select(ChangeRow.comment_id, ChangeRow.id).where(*which).order_by(ChangeRow.id).limit(limit)
    )
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


def has_more_than(connection: Connection, encoder: KnownEncoder | None, claims: Collection[Claim], count: int) -> bool:
    """Tell whether there are more changes for an encoder to follow than so many that nobody follows."""
    which = (encoders.which_changes(encoder), *which_unclaimed(claims))
    return connection.scalars(select(ChangeRow.id).where(*which).offset(count).limit(1)).first() is not None


def count_passages(connection: Connection, encoder_key: str) -> int:
    """Count the passages that an encoder has."""
    encoder = select(EncoderRow.id).where(EncoderRow.key == encoder_key)
    return connection.scalars(select(func.count(PassageRow.id)).where(PassageRow.encoder_id.in_(encoder))).one()


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
    encoder_name: str,
    passages: Sequence[Passage],
    vectors: Mapping[bytes, NDArray[np.float32]],
    followed: Sequence[PendingComment],
) -> None:
    """Replace an encoder's passages of the comments followed, store new vectors, and acknowledge the changes.

    A comment whose change is not in the log any more is left alone: it changed again, and will be followed again, or
    another process has followed it, and may know it as it is by now. One with a passage whose vector was taken for
    known and has been purged meanwhile will be followed again.

    Raises:
        EncoderChangedError: The archive is indexed with another one by now.
    """
    # First of all: who bumps it waits for others who write passages, so that the ids they give grow as they commit.
    bump_generation(connection)
    encoder = encoders.put_encoder(connection, encoder_key, encoder_name)
    ids = _find_unfollowed(connection, encoder, followed)
    before = _take_passages(connection, PassageRow.comment_id.in_(ids), PassageRow.encoder_id == encoder.id)
    alive = set(connection.scalars(select(CommentRow.id).where(CommentRow.id.in_(ids))))
    found = [passage for passage in passages if passage.comment_id in alive]
    hashes = list({passage.content_hash for passage in found})
    _put_vectors(connection, dialect, encoder, {one: vectors[one] for one in hashes if one in vectors})
    _insert_passages(connection, encoder, found)
    if dialect.vectors and dialect.vectors.are_here(connection):
        dialect.vectors.copy_of(connection, encoder.id, list(alive))
    _mark_vectors(connection, list({*before, *hashes}))
    missing = set(hashes) - find_encoded(connection, encoder_key, hashes)
    incomplete = {passage.comment_id for passage in found if passage.content_hash in missing}
    newest = max(pending.last_change for pending in followed)
    done = [number for number in ids if number not in incomplete]
    connection.execute(
        delete(ChangeRow).where(encoders.which_changes(encoder), ChangeRow.comment_id.in_(done), ChangeRow.id <= newest)
    )


def _find_unfollowed(connection: Connection, encoder: KnownEncoder, read: Sequence[PendingComment]) -> list[int]:
    """Find which of some comments are as they were read, and were followed by nobody else since."""
    changes = select(ChangeRow.comment_id).where(
        encoders.which_changes(encoder), ChangeRow.id.in_([pending.last_change for pending in read])
    )
    return list(connection.scalars(changes.order_by(ChangeRow.id)))


def _put_vectors(
    connection: Connection,
    dialect: DatabaseDialect,
    encoder: KnownEncoder,
    vectors: Mapping[bytes, NDArray[np.float32]],
) -> None:
    rows = [
        {"encoder_id": encoder.id, "content_hash": content_hash, "data": vector.astype(_VECTOR_DTYPE).tobytes()}
        for content_hash, vector in vectors.items()
    ]
    dialect.insert_or_ignore(connection, VectorRow, rows)


def _insert_passages(connection: Connection, encoder: KnownEncoder, passages: Sequence[Passage]) -> None:
    if passages:
        rows = [
            {
                "encoder_id": encoder.id,
                "comment_id": passage.comment_id,
                "start": passage.start,
                "end": passage.end,
                "content_hash": passage.content_hash,
            }
            for passage in passages
        ]
        connection.execute(insert(PassageRow), rows)


def delete_passages(connection: Connection, comment_ids: Sequence[int]) -> None:
    """Remove the passages of comments; vectors of texts that are in no other passage are purged after a while."""
    _mark_vectors(connection, _take_passages(connection, PassageRow.comment_id.in_(comment_ids)))


def _take_passages(connection: Connection, *which: ColumnElement[bool]) -> Sequence[bytes]:
    """Remove some passages; give the hashes of their texts."""
    columns = (PassageRow.comment_id, PassageRow.encoder_id, PassageRow.content_hash)
    gone = connection.execute(select(*columns).where(*which).order_by(PassageRow.id)).all()
    connection.execute(delete(PassageRow).where(*which))
    log_removed(connection, dict.fromkeys((row.comment_id, row.encoder_id) for row in gone))
    return list({row.content_hash for row in gone})


def drop_passages(connection: Connection, comment_ids: Sequence[int]) -> None:
    """Remove the passages of comments, and the vectors of texts that are in no other, for good."""
    hashes = _take_passages(connection, PassageRow.comment_id.in_(comment_ids))
    for start in range(0, len(hashes), _VALUES_PER_STATEMENT):
        these = VectorRow.content_hash.in_(hashes[start : start + _VALUES_PER_STATEMENT])
        connection.execute(delete(VectorRow).where(these, ~_is_used()))


def has_unused_vectors(connection: Connection, before: datetime) -> bool:
    """Tell whether there are vectors that no passage has had since a time."""
    return connection.scalars(select(VectorRow.encoder_id).where(_is_unused(before)).limit(1)).first() is not None


def purge_vectors(connection: Connection, before: datetime, limit: int) -> int:
    """Remove some of the vectors that no passage has had since a time; give how many."""
    key = tuple_(VectorRow.encoder_id, VectorRow.content_hash)
    some = select(VectorRow.encoder_id, VectorRow.content_hash).where(_is_unused(before)).limit(limit)
    return connection.execute(delete(VectorRow).where(key.in_(some))).rowcount


def _is_unused(before: datetime) -> ColumnElement[bool]:
    return and_(VectorRow.unused_since < before, ~_is_used())


def _mark_vectors(connection: Connection, hashes: Sequence[bytes]) -> None:
    """Note which of some vectors are in no passage now, and which are again."""
    for start in range(0, len(hashes), _VALUES_PER_STATEMENT):
        these = VectorRow.content_hash.in_(hashes[start : start + _VALUES_PER_STATEMENT])
        unused, again = VectorRow.unused_since.is_(None), VectorRow.unused_since.is_not(None)
        connection.execute(update(VectorRow).where(these, unused, ~_is_used()).values(unused_since=datetime.now(UTC)))
        connection.execute(update(VectorRow).where(these, again, _is_used()).values(unused_since=None))


def _is_used() -> ColumnElement[bool]:
    return exists().where(
        PassageRow.content_hash == VectorRow.content_hash, PassageRow.encoder_id == VectorRow.encoder_id
    )


def read_vectors(
    connection: Connection, encoder_key: str, after_id: int, dim: int
) -> Iterator[tuple[list[IndexedPassage], NDArray[np.float32]]]:
    """Give the passages with ids above one, in order, in parts, with their vectors of shape (n, dim).

    None are given unless the encoder is the active one: half of what is being made must not answer.
    """
    encoder = encoders.find_encoder(connection, encoder_key)
    if encoder is None or encoder.state is not EncoderState.ACTIVE:
        return
    statement = select(*_COLUMNS).where(PassageRow.encoder_id == encoder.id).order_by(PassageRow.id)
    while passages := connection.execute(statement.where(PassageRow.id > after_id).limit(_VALUES_PER_STATEMENT)).all():
        after_id = passages[-1].id
        found = _read_data(connection, encoder, {passage.content_hash for passage in passages})
        known = [passage for passage in passages if passage.content_hash in found]
        data = b"".join(found[passage.content_hash] for passage in known)
        yield (
            [IndexedPassage(*passage[:-1]) for passage in known],
            np.frombuffer(data, dtype=_VECTOR_DTYPE).reshape(len(known), dim),
        )


def read_some(connection: Connection, encoder_key: str, ids: Sequence[int]) -> dict[int, tuple[int, int, int, bytes]]:
    """Give some passages of an encoder, by id, each with its vector: comment, start, end, float32."""
    encoder = encoders.find_encoder(connection, encoder_key)
    if encoder is None:
        return {}
    statement = select(*_COLUMNS).where(PassageRow.encoder_id == encoder.id, PassageRow.id.in_(ids))
    passages = connection.execute(statement).all()
    found = _read_data(connection, encoder, {passage.content_hash for passage in passages})
    return {
        number: (comment, start, end, found[content_hash])
        for number, comment, start, end, content_hash in passages
        if content_hash in found
    }


def _read_data(connection: Connection, encoder: KnownEncoder, hashes: Collection[bytes]) -> dict[bytes, bytes]:
    """Give an encoder's vectors of texts, by hash. Not joined to passages: SQLite would look at all vectors first."""
    vectors = select(VectorRow.content_hash, VectorRow.data).where(
        VectorRow.encoder_id == encoder.id, VectorRow.content_hash.in_(hashes)
    )
    return dict(connection.execute(vectors).all())


def read_ids(connection: Connection, encoder_key: str) -> NDArray[np.int64]:
    """Give the passages that an encoder has, by id; in no order."""
    encoder = select(EncoderRow.id).where(EncoderRow.key == encoder_key).scalar_subquery()
    return np.fromiter(connection.scalars(select(PassageRow.id).where(PassageRow.encoder_id == encoder)), np.int64)
