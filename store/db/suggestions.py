"""Past discussions that were suggested: in which thread, how far they were about it, and whether they helped."""

from datetime import datetime

from sqlalchemy import Connection, delete, func, select, update

from store.db.dialect import DatabaseDialect
from store.db.use_tables import SuggestionRow


def insert_suggestion(
    connection: Connection,
    dialect: DatabaseDialect,
    place: tuple[str, str, str],
    discussion_id: int,
    score: float,
    now: datetime,
) -> bool:
    """Note a suggestion in a thread of a channel of a team; False if there was one."""
    key = dict(zip(("team", "channel", "thread"), place, strict=True))
    row = {**key, "discussion_id": discussion_id, "score": score, "made_at": now}
    return bool(dialect.insert_or_ignore(connection, SuggestionRow, [row]))


def count_suggestions(connection: Connection, team: str, channel: str, after: datetime) -> int:
    """Count those of a channel that were made after a time."""
    made = select(func.count()).select_from(SuggestionRow).filter_by(team=team, channel=channel)
    return connection.scalars(made.where(SuggestionRow.made_at > after)).one()


def count_unhelpful(connection: Connection, team: str, channel: str, after: datetime) -> int:
    """Count those of a channel, made after a time, of which somebody said that they did not help."""
    made = select(func.count()).select_from(SuggestionRow).filter_by(team=team, channel=channel, is_unhelpful=True)
    return connection.scalars(made.where(SuggestionRow.made_at > after)).one()


def update_unhelpful(connection: Connection, place: tuple[str, str, str]) -> None:
    """Note that a suggestion did not help."""
    key = dict(zip(("team", "channel", "thread"), place, strict=True))
    connection.execute(update(SuggestionRow).filter_by(**key).values(is_unhelpful=True))


def delete_before(connection: Connection, before: datetime) -> int:
    """Forget suggestions that were made before a time; give how many."""
    return connection.execute(delete(SuggestionRow).where(SuggestionRow.made_at < before)).rowcount
