"""Stack Exchange: pages of its API (api.stackexchange.com/docs): questions, answers and comments, nested or not.

A question is the discussion and its first comment; answers reply to it, comments to either. The API gives texts only to
who asks for them (`filter=withbody`): records that came without are told about, not taken for empty.
"""

import re
from collections.abc import Iterator
from datetime import datetime
from html import unescape
from typing import Any

from store.domain.comment import SourceItem, SourceProblem
from store.sources.addresses import change_query, is_address, read_path, read_query
from store.sources.files import SourceFile
from store.sources.format import Format, each
from store.sources.head import Head
from store.sources.json import JsonOutline, JsonRecord, iterate_json
from store.sources.json_records import read_json
from store.sources.raw import RawComment, as_list, as_object, as_text
from store.text.cleaning import find_http_url
from store.text.html import parse_html

_IDS = ("question_id", "answer_id", "comment_id", "post_id")
_TEXTS = ("body", "body_markdown")
_QUESTION = re.compile(r"/(?:questions|q)/(\d+)")
# Lists of one site, whole or below some posts; others are what is asked about most, or not answered yet.
_LIST = re.compile(r"/(?:questions|answers|comments|[\d;]+)/?$")
_PARTS = frozenset({"fromdate", "todate", "min", "max", "page"})
_BY_ACTIVITY = re.compile(r"/(?:questions|answers)/?$")
_NO_ACCOUNT = "does_not_exist"


def recognises(head: Head) -> bool:
    """Tell whether a file is a page of the API, or the array of its items, by the ids and owners in it."""
    outline = head.json
    if outline.has("error_id", "error_name") or outline.has("items", "has_more", "quota_remaining"):
        return True
    return any(_is_post(outline, place) for place in ("items.item.", "item.", ""))


def parse(file: SourceFile) -> Iterator[SourceItem]:
    """Give the questions, answers and comments of a page that have a text."""
    for record in read_json(file, *_paths(file)):
        if isinstance(record, SourceProblem):
            yield record
        elif not isinstance(record.value, dict):
            yield SourceProblem(record.place, "it is no question, answer or comment")
        elif "error_id" in record.value:
            yield SourceProblem(record.place, "the server answered with an error instead of questions")
        elif "items" not in record.value:
            yield from _parse_post(record.value, record.place)


def find_further(file: SourceFile) -> Iterator[str]:
    """Find the next page, where the API says that there is one."""
    has_more = [
        record.value for record in iterate_json(file, "has_more") if isinstance(record, JsonRecord) and record.value
    ]
    if has_more != [True] or not file.name.startswith(("http://", "https://")):
        return
    page = read_query(file.name).get("page", "1")
    if page.isascii() and page.isdigit() and len(page) < 10:  # noqa: PLR2004  # far beyond any page
        yield change_query(file.name, {"page": str(int(page) + 1)})


def gives_part(url: str) -> bool:
    """Tell whether an address asks for some of what is there; a page that was saved is one of some."""
    return not is_address(url) or not _PARTS.isdisjoint(read_query(url)) or not _LIST.search(read_path(url))


def since(url: str, moment: datetime) -> str:
    """Narrow a list to questions and answers that something happened to since a time, or to comments written since.

    A comment is nothing that happens to what it stands below.
    """
    path, query, time = read_path(url), read_query(url), str(int(moment.timestamp()))
    if not _PARTS.isdisjoint(query):
        return ""
    if path.rstrip("/").endswith("/comments"):
        return change_query(url, {"fromdate": time})
    if not _BY_ACTIVITY.search(path):
        return ""
    return change_query(url, {"sort": "activity", "order": "desc", "min": time})


def identify(file: SourceFile) -> str:
    """Give the site, from the first link to one of its pages."""
    for path, value in Head.read(file).json.values.items():
        if path.rpartition(".")[2] == "link" and (host := _host_of(value)):
            return f"stackexchange:{host}"
    return ""


def _is_post(outline: JsonOutline, place: str) -> bool:
    has_id = any(outline.has(place + key) for key in _IDS)
    is_rated = outline.has(f"{place}owner") or outline.has(f"{place}score")
    return has_id and is_rated and outline.has(f"{place}creation_date")


def _paths(file: SourceFile) -> tuple[str, ...]:
    head = Head.read(file)
    if head.json.has("items"):
        return ("items.item",)
    return (head.records_path,)


def _parse_post(post: dict[str, Any], place: str) -> Iterator[SourceItem]:
    """Give a question, an answer or a comment, and what is nested in it."""
    question = post if "comment_id" not in post and "answer_id" not in post else {}
    title, host = as_text(post.get("title")), _find_host(post)
    question_id = _number(post.get("question_id"))
    yield from _parse_one(post, place, title, question_id, host)
    held = _number(post.get("answer_id")) or question_id
    for comment in _objects(post.get("comments")):
        yield from _parse_one({"post_id": held, **comment}, place, title, question_id, host)
    for answer in _objects(question.get("answers")):
        yield from _parse_one({**answer, "question_id": question_id}, place, title, question_id, host)
        answer_id = _number(answer.get("answer_id"))
        for comment in _objects(answer.get("comments")):
            yield from _parse_one({"post_id": answer_id, **comment}, place, title, question_id, host)


def _parse_one(post: dict[str, Any], place: str, title: str, question_id: str, host: str) -> Iterator[SourceItem]:
    own, parent = _find_own(post)
    if own and not any(isinstance(post.get(key), str) for key in _TEXTS):
        yield SourceProblem(own, "the page was asked for without texts: ask the API for them with filter=withbody")
        return
    linked = _QUESTION.search(as_text(post.get("link")))
    thread = question_id or _number(post.get("question_id")) or (linked[1] if linked else "") or parent or own
    owner = as_object(post.get("owner"))
    yield from RawComment(
        id=own,
        text=_text(post),
        thread=thread,
        title=unescape(title),
        thread_url=f"https://{host}/q/{thread}" if host and thread.isdigit() else "",
        author=unescape(as_text(owner.get("display_name"))),
        account="" if owner.get("user_type") == _NO_ACCOUNT else _number(owner.get("user_id")),
        published=post.get("creation_date"),
        edited=post.get("last_edit_date"),
        url=find_http_url(as_text(post.get("link"))) or _page(post, own, host),
        parent=parent,
        place=place,
    ).finish()


def _find_own(post: dict[str, Any]) -> tuple[str, str]:
    """Give what a record is called and what it replies to; comments are numbered apart from questions and answers."""
    if comment := _number(post.get("comment_id")):
        return f"comment{comment}", _number(post.get("post_id"))
    if answer := _number(post.get("answer_id")):
        return answer, _number(post.get("question_id"))
    return _number(post.get("question_id")) or _number(post.get("post_id")), ""


def _text(post: dict[str, Any]) -> str:
    """Give a text; the Markdown, which is taken only where there is no HTML, is escaped as HTML is."""
    body = as_text(post.get("body"))
    # A paragraph's tag tells that this is HTML, also where it is plain words about HTML.
    return parse_html(f"<p>{body}") if body else unescape(as_text(post.get("body_markdown")))


def _page(post: dict[str, Any], own: str, host: str) -> str:
    """Give a post's short address, which every site has."""
    if not host or not own:
        return ""
    if own.startswith("comment"):
        return f"https://{host}/posts/comments/{own.removeprefix('comment')}"
    return f"https://{host}/{'a' if post.get('answer_id') else 'q'}/{own}"


def _find_host(post: dict[str, Any]) -> str:
    """Give the site a record is from: the host of its own link, or of its author's page."""
    links = (post.get("link"), as_object(post.get("owner")).get("link"))
    return next((host for host in map(_host_of, map(as_text, links)) if host), "")


def _host_of(link: str) -> str:
    found = re.match(r"https?://([a-z0-9.-]{1,100})/(?:questions|users|q|a)/", link)
    return found[1] if found else ""


def _objects(value: Any) -> list[dict[str, Any]]:
    return [held for held in as_list(value) if isinstance(held, dict)]


def _number(value: Any) -> str:
    is_number = isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**15
    return str(value) if is_number or (isinstance(value, str) and value.isascii() and value.isdigit()) else ""


FORMAT = Format("stackexchange", recognises, each(parse), find_further, identify, gives_part=gives_part, since=since)
