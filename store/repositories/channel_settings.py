"""Settings of channels: the repository of what admins chose for them."""

from datetime import UTC, datetime

from store.db import channel_settings
from store.db.engine import Database
from store.domain.channel_setting import ChannelSetting

_TURN = "channel settings"


class ChannelSettings:
    """Keeps what was chosen in the archive's database. Safe from any number of threads and processes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def find(self, team: str, channel: str) -> ChannelSetting:
        """Find what was chosen for a channel."""
        with self._database.reading() as connection:
            return channel_settings.find_setting(connection, team, channel)

    def list_of(self, team: str) -> list[tuple[str, ChannelSetting]]:
        """Give every channel of a team for which something was chosen, by its id, with that."""
        with self._database.reading() as connection:
            return channel_settings.read_settings(connection, team)

    def set_follow_ups(self, team: str, channel: str, *, is_on: bool, by: str) -> None:
        """Choose whether questions in a channel's threads may go on without a mention."""
        self._set(team, channel, {"follow_ups": is_on}, by)

    def set_suggestions(self, team: str, channel: str, *, is_on: bool, by: str) -> None:
        """Choose whether past discussions are suggested in a channel where somebody asks again."""
        self._set(team, channel, {"suggestions": is_on}, by)

    def _set(self, team: str, channel: str, chosen: dict[str, bool], by: str) -> None:
        now = datetime.now(UTC)
        with self._database.writing(_TURN) as connection:
            channel_settings.put_setting(connection, self._database.dialect, (team, channel), chosen, by, now)
