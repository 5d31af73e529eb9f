"""Spans of local time, half-open: calendar arithmetic without zones; only `to_utc` knows where the asker is.

Weeks begin on Monday (ISO 8601). Seasons are the northern hemisphere's, by whole months: spring is March to May.
A winter is named after the year it begins in: "winter 2012" is December 2012 to February 2013.
"""

from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo

DAY = timedelta(days=1)
WEEK = timedelta(days=7)
_MONTHS_OF = {"month": 1, "quarter": 3, "year": 12, "decade": 120}
_SEASON_STARTS = {"spring": 3, "summer": 6, "autumn": 9, "fall": 9, "winter": 12}


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of local time, [start, end); None is open."""

    start: datetime | None = None
    end: datetime | None = None

    def intersect(self, other: "Span") -> "Span | None":
        """Give what lies in both; None if nothing does."""
        starts = [one.start for one in (self, other) if one.start]
        ends = [one.end for one in (self, other) if one.end]
        both = Span(max(starts, default=None), min(ends, default=None))
        return None if both.start and both.end and both.start >= both.end else both

    def cover(self, other: "Span") -> "Span":
        """Give the shortest stretch that holds both."""
        start = min(self.start, other.start) if self.start and other.start else None
        return Span(start, max(self.end, other.end) if self.end and other.end else None)


EVER = Span()


@dataclass(frozen=True, slots=True)
class Clock:
    """When and where a question is asked. `now` is local, without a zone."""

    now: datetime
    zone: tzinfo

    @property
    def today(self) -> datetime:
        """The midnight that today began with."""
        return find_midnight(self.now)


def make_clock(now: datetime | None, zone: tzinfo) -> Clock:
    """Make a clock; a moment without a zone is taken as UTC."""
    moment = now or datetime.now(UTC)
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    try:
        return Clock(moment.astimezone(zone).replace(tzinfo=None), zone)
    except OverflowError:  # within a day of year 1 or 9999
        return Clock(moment.replace(tzinfo=None), zone)


def find_midnight(moment: datetime) -> datetime:
    """Give the midnight that a moment's day began with."""
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)


def to_utc(moment: datetime | None, zone: tzinfo) -> datetime | None:
    """Place a local moment in time."""
    try:
        return moment.replace(tzinfo=zone).astimezone(UTC) if moment else None
    except OverflowError:
        return None


def shift_months(moment: datetime, months: int) -> datetime:
    """Move by calendar months, to the month's last day where the day is missing. Raises ValueError beyond year 9999."""
    year, month = divmod(moment.year * 12 + moment.month - 1 + months, 12)
    return moment.replace(year=year, month=month + 1, day=min(moment.day, monthrange(year, month + 1)[1]))


def shift(moment: datetime, unit: str, count: float) -> datetime:
    """Move by a number of units; halves of months are 15 days."""
    if unit in _MONTHS_OF:
        months = count * _MONTHS_OF[unit]
        moved = shift_months(moment, int(months))
        return moved + (months - int(months)) * 30 * DAY
    return moment + count * {"hour": DAY / 24, "day": DAY, "week": WEEK}[unit]


def span_months(year: int, month: int, count: int = 1) -> Span:
    """Give some whole months. Months count from 1."""
    start = datetime(year, month, 1)  # noqa: DTZ001  # local by design
    return Span(start, shift_months(start, count))


def span_year(year: int) -> Span:
    """Give a year."""
    return span_months(year, 1, 12)


def span_years(first: int, last: int) -> Span:
    """Give the years from the first to the last, both included."""
    return span_months(first, 1, 12 * (last - first + 1))


def span_season(year: int, season: str) -> Span:
    """Give a season, by the year it begins in."""
    return span_months(year, _SEASON_STARTS[season], 3)


def span_day(year: int, month: int, day: int, days: int = 1) -> Span:
    """Give one day, or some. Raises ValueError if there is no such day."""
    start = datetime(year, month, day)  # noqa: DTZ001  # local by design
    return Span(start, start + days * DAY)


def span_unit(moment: datetime, unit: str) -> Span:
    """Give the calendar day, week, month, quarter, year or decade that a moment lies in."""
    today = find_midnight(moment)
    if unit == "day":
        return Span(today, today + DAY)
    if unit == "week":
        monday = today - today.weekday() * DAY
        return Span(monday, monday + WEEK)
    months = _MONTHS_OF[unit]
    position = today.year * 12 + today.month - 1
    year, month = divmod(position - position % months, 12)
    return span_months(year, month + 1, months)


def span_holiday(year: int, name: str) -> Span:
    """Give a holiday: Christmas is 24 to 26 December, Easter is Good Friday to Easter Monday."""
    if name == "easter":
        sunday = find_easter(year)
        start = datetime(sunday.year, sunday.month, sunday.day) - 2 * DAY  # noqa: DTZ001  # local by design
        return Span(start, start + 4 * DAY)
    if name == "thanksgiving":  # the fourth Thursday of November, to Sunday
        first = datetime(year, 11, 1)  # noqa: DTZ001  # local by design
        start = first + ((3 - first.weekday()) % 7 + 21) * DAY
        return Span(start, start + 4 * DAY)
    return span_day(year - 1, 12, 31, 2) if name == "new year" else span_day(year, 12, 24, 3)


def find_easter(year: int) -> date:
    """Compute Easter Sunday (the anonymous Gregorian algorithm, Nature 1876)."""
    century, of_century = divmod(year, 100)
    epact = (19 * (year % 19) + century - century // 4 - (century - (century + 8) // 25 + 1) // 3 + 15) % 30
    weekday = (32 + 2 * (century % 4) + 2 * (of_century // 4) - epact - of_century % 4) % 7
    moved = (year % 19 + 11 * epact + 22 * weekday) // 451
    month, day = divmod(epact + weekday - 7 * moved + 114, 31)
    return date(year, month, day + 1)


def take_third(span: Span, which: int) -> Span:
    """Give the first, middle or last third of a span (0, 1, 2), in whole months where it has three.

    Raises ValueError for spans under three weeks: nobody says "early Monday" of a discussion.
    """
    assert span.start
    assert span.end
    days = (span.end - span.start).days
    if days > 80:  # a quarter at least  # noqa: PLR2004
        months = round(days / 30.4375) // 3
        start = shift_months(span.start, which * months)
        return Span(start, span.end if which == 2 else shift_months(start, months))  # noqa: PLR2004
    if days < 21:  # noqa: PLR2004
        raise ValueError("too short to have parts")
    start = span.start + which * 10 * DAY
    return Span(start, span.end if which == 2 else start + 10 * DAY)  # noqa: PLR2004


def widen(span: Span) -> Span:
    """Give what "around" a span means: half its length more on either side, a week at least. Rounded to days."""
    assert span.start
    assert span.end
    half = max(WEEK, (span.end - span.start).days // 2 * DAY)
    return Span(span.start - half, span.end + half)
