"""What was typed, understood."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Query:
    """A question understood. `topic` is what to look for; the rest narrows where. Dates are half-open, UTC."""

    topic: str
    authors: tuple[str, ...] = ()
    after: datetime | None = None
    before: datetime | None = None
    sources: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
