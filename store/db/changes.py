"""The logs that indexing and searching follow, and the number that tells caches they are old."""

from collections.abc import Iterable

from sqlalchemy import Connection, delete, insert, select, update

from store.db.tables import ChangeRow, EncoderRow, RemovedRow, StateRow

# For how many generations it is known what went. Who is further behind reads everything again.
REMOVALS_KEPT = 1_000


def log_changes(connection: Connection, comment_ids: Iterable[int]) -> None:
    """Note that these comments were written or removed, so that indexing follows, with every encoder that is at it."""
    building = connection.scalars(select(EncoderRow.id).where(EncoderRow.state == "building")).all()
    ids = list(comment_ids)
    rows = [{"comment_id": number, "encoder_id": encoder} for encoder in (None, *building) for number in ids]
    if rows:
        connection.execute(insert(ChangeRow), rows)
        bump_generation(connection)


def log_removed(
    connection: Connection, generation: int, comment_ids: Iterable[int], encoder_id: int | None = None
) -> None:
    """Note with which generation comments went, or else their passages of an encoder."""
    rows = [{"generation": generation, "comment_id": number, "encoder_id": encoder_id} for number in comment_ids]
    if rows:
        connection.execute(insert(RemovedRow), rows)
        connection.execute(delete(RemovedRow).where(RemovedRow.generation <= generation - REMOVALS_KEPT))


def bump_generation(connection: Connection) -> int:
    """Tell every cache, in whatever process, that what can be found has changed; give the new number."""
    connection.execute(update(StateRow).values(generation=StateRow.generation + 1))
    return connection.scalars(select(StateRow.generation)).one()
