"""Hacker News: items of its own API (github.com/HackerNews/API), trees and searches of Algolia's (hn.algolia.com/api).

Items come one a file, in an array, or one a line. A comment of the first kind names its parent alone: its story is
found by going up, as far as the import goes. Replies nest without limit, so trees are walked without recursion.
"""

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from store.domain.comment import SourceItem, SourceProblem
from store.errors import SourceError
from store.sources.addresses import change_query, is_address, read_path, read_query
from store.sources.deep_json import read_deep_json
from store.sources.files import SourceFile
from store.sources.format import Format, locate
from store.sources.head import Head
from store.sources.json import JsonOutline, JsonRecord
from store.sources.json_lines import are_lines, read_json_lines
from store.sources.raw import RawComment, as_list, as_object, as_text
from store.text.html import Element, parse_html

_ITEM = "https://news.ycombinator.com/item?id="
_LIVE = "https://hacker-news.firebaseio.com/v0/item/"
# Algolia gives the first thousand of what it finds.
_SEARCH = re.compile(r"/api/v1/search(?:_by_date)?/?$")
_KINDS = frozenset({"story", "comment", "job", "poll", "pollopt"})
_OWN = ("id", "type", "time")
_ALGOLIA = ("id", "created_at_i", "type", "parent_id", "story_id")
_HIT = ("hits.item.objectID", "hits.item.created_at_i", "hits.item._tags")


@dataclass(slots=True)
class _Stories:
    """What is above each comment, as far as it is known, and what stories are called."""

    parents: dict[str, str] = field(default_factory=dict)
    titles: dict[str, str] = field(default_factory=dict)

    def note(self, item: dict[str, Any]) -> None:
        item_id, parent = _number(item.get("id")), _number(item.get("parent"))
        if item_id and parent:
            self.parents[item_id] = parent
        elif item_id and isinstance(item.get("title"), str):
            self.titles[item_id] = item["title"]

    def find_story(self, item_id: str) -> str:
        """Give the uppermost item known; parents that go round in a circle end where they began."""
        path: dict[str, None] = {}
        above = item_id
        while above in self.parents and above not in path:
            path[above] = None
            above = self.parents[above]
        # Found once for a whole branch: chains may be long, and each comment of one asks.
        self.parents.update(dict.fromkeys(path, above) if above not in path else {})
        return above


def recognises(head: Head) -> bool:
    """Tell whether a file holds items of either API, by their keys."""
    outline = head.json
    return _is_item(outline, "") or _is_item(outline, "item.") or outline.has(*_HIT)


def parse(files: Iterable[SourceFile]) -> Iterator[SourceItem]:
    """Give the comments, and the texts of stories, jobs and polls.

    Files of one import are looked through first for what is above what; pages that are fetched come from above anyway.
    """
    stories = _Stories()
    saved: list[SourceFile] = []
    for file in files:
        if _is_live(file):
            yield from locate(file, _parse_page(file, stories))
        else:
            saved.append(file)
    for file in saved:
        # What cannot be read on is told when the file is read for its comments.
        with suppress(SourceError):
            _note_all(file, stories)
    for file in saved:
        yield from locate(file, _parse_file(file, stories))


def find_further(file: SourceFile) -> Iterator[str]:
    """Find the answers to an item, or the next page of a search."""
    if not _is_live(file):
        return
    if file.name.startswith(_LIVE):
        answers = (_number(record.value) for record in _records(file, "kids.item"))
        yield from (f"{_LIVE}{answer}.json" for answer in answers if answer)
    yield from _find_next_page(file)


def identify(_file: SourceFile) -> str:
    """Give the one place there is."""
    return "hackernews"


def gives_part(url: str) -> bool:
    """Tell whether an address is that of a search; a page that was saved is one of some."""
    return not is_address(url) or bool(_SEARCH.search(read_path(url)))


def since(url: str, moment: datetime) -> str:
    """Narrow a search to what was written since a time; the API of items has no list of that."""
    query = read_query(url)
    if not _SEARCH.search(read_path(url)) or "page" in query:
        return ""
    filters = [query.get("numericFilters", ""), f"created_at_i>{int(moment.timestamp())}"]
    return change_query(url, {"numericFilters": ",".join(filter(None, filters))})


def _is_item(outline: JsonOutline, place: str) -> bool:
    is_item = outline.has(*(place + key for key in _OWN)) or outline.has(*(place + key for key in _ALGOLIA))
    return is_item and outline.values.get(f"{place}type") in _KINDS


def _is_live(file: SourceFile) -> bool:
    return file.name.startswith(("http://", "https://"))


def _find_next_page(file: SourceFile) -> Iterator[str]:
    found = {record.path: record.value for record in _records(file, "page", "nbPages")}
    page, pages = found.get("page"), found.get("nbPages")
    if isinstance(page, int) and isinstance(pages, int) and page + 1 < pages:
        yield change_query(file.name, {"page": str(page + 1)})


def _records(file: SourceFile, *paths: str) -> Iterator[JsonRecord]:
    return (record for record in read_deep_json(file, *paths) if isinstance(record, JsonRecord))


def _read_items(file: SourceFile) -> Iterator[JsonRecord | SourceProblem]:
    """Give the items of a file, however they stand in it."""
    head = Head.read(file)
    if are_lines(head):
        yield from read_json_lines(file)
    elif head.json.has("hits"):
        yield from read_deep_json(file, "hits.item")
    else:
        yield from read_deep_json(file, head.records_path)


def _note_all(file: SourceFile, stories: _Stories) -> None:
    for record in _read_items(file):
        if isinstance(record, JsonRecord):
            stories.note(as_object(record.value))


def _parse_page(file: SourceFile, stories: _Stories) -> Iterator[SourceItem]:
    _note_all(file, stories)
    yield from _parse_file(file, stories)


def _parse_file(file: SourceFile, stories: _Stories) -> Iterator[SourceItem]:
    for record in _read_items(file):
        if isinstance(record, SourceProblem):
            yield record
        elif record.value is None:
            # What the API answers for an item that there is none of.
            continue
        elif not isinstance(record.value, dict):
            yield SourceProblem(record.place, "it is no item")
        elif record.path == "hits.item":
            yield from _parse_hit(record.value, record.place)
        elif "children" in record.value:
            yield from _parse_tree(record.value, record.place)
        else:
            yield from _parse_item(record.value, record.place, stories)


def _parse_item(item: dict[str, Any], place: str, stories: _Stories) -> Iterator[SourceItem]:
    item_id = _number(item.get("id"))
    above = _number(item.get("parent"))
    story = stories.find_story(above or _number(item.get("poll")) or item_id)
    if _is_mere_link(item):
        return
    yield from _finish(
        RawComment(
            id=item_id,
            text=as_text(item.get("text")),
            thread=story,
            title=item.get("title") or stories.titles.get(story),
            author=item.get("by"),
            published=item.get("time"),
            parent=above,
            skipped="deleted" if item.get("deleted") else "dead" if item.get("dead") else "",
            place=place,
        )
    )


def _parse_tree(tree: dict[str, Any], place: str) -> Iterator[SourceItem]:
    title = tree.get("title")
    story_id = _number(tree.get("story_id")) or _number(tree.get("id"))
    waiting: list[Any] = [tree]
    while waiting:
        item = waiting.pop()
        if not isinstance(item, dict):
            yield SourceProblem(place, "an answer is no item")
            continue
        waiting.extend(reversed([*as_list(item.get("options")), *as_list(item.get("children"))]))
        if _is_mere_link(item):
            continue
        raw = RawComment(
            id=_number(item.get("id")),
            text=as_text(item.get("text")),
            thread=story_id,
            title=title,
            author=item.get("author"),
            published=item.get("created_at_i") or item.get("created_at"),
            parent=_number(item.get("parent_id")),
            # A deleted comment that was answered is kept there without its author and text.
            skipped="" if item.get("author") or item.get("text") else "deleted",
            place=place,
        )
        yield from _finish(raw)


def _parse_hit(hit: dict[str, Any], place: str) -> Iterator[SourceItem]:
    text = hit.get("comment_text") or hit.get("story_text") or hit.get("job_text")
    if not text and hit.get("url"):
        return
    item_id = _number(hit.get("objectID"))
    yield from _finish(
        RawComment(
            id=item_id,
            text=as_text(text),
            thread=_number(hit.get("story_id")) or item_id,
            title=hit.get("story_title") or hit.get("title"),
            author=hit.get("author"),
            published=hit.get("created_at_i") or hit.get("created_at"),
            parent=_number(hit.get("parent_id")),
            place=place,
        )
    )


def _finish(raw: RawComment) -> Iterator[SourceItem]:
    return replace(
        raw,
        # A paragraph's tag tells that this is HTML, also where it is plain words about HTML.
        text=parse_html(f"<p>{raw.text}", _replace),
        title=parse_html(f"<p>{as_text(raw.title)}"),
        thread_url=f"{_ITEM}{raw.thread}" if raw.thread else "",
        account=raw.author,
        url=f"{_ITEM}{raw.id}" if raw.id else "",
    ).finish()


def _replace(element: Element) -> str | None:
    """Give the whole of an address, which is shown cut."""
    shown, address = element.text(), element.attributes.get("href") or ""
    is_cut = element.tag == "a" and shown.endswith("...") and address.startswith(shown.removesuffix("..."))
    return address if is_cut else None


def _is_mere_link(item: dict[str, Any]) -> bool:
    """Tell a story that is the address of a page elsewhere: nobody said anything in it."""
    is_gone = item.get("deleted") or item.get("dead")
    return not is_gone and not item.get("text") and bool(item.get("url") or item.get("parts"))


def _number(value: Any) -> str:
    """Give an item's number, which some dumps have as text; what is none as an empty text."""
    is_number = isinstance(value, int | str) and not isinstance(value, bool)
    text = str(value) if is_number and (isinstance(value, str) or 0 < value < 10**15) else ""
    return text if text.isascii() and text.isdigit() and len(text) < 16 else ""  # noqa: PLR2004  # as 10**15 has digits


FORMAT = Format("hackernews", recognises, parse, find_further, identify, gives_part=gives_part, since=since)
