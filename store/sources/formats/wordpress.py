"""WordPress: exports (WXR 1.0 to 1.2), RSS 2.0 with WordPress's own elements for posts and, in each, its comments.

The format is what wp-admin/includes/export.php writes. Elements are known by their local names: exports with the
namespace of another version, or with prefixes that are not declared, are read all the same. Comments are given by their
numbers, and discussions by those of their posts, as they are in the blog's REST API and its comments feed.
E-mail addresses and IP numbers are not read.
"""

import html
import re
from collections.abc import Iterable, Iterator
from urllib.parse import urlsplit

from lxml import etree

from store.domain.comment import Channel, SourceItem, SourceProblem
from store.domain.viewer import NOBODY
from store.sources.decoding import decode
from store.sources.files import SourceFile
from store.sources.format import Coverage, Format, each
from store.sources.head import Head
from store.sources.raw import RawComment
from store.sources.xml import XmlFault, XmlRecord, iterate_records_within, parse_header, text_of
from store.text.html import parse_html, parse_html_lines

# What tells an export from other RSS: its namespace or, where that is not declared, its elements.
_NAMESPACE = "wordpress.org/export/"
_ELEMENTS = re.compile(r"<wp:(?:wxr_version|post_id|post_type|comment_id|comment)>")
# A post may be about exports.
_TEXT = re.compile(r"<!\[CDATA\[.*?(?:\]\]>|\Z)|<!--.*?-->", re.DOTALL)
_ROOTS = ("rss", "channel", "item")
_BLOG_URL = re.compile(r"<wp:base_blog_url>\s*(?:<!\[CDATA\[)?\s*([^<\]\s]+)")
# Product reviews are comments in all but name; pingbacks, trackbacks, order notes and editors' notes are none.
_TYPES = ("", "comment", "review")
_WAITING = "unapproved"
_REASONS = {"0": _WAITING, "hold": _WAITING, "spam": "spam", "trash": "deleted", "post-trashed": "its post is deleted"}
_APPROVED = ("", "1", "approve", "approved")
# "inherit" is the status of a picture's page.
_PUBLIC_STATUS = ("", "publish", "inherit", "static")
_NOT_PUBLIC = Channel("posts that are not public", NOBODY)
# Reading by local names loses nothing.
_HARMLESS = "a prefix is not declared"


def recognises(head: Head) -> bool:
    """Tell whether a file is an export, whole or its items alone."""
    if head.root_name not in _ROOTS:
        return False
    return _NAMESPACE in head.root or bool(_ELEMENTS.search(_TEXT.sub("", head.text)))


def parse(file: SourceFile) -> Iterator[SourceItem]:
    """Give the comments of an export, post by post."""
    people = _read_people(file)
    post: tuple[etree._Element | None, RawComment] | None = None
    for record in iterate_records_within(file, "item", "comment"):
        if isinstance(record, XmlFault):
            yield SourceProblem(record.place, record.reason)
            continue
        if post is None or post[0] is not record.within:
            post = record.within, _parse_post(record.within)
        yield from _parse_comment(record, post[1], people)


def identify(file: SourceFile) -> str:
    """Give the blog's address, which its exports, its REST API and its comments feed have in common."""
    named = _BLOG_URL.search(decode(file.read_head()))
    if named:
        return name_place(html.unescape(named[1]))
    header = parse_header(file, "item")
    channel = None if header is None else next(iter(header.iter("channel", "{*}channel")), None)
    return "" if channel is None else name_place(read_fields(channel).get("link", ""))


def name_place(url: str) -> str:
    """Name a blog by its address, without what of it changes: scheme, "www." and a slash at the end."""
    try:
        address = urlsplit(url.strip())
        host = address.netloc.rpartition("@")[2].lower().removeprefix("www.")
    except ValueError:
        return ""
    return f"wordpress:{host}{address.path.rstrip('/')}" if host and address.scheme in ("http", "https") else ""


def find_account(user: str) -> str:
    """Name the account of a blog's user by its number; that of a visitor, who has none, is empty."""
    return f"user:{user}" if user.strip("0") else ""


def pick_date(*dates: str) -> str:
    """Give the first date that is one: WordPress writes zeros where it knows none."""
    return next((date for date in dates if date and not date.startswith("0000")), "")


def explain_skipping(approved: str, kind: str) -> str:
    """Say why a comment of this state and type is left out; empty if it is not."""
    if approved not in _APPROVED:
        return _REASONS.get(approved, _WAITING)
    return "" if kind in _TYPES else kind.replace("_", " ")[:40]


def read_fields(element: etree._Element) -> dict[str, str]:
    """Give the text of an element's children by local name, of each the first that has any."""
    fields: dict[str, str] = {}
    for child in element.iterchildren(etree.Element):
        name = str(child.tag).rpartition("}")[2].rpartition(":")[2]
        fields[name] = fields.get(name) or text_of(child).strip()
    return fields


def _read_people(file: SourceFile) -> dict[str, str]:
    """Read the names that the blog's users publish under, by their numbers."""
    header = parse_header(file, "item")
    elements: Iterable[etree._Element] = () if header is None else header.iter(etree.Element)
    people = [read_fields(element) for element in elements if str(element.tag).endswith(("}author", "wp:author"))]
    return {fields.get("author_id", ""): html.unescape(fields.get("author_display_name", "")) for fields in people}


def _parse_post(item: etree._Element | None) -> RawComment:
    """Read what the comments of a post have in common."""
    fields = {} if item is None else read_fields(item)
    is_public = fields.get("status", "") in _PUBLIC_STATUS and not fields.get("post_password")
    return RawComment(
        id="",
        text="",
        thread=fields.get("post_id", ""),
        title=parse_html(fields.get("title", "")),
        thread_url=fields.get("link", ""),
        channel=Channel() if is_public else _NOT_PUBLIC,
        skipped=_REASONS["post-trashed"] if fields.get("status") == "trash" else "",
    )


def _parse_comment(record: XmlRecord, post: RawComment, people: dict[str, str]) -> Iterator[SourceItem]:
    fields = {name.removeprefix("comment_"): text for name, text in read_fields(record.element).items()}
    place = f"comment {record.number}"
    number, parent, user = (fields.get(name, "") for name in ("id", "parent", "user_id"))
    yield from (SourceProblem(number or place, fault) for fault in record.faults if fault != _HARMLESS)
    yield from RawComment(
        id=number,
        text=parse_html_lines(fields.get("content", "")),
        thread=post.thread,
        title=post.title,
        thread_url=post.thread_url,
        author=html.unescape(fields.get("author", "")),
        account=find_account(user),
        also=[people[user]] if find_account(user) and people.get(user) else (),
        published=pick_date(fields.get("date_gmt", ""), fields.get("date", "")),
        url=f"{post.thread_url}#comment-{number}" if post.thread_url else "",
        parent=parent if parent.strip("0") else "",
        channel=post.channel,
        skipped=post.skipped or explain_skipping(fields.get("approved", ""), fields.get("type", "")),
        place=place,
    ).finish()


FORMAT = Format("wordpress", recognises, each(parse), identify=identify, coverage=Coverage.EXPORT)
