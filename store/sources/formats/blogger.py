"""Blogger: Atom comments feeds, exports up to 2024, and Takeout (schema blogger/2018).

Entries are told apart by `category[@scheme='…g/2005#kind']` in feeds and exports and by `blogger:type` in Takeout.
A comment's own title is the cut beginning of its text and is not used. Comments on posts that are not published, which
exports hold, are shown to nobody. E-mail addresses are not read.
"""

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from lxml import etree

from store.domain.comment import (
    ANONYMOUS,
    AuthorAlias,
    Channel,
    Comment,
    Discussion,
    SkippedRecord,
    SourceItem,
    SourceProblem,
)
from store.domain.viewer import NOBODY
from store.errors import SourceError
from store.sources.addresses import change_query, read_path, read_query, write_time
from store.sources.dates import parse_date
from store.sources.decoding import decode, read_text
from store.sources.files import SourceFile
from store.sources.format import Format, each
from store.sources.formats.feed_entries import fold_address
from store.sources.head import Head
from store.sources.xml import (
    XmlFault,
    XmlRecord,
    iterate_records,
    markup_of,
    parse_header,
    text_of,
)
from store.text.cleaning import clean_line, clean_name, find_http_url
from store.text.html import parse_html
from store.text.slugs import title_of

_ATOM = "http://www.w3.org/2005/Atom"
_THREADING = "http://purl.org/syndication/thread/1.0"
_GOOGLE_DATA = "http://schemas.google.com/g/2005"
_TAKEOUT = "http://schemas.google.com/blogger/2018"
_PUBLISHING = ("http://purl.org/atom/app#", "http://www.w3.org/2007/app")
_KIND_SCHEME = "http://schemas.google.com/g/2005#kind"

_MARKS = ("schemas.google.com/g/2005", "schemas.google.com/blogger/", "tag:blogger.com,1999:", ">Blogger<")
_NUMBER_AT_END = re.compile(r"(\d+)/?(?:[?#].*)?$")
_BLOGGER_ID = re.compile(r"tag:blogger\.com,1999:blog-\d+\.post-(\d+)")
_BLOG_ID = re.compile(r"tag:blogger\.com,1999:blog-\d+")
_PROFILE = re.compile(r"/profile/(\d+)")
# What Blogger leaves in place of a comment that was removed, where the feed does not mark it.
_REMOVED = re.compile(r"This (?:comment|post) has been removed by (?:the author|a blog administrator)\.?")

# Of a blog, by its own host or its number, or of one post.
_LIST = re.compile(r"/feeds/(?:\d+/){0,2}comments/(?:default|full|summary)/?$")
_PARTS = frozenset({"updated-min", "updated-max", "published-min", "published-max", "start-index", "q"})
_DELETED = "deleted"
_NOT_PUBLIC = Channel("posts that are not public", NOBODY)


@dataclass(frozen=True, slots=True)
class _Post:
    """What its comments need to know of a post; `state` says why it is not shown on the blog, and is empty if it is."""

    title: str = ""
    url: str = ""
    state: str = ""


class _Entry:
    """An element's children by tag, looked through once: there are a dozen, and most of them are asked for."""

    def __init__(self, element: etree._Element) -> None:
        self._children: dict[str, list[etree._Element]] = {}
        for child in element.iterchildren(etree.Element):
            self._children.setdefault(child.tag, []).append(child)

    def find_all(self, name: str, namespace: str = _ATOM) -> list[etree._Element]:
        return self._children.get(f"{{{namespace}}}{name}", [])

    def find(self, name: str, namespace: str = _ATOM) -> etree._Element | None:
        return next(iter(self.find_all(name, namespace)), None)

    def text(self, name: str, namespace: str = _ATOM) -> str:
        found = self.find(name, namespace)
        return "" if found is None else text_of(found).strip()

    def link(self, rel: str) -> str:
        for link in self.find_all("link"):
            if link.get("rel") == rel:
                return find_http_url(str(link.get("href", "")))
        return ""


def recognises(head: Head) -> bool:
    """Tell whether a file is a Blogger feed or export, by its root element and namespaces."""
    return head.root_name == "feed" and any(mark in head.text for mark in _MARKS)


def parse(file: SourceFile) -> Iterator[SourceItem]:
    """Give the comments of a feed or export, in its order; what cannot be read is a problem."""
    posts = _read_posts(file) if _holds_posts(file) else {}
    for record in iterate_records(file, "entry"):
        if isinstance(record, XmlFault):
            yield SourceProblem(record.place, record.reason)
        else:
            yield from _parse_record(record, _Entry(record.element), posts)


def find_further(file: SourceFile) -> Iterator[str]:
    """Find where a feed goes on: the feed's own link with rel=next."""
    header = parse_header(file, "entry")
    following = "" if header is None else _Entry(header).link("next")
    if following:
        yield following


def identify(file: SourceFile) -> str:
    """Give the blog's number, which its feeds, exports and Takeouts all have in their ids."""
    found = _BLOG_ID.search(decode(file.read_head()))
    return found[0] if found else ""


def gives_part(url: str) -> bool:
    """Tell whether an address asks for some of the comments."""
    return not _PARTS.isdisjoint(read_query(url))


def since(url: str, moment: datetime) -> str:
    """Narrow a feed to what was written, edited or removed since a time: read only in the order of that."""
    if gives_part(url) or not _LIST.search(read_path(url)):
        return ""
    return change_query(url, {"orderby": "updated", "updated-min": write_time(moment)})


def _parse_record(record: XmlRecord, entry: _Entry, posts: dict[str, _Post]) -> Iterator[SourceItem]:
    kind = _kind(entry)
    if kind == "comment":
        yield from _parse_comment(record, entry, posts)
    elif not kind and record.faults:
        yield SourceProblem(f"entry {record.number}", "the record is too broken to tell what it is: left out")


def _parse_comment(record: XmlRecord, entry: _Entry, posts: dict[str, _Post]) -> Iterator[SourceItem]:
    native_id = clean_line(entry.text("id"))
    if not native_id:
        yield SourceProblem(f"entry {record.number}", "the comment has no id")
        return
    yield from (SourceProblem(native_id, fault) for fault in record.faults)
    post_id = _post_id(entry)
    post = posts.get(post_id, _Post())
    skipped = _why_skipped(entry) or ("its post is deleted" if post.state == _DELETED else "")
    # Feeds may be set to give no more than the beginning.
    content = next(iter(entry.find_all("content") or entry.find_all("summary")), None)
    text = "" if content is None else parse_html(markup_of(content))
    if skipped or not text or _REMOVED.fullmatch(text):
        yield SkippedRecord(native_id, skipped or ("removed" if text else "without text"))
        return
    dates = {name: entry.text(name) for name in ("published", "updated")}
    published, edited = (parse_date(value) for value in dates.values())
    if published is None:
        yield SourceProblem(
            f"{native_id}: {clean_line(dates['published'], 60)!r}",
            "the date cannot be read: kept without one",
        )
    discussion = _discussion(entry, post_id, post)
    yield Comment(
        native_id=native_id,
        discussion=discussion,
        author=_author(entry),
        text=text,
        url=_permalink(entry, native_id, discussion),
        published=published,
        edited=edited if edited != published else None,
        parent_id=_parent_id(entry, native_id),
    )


def _why_skipped(entry: _Entry) -> str:
    status = entry.text("status", _TAKEOUT)
    if status and status.upper() != "LIVE":
        return clean_line(status.lower(), 40)
    if entry.text("trashed", _TAKEOUT):
        return _DELETED
    if _is_draft(entry):
        return "draft"
    for held in entry.find_all("extendedProperty", _GOOGLE_DATA):
        if held.get("name") == "blogger.contentRemoved" and held.get("value") == "true":
            return "removed"
    return ""


def _kind(entry: _Entry) -> str:
    takeout_type = entry.text("type", _TAKEOUT)
    if takeout_type:
        return takeout_type.lower()
    for category in entry.find_all("category"):
        if category.get("scheme") == _KIND_SCHEME:
            return str(category.get("term", "")).rpartition("#")[2]
    # A feed of comments whose entries lost their category still says what they answer.
    return "comment" if entry.find("in-reply-to", _THREADING) is not None else ""


def _author(entry: _Entry) -> AuthorAlias:
    author = entry.find("author")
    if author is None:
        return AuthorAlias(ANONYMOUS)
    person = _Entry(author)
    name = clean_name(person.text("name"))
    if not name or name == ANONYMOUS:
        return AuthorAlias(ANONYMOUS)
    profile = _PROFILE.search(person.text("uri"))
    return AuthorAlias(name, profile[1] if profile else None)


def _is_draft(entry: _Entry) -> bool:
    controls = [control for namespace in _PUBLISHING for control in entry.find_all("control", namespace)]
    return any(text_of(held).strip() == "yes" for control in controls for held in control.iterchildren("{*}draft"))


def _post_id(entry: _Entry) -> str:
    answered = entry.find("in-reply-to", _THREADING)
    return clean_line(entry.text("parent", _TAKEOUT) or ("" if answered is None else str(answered.get("ref", ""))))


def _discussion(entry: _Entry, post_id: str, post: _Post) -> Discussion:
    answered = entry.find("in-reply-to", _THREADING)
    href = "" if answered is None else find_http_url(str(answered.get("href", "")))
    url = href or entry.link("alternate").partition("?")[0].partition("#")[0]
    return Discussion(
        native_id=post_id or fold_address(url) or clean_line(entry.text("id")),
        title=post.title or title_of(url),
        url=url or post.url,
        channel=_NOT_PUBLIC if post.state else Channel(),
    )


def _permalink(entry: _Entry, native_id: str, discussion: Discussion) -> str:
    own = entry.link("alternate")
    number = _BLOGGER_ID.fullmatch(native_id)
    # Blogger puts an anchor of this form on every comment of a post's page; other software's ids promise nothing.
    return own or (f"{discussion.url}#c{number[1]}" if number and discussion.url else discussion.url)


def _parent_id(entry: _Entry, native_id: str) -> str | None:
    """Give the parent comment's id: the number that a Takeout, or a feed's related link, names, in this id's form."""
    named = entry.text("inReplyTo", _TAKEOUT)
    number = _NUMBER_AT_END.search(named or entry.link("related"))
    own = _NUMBER_AT_END.search(native_id)
    return native_id[: own.start(1)] + number[1] if number and own else clean_line(named) or None


def _holds_posts(file: SourceFile) -> bool:
    """Look for any post without parsing: comments feeds, the common case, need just one pass."""
    marks = ("kind#post", "kind#page", "type>POST", "type>PAGE")
    longest = max(map(len, marks))
    rest = ""
    # A file that cannot be read to its end is told about when its comments are read.
    with suppress(SourceError):
        for part in read_text(file):
            rest = rest[-longest:] + part
            if any(mark in rest for mark in marks):
                return True
    return False


def _read_posts(file: SourceFile) -> dict[str, _Post]:
    posts: dict[str, _Post] = {}
    with suppress(SourceError):
        for record in iterate_records(file, "entry"):
            entry = _Entry(record.element) if isinstance(record, XmlRecord) else None
            if entry and _kind(entry) in ("post", "page"):
                title = clean_line(parse_html(entry.text("title")))
                posts[clean_line(entry.text("id"))] = _Post(title, entry.link("alternate"), _why_skipped(entry))
    return posts


FORMAT = Format("blogger", recognises, each(parse), find_further, identify, gives_part=gives_part, since=since)
