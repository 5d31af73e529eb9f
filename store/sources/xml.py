"""XML archives as a stream of records, each parsed by itself: one that is broken costs only itself.

The file is cut at the record's own start and end tags before anything is parsed. So memory stays flat however large
the file is, a file cut short gives all that is whole, and the document type, with any entity it defines, is never read.
"""

import html
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html.entities import html5
from itertools import chain

from lxml import etree

from store.sources.decoding import STRAY_BYTE_MARK, decode, read_text
from store.sources.files import SourceFile

# Far above any real comment or post; a record that never ends must not fill the memory.
MAX_RECORD_CHARS = 16 * 2**20
CUT_SHORT = "the file ends before its last element does: it was cut short"
UNREADABLE = "the record cannot be read: left out"
_RECORD_CUT = "the record is cut short: left out"

# What may stand before the root element; entities the document type defines may look like elements.
_PROLOG = re.compile(
    r"""\s*(?:<\?.*?\?>|<!--.*?-->|<!DOCTYPE(?:[^\[>"']|"[^"]*"|'[^']*')*(?:\[.*?\]\s*)?>)""", re.DOTALL
)
_ROOT_TAG = re.compile(r"""<([A-Za-z_][\w.:-]*)(?:\s+[\w.:-]+\s*=\s*(?:"[^"]*"|'[^']*'))*\s*>""")
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
# Entities but XML's own.
_ENTITY = re.compile(r"&(?!(?:amp|lt|gt|quot|apos);)([A-Za-z][A-Za-z0-9]{0,31});")
# What tags may stand in without being any, and how it ends.
_OPAQUE = {"<![CDATA[": "]]>", "<!--": "-->"}
_CHARACTER = re.compile(r"&#(?:(\d{1,7})|[xX]([0-9a-fA-F]{1,6}));")
_BARE_AMPERSAND = re.compile(r"&(?!(?:amp|lt|gt|quot|apos|#\d{1,7}|#[xX][0-9a-fA-F]{1,6});)")
# Elements that hold HTML as text, in any of the XML formats; first those whose HTML may hold the others.
_HOLDING_HTML = ("content", "description", "summary", "title")

# resolve_entities and the rest: nothing outside the text given is ever read or expanded. A record is cut long before
# the limits that huge_tree lifts could matter.
_STRICT = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=True)
_MENDING = etree.XMLParser(recover=True, resolve_entities=False, no_network=True, load_dtd=False, huge_tree=True)


@dataclass(frozen=True, slots=True)
class XmlRecord:
    """One record, and what had to be mended to read it. `number` counts from 1.

    `within` is the beginning of the element that it stands in, where that was asked for.
    """

    number: int
    element: etree._Element
    faults: tuple[str, ...]
    within: etree._Element | None = None


@dataclass(frozen=True, slots=True)
class XmlText:
    """One record as it stands in the file, not parsed yet. `number` counts from 1."""

    number: int
    text: str


@dataclass(frozen=True, slots=True)
class XmlFault:
    """Something that is wrong with the file rather than with a record that could be read."""

    place: str
    reason: str


def iterate_records(file: SourceFile, tag: str, outside: str = "") -> Iterator[XmlRecord | XmlFault]:
    """Give each element of a local name, in order, with the file's namespaces; faults where they stand.

    Args:
        file: Any bytes.
        tag: The local name, whatever its prefix, of elements that do not hold each other.
        outside: The local name of elements in which that name is another thing's: they are passed over.
    """
    opening, closing = _find_root(decode(file.read_head()))
    for cut in iterate_texts(file, tag, outside):
        if isinstance(cut, XmlFault):
            yield cut
        else:
            yield _make_record(tag, cut.number, cut.text, (opening, closing))


def iterate_texts(file: SourceFile, tag: str, outside: str = "") -> Iterator[XmlText | XmlFault]:
    """Give each element of a local name as the text it is, for other parsers, as `iterate_records` does parsed."""
    closing = _find_root(decode(file.read_head()))[1]
    for number, (text, state) in enumerate(_cut_records(read_text(file), tag, outside), start=1):
        if state == "whole":
            yield XmlText(number, text)
        elif state == "cut":
            # Half a comment would be quoted as if it were the whole.
            yield XmlFault(f"{tag} {number}", _RECORD_CUT)
        elif closing not in text:
            yield XmlFault("the end of the file", CUT_SHORT)


def iterate_records_within(file: SourceFile, outer: str, inner: str) -> Iterator[XmlRecord | XmlFault]:
    """Give each element of one local name with the beginning of the element of another that it stands in.

    So a post is read comment by comment, however many it has. What stands in the outer element after the first inner
    one, and is none, is not read.
    """
    opening, closing = _find_root(decode(file.read_head()))
    within, number = None, 0
    for text, state in _cut_nested(read_text(file), outer, inner):
        if state == "beginning":
            within = _parse_record(opening, text, closing, []) if text else None
        elif state == "after":
            if closing not in text:
                yield XmlFault("the end of the file", CUT_SHORT)
        else:
            number += 1
            yield _make_record(inner, number, "" if state == "cut" else text, (opening, closing), within)


def parse_header(file: SourceFile, tag: str) -> etree._Element | None:
    """Parse what stands before the first record, in the root element; None if there is no root element."""
    text = decode(file.read_head())
    root = find_root_tag(text)
    if root is None:
        return None
    first = re.compile(rf"<(?:[\w.-]+:)?{tag}[\s>/]").search(text, root.end())
    header = text[root.start() : first.start() if first else len(text)]
    return etree.fromstring(_mend(header, []) + f"</{root[1]}>", _MENDING)


def text_of(element: etree._Element) -> str:
    """Give all the text in an element, that of elements in it included."""
    return element.text or "" if len(element) == 0 else "".join(str(part) for part in element.itertext())


def markup_of(element: etree._Element) -> str:
    """Give what an element holds as HTML: its text, which is HTML escaped, or its elements written out."""
    return element.text or "" if len(element) == 0 else etree.tostring(element, encoding="unicode", method="html")


def find_root_tag(text: str) -> re.Match[str] | None:
    """Find the start tag of the root element, past all that may stand before it; group 1 is its name."""
    start = max(0, text.find("<"))
    while skipped := _PROLOG.match(text, start):
        start = skipped.end()
    return _ROOT_TAG.search(text, start)


def _make_record(
    tag: str, number: int, text: str, root: tuple[str, str], within: etree._Element | None = None
) -> XmlRecord | XmlFault:
    """Make a record of its text, empty where it was cut: half a comment would be quoted as if it were the whole."""
    faults: list[str] = []
    element = _parse_record(root[0], text, root[1], faults) if text else None
    if element is None:
        return XmlFault(f"{tag} {number}", UNREADABLE if text else _RECORD_CUT)
    return XmlRecord(number, element, tuple(dict.fromkeys(faults)), within)


def drop_stray_marks(text: str, faults: list[str]) -> str:
    """Drop the marks of bytes that are not in the file's encoding, noting that there were some."""
    if STRAY_BYTE_MARK not in text:
        return text
    faults.append("some bytes are not in the encoding the file declares: read as Windows-1252")
    return text.replace(STRAY_BYTE_MARK, "")


def mend_characters(text: str, faults: list[str]) -> str:
    """Leave out what no XML may hold, and resolve HTML's entities, which XML does not know."""
    legal = _CHARACTER.sub(_check_character, _ILLEGAL.sub("", text))
    if legal != text:
        faults.append("it holds characters XML does not allow: left out")
    return _ENTITY.sub(_resolve_entity, legal)


def _parse_record(opening: str, text: str, closing: str, faults: list[str]) -> etree._Element | None:
    """Parse one record as it stands or, where that is not XML, mended, noting what was wrong."""
    text = drop_stray_marks(text, faults)
    try:
        root = etree.fromstring(f"{opening}{text}{closing}", _STRICT)
    except etree.XMLSyntaxError:
        root = etree.fromstring(f"{opening}{_mend(text, faults)}{closing}", _MENDING)
        faults += [_name_fault(fault.message) for fault in _MENDING.error_log]
    return root[0] if root is not None and len(root) else None


def _cut_records(parts: Iterable[str], tag: str, outside: str = "") -> Iterator[tuple[str, str]]:
    """Give each record's text, "whole" or "cut"; at the end what stands after the last one, "after"."""
    record: str | None = None
    after = ""
    for text, mark in _split_outside(parts, tag, outside) if outside else _split_at_marks(parts, tag):
        if mark.startswith("</"):
            if record is not None:
                yield record + text + mark, "whole"
            record = None
            continue
        if record is not None:
            yield record + text, "cut"
        record = mark or None
        after = text
    yield after, "after"


def _split_outside(parts: Iterable[str], tag: str, outside: str) -> Iterator[tuple[str, str]]:
    """Split as `_split_at_marks` does, at marks that do not stand inside of elements of the other tag."""
    is_inside = False
    for text, mark in _split_at_marks(parts, f"(?:{tag}|{outside})"):
        if re.sub(r"[</>\s]", "", mark).rpartition(":")[2] == outside:
            # What was open before is open no more.
            yield text, ""
            is_inside = not mark.startswith("</")
        elif not (is_inside and mark):
            yield text, mark


def _cut_nested(parts: Iterable[str], outer: str, inner: str) -> Iterator[tuple[str, str]]:
    """Give each inner element, "whole" or "cut", after the "beginning" of the outer one, closed; at last "after".

    Where an outer element ends, comes an empty beginning.
    """
    beginning: str | None = None
    record: str | None = None
    closing, latest, text = "", "", ""
    for text, mark in _split_at_marks(parts, f"(?:{outer}|{inner})"):
        name, is_end = re.sub(r"[</>\s]", "", mark), mark.startswith("</")
        is_inner = name.rpartition(":")[2] == inner
        if record is not None:
            yield record + text + mark, "whole" if is_inner and is_end else "cut"
        elif beginning is not None and len(beginning) < MAX_RECORD_CHARS:
            beginning += text
        record = mark if is_inner and not is_end else None
        if record and beginning is not None:
            yield beginning + closing, "beginning"
            beginning = None
        elif mark and not is_inner:
            yield "", "beginning"
            beginning, closing = (None, "") if is_end else (mark, f"</{name}>")
        latest = mark or latest
    yield latest + text, "after"


def _split_at_marks(parts: Iterable[str], tag: str) -> Iterator[tuple[str, str]]:
    """Give the text before each start or end tag of records with that tag; the last text with an empty one."""
    marks = re.compile(rf"<!\[CDATA\[|<!--|<(?:[\w.-]+:)?{tag}(?=[\s>])|</(?:[\w.-]+:)?{tag}\s*>")
    rest = ""
    for part in chain(parts, [None]):
        rest += part or ""
        done = 0
        for found in _find_marks(marks, rest, is_end=part is None or len(rest) > MAX_RECORD_CHARS):
            yield rest[done : found.start()], found[0]
            done = found.end()
        rest = rest[done:]
        if len(rest) > MAX_RECORD_CHARS:
            yield rest, ""
            rest = ""
    yield rest, ""


def _find_marks(marks: re.Pattern[str], text: str, *, is_end: bool) -> Iterator[re.Match[str]]:
    """Give the tags of records; in CDATA sections and comments, tags are text.

    Unless no more follows, it stops where something begins that may end later. A comment that never ends is none.
    """
    # The last tag may not have been read whole.
    limit = len(text) if is_end else max(0, text.rfind("<"))
    place, is_comment_open = 0, False
    while found := marks.search(text, place, limit):
        place = found.end()
        closing = _OPAQUE.get(found[0])
        if closing is None:
            yield found
        elif not (closing == "-->" and is_comment_open):
            end = text.find(closing, place)
            is_comment_open = end < 0 and closing == "-->" and is_end
            if end < 0 and not is_comment_open:
                return
            place = place if end < 0 else end + len(closing)


def _find_root(head: str) -> tuple[str, str]:
    root = find_root_tag(head)
    return (mend_characters(root[0], []), f"</{root[1]}>") if root else ("<root>", "</root>")


def _mend(text: str, faults: list[str]) -> str:
    """Make a record XML again without losing a letter: mostly what people who edit exports by hand forget to escape."""
    text = mend_characters(text, faults)
    if _BARE_AMPERSAND.search(text):
        text = _BARE_AMPERSAND.sub("&amp;", text)
        faults.append("it uses an ampersand or an entity that is not defined: kept as written")
    for tag in _HOLDING_HTML:
        text = _escape_inside(text, tag)
    return text


def _check_character(found: re.Match[str]) -> str:
    code = int(found[1]) if found[1] else int(found[2], 16)
    return "" if code > sys.maxunicode or _ILLEGAL.match(chr(code)) else found[0]


def _resolve_entity(found: re.Match[str]) -> str:
    """Resolve an entity of HTML, escaped again where it stands for markup, so that text never becomes XML."""
    return html.escape(html5[f"{found[1]};"]) if f"{found[1]};" in html5 else found[0]


def _escape_inside(text: str, tag: str) -> str:
    opening = re.search(rf"<((?:[\w.-]+:)?{tag})(?:\s[^>]*)?(?<!/)>", text)
    end = text.rfind(f"</{opening[1]}") if opening else -1
    if opening is None or end < opening.end() or "<![CDATA[" in text[opening.end() : end]:
        return text
    inside = text[opening.end() : end].replace("<", "&lt;").replace(">", "&gt;")
    return text[: opening.end()] + inside + text[end:]


def _name_fault(message: str) -> str:
    """Say what is wrong in words that group: without names, numbers or bytes of the file."""
    known = {
        "mismatch": "an element is not closed where it should be: read as far as it can be",
        "Excessive depth": "elements are nested too deeply: read as far as it can be",
        "Namespace prefix": "a prefix is not declared",
    }
    return next(
        (said for part, said in known.items() if part in message),
        "the XML is broken: read as far as it can be",
    )
