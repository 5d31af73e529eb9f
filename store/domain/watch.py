"""Standing questions."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Watch:
    """A question that somebody wants to be told of when there is something new.

    Attributes:
        person: Whose it is.
        channel: Where it is told, for everyone there; empty for that person's eyes.
        asked: The question, as whoever asks wrote it down.
        told_at: When it was told of last.
        seen_id: Comments up to this id were looked at.
    """

    id: int
    team: str
    person: str
    channel: str
    asked: str
    is_paused: bool
    created_at: datetime
    told_at: datetime | None
    seen_id: int
