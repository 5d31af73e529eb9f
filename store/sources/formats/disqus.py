"""Disqus: a forum's XML export, whose schema is at disqus.com/api/schemas/1.0/disqus.xsd.

A `thread` outside of posts defines a discussion; inside of one it refers to it. When a site moves (to https, to another
host or path), Disqus often makes a second thread of an article and repeats its comments there under other ids: such
threads are one discussion here, known by the older one, and the copies are left out. E-mail addresses and IP numbers
are not read.
"""

import html
import re
from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

import numpy as np
from lxml import etree

from store.domain.comment import SourceItem, SourceProblem
from store.sources.decoding import decode
from store.sources.files import SourceFile
from store.sources.format import Coverage, Format, each
from store.sources.head import Head
from store.sources.raw import RawComment
from store.sources.xml import XmlFault, XmlRecord, find_root_tag, iterate_records, text_of
from store.text.html import parse_html, parse_html_lines
from store.text.slugs import title_of

# Some exports begin with a stray character or two.
_MAX_STRAY = 64
_FORUM = re.compile(r"<forum>\s*([^<\s]{1,100})\s*</forum>")
# What leads through Disqus to where a link goes: the address escaped, a colon and a signature; group 1 is the address.
_COUNTED_LINK = re.compile(
    r"""(?<=href=["'])https?://disq\.us/(?:url)?\?url=([^"'&<>\s]+?)(?:%3A[\w-]{20,40})?(?:&[^"'<>\s]*)?(?=["'])"""
)
# Accounts that a message names; before the colon stands what the reader sees of it.
_NAMED_ACCOUNT = re.compile(r"(?<=@)(\w{1,100}):disqus\b")
_HAS_LAYOUT = re.compile(r"<(?:p|br|div)\b", re.IGNORECASE)
_MAX_DIGITS = 18
# Nobody writes this much twice within a second; "Thanks!" may be a coincidence, and is a copy only on kindred pages.
_MIN_TELLING_CHARS = 40
# Comments that were imported with their days alone tell nothing by their times.
_MIDNIGHT = "T00:00:00"
_NAMELESS_PAGES = re.compile(r"/(?:index|default)\.\w+$|/$")


class _Thread(NamedTuple):
    title: str = ""
    url: str = ""
    is_deleted: bool = False


@dataclass(slots=True)
class _Forum:
    """The discussions of a forum, and which of them and of their comments are another's copies."""

    threads: dict[str, _Thread] = field(default_factory=dict)
    united: dict[str, str] = field(default_factory=dict)
    copies: dict[int, int] = field(default_factory=dict)

    def find_kept(self, thread: str) -> str:
        """Give the oldest of the threads that are one with a thread."""
        while (older := self.united.get(thread)) is not None:
            # Shortens the way for those who ask next.
            self.united[thread] = self.united.get(older, older)
            thread = older
        return thread

    def unite(self, one: str, other: str) -> None:
        older, newer = sorted((self.find_kept(one), self.find_kept(other)), key=lambda thread: (len(thread), thread))
        if older != newer:
            self.united[newer] = older

    def are_kindred(self, one: str, other: str) -> bool:
        """Tell whether two threads look like one article: by address, by title or by the end of their paths."""
        first, second = self.threads.get(one, _Thread()), self.threads.get(other, _Thread())
        if self.find_kept(one) == self.find_kept(other) or (first.title and first.title == second.title):
            return True
        return any(mark and mark == _marks(second.url)[at] for at, mark in enumerate(_marks(first.url)))


@dataclass(slots=True)
class _Posts:
    """What is remembered of each comment to find copies: 24 bytes."""

    keys: "array[int]" = field(default_factory=lambda: array("q"))
    numbers: "array[int]" = field(default_factory=lambda: array("q"))
    # The thread's place among the threads, doubled; odd where the text alone tells a copy.
    threads: "array[int]" = field(default_factory=lambda: array("q"))


def recognises(head: Head) -> bool:
    """Tell whether a file is a Disqus export, by its root element and namespace, whatever stands before it."""
    text = head.text
    root = find_root_tag(text) if 0 <= text.find("<") <= _MAX_STRAY else None
    return bool(root and root[1] == "disqus" and "http://disqus.com" in root[0])


def parse(file: SourceFile) -> Iterator[SourceItem]:
    """Give the comments of an export, in its order."""
    forum = _Forum(_read_threads(file))
    _unite_same_addresses(forum)
    if len(forum.threads) > 1:
        _find_copies(forum, file)
    for record in iterate_records(file, "post"):
        if isinstance(record, XmlFault):
            yield SourceProblem(record.place, record.reason)
        else:
            yield from _parse_post(record, forum)


def identify(file: SourceFile) -> str:
    """Give the forum's short name."""
    found = _FORUM.search(decode(file.read_head()))
    return f"disqus:{found[1]}" if found else ""


def _read_threads(file: SourceFile) -> dict[str, _Thread]:
    threads: dict[str, _Thread] = {}
    for record in iterate_records(file, "thread", outside="post"):
        if isinstance(record, XmlRecord) and (name := _id_of(record.element)):
            fields = {child: text_of(element).strip() for child, element in _children(record.element)}
            title, url = html.unescape(fields.get("title", "")), fields.get("link", "")
            # Where a page has no title, its address stands there.
            is_title = not title.startswith(("http://", "https://"))
            threads.setdefault(name, _Thread(title if is_title else "", url, _is_true(fields.get("isDeleted", ""))))
    return threads


def _unite_same_addresses(forum: _Forum) -> None:
    """Unite threads whose addresses differ in scheme and "www." alone, unless their titles say they are others."""
    seen: dict[str, str] = {}
    for name, thread in forum.threads.items():
        address, _ = _marks(thread.url)
        if not address:
            continue
        first = seen.setdefault(address, name)
        titles = {thread.title, forum.threads[first].title} - {""}
        if len(titles) <= 1:
            forum.unite(first, name)


def _find_copies(forum: _Forum, file: SourceFile) -> None:
    """Find comments of one person at one moment with one text in several threads; these threads are one."""
    names = list(forum.threads)
    posts = _read_posts(file, {name: place for place, name in enumerate(names)})
    for kept, copy in _find_same(posts):
        thread, other = (names[posts.threads[at] // 2] for at in (kept, copy))
        if thread != other and (posts.threads[copy] % 2 or forum.are_kindred(thread, other)):
            forum.copies[posts.numbers[copy]] = posts.numbers[kept]
            forum.unite(thread, other)


def _read_posts(file: SourceFile, places: dict[str, int]) -> _Posts:
    posts = _Posts()
    for record in iterate_records(file, "post"):
        if isinstance(record, XmlFault):
            continue
        number, fields = _id_of(record.element), dict(_children(record.element))
        place = places.get(_id_of(fields["thread"]) if "thread" in fields else "")
        if place is None or not _is_number(number) or _explain_skipping(fields):
            continue
        created, text = _text(fields, "createdAt"), " ".join(_text(fields, "message").split())
        is_telling = len(text) >= _MIN_TELLING_CHARS and _MIDNIGHT not in created
        posts.keys.append(hash((_text(dict(_children(fields.get("author"))), "name"), created, text)))
        posts.numbers.append(int(number))
        posts.threads.append(place * 2 + is_telling)
    return posts


def _find_same(posts: _Posts) -> Iterable[tuple[int, int]]:
    """Give the place of each comment that has the key of another with a smaller number, after that one's."""
    if not posts.keys:
        return
    keys, numbers = (np.frombuffer(values, np.int64) for values in (posts.keys, posts.numbers))
    order = np.lexsort((numbers, keys))
    first, latest = 0, -1
    for at in np.flatnonzero(keys[order][1:] == keys[order][:-1]).tolist():
        if at != latest + 1 or latest < 0:
            first = int(order[at])
        latest = at
        yield first, int(order[at + 1])


def _parse_post(record: XmlRecord, forum: _Forum) -> Iterator[SourceItem]:
    fields = dict(_children(record.element))
    number, place = _id_of(record.element), f"post {record.number}"
    yield from (SourceProblem(number or place, fault) for fault in record.faults)
    own = _id_of(fields["thread"]) if "thread" in fields else ""
    kept = forum.find_kept(own)
    thread, page = (forum.threads.get(name, _Thread()) for name in (kept, own))
    author = dict(_children(fields.get("author")))
    is_copy = _is_number(number) and int(number) in forum.copies
    deleted = "its discussion is deleted" if page.is_deleted else ""
    yield from RawComment(
        id=number,
        text=_parse_message(_text(fields, "message")),
        thread=kept,
        title=thread.title or title_of(thread.url),
        thread_url=thread.url,
        author=html.unescape(_text(author, "name")),
        account="" if _is_true(_text(author, "isAnonymous")) else _text(author, "username"),
        published=_text(fields, "createdAt"),
        url=f"{page.url.partition('#')[0]}#comment-{number}" if page.url else "",
        parent=_find_parent(fields, forum),
        skipped=_explain_skipping(fields) or deleted or ("a copy of another comment" if is_copy else ""),
        place=place,
    ).finish()


def _find_parent(fields: dict[str, etree._Element], forum: _Forum) -> str:
    parent = _id_of(fields["parent"]) if "parent" in fields else ""
    return str(forum.copies.get(int(parent), parent)) if _is_number(parent) else parent


def _parse_message(message: str) -> str:
    """Read a message: HTML or, from the years before, text with line ends in which only links are HTML."""
    message = _COUNTED_LINK.sub(lambda link: html.escape(unquote(link[1])), message)
    text = parse_html(message) if _HAS_LAYOUT.search(message) else parse_html_lines(message)
    return _NAMED_ACCOUNT.sub(r"\1", text)


def _explain_skipping(fields: dict[str, etree._Element]) -> str:
    if _is_true(_text(fields, "isDeleted")):
        return "deleted"
    if _is_true(_text(fields, "isSpam")):
        return "spam"
    return "unapproved" if _text(fields, "isApproved").lower() == "false" else ""


def _marks(url: str) -> tuple[str, str]:
    """Give what of an address stays when a site moves to https or to "www.", and the last word of its path."""
    try:
        address = urlsplit(url.strip())
    except ValueError:
        return "", ""
    path = _NAMELESS_PAGES.sub("", address.path)
    host = address.netloc.lower().removeprefix("www.")
    return f"{host}{path}?{address.query}" if host else "", path.rpartition("/")[2].partition(".")[0]


def _children(element: etree._Element | None) -> Iterator[tuple[str, etree._Element]]:
    for child in () if element is None else element.iterchildren(etree.Element):
        yield str(child.tag).rpartition("}")[2].rpartition(":")[2], child


def _text(fields: dict[str, etree._Element], name: str) -> str:
    return text_of(fields[name]).strip() if name in fields else ""


def _id_of(element: etree._Element) -> str:
    """Give the attribute `dsq:id`, whether its prefix is declared or not."""
    named = (str(value) for name, value in element.attrib.items() if str(name).endswith(("}id", ":id")))
    return next(named, "").strip()


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= _MAX_DIGITS


def _is_true(text: str) -> bool:
    return text.lower() == "true"


FORMAT = Format("disqus", recognises, each(parse), identify=identify, coverage=Coverage.EXPORT)
