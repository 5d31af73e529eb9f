"""Atom and RSS of every version, read by feedparser: the only module that uses it.

feedparser reads a document whole. So the file is cut into its entries first, and it is given some dozens at a time,
in the feed's root element: memory stays flat, and an entry that is broken costs only itself. Decoding is ours, so that
bytes outside the encoding are told about. Its cleaning of HTML is off: `parse_html` keeps text alone.
"""

import html
import io
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urljoin

import feedparser

from store.domain.comment import SourceProblem
from store.sources.dates import parse_date
from store.sources.decoding import decode
from store.sources.files import SourceFile
from store.sources.formats.feed_entries import Entry, Feed
from store.sources.xml import (
    UNREADABLE,
    XmlFault,
    XmlText,
    drop_stray_marks,
    find_root_tag,
    iterate_texts,
    mend_characters,
)
from store.text.cleaning import clean_line, clean_text, find_http_url
from store.text.html import parse_html

# One by one, half the time would go into beginning a document.
_BATCH_ENTRIES = 50
_BATCH_CHARS = 2**20
_BROKEN = "the markup is broken: read as far as it can be"
_CHANNEL_TAG = re.compile(r"<(?:[\w.-]+:)?channel\b[^>]*(?<!/)>")
_RELATIVE_LINK = re.compile(r"""(<a\s[^>]*?\bhref\s*=\s*["']?)(?![a-z][a-z0-9+.-]*:|#)([^"'\s>]+)""", re.IGNORECASE)
_ADDRESS = re.compile(r"(?:mailto:)?[\w.+-]{1,64}@[\w.-]+")
_EMPTY_BRACKETS = re.compile(r"\(\s*\)|<\s*>|\[\s*\]")
_HTML = ("text/html", "application/xhtml+xml")
_ROOTS = ("feed", "rss", "rdf")
_FOLLOWING = ("next", "prev-archive")


def read_feed(file: SourceFile) -> Feed:
    """Read what a feed says of itself, before its first entry."""
    head = decode(file.read_head())
    root = find_root_tag(head)
    if root is None:
        return Feed()
    first = re.search(rf"<(?:[\w.-]+:)?{_entry_tag(root[1])}[\s>/]", head[root.end() :])
    header = head[root.start() : root.end() + first.start() if first else len(head)]
    closing = "</channel>" if _CHANNEL_TAG.search(header) and "</channel" not in header else ""
    parsed = _parse(f"{mend_characters(header, [])}{closing}</{root[1]}>", file.name)
    feed = parsed["feed"] if parsed else {}
    following = [link.get("href", "") for rel in _FOLLOWING for link in feed.get("links", ()) if link.get("rel") == rel]
    return Feed(
        title=_read_line(feed, "title"),
        link=find_http_url(_as_text(feed.get("link"))),
        author=_read_author(feed),
        following=tuple(url for url in map(find_http_url, following) if url),
    )


def read_entries(file: SourceFile) -> Iterator[Entry | SourceProblem]:
    """Give the entries of a feed, in its order, and problems where they stand."""
    head = decode(file.read_head())
    root = find_root_tag(head)
    if root is None or root[1].rpartition(":")[2].lower() not in _ROOTS:
        yield SourceProblem(file.name, "it is no feed")
        return
    tag = _entry_tag(root[1])
    # Namespaces may be declared there, too; RSS 1.0 has its items outside.
    channel = _CHANNEL_TAG.search(head, root.end()) if tag == "item" and not _is_rdf(root[1]) else None
    opening = root[0] + (channel[0] if channel else "")
    closing = ("</channel>" if channel else "") + f"</{root[1]}>"
    for batch in _batch(iterate_texts(file, tag)):
        if isinstance(batch, XmlFault):
            yield SourceProblem(batch.place, batch.reason)
        else:
            yield from _read_batch(batch, tag, (opening, closing), file.name)


def _entry_tag(root_name: str) -> str:
    return "entry" if root_name.rpartition(":")[2].lower() == "feed" else "item"


def _is_rdf(root_name: str) -> bool:
    return root_name.rpartition(":")[2].lower() == "rdf"


def _batch(cuts: Iterator[XmlText | XmlFault]) -> Iterator[list[XmlText] | XmlFault]:
    batch: list[XmlText] = []
    length = 0
    for cut in cuts:
        if isinstance(cut, XmlText):
            batch.append(cut)
            length += len(cut.text)
        if batch and (isinstance(cut, XmlFault) or len(batch) == _BATCH_ENTRIES or length > _BATCH_CHARS):
            yield batch
            batch, length = [], 0
        if isinstance(cut, XmlFault):
            yield cut
    if batch:
        yield batch


def _read_batch(
    batch: list[XmlText], tag: str, around: tuple[str, str], address: str
) -> Iterator[Entry | SourceProblem]:
    """Read some entries together or, where one of them is broken, one by one."""
    opening, closing = around
    faults: list[list[str]] = [[] for _ in batch]
    texts = [
        mend_characters(drop_stray_marks(cut.text, noted), noted) for cut, noted in zip(batch, faults, strict=True)
    ]
    parsed = _parse(opening + "".join(texts) + closing, address)
    is_sound = parsed is not None and not parsed["bozo"] and len(parsed["entries"]) == len(batch)
    for number, (cut, text, noted) in enumerate(zip(batch, texts, faults, strict=True)):
        alone = parsed if is_sound else _parse(opening + text + closing, address)
        place = f"{tag} {cut.number}"
        if alone is None or not alone["entries"]:
            yield SourceProblem(place, UNREADABLE)
            continue
        entry = _read_entry(alone["entries"][number if is_sound else 0], place)
        shown = clean_line(entry.native_id) or place
        yield from (SourceProblem(shown, fault) for fault in [*noted, *([_BROKEN] if alone["bozo"] else [])])
        yield entry


def _parse(markup: str, address: str) -> Any | None:
    """Let feedparser read a document; None where it fails, as it does on some numbers of characters."""
    data = b'<?xml version="1.0" encoding="utf-8"?>' + markup.encode(errors="ignore")
    headers = {"content-type": "application/xml; charset=utf-8"}
    if address.startswith(("http://", "https://")):
        headers["content-location"] = address
    try:
        return feedparser.parse(
            io.BytesIO(data), response_headers=headers, sanitize_html=False, resolve_relative_uris=False
        )
    except Exception:  # noqa: BLE001  # it promises nothing about which
        return None


def _read_entry(entry: Any, place: str) -> Entry:
    # Past feedparser's own `get`, which gives one date for the other.
    published = _read_date(entry, "published") or _read_date(entry, "created")
    edited = _read_date(entry, "updated")
    answered = next((value for key, value in entry.items() if key.endswith("in-reply-to")), None)
    answered = answered if isinstance(answered, dict) else {}
    is_draft = any(key.endswith("draft") and value == "yes" for key, value in entry.items())
    base = entry.get("title_detail", {}).get("base", "")
    return Entry(
        place=place,
        id=clean_line(_as_text(dict.get(entry, "id"))),
        link=find_http_url(_as_text(dict.get(entry, "link"))),
        title=_read_line(entry, "title"),
        text=_read_text(entry),
        author=_read_author(entry),
        published=published or edited,
        edited=edited if published else "",
        ref=clean_line(_as_text(answered.get("ref"))),
        ref_url=_resolve(base, _as_text(answered.get("href"))),
        replies=tuple(_find_replies(entry)),
        skipped="draft" if is_draft else "",
    )


def _find_replies(entry: Any) -> Iterator[str]:
    if _as_text(entry.get("slash_comments")).strip() == "0":
        return
    for link in entry.get("links", ()):
        is_feed = "xml" in link.get("type", "") and link.get("rel") == "replies"
        if is_feed and link.get("thr:count", link.get("count")) != "0" and find_http_url(link.get("href", "")):
            yield find_http_url(link["href"])
    commented = find_http_url(_as_text(entry.get("wfw_commentrss")))
    if commented:
        yield commented


def _read_text(entry: Any) -> str:
    """Give the entry's text: whole rather than summary, HTML rather than plain."""
    contents = sorted(entry.get("content", ()), key=lambda held: held.get("type") not in _HTML)
    for held in (*contents, entry.get("summary_detail") or {"value": dict.get(entry, "summary")}):
        text = _read_content(held)
        if text:
            return text
    return ""


def _read_content(held: Any) -> str:
    value = _as_text(held.get("value"))
    kind = held.get("type", "text/html")
    if kind in _HTML:
        return parse_html(_RELATIVE_LINK.sub(lambda link: link[1] + _absolute(held.get("base", ""), link), value))
    # What else there is are pictures and the like, in base64.
    return clean_text(value) if kind.startswith("text/") else ""


def _absolute(base: str, link: re.Match[str]) -> str:
    return html.escape(_resolve(base, html.unescape(link[2]))) or link[2]


def _resolve(base: str, address: str) -> str:
    try:
        return find_http_url(urljoin(base, address.strip()))
    except ValueError:
        return ""


def _read_line(held: Any, name: str) -> str:
    detail = held.get(f"{name}_detail") or {"value": dict.get(held, name)}
    return clean_line(_read_content(detail))


def _read_author(held: Any) -> str:
    """Give the first name; where there is just an e-mail address, none.

    RSS writes `ADDRESS (NAME)`, which feedparser takes apart wrongly where the address ends in a long word.
    """
    written = _as_text(dict.get(held, "author"))
    people = [{"name": written}] if "@" in written else held.get("authors", ())
    names = (_drop_address(_as_text(person.get("name"))) for person in people)
    return next((name for name in names if name), "")


def _drop_address(name: str) -> str:
    if "@" not in name:
        return name.strip()
    rest = _EMPTY_BRACKETS.sub("", _ADDRESS.sub("", name)).strip()
    return rest[1:-1].strip() if rest.startswith("(") and rest.endswith(")") else rest


def _read_date(entry: Any, name: str) -> str:
    """Give a date as written or, where only feedparser can read that, as it reads it."""
    written, read = _as_text(dict.get(entry, name)), dict.get(entry, f"{name}_parsed")
    if read is None or parse_date(written):
        return written
    try:
        year, month, day, hour, minute, second = read[:6]
        return datetime(year, month, day, hour, minute, second, tzinfo=UTC).isoformat()
    except (ValueError, TypeError, OverflowError):
        return written


def _as_text(value: Any) -> str:
    return value if isinstance(value, str) else ""
