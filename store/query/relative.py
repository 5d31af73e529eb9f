"""Date expressions that count from now: "yesterday", "last spring", "two years ago", "the last six months", "in March".

What comes round every year is the latest that has begun: in November, "in March" is this year's and "at Christmas" is
last year's; with "last", the latest that is over.
"""

import re
from collections.abc import Callable

from store.query import spans
from store.query.dated import DAY, HOLIDAY, MONTH, SEASON, Standing, make_rule, read_holiday, read_month
from store.query.spans import Clock, Span

_WHICH = r"(?P<which>this|last|previous) "
_QUARTER = r"q(?P<quarter>[1-4])"
_WEEKDAY = r"(?P<weekday>monday|tuesday|wednesday|thursday|friday|saturday|sunday)"
_COUNT = (
    r"(?P<count>\d{1,3}|an?|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|(?:a )?couple(?: of)?"
    r"|(?:a )?few|several)"
)
_UNIT = r"(?P<unit>hour|day|week|month|quarter|year|decade)"

_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_COUNTS = {
    "a": 1,
    "an": 1,
    "one": 1,
    "couple": 2,
    "two": 2,
    "three": 3,
    "four": 4,
    "five": 5,
    "six": 6,
    "seven": 7,
    "eight": 8,
    "nine": 9,
    "ten": 10,
    "eleven": 11,
    "twelve": 12,
    "few": 3,
    "several": 3,
}
# How far "two years ago" may be off, in its units; "a few years ago" means two to four and a half.
_SLACK = 0.5
_VAGUE_SLACK = 1.5


def _read_count(found: re.Match[str]) -> int:
    text = found.groupdict().get("count") or "a"
    text = text.removeprefix("a ").removesuffix(" of")
    return _COUNTS.get(text) or int(text)


def _build_ago(found: re.Match[str], clock: Clock) -> Span:
    """Give the day so many days or hours ago, or half a unit to either side of that long ago."""
    count, unit = _read_count(found), found["unit"]
    is_vague = bool(re.search("few|several", found["count"]))
    if unit in {"hour", "day"}:
        day = spans.find_midnight(spans.shift(clock.now, unit, -count))
        return Span(day - is_vague * spans.DAY, day + (1 + is_vague) * spans.DAY)
    slack = _VAGUE_SLACK if is_vague else _SLACK
    start, end = (spans.shift(clock.today, unit, -count + side) for side in (-slack, slack))
    return Span(spans.find_midnight(start), spans.find_midnight(end))


def _build_rolling(found: re.Match[str], clock: Clock) -> Span:
    """Give the last so many units, from the midnight they began at; open, since nothing is newer than now."""
    unit = found["unit"]
    return Span(spans.shift(clock.now if unit == "hour" else clock.today, unit, -_read_count(found)))


def _build_unit(found: re.Match[str], clock: Clock) -> Span:
    """Give this calendar week, month …, or the one before."""
    this = spans.span_unit(clock.now, found["unit"])
    assert this.start
    return this if found["which"] == "this" else spans.span_unit(this.start - spans.DAY, found["unit"])


def _build_weekend(found: re.Match[str], clock: Clock) -> Span:
    monday = spans.span_unit(clock.now, "week").start
    assert monday
    saturday = monday + (5 if found["which"] == "this" else -2) * spans.DAY
    return Span(saturday, saturday + 2 * spans.DAY)


def _build_weekday(found: re.Match[str], clock: Clock) -> Span:
    """Give the latest such day before today; "this Monday" on a Monday is today."""
    back = (clock.today.weekday() - _WEEKDAYS.index(found["weekday"])) % 7
    if not back and found.groupdict().get("which") != "this":
        back = 7
    return spans.span_unit(clock.today - back * spans.DAY, "day")


def _build_yearly(found: re.Match[str], clock: Clock) -> Span:
    """Give what comes round every year."""
    named = found.groupdict()
    if named.get("season"):
        return _choose(lambda year: spans.span_season(year, named["season"]), named, clock)
    if named.get("holiday"):
        return _choose(lambda year: spans.span_holiday(year, read_holiday(found)), named, clock)
    if named.get("quarter"):
        return _choose(lambda year: spans.span_months(year, 3 * int(named["quarter"]) - 2, 3), named, clock)
    if named.get("day"):
        return _choose(lambda year: spans.span_day(year, read_month(found), int(named["day"])), named, clock)
    return _choose(lambda year: spans.span_months(year, read_month(found)), named, clock)


def _choose(build: Callable[[int], Span], named: dict[str, str], clock: Clock) -> Span:
    """Choose the year: the latest that has begun, with "last" the latest that is over."""
    is_over = named.get("which") in {"last", "previous"}
    year = clock.today.year
    for span in map(build, (year, year - 1, year - 2)):
        moment = span.end if is_over else span.start
        if moment and moment <= clock.now:
            return span
    raise ValueError("never yet")


def _days_back(days: int) -> Callable[[re.Match[str], Clock], Span]:
    return lambda _, clock: spans.span_unit(clock.today - days * spans.DAY, "day")


# Longer expressions stand before those they begin with.
RULES = (
    make_rule(r"(?:the )?day before yesterday", _days_back(2), Standing.FREE),
    make_rule(r"yesterday|last night", _days_back(1), Standing.FREE),
    make_rule(r"today", _days_back(0), Standing.TODAY),
    make_rule(rf"{_COUNT} {_UNIT}s? ago", _build_ago, Standing.FREE),
    # the last six months, past few weeks; the past year. "last year" alone is the calendar's.
    make_rule(rf"(?:the )?(?:last|past|previous) {_COUNT} {_UNIT}s?", _build_rolling, Standing.FREE),
    make_rule(rf"(?:the (?:last|past|previous)|past) {_UNIT}", _build_rolling, Standing.FREE),
    # this week, earlier this year, last month
    make_rule(r"(?:earlier )?(?P<which>this|last) weekend", _build_weekend, Standing.FREE),
    make_rule(rf"(?:earlier )?{_WHICH}(?P<unit>week|month|quarter|year|decade)", _build_unit, Standing.FREE),
    # last spring, last March, this Monday; "this may" is a verb
    make_rule(rf"{_WHICH}{_WEEKDAY}", _build_weekday, Standing.FREE),
    make_rule(rf"(?!this may){_WHICH}(?:{MONTH}|{SEASON}|{HOLIDAY}|{_QUARTER})", _build_yearly, Standing.FREE),
    # the 12th of March, March 12; March; the summer; Christmas; Q3; Monday
    make_rule(rf"(?:the )?{DAY} (?:of )?{MONTH}", _build_yearly, Standing.YEARLESS),
    make_rule(rf"{MONTH} (?:the )?{DAY}", _build_yearly, Standing.YEARLESS),
    make_rule(rf"(?:the month of )?{MONTH}|the {SEASON}|{HOLIDAY}|{_QUARTER}", _build_yearly, Standing.YEARLESS),
    make_rule(_WEEKDAY, _build_weekday, Standing.YEARLESS),
)
