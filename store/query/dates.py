"""Dates in a question: which expressions narrow when, and what the words before and after them make of them.

An expression counts if a word marks it ("in 2011", "since March"), or if it can be nothing else ("last year"), or, if
it holds a year, at the end of what it belongs to ("badges 2011", "badges March 2014 by Jon"). So "windows 2000",
"vision 2020", "may contain", "the march of progress" and "the 2011 budget" stay in the topic. What lies in the future
is a subject as well: nobody has said anything there.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import reduce

from store.query.dated import Standing
from store.query.points import Point, read_point
from store.query.spans import EVER, Clock, Span, widen
from store.query.wording import Wording, is_function_word, word_set

# What a marking word makes of the expression after it. "after 2010" begins with 2011, "until 2010" ends with it.
_MARK = re.compile(
    r"(?:(?P<between>between(?: the years)?|from)"
    r"|(?P<until>(?:before|until|till|by|up to) the end of|until|till|up to|up until|up till|through)"
    r"|(?P<since>(?:ever )?since|starting(?: in| from)?|beginning in)"
    r"|(?P<after>(?:any ?time )?after|later than)"
    r"|(?P<before>(?:any ?time )?before|prior to|earlier than)"
    r"|(?P<around>(?:sometime )?around|circa|near)"
    r"|(?P<within>(?:back |sometime )?in|during|throughout|within|over|at|on|from|for(?= the (?:last|past)\b))) "
)
_TO = re.compile(r" (?:and|to|until|till|up to|through|thru) ")
_AND = re.compile(r" (?:and|or|to|through) ")
_NOW = re.compile(r" (?:and|to|until|till|up to|through) (?:the )?(?:now|present|date)(?: day)?(?!\S)")
_LATER = re.compile(r" (?:(?:and |or )?(?:onwards?|forwards?|later|after)|on(?=$| (?:about|in|by)\b))(?!\S)")
_EARLIER = re.compile(r" (?:and|or) (?:earlier|before)(?!\S)")
# What may follow a date that no word marks: its end, or a word that begins something else about the question.
_ENDS = word_set("about regarding concerning re by from in on at")
# A number of these is no year.
_COUNTED = re.compile(
    r"(?:words?|people|persons?|employees?|users?|members?|customers?|staff|companies|firms|hours?|minutes?|seconds?|days?"
    r"|weeks?|months?|km|kilomet(?:er|re)s|miles?|meters?|metres?|feet|dollars?|euros?|pounds?|usd|eur|gbp|characters?"
    r"|chars|comments?|posts?|jobs?|roles?|sites?|times|copies|lines?|pages?|percent)(?!\S)"
)
# A year right after one of these is part of a name: a product, plan, event, law or number.
_NAMED_BY_YEAR = word_set(
    "windows office word excel outlook project sharepoint exchange server sql studio access visio autocad "
    "visual vision mission agenda horizon strategy roadmap plan target targets goal goals europe "
    "workforce covid sars ncov expo euro cup olympics games london rio tokyo paris beijing act law bill "
    "regulation regulations directive code rules rule section article chapter page room version release "
    "build iso rfc no number nr model form port error bug issue ticket"
)
# Years that name things more often than they date them, when no word marks them: "Windows 2000", "Vision 2020".
_NAMING_YEARS = frozenset({"2000", "2020"})
_PAST = re.compile(
    r"(?<!\S)(?:did|was|were|has|have|had|said|posted|mentioned|discussed|talked|wrote|asked|happened)(?!\S)"
)


@dataclass(frozen=True, slots=True)
class Dates:
    """When, in local time, and the places of the words that said so."""

    span: Span = EVER
    taken: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class _Phrase:
    """A date with its marking words, and where in the plain words it ends."""

    span: Span
    end: int
    mark: str
    standing: Standing


def find_dates(wording: Wording, clock: Clock) -> Dates:
    """Find what a question says about when. Several dates narrow each other; if they exclude each other, all count."""
    found = list(_iterate_dates(wording, clock))
    if not found:
        return Dates()
    return Dates(reduce(combine, (span for span, _ in found)), frozenset().union(*(taken for _, taken in found)))


def parse_moment(text: str, clock: Clock) -> Span | None:
    """Read a text that is one date expression as a whole, as in "before:2019-06"."""
    for attempt in (text, f"the {text}"):
        point = read_point(attempt, 0, clock)
        if point and point.end == len(attempt):
            return point.span
    return None


def apply_mark(mark: str, span: Span) -> Span:
    """Give the time that a marking word makes of a date."""
    if mark == "since":
        return Span(span.start)
    if mark == "after":
        return Span(span.end or span.start)
    if mark == "before":
        return Span(None, span.start)
    if mark == "until":
        return Span(None, span.end)
    return widen(span) if mark == "around" and span.end else span


def combine(one: Span, other: Span) -> Span:
    """Narrow one time by another; where they exclude each other, give what covers both."""
    return one.intersect(other) or one.cover(other)


def _iterate_dates(wording: Wording, clock: Clock) -> Iterator[tuple[Span, range]]:
    index = 0
    while index < len(wording.words):
        phrase = _read_phrase(wording.plain, wording.starts[index], clock)
        if not phrase:
            index += 1
            continue
        taken = wording.indices(wording.starts[index], phrase.end)
        if _is_date(wording, taken, phrase) and not _is_future(phrase, clock):
            yield phrase.span, taken
        # What is no date as a whole is none in part: not the year of "as of 1 May 2023".
        index = taken.stop


def _is_future(phrase: _Phrase, clock: Clock) -> bool:
    """Tell a time that has not come: with "before" and "until", the time that they name."""
    moment = phrase.span.start or phrase.span.end
    return bool(moment and moment > clock.now and phrase.mark != "until")


def _read_phrase(plain: str, start: int, clock: Clock) -> _Phrase | None:
    mark = _MARK.match(plain, start)
    if not mark:
        return _read_marked(plain, start, "", clock)
    kind = mark.lastgroup or ""
    if kind == "between":
        two = _read_two(plain, mark.end(), _TO, clock) or _read_open(plain, mark.end(), clock)
        if two or mark[0].startswith("between"):
            return two
        kind = "within"
    return _read_marked(plain, mark.end(), kind, clock)


def _read_marked(plain: str, start: int, mark: str, clock: Clock) -> _Phrase | None:
    """Read a date after its marking word, with what follows it: "or later", "and 2012"."""
    if mark in {"", "within"} and (two := _read_two(plain, start, _AND, clock, mark)):
        return two
    point = read_point(plain, start, clock)
    if not point:
        return None
    if mark in {"", "within"}:
        if later := _LATER.match(plain, point.end):
            return _Phrase(Span(point.span.start), later.end(), "since", Standing.FREE)
        if earlier := _EARLIER.match(plain, point.end):
            return _Phrase(Span(None, point.span.end), earlier.end(), "until", Standing.FREE)
    if mark in {"before", "until"} and (point.span.start is None or point.span.start > clock.now):
        return None
    span = apply_mark(mark, point.span)
    return _Phrase(span, point.end, mark, point.standing) if span.start or span.end else None


def _read_two(plain: str, start: int, link: re.Pattern[str], clock: Clock, mark: str = "between") -> _Phrase | None:
    """Read two dates and what lies between; the first may lack the year that the second has."""
    first = read_point(plain, start, clock)
    linked = link.match(plain, first.end) if first else None
    second = read_point(plain, linked.end(), clock) if linked else None
    if not first or not second:
        return None
    if not mark and not (first.standing is second.standing is Standing.YEAR):
        return None
    begin, until = _borrow_year(plain[start : first.end], first, second, clock).start, second.span.end or clock.now
    if not begin or begin >= until or begin > clock.now:
        return None
    return _Phrase(Span(begin, second.span.end), second.end, mark, second.standing)


def _borrow_year(text: str, first: Point, second: Point, clock: Clock) -> Span:
    start = second.span.start
    is_behind = first.span.start and start and first.span.start > start
    if start and first.standing is Standing.YEARLESS and (second.standing is Standing.DATED or is_behind):
        for year in (start.year, start.year - 1):
            dated = read_point(f"{text} {year}", 0, clock)
            if dated and dated.span.start and dated.span.start <= start:
                return dated.span
    return first.span


def _read_open(plain: str, start: int, clock: Clock) -> _Phrase | None:
    """Read "from 2011 to now"."""
    point = read_point(plain, start, clock)
    now = _NOW.match(plain, point.end) if point else None
    return _Phrase(Span(point.span.start), now.end(), "since", Standing.FREE) if point and now else None


def _is_date(wording: Wording, taken: range, phrase: _Phrase) -> bool:
    """Tell a date from words that only look like one, by what stands around it."""
    before, after = wording.key(taken.start - 1), wording.key(taken.stop)
    if phrase.standing is Standing.FREE:
        return after != "of" and (bool(phrase.mark) or before not in {"the", "next"})
    if phrase.standing is Standing.TODAY:
        return bool(phrase.mark) or (is_function_word(after) and bool(_PAST.search(wording.plain)))
    if phrase.standing is Standing.YEARLESS:
        return bool(phrase.mark) and after != "of" and is_function_word(after)
    if not phrase.mark:
        return _stands_at_end(wording, taken, phrase)
    if phrase.standing is Standing.YEAR:
        return _is_marked_year(wording, taken, phrase, after)
    return True


def _stands_at_end(wording: Wording, taken: range, phrase: _Phrase) -> bool:
    before, after = wording.key(taken.start - 1), wording.key(taken.stop)
    if is_function_word(before) or before.isdecimal() or (after and after not in _ENDS):
        return False
    is_year = phrase.standing is Standing.YEAR
    return not is_year or (before not in _NAMED_BY_YEAR and wording.key(taken.start) not in _NAMING_YEARS)


def _is_marked_year(wording: Wording, taken: range, phrase: _Phrase, after: str) -> bool:
    """Tell a year from a quantity: "over 2000 employees", "between 1990 and 2000 users"."""
    if _COUNTED.match(after) or (after == "or" and wording.key(taken.stop + 1) in {"more", "fewer", "less"}):
        return False
    if wording.key(taken.start) in {"at", "on", "over"}:
        return False
    return phrase.mark in {"within", "since", "before", "after"} or is_function_word(after)
