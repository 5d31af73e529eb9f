"""WordPress's REST API: pages of `/wp-json/wp/v2/comments`, as it answers and as people save them.

Described at developer.wordpress.org/rest-api/reference/comments. A comment names its post by number alone; its title is
known if the page was asked for with `_embed`. Pages of its other kinds (users, posts) hold no comments.
Comments and discussions have the ids that they have in exports.
"""

import html
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from store.domain.comment import SourceItem, SourceProblem
from store.sources.addresses import change_query, is_address, read_path, read_query, write_time
from store.sources.files import SourceFile
from store.sources.format import Format, each
from store.sources.formats.wordpress import explain_skipping, find_account, name_place, pick_date
from store.sources.head import Head
from store.sources.json_records import read_json
from store.sources.raw import RawComment, as_list, as_object, as_text
from store.text.cleaning import clean_line
from store.text.html import parse_html

_ROOTS = ("item.", "")
# The first comment's text may be longer than what is looked at.
_COMMENT = ("post", "author_name", "content")
_SELF, _LIST = "_links.self.item.href", "_links.collection.item.href"
_API = re.compile(r"/wp-json/wp/v2/|[?&]rest_route=/wp/v2/|//public-api\.wordpress\.com/wp/v2/sites/")
_BLOG = re.compile(r"(https?://.+?)/(?:(?:index\.php/)?wp-json/|(?:index\.php)?\?rest_route=)")
_ROUTE = re.compile(r"/wp/v2/(?:sites/[^/]+/)?comments/?$")
_PARTS = frozenset({"after", "before", "page", "offset", "search"})
# Times are compared in the blog's own zone, which WordPress before 5.3 takes a time in UTC for, too.
_ZONES = timedelta(days=1)
# What the page of a post with many comments adds to the post's address.
_PAGE = re.compile(r"comment-page-\d+/?$")


def recognises(head: Head) -> bool:
    """Tell whether a file is an answer of the API."""
    outline = head.json
    for root in _ROOTS:
        is_comment = outline.has(*(root + name for name in _COMMENT))
        if is_comment and (outline.has(root + "content.rendered") or outline.has(root + "date_gmt")):
            return True
    links = [outline.values.get(root + name, "") for root in _ROOTS for name in (_SELF, _LIST)]
    return any(_API.search(_unescape(link)) for link in links) or _is_error(outline.values)


def parse(file: SourceFile) -> Iterator[SourceItem]:
    """Give the comments of an answer, in its order."""
    for record in read_json(file, Head.read(file).records_path):
        if isinstance(record, SourceProblem):
            yield record
            continue
        place = record.place
        if not isinstance(record.value, dict):
            yield SourceProblem(place, "the record is not a JSON object")
        elif "author_name" in record.value:
            yield from _parse_comment(record.value, place)
        elif "code" in record.value and "message" in record.value:
            yield SourceProblem(clean_line(as_text(record.value["code"]), 60), "the blog answers with an error")


def identify(file: SourceFile) -> str:
    """Give the blog's address: what comes before the API's own part of the links, else the comments' host."""
    values = Head.read(file).json.values
    links = [values.get(root + name, "") for root in _ROOTS for name in (_SELF, _LIST)]
    for link in map(_unescape, links):
        if found := _BLOG.match(link):
            return name_place(found[1])
    # Blogs at WordPress.com have a host of their own, and the API another.
    link = next((values[root + "link"] for root in _ROOTS if values.get(root + "link")), "")
    return name_place("/".join(_unescape(link).split("/")[:3]))


def gives_part(url: str) -> bool:
    """Tell whether an address asks for some of the comments; a page that was saved is one of some."""
    return not is_address(url) or not _PARTS.isdisjoint(read_query(url))


def since(url: str, moment: datetime) -> str:
    """Narrow a list to comments published since a time; those edited, approved or removed since are not told."""
    route = read_query(url).get("rest_route") or read_path(url)
    if gives_part(url) or not _ROUTE.search(route):
        return ""
    return change_query(url, {"after": write_time(moment - _ZONES)})


def find_article(url: str) -> str:
    """Give the address of the post from that of a comment on it."""
    try:
        address = urlsplit(url.strip())
    except ValueError:
        return ""
    query = "&".join(part for part in address.query.split("&") if not part.startswith("cpage="))
    return address._replace(path=_PAGE.sub("", address.path), query=query, fragment="").geturl()


def _unescape(link: str) -> str:
    return link.replace("\\/", "/")


def _is_error(values: dict[str, str]) -> bool:
    return "message" in values and values.get("code", "").startswith("rest_") and "data.status" in values


def _parse_comment(value: dict[str, Any], place: str) -> Iterator[SourceItem]:
    post = as_object(next(iter(as_list(as_object(value.get("_embedded")).get("up"))), None))
    parent = as_text(value.get("parent"))
    yield from RawComment(
        id=value.get("id"),
        text=parse_html(as_text(as_object(value.get("content")).get("rendered"))),
        thread=value.get("post"),
        title=parse_html(as_text(as_object(post.get("title")).get("rendered"))),
        thread_url=as_text(post.get("link")) or find_article(as_text(value.get("link"))),
        author=html.unescape(as_text(value.get("author_name"))),
        account=find_account(as_text(value.get("author"))),
        published=pick_date(as_text(value.get("date_gmt")), as_text(value.get("date"))),
        url=value.get("link"),
        parent=parent if parent.strip("0") else "",
        skipped=explain_skipping(as_text(value.get("status")), as_text(value.get("type"))),
        place=place,
    ).finish()


FORMAT = Format("wordpress-rest", recognises, each(parse), identify=identify, gives_part=gives_part, since=since)
