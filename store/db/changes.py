"""The logs that indexing and searching follow, and the number that tells caches they are old."""

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, delete, insert, select, update

from store.db.tables import ChangeRow, CommentRow, EncoderRow, RemovedRow, StateRow
from store.domain.encoder import EncoderState

# For how many generations it is known what went. Who is further behind reads everything again.
REMOVALS_KEPT = 1_000
_VALUES_PER_STATEMENT = 5_000


def log_changes(connection: Connection, comment_ids: Iterable[int]) -> None:
    """Note that these comments were written or removed, so that indexing follows, with every encoder that is at it.

    What was noted of them before goes: who has read it by then tells by that that they changed since.
    """
    building = connection.scalars(select(EncoderRow.id).where(EncoderRow.state == EncoderState.BUILDING)).all()
    ids = list(comment_ids)
    rows = [{"comment_id": number, "encoder_id": encoder} for encoder in (None, *building) for number in ids]
    if rows:
        for start in range(0, len(ids), _VALUES_PER_STATEMENT):
            some = ids[start : start + _VALUES_PER_STATEMENT]
            connection.execute(delete(ChangeRow).where(ChangeRow.comment_id.in_(some)))
        connection.execute(insert(ChangeRow), rows)
        log_removed(connection, [(number, None) for number in _find_gone(connection, ids)])
        bump_generation(connection)


def log_removed(connection: Connection, gone: Iterable[tuple[int, int | None]]) -> None:
    """Note that comments went, or their passages of an encoder: who keeps them in memory lets go of them."""
    pairs = list(gone)
    if pairs:
        generation = bump_generation(connection)
        rows = [{"generation": generation, "comment_id": number, "encoder_id": encoder} for number, encoder in pairs]
        connection.execute(insert(RemovedRow), rows)
        connection.execute(delete(RemovedRow).where(RemovedRow.generation <= generation - REMOVALS_KEPT))


def _find_gone(connection: Connection, comment_ids: Sequence[int]) -> list[int]:
    """Find which of some comments are not there any more."""
    there: set[int] = set()
    for start in range(0, len(comment_ids), _VALUES_PER_STATEMENT):
        some = comment_ids[start : start + _VALUES_PER_STATEMENT]
        there.update(connection.scalars(select(CommentRow.id).where(CommentRow.id.in_(some))))
    return [number for number in comment_ids if number not in there]


def bump_generation(connection: Connection) -> int:
    """Tell every cache, in whatever process, that what can be found has changed; give the new number."""
    connection.execute(update(StateRow).values(generation=StateRow.generation + 1))
    return connection.scalars(select(StateRow.generation)).one()
