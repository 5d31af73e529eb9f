"""Standing questions: kept, paused, removed, and how far each was looked at."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, delete, insert, or_, select, update

from store.db.use_tables import WatchRow
from store.domain.watch import Watch


def insert_watch(
    connection: Connection, team: str, person: str, channel: str, asked: str, seen_id: int, now: datetime
) -> None:
    """Keep a question of somebody's."""
    row = {
        "team": team,
        "person": person,
        "channel": channel,
        "asked": asked,
        "created_at": now,
        "seen_id": seen_id,
    }
    connection.execute(insert(WatchRow).values(row))


def read_watches_of(connection: Connection, team: str, person: str) -> list[Watch]:
    """Give those of a person, in the order in which they were made."""
    return _read(connection, WatchRow.team == team, WatchRow.person == person)


def find_watch(connection: Connection, watch_id: int) -> Watch | None:
    """Find one by its id."""
    return next(iter(_read(connection, WatchRow.id == watch_id)), None)


def read_due(connection: Connection, newest_id: int, told_before: datetime) -> list[Watch]:
    """Give those for which comments up to an id are to be looked at, and that were not told of since a time."""
    return _read(
        connection,
        ~WatchRow.is_paused,
        WatchRow.seen_id < newest_id,
        or_(WatchRow.told_at.is_(None), WatchRow.told_at <= told_before),
    )


def update_paused(connection: Connection, watch_id: int, *, is_paused: bool) -> None:
    """Pause a watch, or go on with it."""
    connection.execute(update(WatchRow).where(WatchRow.id == watch_id).values(is_paused=is_paused))


def delete_watch(connection: Connection, watch_id: int) -> None:
    """Remove a watch."""
    connection.execute(delete(WatchRow).where(WatchRow.id == watch_id))


def update_seen(
    connection: Connection, watch_ids: Collection[int], seen_id: int, told_at: datetime | None = None
) -> None:
    """Note that comments up to an id were looked at, never fewer than before; and when it was told of."""
    values = {"seen_id": seen_id} | ({"told_at": told_at} if told_at else {})
    known = (WatchRow.id.in_(watch_ids), WatchRow.seen_id < seen_id)
    connection.execute(update(WatchRow).where(*known).values(values))


def _read(connection: Connection, *conditions: ColumnElement[bool]) -> list[Watch]:
    """Give watches in the order in which they were made."""
    columns = (
        WatchRow.id,
        WatchRow.team,
        WatchRow.person,
        WatchRow.channel,
        WatchRow.asked,
        WatchRow.is_paused,
        WatchRow.created_at,
        WatchRow.told_at,
        WatchRow.seen_id,
    )
    return [Watch(*row) for row in connection.execute(select(*columns).where(*conditions).order_by(WatchRow.id))]
