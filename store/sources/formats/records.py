"""Harkback's own formats, JSONL and CSV: one comment a line or row, `text` required, everything else optional.

Columns: text, id, author, account, date, edited, url, thread, position, parent, title, source, channel, visibility.
"""

import csv
import hashlib
import io
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from store.domain.comment import (
    ANONYMOUS,
    AuthorAlias,
    Channel,
    Comment,
    Discussion,
    SourceItem,
    SourceProblem,
)
from store.domain.viewer import PUBLIC, Visibility
from store.errors import VisibilityError
from store.sources.dates import parse_date
from store.sources.decoding import STRAY_BYTE_MARK, decode, read_lines, read_text
from store.sources.files import SourceFile
from store.sources.format import Format, each
from store.sources.formats import hackernews
from store.sources.head import Head
from store.sources.raw import MAX_POSITION
from store.text.cleaning import clean_line, clean_name, clean_text, find_http_url

# A line of JSON or a cell of CSV beyond this is not a comment.
MAX_RECORD_CHARS = 16 * 2**20
_MAX_HEADER = 10_000
_SHOWN_CHARS = 80
# What is looked at to show that: a line may be of megabytes.
_HEAD_CHARS = 1_000
_FIELDS = (
    "id", "author", "account", "date", "edited", "url", "thread", "position", "parent", "title", "source", "channel",
)  # fmt: skip
_LINE = re.compile(r"[^\n]*\n|[^\n]+")
_LONE_RETURN = re.compile(r"\r(?!\n)")
_LINE_SEPARATOR = "\u2028"
_DELIMITERS = ",;\t|"
# Stands after all the rows, and after a last row that no line end follows. A private-use character no archive holds.
_END = "\uf8fd"


def recognises_jsonl(head: Head) -> bool:
    """Tell whether the first line is a JSON object with a text."""
    line = head.text.lstrip().partition("\n")[0]
    if not line.startswith("{") or hackernews.recognises(head):
        # An item of Hacker News on one line has a text as well.
        return False
    try:
        first = json.loads(line, strict=False)
    except ValueError:
        # A first line longer than what is looked at.
        return not head.is_whole and "\n" not in head.text.strip() and head.json.has("text")
    except RecursionError:
        return False
    return isinstance(first, dict) and isinstance(first.get("text"), str)


def recognises_csv(head: Head) -> bool:
    """Tell whether the first line names columns, `text` among them."""
    return "text" in _read_header(head.text)[0]


def parse_jsonl(file: SourceFile) -> Iterator[SourceItem]:
    """Give the comments of a JSONL file; a line that is not an object is a problem."""
    for number, raw in enumerate(read_lines(file, MAX_RECORD_CHARS), start=1):
        line = raw.strip()
        if not line:
            continue
        try:
            record = json.loads(line.replace(STRAY_BYTE_MARK, ""), strict=False)
        except (ValueError, RecursionError):
            yield SourceProblem(
                f"line {number}: {clean_line(line[:_HEAD_CHARS], _SHOWN_CHARS)!r}", "the line is not JSON"
            )
            continue
        if not isinstance(record, dict):
            yield SourceProblem(
                f"line {number}: {clean_line(line[:_HEAD_CHARS], _SHOWN_CHARS)!r}", "the line is not a JSON object"
            )
            continue
        yield from _parse_record(record, f"line {number}", is_damaged=STRAY_BYTE_MARK in line)


def parse_csv(file: SourceFile) -> Iterator[SourceItem]:
    """Give the comments of a CSV file with a header row."""
    names, delimiter = _read_header(decode(file.read_head()))
    # The limit is csv's only setting and holds for the whole process.
    csv.field_size_limit(MAX_RECORD_CHARS)
    rows = csv.reader(_iterate_lines(file), delimiter=delimiter)
    number = 1
    try:
        next(rows, None)
        for number, row in enumerate(rows, start=2):
            cells = [cell.replace(STRAY_BYTE_MARK, "").replace(_END, "") for cell in row]
            if not any(cell.strip() for cell in cells):
                continue
            if _is_cut(row, len(names)):
                # Half a comment would be quoted as if it were the whole.
                yield SourceProblem(f"row {number}", "the row is cut short: left out")
            else:
                damaged = any(STRAY_BYTE_MARK in cell for cell in row)
                yield from _parse_record(dict(zip(names, cells, strict=False)), f"row {number}", is_damaged=damaged)
    except csv.Error as error:
        yield SourceProblem(f"row {number + 1}", f"the table cannot be read on from here: {error}")


def _is_cut(row: list[str], columns: int) -> bool:
    """Tell whether the file ends inside a row: inside quotes, or before its last cell and without a line end."""
    last = row[-1]
    return last.endswith("\n" + _END) or (last.endswith(_END) and len(row) < columns)


def _parse_record(record: Mapping[str, Any], place: str, *, is_damaged: bool) -> Iterator[SourceItem]:
    text = clean_text(_string(record, "text"))
    if not text:
        yield SourceProblem(place, "there is no text")
        return
    try:
        visibility = (
            Visibility.parse(_string(record, "visibility")) if _string(record, "visibility").strip() else PUBLIC
        )
    except VisibilityError:
        # Shown to nobody rather than to the wrong people.
        yield SourceProblem(place, "the visibility is none of the known ones: left out")
        return
    for name in _FIELDS:
        if isinstance(record.get(name), dict | list):
            yield SourceProblem(f"{place}: {name}", "the field holds an object or a list: left empty")
    if is_damaged:
        yield SourceProblem(place, "some bytes are not in the file's encoding: read as Windows-1252")
    dates = {name: _string(record, name) for name in ("date", "edited")}
    for shown in dates.values():
        if shown.strip() and parse_date(shown) is None:
            yield SourceProblem(
                f"{place}: {clean_line(shown, _SHOWN_CHARS)!r}", "the date cannot be read: kept without one"
            )
    position = _string(record, "position").strip()
    if position and _parse_position(position) is None:
        yield SourceProblem(
            f"{place}: {clean_line(position, _SHOWN_CHARS)!r}", "the position is no whole number: kept without one"
        )
    title, url = clean_line(_string(record, "title")), find_http_url(_string(record, "url"))
    author = clean_name(_string(record, "author")) or ANONYMOUS
    native_id = clean_line(_string(record, "id")) or _make_id(record, text)
    named = clean_line(_string(record, "thread"))
    title, thread = title or find_title(named), named or title or native_id
    yield Comment(
        native_id=native_id,
        discussion=Discussion(
            native_id=thread,
            title=title,
            url=find_http_url(thread) or url.partition("#")[0],
            channel=Channel(clean_name(_string(record, "channel")).removeprefix("#"), visibility),
        ),
        author=AuthorAlias(author, clean_line(_string(record, "account")) or None),
        text=text,
        url=url,
        published=parse_date(dates["date"]),
        edited=parse_date(dates["edited"]),
        parent_id=clean_line(_string(record, "parent")) or None,
        source=clean_name(_string(record, "source")),
        position=_parse_position(position),
    )


def find_title(thread: str) -> str:
    """Give the title that a discussion's name is, if it is one: several words, and no address."""
    return thread if " " in thread and not find_http_url(thread) else ""


def _parse_position(text: str) -> int | None:
    """Read a comment's place in its discussion; what is no whole number, or beyond any discussion, is none."""
    try:
        position = int(text)
    except ValueError:
        return None
    return position if abs(position) <= MAX_POSITION else None


def _make_id(record: Mapping[str, Any], text: str) -> str:
    """Make an id that is the same for the same record, so that importing it again finds it."""
    parts = [_string(record, name) for name in ("thread", "title", "author", "date", "url")]
    return "sha256:" + hashlib.sha256("\x1f".join([*parts, text]).encode()).hexdigest()[:32]


def _string(record: Mapping[str, Any], name: str) -> str:
    value = record.get(name)
    return "" if value is None or isinstance(value, dict | list) else str(value).encode(errors="replace").decode()


def _read_header(head: str) -> tuple[list[str], str]:
    """Give the names in the first line, lower case, and the delimiter that gives most of them."""
    line = head.replace("\r", "\n").partition("\n")[0].strip()
    splits = (
        [(next(csv.reader([line], delimiter=mark), []), mark) for mark in _DELIMITERS]
        if len(line) < _MAX_HEADER
        else []
    )
    names, delimiter = max(splits, key=lambda split: len(split[0]), default=([], ","))
    return [name.strip().lower() for name in names], delimiter


def _iterate_lines(file: SourceFile) -> Iterator[str]:
    """Give lines with their ends, as csv wants them, so that line ends inside quotes are kept; then the end mark."""
    begun: list[str] = []
    for part in _settle_returns(file):
        for piece in _LINE.findall(part.replace("\0", "")):
            begun.append(piece)
            if piece.endswith("\n") or sum(map(len, begun)) > MAX_RECORD_CHARS:
                yield "".join(begun)
                begun.clear()
    if begun:
        yield "".join(begun) + _END
    yield from ("\n", _END)


def _settle_returns(file: SourceFile) -> Iterator[str]:
    """Give the text with carriage returns that csv can read.

    One alone ends a row in what old spreadsheets wrote; elsewhere it is a line end inside a cell.
    """
    ends_rows = "\r" in decode(file.read_head()).partition("\n")[0].rstrip("\r")
    instead = "\n" if ends_rows else _LINE_SEPARATOR
    # Keeps the two characters of a line end together where they lie in two parts.
    pairs = io.IncrementalNewlineDecoder(decoder=None, translate=False)
    for part in read_text(file):
        yield _LONE_RETURN.sub(instead, pairs.decode(part))
    yield _LONE_RETURN.sub(instead, pairs.decode("", final=True))


JSONL = Format("jsonl", recognises_jsonl, each(parse_jsonl), says_visibility=True)
CSV = Format("csv", recognises_csv, each(parse_csv), says_visibility=True)
