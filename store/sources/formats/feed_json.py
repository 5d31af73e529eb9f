"""JSON Feed (https://www.jsonfeed.org/version/1.1/): entries and what the feed says of itself."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urljoin

from store.domain.comment import SourceProblem
from store.sources.files import SourceFile
from store.sources.formats.feed_entries import Entry, Feed
from store.sources.head import Head
from store.sources.json import JsonFault, iterate_json
from store.sources.raw import as_list, as_object, as_text
from store.text.cleaning import clean_line, clean_text, find_http_url
from store.text.html import parse_html

VERSION = "https://jsonfeed.org/version/1"
_OF_FEED = ("title", "home_page_url", "feed_url", "next_url", "authors", "author")


def recognises(head: Head) -> bool:
    """Tell a JSON Feed by its version."""
    return head.json.values.get("version", "").replace("\\/", "/").startswith(VERSION)


def read_feed(file: SourceFile) -> Feed:
    """Read what a feed says of itself; it may stand after the items."""
    found = {held.path: held.value for held in iterate_json(file, *_OF_FEED) if not isinstance(held, JsonFault)}
    following = _resolve(file, as_text(found.get("next_url")))
    return Feed(
        title=clean_line(as_text(found.get("title"))),
        link=find_http_url(as_text(found.get("home_page_url"))) or find_http_url(as_text(found.get("feed_url"))),
        author=_read_author(found),
        following=(following,) if following else (),
    )


def read_entries(file: SourceFile) -> Iterator[Entry | SourceProblem]:
    """Give the items of a feed, in its order, and problems where they stand."""
    for record in iterate_json(file, "items.item"):
        if isinstance(record, JsonFault):
            yield SourceProblem(record.place, record.reason)
            continue
        entry = _read_entry(as_object(record.value), record.place, file)
        yield from (SourceProblem(clean_line(entry.native_id) or record.place, fault) for fault in record.faults)
        yield entry


def _read_entry(item: dict[str, Any], place: str, file: SourceFile) -> Entry:
    text = parse_html(as_text(item.get("content_html"))) or clean_text(as_text(item.get("content_text")))
    published, edited = (as_text(item.get(name)) for name in ("date_published", "date_modified"))
    return Entry(
        place=place,
        id=clean_line(as_text(item.get("id"))),
        link=_resolve(file, as_text(item.get("url"))),
        title=clean_line(as_text(item.get("title"))),
        text=text or clean_text(as_text(item.get("summary"))),
        author=_read_author(item),
        published=published or edited,
        edited=edited if published else "",
    )


def _read_author(held: dict[str, Any]) -> str:
    people = [*as_list(held.get("authors")), held.get("author")]
    return next((name for person in people if (name := as_text(as_object(person).get("name")).strip())), "")


def _resolve(file: SourceFile, address: str) -> str:
    """Give an address, one relative to the feed's own made whole."""
    try:
        return find_http_url(urljoin(find_http_url(file.name), address.strip())) if address.strip() else ""
    except ValueError:
        return ""
