"""Which encoder's vectors answer, and which are being made beside them. Vectors of two are never taken for one's."""

from datetime import datetime

from sqlalchemy import ColumnElement, Connection, delete, insert, literal, select, update

from store.db.changes import bump_generation
from store.db.tables import ChangeRow, ClaimRow, CommentRow, EncoderRow, PassageRow, VectorRow
from store.domain.encoder import EncoderState, KnownEncoder
from store.errors import EncoderChangedError


def read_encoders(connection: Connection) -> list[KnownEncoder]:
    """Give all encoders that have, or had, vectors here."""
    rows = connection.execute(select(EncoderRow.__table__).order_by(EncoderRow.id))
    return [
        KnownEncoder(
            row.id,
            row.key,
            row.name,
            EncoderState(row.state),
            row.owner,
            row.begun_at,
            row.seen_at,
            row.active_since,
        )
        for row in rows
    ]


def find_active(connection: Connection) -> KnownEncoder | None:
    """Find the encoder whose vectors answer; None before anything was indexed."""
    return next((one for one in read_encoders(connection) if one.state is EncoderState.ACTIVE), None)


def find_building(connection: Connection) -> KnownEncoder | None:
    """Find the encoder whose vectors are being made beside those that answer."""
    return next((one for one in read_encoders(connection) if one.state is EncoderState.BUILDING), None)


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
        "run `harkback reindex --model NAME` to change to another model"
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
    """Let an encoder's vectors be made beside those that answer, of every comment; those there are stay.

    Where none answer yet, there is nothing to make them beside: they answer at once, and the log holds every comment.
    """
    known = find_encoder(connection, key)
    if known and known.state is not EncoderState.RETIRED:
        return known
    if find_active(connection) is None:
        return _put(connection, key, name, EncoderState.ACTIVE)
    building = _put(connection, key, name, EncoderState.BUILDING)
    comments = select(CommentRow.id, literal(building.id)).order_by(CommentRow.id)
    connection.execute(insert(ChangeRow).from_select(["comment_id", "encoder_id"], comments))
    return building


def activate(connection: Connection, key: str) -> bool:
    """Let the vectors of the encoder that were made beside the others answer, if they are complete; tell whether so.

    Raises:
        EncoderChangedError: They were given up meanwhile.
    """
    building = find_encoder(connection, key)
    if building is None or building.state is EncoderState.RETIRED:
        raise EncoderChangedError(
            f"cannot change the archive to another model: {key!r}: its vectors were given up meanwhile: "
            "run `harkback reindex` again"
        )
    if building.state is EncoderState.ACTIVE:
        return True
    if connection.scalars(select(ChangeRow.id).where(ChangeRow.encoder_id == building.id).limit(1)).first():
        return False
    connection.execute(
        update(EncoderRow).where(EncoderRow.state == EncoderState.ACTIVE).values(state=EncoderState.RETIRED)
    )
    values = {"state": EncoderState.ACTIVE, "active_since": bump_generation(connection)}
    connection.execute(update(EncoderRow).where(EncoderRow.id == building.id).values(values))
    connection.execute(delete(ChangeRow).where(ChangeRow.encoder_id.is_(None)))
    # Whoever had taken some of what is done by now, and died, will not give it back.
    connection.execute(delete(ClaimRow))
    return True


def retire(connection: Connection, key: str) -> None:
    """Give up what was being made beside the vectors that answer."""
    known = find_encoder(connection, key)
    if known and known.state is EncoderState.BUILDING:
        connection.execute(update(EncoderRow).where(EncoderRow.id == known.id).values(state=EncoderState.RETIRED))
        connection.execute(delete(ChangeRow).where(ChangeRow.encoder_id == known.id))
        connection.execute(delete(ClaimRow).where(ClaimRow.encoder_id == known.id))


def delete_retired(connection: Connection, limit: int) -> bool:
    """Remove some of what an encoder that answers no more has made, at last itself; tell whether there was one."""
    retired = select(EncoderRow.id).where(EncoderRow.state == EncoderState.RETIRED).limit(1)
    number = connection.scalars(retired).one_or_none()
    if number is None:
        return False
    for table, key in ((PassageRow, PassageRow.id), (VectorRow, VectorRow.content_hash)):
        some = select(key).where(table.encoder_id == number).limit(limit)
        if connection.execute(delete(table).where(table.encoder_id == number, key.in_(some))).rowcount:
            return True
    connection.execute(delete(EncoderRow).where(EncoderRow.id == number))
    return True


def take(connection: Connection, key: str, owner: str, now: datetime) -> None:
    """Note who is changing the archive to an encoder; whoever seemed to be at it is taken for dead."""
    _free(connection, EncoderRow.owner != "")
    values = {"owner": owner, "begun_at": now, "seen_at": now}
    connection.execute(update(EncoderRow).where(EncoderRow.key == key).values(values))


def note_alive(connection: Connection, key: str, owner: str, now: datetime) -> bool:
    """Note that who is changing the archive to an encoder is alive; tell whether they still are."""
    mine = (EncoderRow.key == key, EncoderRow.owner == owner)
    return connection.execute(update(EncoderRow).where(*mine).values(seen_at=now)).rowcount > 0


def free(connection: Connection, key: str, owner: str) -> None:
    """Note that nobody is changing the archive to an encoder any more."""
    _free(connection, EncoderRow.key == key, EncoderRow.owner == owner)


def _free(connection: Connection, *which: ColumnElement[bool]) -> None:
    connection.execute(update(EncoderRow).where(*which).values(owner="", begun_at=None, seen_at=None))


def which_changes(encoder: KnownEncoder | None) -> ColumnElement[bool]:
    """Give the part of the change log that an encoder follows."""
    if encoder and encoder.state is EncoderState.BUILDING:
        return ChangeRow.encoder_id == encoder.id
    return ChangeRow.encoder_id.is_(None)


def _put(connection: Connection, key: str, name: str, state: EncoderState) -> KnownEncoder:
    known = find_encoder(connection, key)
    if known:
        connection.execute(update(EncoderRow).where(EncoderRow.id == known.id).values(name=name, state=state))
        return KnownEncoder(known.id, key, name, state)
    row = {"key": key, "name": name, "state": state}
    return KnownEncoder(connection.scalars(insert(EncoderRow).returning(EncoderRow.id), row).one(), key, name, state)
