"""Who is following which changes: parts of the change log, so that processes that index share it and do nothing twice.

A claim is only a hint. Whoever writes acknowledges what is in the log still, so that a claim that was taken for given
up, and was not, costs work and nothing else.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, delete, insert, not_, select, update

from store.db.tables import ChangeRow, ClaimRow
from store.domain.encoder import EncoderState, KnownEncoder


@dataclass(frozen=True, slots=True)
class Claim:
    """A part of the change log, from one number to another, that a process follows."""

    id: int
    first: int
    last: int
    owner: str
    seen_at: datetime


def read_claims(connection: Connection, encoder: KnownEncoder | None) -> list[Claim]:
    """Give the claims on the part of the change log that an encoder follows."""
    rows = connection.execute(select(ClaimRow.__table__).where(_of(encoder)).order_by(ClaimRow.id))
    return [Claim(row.id, row.first_change, row.last_change, row.owner, row.seen_at) for row in rows]


def which_unclaimed(claims: Collection[Claim]) -> list[ColumnElement[bool]]:
    """Give the part of the change log that none of these claims is on."""
    return [not_(ChangeRow.id.between(claim.first, claim.last)) for claim in claims]


def put_claim(
    connection: Connection, encoder: KnownEncoder | None, changes: Sequence[int], owner: str, now: datetime
) -> int:
    """Claim some changes, which are in order, with what lies between them; give the number of the claim."""
    row = {
        "encoder_id": _find_number(encoder),
        "first_change": changes[0],
        "last_change": changes[-1],
        "owner": owner,
        "seen_at": now,
    }
    return connection.scalars(insert(ClaimRow).returning(ClaimRow.id), row).one()


def note_alive(connection: Connection, claim_id: int, now: datetime) -> None:
    """Note that whoever has a claim is alive."""
    connection.execute(update(ClaimRow).where(ClaimRow.id == claim_id).values(seen_at=now))


def delete_claims(connection: Connection, claim_ids: Collection[int]) -> None:
    """Give up claims."""
    if claim_ids:
        connection.execute(delete(ClaimRow).where(ClaimRow.id.in_(claim_ids)))


def _of(encoder: KnownEncoder | None) -> ColumnElement[bool]:
    number = _find_number(encoder)
    return ClaimRow.encoder_id.is_(None) if number is None else ClaimRow.encoder_id == number


def _find_number(encoder: KnownEncoder | None) -> int | None:
    """Give what the changes that an encoder follows have for it."""
    return encoder.id if encoder and encoder.state is EncoderState.BUILDING else None
