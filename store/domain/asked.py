"""What is asked: the words, and what goes with them from the first answer to the last page."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from store.domain.query import NOTHING_CHOSEN, Filter, Query


@dataclass(frozen=True, slots=True)
class Asked:
    """A page of the answer to a question, less some of what is understood of it.

    Attributes:
        question: As it was typed.
        offset: Hits on the pages before.
        without: What is taken away from the question as it is understood.
        zone: Where the days of whoever asks begin: every page reads "yesterday" as the first did.
        chosen: Filters in place of those that are understood.
    """

    question: str
    offset: int = 0
    without: tuple[Filter, ...] = ()
    zone: tzinfo = UTC
    chosen: Query = NOTHING_CHOSEN


def find_zone(name: str) -> tzinfo:
    """Give a time zone by its name, as "Europe/Riga"; UTC for one that is not known here."""
    with suppress(ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo(name)
    return UTC
