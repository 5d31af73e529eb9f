"""Dates as archives write them: ISO 8601, RFC 3339, RFC 2822, seconds since 1970."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

# Outside these years a date is a mistake, and some databases and platforms cannot hold it.
_FIRST_YEAR, _LAST_YEAR = 1970, 2200
# Fewer seconds than three years are a year or a count.
_FIRST_EPOCH = 100_000_000


def parse_date(text: str) -> datetime | None:
    """Read a date, aware, in UTC; without a zone it is taken for UTC. None if it cannot be one."""
    text = text.strip()
    for parse in (datetime.fromisoformat, _parse_epoch, parsedate_to_datetime):
        try:
            found = parse(text)
            found = found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
        except (ValueError, TypeError, OverflowError, OSError, IndexError):
            continue
        return found if _FIRST_YEAR <= found.year <= _LAST_YEAR else None
    return None


def _parse_epoch(text: str) -> datetime:
    seconds = float(text)
    if seconds < _FIRST_EPOCH:
        raise ValueError(text)
    return datetime.fromtimestamp(seconds, tz=UTC)
