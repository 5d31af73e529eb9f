"""Date expressions that hold their year: "March 2014", "12/03/2007", "the 2010s", "2016".

Numeric dates are read day first ("03/04/2007" is 3 April) unless only month first is possible. A year counts from
FIRST_YEAR: before it nobody wrote what archives hold, so "the 1960s" is a subject.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto

from store.query import spans
from store.query.spans import Clock, Span

FIRST_YEAR = 1990
_MONTHS_A_YEAR = 12


class Standing(Enum):
    """How much it takes for an expression to be a date rather than a part of the topic."""

    FREE = auto()  # nothing: "last year", "two months ago"
    DATED = auto()  # a marking word, or to stand at an end: "March 2014"
    YEAR = auto()  # as DATED, and to be no quantity and no part of a name: "2014"
    YEARLESS = auto()  # a marking word, and no other word to go with: "March"
    TODAY = auto()  # to be asked of the past: "today" is also "nowadays"


@dataclass(frozen=True, slots=True)
class Rule:
    """How one kind of expression is read. `build` raises ValueError if there is no such date."""

    pattern: re.Pattern[str]
    build: Callable[[re.Match[str], Clock], Span]
    standing: Standing


def make_rule(pattern: str, build: Callable[[re.Match[str], Clock], Span], standing: Standing = Standing.DATED) -> Rule:
    """Make a rule for whole words."""
    return Rule(re.compile(rf"(?:{pattern})(?!\S)"), build, standing)


YEAR = r"(?P<year>(?:19|20)\d\d)"
MONTH = (
    r"(?P<month>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?"
    r"|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
)
DAY = r"(?P<day>[0-3]?\d)(?:st|nd|rd|th)?"
SEASON = r"(?P<season>spring|summer|autumn|fall|winter)"
HOLIDAY = r"(?P<holiday>christmas|xmas|easter|thanksgiving|new year(?:'?s)?(?: day)?)"
_DIGITS_OF_MONTH = r"(?P<month>\d\d?)"
_ORDINAL = r"(?P<part>first|second|third|fourth|last|1st|2nd|3rd|4th)"
_OF = r"(?: of| in)?"

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_ORDINALS = {"first": 1, "second": 2, "third": 3, "fourth": 4}


def read_month(found: re.Match[str]) -> int:
    """Give the month that was matched, in letters or digits."""
    month = found["month"]
    return int(month) if month.isdecimal() else _MONTHS.index(month[:3]) + 1


def read_holiday(found: re.Match[str]) -> str:
    """Give the holiday that was matched, as `span_holiday` calls it."""
    name = found["holiday"]
    return "new year" if name.startswith("new") else name.replace("xmas", "christmas")


def _read_year(found: re.Match[str]) -> int:
    year = int(found["year"])
    if year < FIRST_YEAR:
        raise ValueError("before any archive")
    return year


def _read_part(found: re.Match[str], of: int) -> int:
    part = found["part"]
    number = of if part == "last" else _ORDINALS.get(part) or int(part[0])
    if number > of:
        raise ValueError("more parts than there are")
    return number


def _build_day(found: re.Match[str], _: Clock) -> Span:
    return spans.span_day(_read_year(found), read_month(found), int(found["day"]))


def _build_numeric(found: re.Match[str], _: Clock) -> Span:
    day, month = int(found["day"]), read_month(found)
    if month > _MONTHS_A_YEAR:
        day, month = month, day
    return spans.span_day(_read_year(found), month, day)


def _build_month(found: re.Match[str], _: Clock) -> Span:
    return spans.span_months(_read_year(found), read_month(found))


def _build_pair(found: re.Match[str], _: Clock) -> Span:
    year = _read_year(found)
    if int(found["next"]) != (year + 1) % 100:
        raise ValueError("not two years in a row")
    return spans.span_years(year, year + 1)


def _build_years(found: re.Match[str], clock: Clock) -> Span:
    first, last = _read_year(found), int(found["last"])
    if not first < last <= clock.today.year:
        raise ValueError("no years that follow")
    return spans.span_years(first, last)


def _build_season(found: re.Match[str], _: Clock) -> Span:
    return spans.span_season(_read_year(found), found["season"])


def _build_holiday(found: re.Match[str], _: Clock) -> Span:
    return spans.span_holiday(_read_year(found), read_holiday(found))


def _build_quarter(found: re.Match[str], _: Clock) -> Span:
    return spans.span_months(_read_year(found), 3 * _read_part(found, 4) - 2, 3)


def _build_half(found: re.Match[str], _: Clock) -> Span:
    return spans.span_months(_read_year(found), 6 * _read_part(found, 2) - 5, 6)


def _build_decade(found: re.Match[str], _: Clock) -> Span:
    return spans.span_years(_read_year(found), _read_year(found) + 9)


def _build_short_decade(found: re.Match[str], _: Clock) -> Span:
    first = 1990 if found["tens"] == "9" else 2000
    return spans.span_years(first, first + 9)


def _build_year(found: re.Match[str], _: Clock) -> Span:
    return spans.span_year(_read_year(found))


# Longer expressions stand before those they begin with.
RULES = (
    # 2007-03-12, 2007/3/12, 2007-03-12T10:00Z
    make_rule(rf"{YEAR}(?P<sign>[-/.]){_DIGITS_OF_MONTH}(?P=sign)(?P<day>\d\d?)(?:t\S*)?", _build_day),
    make_rule(rf"{YEAR}-(?P<month>\d\d)", _build_month),
    # 12/03/2007, 12.3.2007, 12-03-2007
    make_rule(rf"(?P<day>\d\d?)(?P<sign>[-/.]){_DIGITS_OF_MONTH}(?P=sign){YEAR}", _build_numeric),
    make_rule(rf"{_DIGITS_OF_MONTH}[-/.]{YEAR}", _build_month),
    make_rule(rf"{YEAR}/(?P<next>\d\d)", _build_pair),
    make_rule(rf"{YEAR}-(?P<last>\d{{4}})", _build_years),
    # 12 March 2007, the 12th of March 2007, 12-Mar-2007; March 12, 2007
    make_rule(rf"(?:the )?{DAY}[ -](?:of )?{MONTH}[ -]{YEAR}", _build_day),
    make_rule(rf"{MONTH} (?:the )?{DAY} {YEAR}", _build_day),
    make_rule(rf"(?:the month of )?{MONTH}{_OF}[ -]{YEAR}", _build_month),
    make_rule(rf"(?:the )?{SEASON}{_OF} {YEAR}", _build_season),
    make_rule(rf"{HOLIDAY}{_OF} {YEAR}", _build_holiday),
    # Q3 2016, 2016-Q3, the third quarter of 2016; H1 2016, the first half of 2016
    make_rule(rf"q(?P<part>[1-4]){_OF}[ /-]{YEAR}", _build_quarter),
    make_rule(rf"{YEAR}[ /-]?q(?P<part>[1-4])", _build_quarter),
    make_rule(rf"(?:the )?{_ORDINAL} quarter{_OF} {YEAR}", _build_quarter),
    make_rule(rf"h(?P<part>[12]){_OF}[ /-]{YEAR}", _build_half),
    make_rule(rf"(?:the )?{_ORDINAL} half{_OF} {YEAR}", _build_half),
    make_rule(r"(?:the )?(?P<year>(?:19|20)\d0)'?s", _build_decade),
    make_rule(r"the (?P<tens>[90])0'?s", _build_short_decade),
    make_rule(rf"(?:the )?years? (?:of )?{YEAR}", _build_year),
    make_rule(YEAR, _build_year, Standing.YEAR),
)
