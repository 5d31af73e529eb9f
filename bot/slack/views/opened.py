"""What a modal holds of the answer it was opened from: a press in it brings that along, and no channel."""

from dataclasses import dataclass, replace
from typing import Self

from bot.slack.payloads import Click
from bot.slack.views.buttons import build_value, read_button
from store.domain.asked import Asked

_POSTED, _EPHEMERAL = "p", "e"


@dataclass(frozen=True, slots=True)
class Opened:
    """The question, and where its answer stands for whom. Whoever reads the modal may have left there since."""

    asked: Asked
    channel: str
    is_ephemeral: bool

    @classmethod
    def by(cls, click: Click) -> Self | None:
        """Read it from a press below an answer, or in a modal; None if neither is of this version."""
        kind, channel, value = _EPHEMERAL if click.is_ephemeral else _POSTED, click.channel, click.value
        if not channel:
            # The question comes last, and may hold anything.
            kind, _, rest = click.metadata.partition(" ")
            channel, _, value = rest.partition(" ")
        asked = read_button(value)
        return cls(asked, channel, kind == _EPHEMERAL) if asked and channel else None

    def place(self, click: Click) -> Click:
        """Give a press as if it had been one below the answer."""
        return replace(click, channel=self.channel, is_ephemeral=self.is_ephemeral, view_id="")

    def __str__(self) -> str:
        return f"{_EPHEMERAL if self.is_ephemeral else _POSTED} {self.channel} {build_value(self.asked)}"
