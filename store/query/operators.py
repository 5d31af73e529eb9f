"""Operators as search boxes have them: `from:laura in:#hr before:2019-06 source:tideway language:german -from:jon`.

Values may stand in quotes. An operator whose value the archive does not know is left in the text as words.
"""

import re
from dataclasses import dataclass, field

from store.query.dates import apply_mark, parse_moment
from store.query.known import Known
from store.query.spans import Clock, Span
from store.query.wording import QUOTATION
from store.text.words import fold

_OPERATOR = re.compile(
    rf"{QUOTATION}"
    r"|(?<![^\s(])(?P<key>-?(?:from|by|author)|in|channel|source|lang|language|before|after|since|until|during|on)"
    rf":(?P<value>{QUOTATION}|[^\s\"“”„«»]*[^\s\"“”„«»?!.,;:)])",
    re.IGNORECASE,
)
_QUOTES = '"“”„«»'


@dataclass(slots=True)
class Operators:
    """What operators said, and the text without them."""

    text: str = ""
    authors: list[str] = field(default_factory=list)
    not_by: list[str] = field(default_factory=list)
    sources: list[str] = field(default_factory=list)
    channels: list[str] = field(default_factory=list)
    languages: list[str] = field(default_factory=list)
    spans: list[Span] = field(default_factory=list)

    @property
    def has_any(self) -> bool:
        """Whether anything was said by operators."""
        return bool(self.authors or self.not_by or self.sources or self.channels or self.languages or self.spans)


def take_operators(text: str, known: Known, clock: Clock) -> Operators:
    """Read the operators of a text and cut them out. Inside quotes there are none."""
    taken = Operators()

    def replace(found: re.Match[str]) -> str:
        if not found["key"]:
            return found[0]
        key, value = found["key"].lower(), found["value"]
        if _apply(taken, key, value.strip(_QUOTES), known, clock):
            return " "
        return f"{found['key']} {value}"

    taken.text = " ".join(_OPERATOR.sub(replace, text).split()) if ":" in text else text
    return taken


def _apply(taken: Operators, key: str, value: str, known: Known, clock: Clock) -> bool:
    """Take one operator; tell whether its value is known."""
    if key.removeprefix("-") in {"from", "by", "author"}:
        found = known.find_authors(value)
        (taken.not_by if key.startswith("-") else taken.authors).extend(found)
        return bool(found)
    if key in {"in", "channel", "source"}:
        return _apply_place(taken, key, value, known)
    if key in {"lang", "language"}:
        languages = known.find_languages(value)
        taken.languages += languages
        return bool(languages)
    span = parse_moment(fold(value), clock) or parse_moment(re.sub("[-_]", " ", fold(value)), clock)
    if span:
        taken.spans.append(apply_mark(key, span))
    return bool(span)


def _apply_place(taken: Operators, key: str, value: str, known: Known) -> bool:
    channels = known.find_channels(value) if key != "source" else ()
    sources = known.find_sources(value) if not channels and not value.startswith("#") else ()
    taken.channels += channels
    taken.sources += sources
    return bool(channels or sources)
