"""Settings of channels, as admins choose them."""

from datetime import datetime

from sqlalchemy import Connection, select, update

from store.db.dialect import DatabaseDialect
from store.db.use_tables import ChannelSettingRow
from store.domain.channel_setting import ChannelSetting


def find_setting(connection: Connection, team: str, channel: str) -> ChannelSetting:
    """Find what was chosen for a channel."""
    columns = select(ChannelSettingRow.follow_ups, ChannelSettingRow.suggestions)
    row = connection.execute(columns.filter_by(team=team, channel=channel)).one_or_none()
    return ChannelSetting(row.follow_ups, row.suggestions) if row else ChannelSetting()


def read_settings(connection: Connection, team: str) -> list[tuple[str, ChannelSetting]]:
    """Give the channels of a team for which something was chosen, with that."""
    columns = (ChannelSettingRow.channel, ChannelSettingRow.follow_ups, ChannelSettingRow.suggestions)
    rows = connection.execute(select(*columns).filter_by(team=team).order_by(ChannelSettingRow.channel))
    return [(row.channel, ChannelSetting(row.follow_ups, row.suggestions)) for row in rows]


def put_setting(
    connection: Connection,
    dialect: DatabaseDialect,
    place: tuple[str, str],
    chosen: dict[str, bool],
    by: str,
    now: datetime,
) -> None:
    """Write what was chosen for a channel of a team, and leave the rest as it is."""
    key = dict(zip(("team", "channel"), place, strict=True))
    said = {**chosen, "set_by": by, "set_at": now}
    if not dialect.insert_or_ignore(connection, ChannelSettingRow, [{**key, **said}]):
        connection.execute(update(ChannelSettingRow).filter_by(**key).values(**said))
