"""Conversations: a row for each turn, so that turns of one thread can be written in any order, and again."""

from datetime import datetime

from sqlalchemy import Connection, delete, select, update

from store.db.dialect import DatabaseDialect
from store.db.use_tables import ConversationRow
from store.domain.conversation import Thread, Turn


def put_turn(connection: Connection, dialect: DatabaseDialect, thread: Thread, turn: Turn, now: datetime) -> None:
    """Write a turn, in place of what was written of it before."""
    key = {"team": thread.team, "channel": thread.channel, "thread": thread.thread, "turn": turn.id}
    said = {
        "person": turn.person,
        "asked": turn.asked,
        "is_addressed": turn.is_addressed,
        "is_stopped": turn.is_stopped,
        "asked_at": now,
    }
    if not dialect.insert_or_ignore(connection, ConversationRow, [{**key, **said}]):
        connection.execute(update(ConversationRow).filter_by(**key).values(**said))


def read_turns(connection: Connection, thread: Thread, until: str, limit: int) -> list[tuple[Turn, datetime]]:
    """Read the latest turns of a thread up to an id, that one included; the latest first, each with its time."""
    rows = connection.execute(
        select(ConversationRow.__table__)
        .filter_by(team=thread.team, channel=thread.channel, thread=thread.thread)
        .where(ConversationRow.turn <= until)
        .order_by(ConversationRow.turn.desc())
        .limit(limit)
    )
    return [(Turn(row.turn, row.person, row.asked, row.is_addressed, row.is_stopped), row.asked_at) for row in rows]


def delete_before(connection: Connection, before: datetime) -> int:
    """Forget turns written before a time; give how many."""
    return connection.execute(delete(ConversationRow).where(ConversationRow.asked_at < before)).rowcount
