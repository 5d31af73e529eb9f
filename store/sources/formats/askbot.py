"""Askbot: questions and answers of its API (`/api/v1/`), live or saved.

The API gives summaries, which are whole where they are short; what is longer ends in an ellipsis and "(more)", and is
imported as far as it goes. Comments below answers, and e-mail addresses, are not in it. Lists of people hold no texts.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from store.domain.comment import SourceItem, SourceProblem
from store.sources.addresses import change_query, is_address, read_query
from store.sources.files import SourceFile
from store.sources.format import Format, locate
from store.sources.head import Head
from store.sources.json import JsonRecord, iterate_json
from store.sources.json_records import read_json
from store.sources.raw import RawComment, as_list, as_object, as_text
from store.text.html import Element, parse_html
from store.text.slugs import title_of

_SHAPES = (
    ("questions", "pages", "count"),
    # The counts may stand behind all the questions.
    ("questions.item.summary", "questions.item.answer_ids", "questions.item.added_at"),
    ("answer_ids", "summary", "added_at"),
    ("summary", "added_at", "score", "url", "author.username"),
    ("users.item.joined_at", "users.item.gold"),
    ("joined_at", "gold", "reputation", "username"),
)
_API = re.compile(r"https?://[^?#]+?/api/v1/")
# An answer's address is its question's, with itself behind it.
_ANSWER = re.compile(r"(?P<question>https?://[^?#\s]*?/(?P<number>\d+)/[^?#\s]*)\?answer=\d+")
_HOST = re.compile(r"https?://([^/\s?#]+)/")


def recognises(head: Head) -> bool:
    """Tell whether a file is a page of Askbot's API, by its keys."""
    return any(head.json.has(*shape) for shape in _SHAPES)


def parse(files: Iterable[SourceFile]) -> Iterator[SourceItem]:
    """Give the questions and answers; an answer's question may have been on an earlier page."""
    titles: dict[str, str] = {}
    for file in files:
        yield from locate(file, _parse_file(file, titles))


def find_further(file: SourceFile) -> Iterator[str]:
    """Find the next page of a list, and the answers to its questions."""
    api = _API.match(file.name)
    if not api:
        return
    yield from _find_next_page(file)
    for post in _values(file, *_paths(file)):
        for answer in as_list(as_object(post).get("answer_ids")):
            if number := _number(answer):
                yield f"{api[0]}answers/{number}/"


def gives_part(url: str) -> bool:
    """Tell a page that was saved from a list that is followed to its end."""
    return not is_address(url) or "page" in read_query(url)


def identify(file: SourceFile) -> str:
    """Give the site's host, from a question's address."""
    values = Head.read(file).json.values
    found = _HOST.match(values.get("questions.item.url") or values.get("url") or file.name)
    return f"askbot:{found[1].lower()}" if found else ""


def _find_next_page(file: SourceFile) -> Iterator[str]:
    page = read_query(file.name).get("page", "1")
    number = int(page) if page.isascii() and page.isdigit() and len(page) < 10 else 1  # noqa: PLR2004  # beyond any list
    for pages in _values(file, "pages"):
        if isinstance(pages, int) and number < pages:
            yield change_query(file.name, {"page": str(number + 1)})


def _values(file: SourceFile, *paths: str) -> Iterator[Any]:
    return (record.value for record in iterate_json(file, *paths) if isinstance(record, JsonRecord))


def _paths(file: SourceFile) -> tuple[str, ...]:
    outline = Head.read(file).json
    if outline.has("questions"):
        return ("questions.item",)
    return ("",) if outline.has("summary") else ()


def _parse_file(file: SourceFile, titles: dict[str, str]) -> Iterator[SourceItem]:
    for record in read_json(file, *_paths(file)):
        if isinstance(record, SourceProblem):
            yield record
        elif isinstance(record.value, dict):
            yield from _parse_post(record.value, record.place, titles).finish()
        else:
            yield SourceProblem(record.place, "it is no question or answer")


def _parse_post(post: dict[str, Any], place: str, titles: dict[str, str]) -> RawComment:
    own, address = _number(post.get("id")), as_text(post.get("url"))
    answered = _ANSWER.match(address)
    thread = answered["number"] if answered else own
    if isinstance(post.get("title"), str):
        titles[thread] = post["title"]
    page = answered["question"] if answered else address
    author = as_object(post.get("author"))
    return RawComment(
        id=own,
        text=parse_html(as_text(post.get("summary")), _replace),
        thread=thread,
        title=titles.get(thread) or title_of(page),
        thread_url=page,
        author=author.get("username"),
        account=_number(author.get("id")),
        published=post.get("added_at"),
        edited=post.get("last_edited_at"),
        url=address,
        parent=thread if answered else "",
        place=place,
    )


def _replace(element: Element) -> str | None:
    """Drop the "(more)" behind the ellipsis of a text that goes on elsewhere."""
    is_more = element.tag == "span" and "expander" in (element.attributes.get("class") or "").split()
    return "" if is_more else None


def _number(value: Any) -> str:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 10**15 else ""


FORMAT = Format("askbot", recognises, parse, find_further, identify, gives_part=gives_part)
