"""What an admin chose for a channel."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ChannelSetting:
    """What was chosen; None where nothing was."""

    follow_ups: bool | None = None
    suggestions: bool | None = None
