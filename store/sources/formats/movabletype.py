"""Movable Type's text export, which TypePad, Hatena Blog and others write too.

Described at movabletype.org/docs/mtmanual_importexport.html: an entry's keys, then its sections, each after a line of
five dashes; after the last one a line of eight. A comment is a section with keys of its own before its text. Entries
and comments have no numbers: ids are made of what does not change. Pings are no comments. E-mail addresses and IP
numbers are not read, and times are in the blog's zone, which the file does not tell: taken for UTC.
"""

import hashlib
import html
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, time
from typing import NamedTuple
from urllib.parse import urlsplit

from store.domain.comment import Channel, SourceItem, SourceProblem
from store.domain.viewer import NOBODY
from store.sources.dates import parse_date
from store.sources.decoding import STRAY_BYTE_MARK, decode, read_lines
from store.sources.files import SourceFile
from store.sources.format import Coverage, Format, each
from store.sources.formats.feed_entries import fold_address
from store.sources.head import Head
from store.sources.raw import RawComment
from store.text.html import parse_html, parse_html_lines

MAX_RECORD_CHARS = 16 * 2**20
_SECTION_END, _ENTRY_END = "-----", "--------"
# Far more dashes and empty lines than stand together anywhere.
_MAX_ENDS = 10_000
_ENDS = frozenset({_SECTION_END, _ENTRY_END})
_ENTRY_KEYS = (
    "AUTHOR|TITLE|BASENAME|UNIQUE URL|STATUS|DATE|ALLOW COMMENTS|ALLOW PINGS|CONVERT BREAKS|NO ENTRY|PRIMARY CATEGORY|"
    "CATEGORY|TAGS"
)
_ENTRY_KEY = re.compile(rf"({_ENTRY_KEYS}):(?: (.*))?")
_SECTION = re.compile(r"(BODY|EXTENDED BODY|EXCERPT|KEYWORDS|COMMENT|PING):\s*")
_COMMENT_KEY = re.compile(r"(AUTHOR|EMAIL|IP|URL|DATE):(?: (.*))?")
_FIRST_SECTION = re.compile(r"^-----[ \t]*\r?\n(?:BODY|EXTENDED BODY|EXCERPT|KEYWORDS|COMMENT|PING):", re.MULTILINE)
_DATE = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})\s+(\d{1,2}):(\d{2})(?::(\d{2}))?\s*([AaPp])?\.?[Mm]?\.?")
_NOON = 12
# TypePad's addresses: the blog's, the month, the post.
_UNIQUE_URL = re.compile(r"^UNIQUE URL: *(https?://\S+?)/\d{4}/\d{2}/", re.MULTILINE)
_NOT_PUBLIC = Channel("posts that are not public", NOBODY)
_CUT_SHORT = SourceProblem("the end of the file", "the file ends before its last entry does: it was cut short")


@dataclass(slots=True)
class _Section:
    """A section as it stands, with the dashes that end it as far as they were seen; "ENTRY" are an entry's keys."""

    kind: str
    lines: list[str] = field(default_factory=list)
    length: int = 0
    ends: list[str] = field(default_factory=list)

    def add(self, line: str) -> None:
        # Bodies may be long and are of no use.
        if self.kind in ("ENTRY", "COMMENT"):
            self.length += len(line) + 1
            if self.length <= MAX_RECORD_CHARS:
                self.lines.append(line)

    def end(self, line: str) -> None:
        if len(self.ends) < _MAX_ENDS:
            self.ends.append(line)
        elif line == _ENTRY_END:
            self.ends[-1] = line

    def take_back_ends(self) -> None:
        """Make the lines of dashes text: what follows them is no beginning of anything."""
        for line in self.ends:
            self.add(line)
        self.ends.clear()


class _Entry(NamedTuple):
    name: str
    title: str
    url: str
    date: str
    is_public: bool


class _KnownIds:
    """Makes ids of comments: of who wrote and when, so that an edited comment keeps its own.

    What tells nothing by that, and what is another's already, is known by its text too.
    """

    def __init__(self) -> None:
        self._texts: dict[int, int] = {}

    def make(self, entry: _Entry, author: str, date: str, text: str) -> str:
        short, long = _make_id(entry.date, author, date), _make_id(entry.date, author, date, text)
        published = parse_date(_read_date(date))
        if published is None or published.time() == time.min:
            return long
        is_first = self._texts.setdefault(hash(short), hash(text)) == hash(text)
        return short if is_first else long


def recognises(head: Head) -> bool:
    """Tell whether a file begins with an entry's keys, and goes on with a section."""
    first = next((line for line in head.lines if line.strip()), "")
    return bool(_ENTRY_KEY.match(first) and _FIRST_SECTION.search(head.text))


def parse(file: SourceFile) -> Iterator[SourceItem]:
    """Give the comments of an export, entry by entry."""
    entry, number, known = _read_entry({}), 0, _KnownIds()
    section = None
    for section in _iterate_sections(read_lines(file, MAX_RECORD_CHARS)):
        if section.kind == "ENTRY":
            entry = _read_entry(_read_keys(section.lines, _ENTRY_KEY)[0])
        elif section.kind == "COMMENT":
            number += 1
            yield from _parse_comment(section, entry, f"comment {number}", known)
    if section is None or _ENTRY_END not in section.ends:
        yield _CUT_SHORT


def identify(file: SourceFile) -> str:
    """Give the blog's address, which the export of TypePad has in those of its posts."""
    found = _UNIQUE_URL.search(decode(file.read_head()))
    if not found:
        return ""
    try:
        address = urlsplit(found[1])
    except ValueError:
        return ""
    return f"movabletype:{address.netloc.lower().removeprefix('www.')}{address.path}"


def _iterate_sections(lines: Iterable[str]) -> Iterator[_Section]:
    """Give the sections in order. Dashes end one only if another, or an entry, begins after them."""
    section = _Section("ENTRY")
    for line in lines:
        plain = line.replace(STRAY_BYTE_MARK, "").rstrip()
        if plain in _ENDS or (section.ends and not plain):
            section.end(plain)
        elif section.ends and (kind := _find_kind(plain, section.ends)):
            yield section
            section = _Section(kind)
            if kind == "ENTRY":
                section.add(line)
        else:
            section.take_back_ends()
            section.add(line)
    yield section


def _find_kind(line: str, ends: list[str]) -> str:
    found = _SECTION.fullmatch(line)
    if found:
        return found[1]
    return "ENTRY" if _ENTRY_END in ends and _ENTRY_KEY.match(line) else ""


def _read_keys(lines: list[str], pattern: re.Pattern[str]) -> tuple[dict[str, str], list[str]]:
    """Read the keys that lines begin with, each once, and give the lines after those of a comment.

    Other programs give entries keys of their own.
    """
    keys: dict[str, str] = {}
    for at, line in enumerate(lines):
        found = pattern.fullmatch(line.rstrip())
        if pattern is _COMMENT_KEY and (found is None or found[1] in keys):
            return keys, lines[at:]
        if found:
            keys.setdefault(found[1], (found[2] or "").replace(STRAY_BYTE_MARK, "").strip())
    return keys, []


def _read_entry(keys: dict[str, str]) -> _Entry:
    title, date, url = (keys.get(name, "") for name in ("TITLE", "DATE", "UNIQUE URL"))
    return _Entry(
        name=fold_address(url) or keys.get("BASENAME", "") or _make_id(title, date),
        title=parse_html(title),
        url=url,
        date=date,
        is_public=keys.get("STATUS", "publish").lower() in ("publish", "published", ""),
    )


def _parse_comment(section: _Section, entry: _Entry, place: str, known: _KnownIds) -> Iterator[SourceItem]:
    if not section.ends or section.length > MAX_RECORD_CHARS:
        # Half a comment would be quoted as if it were the whole.
        yield SourceProblem(place, f"the record is {'too long' if section.ends else 'cut short'}: left out")
        return
    if any(STRAY_BYTE_MARK in line for line in section.lines):
        yield SourceProblem(place, "some bytes are not in the file's encoding: read as Windows-1252")
    keys, lines = _read_keys(section.lines, _COMMENT_KEY)
    text = "\n".join(lines).replace(STRAY_BYTE_MARK, "").strip()
    author, date = keys.get("AUTHOR", ""), keys.get("DATE", "")
    yield from RawComment(
        id=known.make(entry, author, date, text),
        text=parse_html_lines(text),
        thread=entry.name,
        title=entry.title,
        thread_url=entry.url,
        author=html.unescape(author),
        published=_read_date(date),
        url=entry.url,
        channel=Channel() if entry.is_public else _NOT_PUBLIC,
        place=place,
    ).finish()


def _make_id(*parts: str) -> str:
    """Make an id that is the same for the same record, so that importing it again finds it."""
    return "sha256:" + hashlib.sha256("\x1f".join(parts).encode(errors="replace")).hexdigest()[:32]


def _read_date(text: str) -> str:
    """Write "12/31/2004 01:02:03 PM", or with 24 hours, as ISO 8601; anything else is given back as it is."""
    found = _DATE.fullmatch(text)
    if not found:
        return text
    month, day, year, hour, minute, second = (int(part or 0) for part in found.groups()[:6])
    if found[7] and hour <= _NOON:
        hour = hour % _NOON + (_NOON if found[7] in "Pp" else 0)
    try:
        return datetime(year, month, day, hour, minute, second).isoformat()  # noqa: DTZ001  # the zone is not known
    except ValueError:
        return text


FORMAT = Format("movabletype", recognises, each(parse), identify=identify, coverage=Coverage.EXPORT)
