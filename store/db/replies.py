"""Replies that are owed: taken once by a durable key, done with the place of the reply."""

from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, delete, or_, select, update

from store.db.dialect import DatabaseDialect
from store.db.tables import ReplyRow
from store.db.use_tables import OwedReplyRow


def take_reply(
    connection: Connection, dialect: DatabaseDialect, key: str, now: datetime, abandoned_before: datetime
) -> bool:
    """Take a reply if nobody has, or if who did began before a time and never finished."""
    if dialect.insert_or_ignore(connection, ReplyRow, [{"key": key, "taken_at": now}]):
        return True
    abandoned = _is_abandoned(key, abandoned_before)
    return connection.execute(update(ReplyRow).where(abandoned).values(taken_at=now)).rowcount > 0


def is_abandoned(connection: Connection, key: str, before: datetime) -> bool:
    """Tell whether a reply was taken before a time, and never finished."""
    return connection.scalars(select(ReplyRow.key).where(_is_abandoned(key, before))).first() is not None


def _is_abandoned(key: str, before: datetime) -> ColumnElement[bool]:
    return and_(ReplyRow.key == key, ReplyRow.done_at.is_(None), ReplyRow.taken_at < before)


def is_taken_since(connection: Connection, key: str, time: datetime) -> bool:
    """Tell whether a reply was taken after a time, or is given."""
    newer = or_(ReplyRow.taken_at > time, ReplyRow.done_at.is_not(None))
    return connection.scalars(select(ReplyRow.key).where(ReplyRow.key == key, newer)).first() is not None


def finish_reply(connection: Connection, key: str, place: str | None, now: datetime) -> None:
    """Note that a reply was given, and where: it is owed no more."""
    connection.execute(update(ReplyRow).where(ReplyRow.key == key).values(done_at=now, place=place))
    connection.execute(delete(OwedReplyRow).where(OwedReplyRow.key == key))


def is_done(connection: Connection, key: str) -> bool:
    """Tell whether a reply was given, or ended without."""
    done = and_(ReplyRow.key == key, ReplyRow.done_at.is_not(None))
    return connection.scalars(select(ReplyRow.key).where(done)).first() is not None


def put_owed(connection: Connection, dialect: DatabaseDialect, key: str, message: str, now: datetime) -> None:
    """Note that a message is owed a reply, unless somebody took that."""
    if connection.scalars(select(ReplyRow.key).where(ReplyRow.key == key)).first() is None:
        dialect.insert_or_ignore(connection, OwedReplyRow, [{"key": key, "message": message, "owed_at": now}])


def find_owed(connection: Connection, before: datetime) -> list[tuple[str, str]]:
    """Give the keys and messages of replies that were owed before a time, the oldest first."""
    rows = connection.execute(
        select(OwedReplyRow.key, OwedReplyRow.message)
        .where(OwedReplyRow.owed_at < before)
        .order_by(OwedReplyRow.owed_at)
    )
    return [(key, message) for key, message in rows]


def is_owed_since(connection: Connection, key: str, time: datetime | None = None) -> bool:
    """Tell whether a reply is owed, and only after a time if one is given."""
    query = select(OwedReplyRow.key).where(OwedReplyRow.key == key)
    return connection.scalars(query.where(OwedReplyRow.owed_at > time) if time else query).first() is not None


def delete_owed(connection: Connection, key: str) -> None:
    """Note that a reply is owed no more."""
    connection.execute(delete(OwedReplyRow).where(OwedReplyRow.key == key))


def delete_reply(connection: Connection, key: str) -> None:
    """Forget that a reply was taken."""
    connection.execute(delete(ReplyRow).where(ReplyRow.key == key))


def is_any_between(connection: Connection, first: str, last: str) -> bool:
    """Tell whether a reply was taken whose key comes between two others."""
    query = select(ReplyRow.key).where(ReplyRow.key > first, ReplyRow.key < last)
    return connection.scalars(query.limit(1)).first() is not None


def find_place(connection: Connection, key: str) -> str | None:
    """Find where a reply was given."""
    return connection.scalars(select(ReplyRow.place).where(ReplyRow.key == key)).one_or_none()


def delete_before(connection: Connection, before: datetime) -> int:
    """Forget replies taken or owed before a time; give how many were taken."""
    # In the order in which one is finished: who waited for each other's rows would wait forever.
    forgotten = connection.execute(delete(ReplyRow).where(ReplyRow.taken_at < before)).rowcount
    connection.execute(delete(OwedReplyRow).where(OwedReplyRow.owed_at < before))
    return forgotten
