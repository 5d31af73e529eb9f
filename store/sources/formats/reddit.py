"""Reddit: listings of its API (reddit.com/dev/api), and comments and submissions one a line, as its archives do.

A page of comments is a pair of listings, the submission and its answers, which hold their own. Replies nest without
limit and are walked without recursion. Bodies are Markdown; outside `raw_json` pages they are escaped once for HTML.
"""

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from store.domain.comment import Channel, SourceItem, SourceProblem
from store.domain.viewer import NOBODY, PUBLIC, Visibility
from store.errors import SourceError
from store.sources.deep_json import read_deep_json
from store.sources.files import SourceFile
from store.sources.format import Coverage, Format, locate
from store.sources.head import Head
from store.sources.json import JsonOutline, JsonRecord
from store.sources.json_lines import are_lines, read_json_lines
from store.sources.raw import RawComment, as_list, as_object, as_text

_SITE = "https://www.reddit.com"
_LISTED = ("data.children.item", "item.data.children.item", "json.data.things.item", "data.item")
_COMMENT, _SUBMISSION, _MORE, _ERROR = "t1", "t3", "more", "error"
_KINDS = frozenset({"Listing", "t1", "t2", "t3", "t4", "t5", "more"})
_GONE = {"[deleted]": "deleted", "[removed]": "removed", "[ removed by reddit ]": "removed"}
_CLOSED = frozenset({"private", "employees_only", "gold_only"})
_NAME = re.compile(r"t\d_[0-9a-z]{1,15}")
_SUBREDDIT = re.compile(r"[\w-]{1,40}", re.ASCII)
_ENTITIES = {"&amp;": "&", "&lt;": "<", "&gt;": ">"}
_ENTITY = re.compile("|".join(_ENTITIES))
# A subreddit's whole history; beyond it, titles are missing rather than memory.
_MAX_SUBMISSIONS = 300_000


@dataclass(slots=True)
class _Submissions:
    """Titles and paths of submissions, which comments do not hold."""

    known: dict[str, tuple[str, str]] = field(default_factory=dict)

    def note(self, data: dict[str, Any]) -> None:
        if isinstance(data.get("title"), str) and len(self.known) < _MAX_SUBMISSIONS:
            self.known[_full_name(data, _SUBMISSION)] = (data["title"], as_text(data.get("permalink")))


def recognises(head: Head) -> bool:
    """Tell whether a file is a page of Reddit's API or holds its records bare."""
    outline = head.json
    if outline.has("json.data.things") or _is_error(outline):
        return True
    if any(outline.values.get(f"{place}kind") in _KINDS and outline.has(f"{place}data") for place in ("", "item.")):
        return True
    return any(_is_bare(outline, place) for place in ("", "item.", "data.item."))


def parse(files: Iterable[SourceFile]) -> Iterator[SourceItem]:
    """Give the comments, and the texts of submissions, which may stand in a file of their own."""
    submissions = _Submissions()
    saved: list[SourceFile] = []
    for file in files:
        if file.name.startswith(("http://", "https://")):
            yield from locate(file, _parse_file(file, submissions))
        else:
            saved.append(file)
    for file in saved if len(saved) > 1 else ():
        # What cannot be read on is told when the file is read for its comments.
        with suppress(SourceError):
            _note_submissions(file, submissions)
    for file in saved:
        yield from locate(file, _parse_file(file, submissions))


def find_further(file: SourceFile) -> Iterator[str]:
    """Find a listing's next page, and the comments of the submissions it lists."""
    parts = urlsplit(file.name)
    if parts.scheme not in ("http", "https"):
        return
    for record in _records(file, "data.children.item", "data.after"):
        if record.path == "data.after" and _NAME.fullmatch(as_text(record.value)):
            query = {**dict(parse_qsl(parts.query)), "after": as_text(record.value)}
            yield parts._replace(query=urlencode(query)).geturl()
        thing = as_object(record.value)
        permalink = as_text(as_object(thing.get("data")).get("permalink"))
        if thing.get("kind") == _SUBMISSION and re.fullmatch(r"/[\w/%-]+", permalink):
            yield parts._replace(path=f"{permalink.rstrip('/')}.json", query="").geturl()


def identify(file: SourceFile) -> str:
    """Give the subreddit of the first record."""
    for path, value in Head.read(file).json.values.items():
        if path.rpartition(".")[2] == "subreddit" and _SUBREDDIT.fullmatch(value):
            return f"reddit:{value.lower()}"
    return ""


def _is_error(outline: JsonOutline) -> bool:
    is_bare = outline.has("message", "error") and outline.paths <= {"", "message", "error", "reason"}
    return is_bare and outline.values.get("error", "").isdigit()


def _is_bare(outline: JsonOutline, place: str) -> bool:
    """Tell a comment or submission without the envelope that the API puts around each."""
    keys = ("author", "body", "link_id"), ("author", "selftext", "subreddit", "title")
    return any(outline.has(*(place + key for key in some)) for some in keys)


def _records(file: SourceFile, *paths: str) -> Iterator[JsonRecord]:
    return (record for record in read_deep_json(file, *paths) if isinstance(record, JsonRecord))


def _read_things(file: SourceFile) -> Iterator[JsonRecord | SourceProblem]:
    head = Head.read(file)
    outline = head.json
    if are_lines(head):
        yield from read_json_lines(file)
    elif outline.has("data.item") or any(outline.has(path.removesuffix(".item")) for path in _LISTED[:3]):
        yield from read_deep_json(file, *_LISTED)
    else:
        yield from read_deep_json(file, head.records_path)


def _note_submissions(file: SourceFile, submissions: _Submissions) -> None:
    if '"title"' not in Head.read(file).text:
        return
    for record in _read_things(file):
        kind, data = _open(record.value) if isinstance(record, JsonRecord) else ("", {})
        if kind == _SUBMISSION:
            submissions.note(data)


def _parse_file(file: SourceFile, submissions: _Submissions) -> Iterator[SourceItem]:
    for record in _read_things(file):
        if isinstance(record, SourceProblem):
            yield record
        else:
            yield from _parse_thing(record.value, record.place, submissions)


def _parse_thing(thing: Any, place: str, submissions: _Submissions) -> Iterator[SourceItem]:
    waiting = [thing]
    while waiting:
        kind, data = _open(waiting.pop())
        if kind == _COMMENT:
            replies = as_object(as_object(data.get("replies")).get("data"))
            waiting.extend(reversed(as_list(replies.get("children"))))
            yield from _parse_comment(data, place, submissions)
        elif kind == _SUBMISSION:
            submissions.note(data)
            yield from _parse_submission(data, place)
        elif kind == _MORE:
            parent = as_text(data.get("parent_id"))[:20]
            yield SourceProblem(parent or place, "more answers are not in the file: it has only their ids")
        elif kind == _ERROR:
            yield SourceProblem(place, "the server answered with an error instead of comments")
        elif not kind:
            yield SourceProblem(place, "it is neither a comment nor a submission")


def _open(thing: Any) -> tuple[str, dict[str, Any]]:
    """Take a record out of its envelope; what is bare tells by its keys what it is."""
    if not isinstance(thing, dict):
        return "", {}
    if isinstance(thing.get("data"), dict):
        return as_text(thing.get("kind")), thing["data"]
    if "body" in thing:
        return _COMMENT, thing
    if "selftext" in thing or "title" in thing:
        return _SUBMISSION, thing
    return _ERROR if "message" in thing else "", thing


def _full_name(data: dict[str, Any], kind: str) -> str:
    name, short = as_text(data.get("name")), as_text(data.get("id")).lower()
    return name if name.startswith(f"{kind}_") else f"{kind}_{short}" if short else ""


def _parse_comment(data: dict[str, Any], place: str, submissions: _Submissions) -> Iterator[SourceItem]:
    thread = as_text(data.get("link_id"))
    title, path = submissions.known.get(thread, ("", ""))
    name = _full_name(data, _COMMENT)
    page = _page_of(data, thread, path)
    yield from _make(
        data,
        "body",
        id=name,
        thread=thread,
        title=_unescape(title or as_text(data.get("link_title"))),
        thread_url=page,
        url=_address(data.get("permalink")) or _comment_page(page, name),
        parent=data.get("parent_id"),
        place=place,
    ).finish()


def _parse_submission(data: dict[str, Any], place: str) -> Iterator[SourceItem]:
    if not data.get("selftext") and data.get("is_self") is not True:
        # The address of a page elsewhere: nobody said anything in it.
        return
    name = _full_name(data, _SUBMISSION)
    page = _page_of(data, name, as_text(data.get("permalink")))
    title = _unescape(as_text(data.get("title")))
    yield from _make(
        data, "selftext", id=name, thread=name, title=title, thread_url=page, url=page, place=place
    ).finish()


def _make(data: dict[str, Any], key: str, **others: Any) -> RawComment:
    text, author = _text(data, key), as_text(data.get("author"))
    is_removed = data.get("removed") is True or data.get("spam") is True
    edited = data.get("edited")
    return RawComment(
        text=text,
        author="" if author in _GONE else author,
        account="" if author in _GONE else author,
        published=data.get("created_utc"),
        # False where it is not; true where it was so long ago that nobody kept when.
        edited="" if isinstance(edited, bool) else edited,
        channel=_channel(data),
        skipped="removed" if is_removed else _GONE.get(text.strip().lower(), ""),
        **others,
    )


def _text(data: dict[str, Any], key: str) -> str:
    """Give a body as it was written: the HTML beside it tells whether the page escapes both."""
    text = as_text(data.get(key))
    return text if as_text(data.get(f"{key}_html")).lstrip().startswith("<") else _unescape(text)


def _unescape(text: str) -> str:
    return _ENTITY.sub(lambda found: _ENTITIES[found[0]], text)


def _channel(data: dict[str, Any]) -> Channel:
    name = as_text(data.get("subreddit"))
    is_closed = as_text(data.get("subreddit_type")) in _CLOSED
    known = name.lower() if _SUBREDDIT.fullmatch(name) else ""
    if not is_closed:
        return Channel(name[:40], PUBLIC) if known else Channel()
    return Channel(known, Visibility("channel", frozenset({f"reddit:{known}"})) if known else NOBODY)


def _page_of(data: dict[str, Any], thread: str, path: str) -> str:
    """Give a submission's page, whose short form Reddit leads to the long one."""
    subreddit, short = as_text(data.get("subreddit")), thread.removeprefix(f"{_SUBMISSION}_")
    is_known = _SUBREDDIT.fullmatch(subreddit) and _NAME.fullmatch(thread)
    return (
        _address(path)
        or _address(data.get("link_permalink"))
        or (f"{_SITE}/r/{subreddit}/comments/{short}/" if is_known else "")
    )


def _comment_page(page: str, name: str) -> str:
    """Give a comment's page: below its submission's, with any title; `_` where that is short."""
    if not page or not _NAME.fullmatch(name):
        return ""
    has_title = page.rstrip("/").count("/") > 6  # noqa: PLR2004  # https://HOST/r/NAME/comments/ID has as many
    return f"{page.rstrip('/')}/{'' if has_title else '_/'}{name.partition('_')[2]}/"


def _address(path: Any) -> str:
    text = as_text(path)
    return f"{_SITE}{text}" if re.match(r"/(?:r|u|user)/", text) else text if text.startswith(f"{_SITE}/") else ""


FORMAT = Format("reddit", recognises, parse, find_further, identify, coverage=Coverage.PART)
