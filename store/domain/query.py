"""What was typed, understood."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class TimeOrder(StrEnum):
    """What a question says about which answers come first. RECENT weighs newer ones more; the others sort."""

    RELEVANCE = "relevance"
    OLDEST = "oldest"
    NEWEST = "newest"
    RECENT = "recent"


@dataclass(frozen=True, slots=True)
class Query:
    """A question understood. `topic` is what to look for; the rest narrows where.

    Names are spelled as the archive spells them; several in one field are alternatives. Dates are half-open
    [after, before), UTC. An empty topic with a filter asks for all that the filter lets through.
    """

    topic: str
    authors: tuple[str, ...] = ()
    after: datetime | None = None
    before: datetime | None = None
    sources: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    order: TimeOrder = TimeOrder.RELEVANCE
