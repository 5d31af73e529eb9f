"""Requests to be forgotten, and what people have of their own that goes with them."""

import json
from typing import Any

from sqlalchemy import Connection, Select, delete, select, update

from store.db.dialect import DatabaseDialect
from store.db.use_tables import ConversationRow, FeedbackRow, RecentQuestionRow, RemovalRequestRow, WatchRow
from store.domain.forgetting import RemovalRequest

_OWN = (ConversationRow, RecentQuestionRow, WatchRow, FeedbackRow)


def put_request(connection: Connection, dialect: DatabaseDialect, request: RemovalRequest) -> bool:
    """Put a request, unless that person has one; tell whether it is new."""
    row = {
        "team": request.team,
        "person": request.person,
        "told": json.dumps(request.told, ensure_ascii=False),
        "is_approved": request.is_approved,
        "asked_at": request.asked_at,
    }
    return dialect.insert_or_ignore(connection, RemovalRequestRow, [row]) > 0


def find_request(connection: Connection, team: str, person: str) -> RemovalRequest | None:
    """Find somebody's request."""
    found = _read(connection, _select().filter_by(team=team, person=person))
    return found[0] if found else None


def read_requests(connection: Connection, *, is_approved: bool) -> list[RemovalRequest]:
    """Give the requests that are approved, or that are not yet; the oldest first."""
    return _read(connection, _select().filter_by(is_approved=is_approved))


def approve_request(connection: Connection, team: str, person: str) -> bool:
    """Approve a request; tell whether there was one to approve."""
    waiting = update(RemovalRequestRow).filter_by(team=team, person=person, is_approved=False)
    return connection.execute(waiting.values(is_approved=True)).rowcount > 0


def delete_request(connection: Connection, team: str, person: str, *, is_approved: bool) -> bool:
    """Remove a request; tell whether there was one."""
    gone = delete(RemovalRequestRow).filter_by(team=team, person=person, is_approved=is_approved)
    return connection.execute(gone).rowcount > 0


def delete_own(connection: Connection, team: str, person: str) -> None:
    """Remove what somebody asked lately, also in threads, watches, and said of answers."""
    for table in _OWN:
        connection.execute(delete(table).filter_by(team=team, person=person))


def _select() -> Select[Any]:
    return select(RemovalRequestRow.__table__).order_by(RemovalRequestRow.asked_at)


def _read(connection: Connection, statement: Select[Any]) -> list[RemovalRequest]:
    return [
        RemovalRequest(
            row.team,
            row.person,
            tuple((source, count) for source, count in json.loads(row.told)),
            row.asked_at,
            row.is_approved,
        )
        for row in connection.execute(statement)
    ]
