"""JSON archives as a stream of records, each parsed by itself: one that is broken costs only itself.

The text is cut at the ends of the values asked for before anything is parsed, so memory stays flat however large the
file is, and a file cut short gives all that is whole.
"""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from store.sources.decoding import STRAY_BYTE_MARK, read_text
from store.sources.files import SourceFile

# Far above any real comment, page or discussion.
MAX_RECORD_CHARS = 16 * 2**20
# What is looked at to tell a format: some dozen records.
_OUTLINE_VALUES = 4_000
_OUTLINE_CHARS = 200

_STRING = r'"[^"\\]*+(?:\\.[^"\\]*+)*+"'
_PIECE = re.compile(rf"\s*+({_STRING}|[\[\]{{}},:]|[^\s\[\]{{}},:\"]++)", re.DOTALL)
# Brackets and strings aside, nothing matters to where a value ends.
_PLAIN = re.compile(rf"(?:[^\"\[\]{{}}]++|{_STRING})*+", re.DOTALL)
# An escape that JSON does not know and Telegram Desktop writes for control characters; others are passed over whole.
_HEX_ESCAPE = re.compile(r"\\(?:x([0-9a-fA-F]{2})|.)", re.DOTALL)
_OPENING, _CLOSING = frozenset("[{"), frozenset("]}")
CUT_SHORT = "the file ends before its JSON does: it was cut short"
_MORE = "more stands after the end of its JSON: not read"
NOT_JSON = "it is not JSON"


@dataclass(frozen=True, slots=True)
class JsonRecord:
    """One value, where it stands, and what had to be mended to read it. `number` counts those of its path, from 1."""

    path: str
    number: int
    value: Any
    faults: tuple[str, ...] = ()

    @property
    def place(self) -> str:
        """Say where it stands, for problems."""
        return f"{self.path.removesuffix('.item').rpartition('.')[2] or 'record'} {self.number}"


@dataclass(frozen=True, slots=True)
class JsonFault:
    """Something that is wrong with the file, or with a record that could not be read."""

    place: str
    reason: str


@dataclass(frozen=True, slots=True)
class JsonOutline:
    """What the beginning of a JSON file holds.

    Attributes:
        paths: The paths at which values stand, as `iterate_json` takes them; empty if it is no JSON.
        values: The first scalar at each path, as it is written, without quotation marks, its beginning.
    """

    paths: frozenset[str] = frozenset()
    values: dict[str, str] = field(default_factory=dict)

    def has(self, *paths: str) -> bool:
        """Tell whether values stand at all of these paths."""
        return self.paths.issuperset(paths)


def load_flat(text: str) -> Any:
    """Parse JSON; line ends inside strings, which JSON does not allow and some programs write, are taken as they are.

    Raises:
        ValueError: It is not JSON.
        RecursionError: It is nested more deeply than Python's reader goes.
    """
    try:
        return json.loads(text, strict=False)
    except ValueError:
        if "\\x" not in text:
            raise
    return json.loads(_HEX_ESCAPE.sub(lambda found: f"\\u00{found[1]}" if found[1] else found[0], text), strict=False)


def iterate_json(
    file: SourceFile, *paths: str, load: Callable[[str], Any] = load_flat
) -> Iterator[JsonRecord | JsonFault]:
    """Give each value at one of the paths, in the file's order, and faults where they stand.

    Args:
        file: Any bytes.
        paths: The keys from the root, joined by dots; "item" stands for each element of an array, "" for the whole
            document. So "posts.item" is each element of the array under the key "posts".
        load: Parses a value's text; raises ValueError or RecursionError where it cannot.
    """
    counts: Counter[str] = Counter()
    text = _Text(read_text(file))
    for path, piece in _Walker(text, frozenset(paths)).walk():
        if path is None:
            yield JsonFault("the end of the file" if piece == CUT_SHORT else "the file", piece)
            continue
        counts[path] += 1
        record = JsonRecord(path, counts[path], None)
        captured = text.capture() if piece in _OPENING else piece
        if captured is None:
            reason = "the record is cut short: left out" if text.is_at_end else "the record is too long: left out"
            yield JsonFault(record.place, reason)
        else:
            yield _parse(record, captured, load)


def read_outline(head: str) -> JsonOutline:
    """Look through the beginning of a text for what it holds as JSON."""
    paths: set[str] = set()
    values: dict[str, str] = {}
    if not head.lstrip().startswith(("{", "[")):
        return JsonOutline()
    walker = _Walker(_Text(iter([head])), None)
    for seen, (path, piece) in enumerate(walker.walk()):
        if path is None or seen > _OUTLINE_VALUES:
            break
        paths.add(path)
        if piece not in _OPENING:
            values.setdefault(path, piece.strip('"')[:_OUTLINE_CHARS])
    return JsonOutline(frozenset([*paths, *walker.find_begun()]), values)


def _parse(record: JsonRecord, text: str, load: Callable[[str], Any]) -> JsonRecord | JsonFault:
    faults: tuple[str, ...] = ()
    if STRAY_BYTE_MARK in text:
        text = text.replace(STRAY_BYTE_MARK, "")
        faults = ("some bytes are not in the file's encoding: read as Windows-1252",)
    try:
        return JsonRecord(record.path, record.number, load(text), faults)
    except RecursionError:
        return JsonFault(record.place, "it is nested too deeply: left out")
    except ValueError:
        return JsonFault(record.place, "it is not JSON: left out")


@dataclass(slots=True)
class _Container:
    path: str
    is_object: bool
    key: str | None = None

    def path_of_value(self) -> str:
        step = self.key if self.is_object else "item"
        return f"{self.path}.{step}" if self.path else step or ""


class _Walker:
    """Gives the path and first piece of each value that is wanted; None wants all, and goes into them.

    A value that is wanted and begins with a bracket has to be captured by the caller. What is wrong with the text comes
    as a reason without a path, last.
    """

    def __init__(self, text: "_Text", wanted: frozenset[str] | None) -> None:
        self._text = text
        self._wanted = wanted
        self._prefixes = {path[:end] for path in wanted or () for end in _ends(path)}
        self._open: list[_Container] = []

    def walk(self) -> Iterator[tuple[str | None, str]]:
        has_begun = False
        while piece := self._text.take():
            if not self._open and (has_begun or not _may_be_whole(piece)):
                yield None, _MORE if has_begun else NOT_JSON
                return
            has_begun = True
            yield from self._step(piece)
        if self._open or not has_begun:
            yield None, CUT_SHORT if has_begun else NOT_JSON
        elif self._text.has_more:
            # A string that never ends.
            yield None, _MORE

    def find_begun(self) -> Iterator[str]:
        """Give the path of the value in which the text ends, if it ends in one."""
        if self._open and self._open[-1].key is not None:
            yield self._open[-1].path_of_value()

    def _step(self, piece: str) -> Iterator[tuple[str, str]]:
        top = self._open[-1] if self._open else None
        if piece in _CLOSING:
            self._open.pop()
        elif piece == ",":
            if top:
                top.key = None
        elif top and top.is_object and top.key is None:
            top.key = _decode_key(piece)
        elif piece != ":":
            path = top.path_of_value() if top else ""
            is_wanted = self._wanted is None or path in self._wanted
            if is_wanted:
                yield path, piece
            if piece in _OPENING and (self._wanted is None or not is_wanted):
                self._enter(path, piece)

    def _enter(self, path: str, bracket: str) -> None:
        if self._wanted is None or path in self._prefixes:
            self._open.append(_Container(path, bracket == "{"))
        else:
            self._text.capture(is_kept=False)


def _may_be_whole(piece: str) -> bool:
    """Tell whether a document may begin with a piece; what is no bracket is all of it."""
    if piece in _OPENING:
        return True
    try:
        json.loads(piece, strict=False)
    except ValueError:
        return False
    return True


def _ends(path: str) -> Iterable[int]:
    """Give where each prefix of a path ends: a value at one of them may hold the path."""
    return [0, *(found.start() for found in re.finditer(r"\.", path))]


def _decode_key(token: str) -> str:
    try:
        return str(json.loads(token, strict=False))
    except ValueError:
        return token


class _Text:
    """The file's text, as far as it was read and not yet taken."""

    def __init__(self, parts: Iterator[str]) -> None:
        self._parts = parts
        self._text = ""
        self._at = 0
        self.is_at_end = False

    @property
    def has_more(self) -> bool:
        """Whether there is something that was not taken, and is not blank."""
        return bool(self._text[self._at :].strip())

    def take(self) -> str:
        """Take the next piece; empty at the end. A string that never ends is the end."""
        found = _PIECE.match(self._text, self._at)
        # What is neither string nor bracket may go on in the next part.
        while (found is None or found.end() == len(self._text)) and self._read_on():
            found = _PIECE.match(self._text, self._at)
        if found is None:
            return ""
        self._at = found.end()
        return found[1]

    def capture(self, *, is_kept: bool = True) -> str | None:
        """Take the rest of a value whose opening bracket was taken just now; None if it never ends or is too long."""
        parts = [self._text[self._at - 1]]
        depth, length = 1, 1
        while depth:
            end = _PLAIN.match(self._text, self._at).end()  # type: ignore[union-attr]  # matches the empty string too
            is_bracket = end < len(self._text) and self._text[end] != '"'
            if is_bracket:
                depth += 1 if self._text[end] in _OPENING else -1
                end += 1
            length += end - self._at
            if is_kept and length <= MAX_RECORD_CHARS:
                parts.append(self._text[self._at : end])
            self._at = end
            if not is_bracket and not self._read_on():
                return None
        return "".join(parts) if length <= MAX_RECORD_CHARS else None

    def _read_on(self) -> bool:
        """Read the next part; False at the end, which a string longer than any record is too."""
        rest = self._text[self._at :]
        part = None if len(rest) > MAX_RECORD_CHARS else next(self._parts, None)
        if part is None:
            self.is_at_end = True
            return False
        self._text, self._at = rest + part, 0
        return True
