"""Slack's mrkdwn as HTML: bold, italics, strikethrough, code, quotes, links, dates, mentions, escapes."""

import html
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from lxml.builder import E
from lxml.etree import _Element as Element


def _mark(kind: str, sign: str) -> str:
    """Give what is marked by a sign: it begins and ends beside no letter, in one line, and links in it are whole."""
    return rf"(?<![\w{sign}]){sign}(?=\S)(?P<{kind}>(?:<[^<>]*>|[^{sign}<\n])+?)(?<=\S){sign}(?![\w{sign}])"


_MARKS = re.compile(
    "|".join(
        [
            r"```\n?(?P<pre>.+?)\n?```",
            r"`(?P<code>[^`\n]+)`",
            r"<(?P<angle>[^<>\n]+)>",
            _mark("b", r"\*"),
            _mark("i", "_"),
            _mark("s", "~"),
        ]
    ),
    re.DOTALL,
)
_QUOTED = re.compile(r"(?:^&gt; ?.*(?:\n|\Z))+", re.MULTILINE)
_DATE = re.compile(r"!date\^(\d+)\^([^^|]+)(?:\^[^|]+)?\|(.+)", re.DOTALL)
_DATE_TOKEN = re.compile(r"\{(\w+)\}")
_HALF_A_YEAR = timedelta(days=182)
_ORDINALS = {1: "st", 2: "nd", 3: "rd", 21: "st", 22: "nd", 23: "rd", 31: "st"}


@dataclass(frozen=True)
class Reader:
    """Whoever looks: what channels and people are called for them, by id, and what time it is."""

    names: Mapping[str, str] = field(default_factory=dict)
    now: datetime = field(default_factory=lambda: datetime.now(UTC))

    def write_date(self, moment: datetime, token: str) -> str:
        """Write what Slack writes in place of a token of a date; KeyError for one that is not known here."""
        day = f"{moment:%B} {moment.day}{_ORDINALS.get(moment.day, 'th')}"
        short = f"{moment:%b} {moment.day}"
        if abs(self.now - moment) > _HALF_A_YEAR:
            day, short = f"{day}, {moment.year}", f"{short}, {moment.year}"
        distance = {-1: "yesterday", 0: "today", 1: "tomorrow"}.get((moment.date() - self.now.date()).days)
        written = {
            "date": day,
            "date_pretty": distance or day,
            "date_short": short,
            "date_short_pretty": distance or short,
            "time": f"{moment:%I:%M %p}".lstrip("0"),
        }
        return written[token]


def draw_mrkdwn(text: str, reader: Reader) -> list[Element]:
    """Draw a text."""
    drawn, position = [], 0
    for quoted in _QUOTED.finditer(text):
        drawn += [*_draw_paragraph(text[position : quoted.start()].removesuffix("\n"), reader)]
        lines = [line.removeprefix("&gt;").removeprefix(" ") for line in quoted[0].rstrip("\n").split("\n")]
        drawn.append(E.blockquote(*_draw("\n".join(lines), reader)))
        position = quoted.end()
    return [*drawn, *_draw_paragraph(text[position:], reader)]


def _draw_paragraph(text: str, reader: Reader) -> Iterator[Element]:
    if text:
        yield E.p(*_draw(text, reader))


def _draw(text: str, reader: Reader) -> Iterator[str | Element]:
    position = 0
    for found in _MARKS.finditer(text):
        yield _unescape(text[position : found.start()])
        kind, inner = str(found.lastgroup), found[str(found.lastgroup)]
        match kind:
            case "pre" | "code":
                yield E(kind, _unescape(inner))
            case "angle":
                yield _draw_angle(inner, reader)
            case _:
                yield E(kind, *_draw(inner, reader))
        position = found.end()
    yield _unescape(text[position:])


def _draw_angle(inner: str, reader: Reader) -> str | Element:
    """Draw what stands between angle brackets: a date, a mention or a link."""
    if date := _DATE.fullmatch(inner):
        moment = datetime.fromtimestamp(int(date[1]), UTC)
        return _DATE_TOKEN.sub(lambda token: reader.write_date(moment, token[1]), _unescape(date[2]))
    target, _, label = inner.partition("|")
    if target[0] in "#@":
        return E.span({"class": "mention"}, reader.names[target[1:]])
    if target[0] == "!":
        raise ValueError(f"cannot draw <{inner}>")
    return E.a({"href": _unescape(target)}, _unescape(label or target))


def _unescape(text: str) -> str:
    """Undo the three escapes of mrkdwn, and no others."""
    return re.sub(r"&(?:amp|lt|gt);", lambda found: html.unescape(found[0]), text)
