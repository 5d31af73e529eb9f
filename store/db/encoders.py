"""Which encoder's vectors answer, and which are being made beside them. Vectors of two are never taken for one's."""

from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import ColumnElement, Connection, delete, insert, literal, select, update

from store.db.changes import bump_generation
from store.db.tables import ChangeRow, CommentRow, EncoderRow, PassageRow
from store.errors import EncoderChangedError


class EncoderState(StrEnum):
    """What an encoder's vectors are for."""

    ACTIVE = "active"
    BUILDING = "building"
    RETIRED = "retired"


@dataclass(frozen=True, slots=True)
class KnownEncoder:
    """An encoder that has vectors here: its EncoderId.key, and the name that it is loaded by."""

    id: int
    key: str
    name: str
    state: EncoderState


def read_encoders(connection: Connection) -> list[KnownEncoder]:
    """Give all encoders that have, or had, vectors here."""
    rows = connection.execute(select(EncoderRow.__table__).order_by(EncoderRow.id))
    return [KnownEncoder(row.id, row.key, row.name, EncoderState(row.state)) for row in rows]


def find_active(connection: Connection) -> KnownEncoder | None:
    """Find the encoder whose vectors answer; None before anything was indexed."""
    return next((one for one in read_encoders(connection) if one.state is EncoderState.ACTIVE), None)


def find_encoder(connection: Connection, key: str) -> KnownEncoder | None:
    """Find an encoder by its key."""
    return next((one for one in read_encoders(connection) if one.key == key), None)


def get_indexing(connection: Connection, key: str) -> KnownEncoder | None:
    """Give an encoder that may index; None for the first that ever does.

    Raises:
        EncoderChangedError: Another one's vectors answer, and this one's are not being made beside them.
    """
    active, known = find_active(connection), find_encoder(connection, key)
    if active is None or (known and known.state is not EncoderState.RETIRED):
        return known
    raise EncoderChangedError(
        f"cannot index the archive: {key!r}: it is indexed with {active.key!r}: "
        "run `harkback reindex` to change to another model, or set HARKBACK_MODEL to the one that it has"
    )


def put_encoder(connection: Connection, key: str, name: str) -> KnownEncoder:
    """Give an encoder that may index, made the active one if it is the first.

    Raises:
        EncoderChangedError: As for `get_indexing`.
    """
    known = get_indexing(connection, key)
    if known and known.state is not EncoderState.RETIRED:
        return known
    return _put(connection, key, name, EncoderState.ACTIVE)


def begin_building(connection: Connection, key: str, name: str) -> KnownEncoder:
    """Let an encoder's vectors be made beside those that answer, of every comment; those there are stay."""
    known = find_encoder(connection, key)
    if known and known.state is not EncoderState.RETIRED:
        return known
    building = _put(connection, key, name, EncoderState.BUILDING)
    comments = select(CommentRow.id, literal(building.id)).order_by(CommentRow.id)
    connection.execute(insert(ChangeRow).from_select(["comment_id", "encoder_id"], comments))
    return building


def activate(connection: Connection, key: str) -> bool:
    """Let the vectors of the encoder that were made beside the others answer, if they are complete; tell whether so."""
    building = find_encoder(connection, key)
    if building is None or building.state is not EncoderState.BUILDING:
        return False
    if connection.scalars(select(ChangeRow.id).where(ChangeRow.encoder_id == building.id).limit(1)).first():
        return False
    connection.execute(
        update(EncoderRow).where(EncoderRow.state == EncoderState.ACTIVE).values(state=EncoderState.RETIRED)
    )
    connection.execute(update(EncoderRow).where(EncoderRow.id == building.id).values(state=EncoderState.ACTIVE))
    connection.execute(delete(ChangeRow).where(ChangeRow.encoder_id.is_(None)))
    bump_generation(connection)
    return True


def retire(connection: Connection, key: str) -> None:
    """Give up what was being made beside the vectors that answer."""
    known = find_encoder(connection, key)
    if known and known.state is EncoderState.BUILDING:
        connection.execute(update(EncoderRow).where(EncoderRow.id == known.id).values(state=EncoderState.RETIRED))
        connection.execute(delete(ChangeRow).where(ChangeRow.encoder_id == known.id))


def delete_retired_passages(connection: Connection, limit: int) -> int:
    """Remove some passages of encoders that answer no more; give how many."""
    retired = select(EncoderRow.id).where(EncoderRow.state == EncoderState.RETIRED)
    some = select(PassageRow.id).where(PassageRow.encoder_id.in_(retired)).limit(limit)
    return connection.execute(delete(PassageRow).where(PassageRow.id.in_(some))).rowcount


def which_changes(encoder: KnownEncoder | None) -> ColumnElement[bool]:
    """Give the part of the change log that an encoder follows."""
    if encoder is None or encoder.state is EncoderState.ACTIVE:
        return ChangeRow.encoder_id.is_(None)
    return ChangeRow.encoder_id == encoder.id


def _put(connection: Connection, key: str, name: str, state: EncoderState) -> KnownEncoder:
    known = find_encoder(connection, key)
    if known:
        connection.execute(update(EncoderRow).where(EncoderRow.id == known.id).values(name=name, state=state))
        return KnownEncoder(known.id, key, name, state)
    row = {"key": key, "name": name, "state": state}
    return KnownEncoder(connection.scalars(insert(EncoderRow).returning(EncoderRow.id), row).one(), key, name, state)
