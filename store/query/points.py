"""Reading the date expression at a place in the plain words, or a part of one: "early 2012", "the end of March"."""

import re
from dataclasses import dataclass

from store.query import dated, relative
from store.query.dated import Standing
from store.query.spans import Clock, Span, take_third
from store.query.wording import word_set

_RULES = (*dated.RULES, *relative.RULES)
_PART = re.compile(
    r"(?:the )?(?:very )?(?:(?P<early>early|beginning of|start of)|(?P<middle>mid|middle of)|(?P<late>late|end of))"
    r"(?: in)?[ -]"
)
_PARTS = {"early": 0, "middle": 1, "late": 2}
# The first words of date expressions. Most words are none: they are not looked at again.
_FIRST_WORDS = word_set(
    "a an one two three four five six seven eight nine ten eleven twelve couple few several the this last "
    "past previous earlier yesterday today day month year years first second third fourth early mid late "
    "beginning start middle end spring summer autumn fall winter christmas xmas easter thanksgiving new "
    "monday tuesday wednesday thursday friday saturday sunday"
)
_FIRST_LETTERS = re.compile(r"\d|[qh][1-4]|(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|mid-)")


@dataclass(frozen=True, slots=True)
class Point:
    """A date expression: its time, and where in the plain words it ends."""

    span: Span
    end: int
    standing: Standing


def read_point(plain: str, start: int, clock: Clock) -> Point | None:
    """Read the longest date expression that starts here.

    Args:
        plain: Folded words, one space between.
        start: Where one of the words starts.
        clock: When and where it is asked.
    """
    space = plain.find(" ", start)
    word = plain[start:space] if space >= 0 else plain[start:]
    if word not in _FIRST_WORDS and not _FIRST_LETTERS.match(word):
        return None
    return _read_part(plain, start, clock) or _read_whole(plain, start, clock)


def _read_part(plain: str, start: int, clock: Clock) -> Point | None:
    found = _PART.match(plain, start)
    whole = _read_whole(plain, found.end(), clock) if found else None
    if not found or not whole or not whole.span.end:
        return None
    try:
        span = take_third(whole.span, _PARTS[found.lastgroup or ""])
    except ValueError:
        return None
    standing = Standing.DATED if whole.standing is Standing.YEAR else whole.standing
    return Point(span, whole.end, standing)


def _read_whole(plain: str, start: int, clock: Clock) -> Point | None:
    for rule in _RULES:
        found = rule.pattern.match(plain, start)
        if found:
            try:
                return Point(rule.build(found, clock), found.end(), rule.standing)
            except (ValueError, OverflowError):
                continue
    return None
