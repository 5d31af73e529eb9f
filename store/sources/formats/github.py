"""GitHub: issues, pull requests, discussions and what was said under them.

Read are arrays and single objects of the REST API, payloads of webhooks, and pages of the GraphQL API with the names
its schema gives (docs.github.com). A comment is known by the end of its address, which all of them have and which
outlives a repository's name; what it stands under by repository and number. Bodies are Markdown. Diffs are not read.
"""

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import Any

from store.domain.comment import Channel, SourceItem, SourceProblem
from store.domain.viewer import NOBODY, Visibility
from store.errors import SourceError
from store.sources.addresses import change_query, is_address, read_path, read_query, write_time
from store.sources.files import SourceFile
from store.sources.format import Format, locate
from store.sources.head import Head
from store.sources.json import JsonOutline, JsonRecord, iterate_json
from store.sources.json_records import read_json
from store.sources.raw import RawComment, as_list, as_object, as_text

_ADDRESS = re.compile(
    r"https?://[^/\s]+/(?P<repository>[^/\s]+/[^/\s]+)/(?P<kind>issues|pull|discussions|commit)/(?P<number>\w+)"
    r"(?:/[^#\s]*)?(?:#(?P<anchor>[\w-]+))?"
)
_REPOSITORY = "data.repository"
_KINDS = ("discussion", "issue", "pullRequest")
_GRAPHQL = (
    *(f"{_REPOSITORY}.{kind}" for kind in _KINDS),
    *(f"{_REPOSITORY}.{kind}s.nodes.item" for kind in _KINDS),
    *(f"{_REPOSITORY}.{kind}s.edges.item.node" for kind in _KINDS),
    "data.search.nodes.item",
    "data.search.edges.item.node",
    "data.node",
    "data.nodes.item",
)
_PAYLOAD = ("discussion", "issue", "pull_request", "comment", "review")
# Of a payload, everything but what it is about is left unread.
_PAYLOAD_PATHS = ("action", "repository", *_PAYLOAD)
_GONE = frozenset({"deleted", "transferred"})
_HIDDEN = frozenset({"spam", "abuse"})
# Lists of the REST API that can be asked for what was updated since a time.
_UPDATED = re.compile(r"/repos/[^/]+/[^/]+/(?:issues|(?:issues|pulls)(?:/\d+)?/comments)/?$")
_PARTS = frozenset({"since", "page"})
# Lists of issues are of the open ones, unless all are asked for: one that was closed is not gone.
_ISSUES = re.compile(r"/(?:issues|pulls)/?$")
_ALL_ISSUES = frozenset({"state", "sort", "direction", "per_page"})
_INNER = ("comments", "reviews", "reviewThreads", "replies")


def recognises(head: Head) -> bool:
    """Tell whether a file is an answer of GitHub's or a webhook's payload, by addresses and keys."""
    outline = head.json
    if outline.has("documentation_url", "message"):
        return True
    if any(_is_record(outline, place) for place in ("", "item.", "items.item.")):
        return True
    if outline.has("action", "repository") or outline.has("action", "comment"):
        return any(_is_record(outline, f"{name}.") for name in _PAYLOAD)
    return any(_is_node(outline, f"{path}.") for path in _GRAPHQL)


def parse(files: Iterable[SourceFile]) -> Iterator[SourceItem]:
    """Give the comments, and the texts that issues and discussions open with; titles may stand in another file."""
    titles: dict[str, str] = {}
    saved: list[SourceFile] = []
    for file in files:
        if file.name.startswith(("http://", "https://")):
            yield from locate(file, _parse_file(file, titles))
        else:
            saved.append(file)
    for file in saved if len(saved) > 1 else ():
        # What cannot be read on is told when the file is read for its comments.
        with suppress(SourceError):
            _note_titles(file, titles)
    for file in saved:
        yield from locate(file, _parse_file(file, titles))


def identify(file: SourceFile) -> str:
    """Give the repository of the first record."""
    for path, value in Head.read(file).json.values.items():
        found = _ADDRESS.match(value) if path.rpartition(".")[2] in ("html_url", "url") else None
        if found:
            return f"github:{found['repository'].lower()}"
    return ""


def gives_part(url: str) -> bool:
    """Tell whether an address asks for some of what is there; a page that was saved is one of some."""
    query, path = read_query(url), read_path(url)
    is_of_some = bool(_ISSUES.search(path)) and (query.get("state") != "all" or not _ALL_ISSUES.issuperset(query))
    return not is_address(url) or is_of_some or "/search/" in path or not _PARTS.isdisjoint(query)


def since(url: str, moment: datetime) -> str:
    """Narrow a list to what was updated since a time."""
    if not _UPDATED.search(read_path(url)) or not _PARTS.isdisjoint(read_query(url)):
        return ""
    return change_query(url, {"since": write_time(moment)})


def _is_record(outline: JsonOutline, place: str) -> bool:
    address = outline.values.get(f"{place}html_url", "")
    is_said = outline.has(f"{place}body") or outline.has(f"{place}author_association")
    return bool(_ADDRESS.match(address)) and is_said


def _is_node(outline: JsonOutline, place: str) -> bool:
    return outline.has(f"{place}comments") or outline.has(f"{place}body") or outline.has(f"{place}title")


def _read_records(file: SourceFile) -> Iterator[JsonRecord | SourceProblem]:
    head = Head.read(file)
    if head.json.has("data"):
        yield from read_json(file, *_GRAPHQL)
    elif head.json.has("action"):
        yield from read_json(file, *_PAYLOAD_PATHS)
    elif head.json.has("items"):
        yield from read_json(file, "items.item")
    else:
        yield from read_json(file, head.records_path)


def _note_titles(file: SourceFile, titles: dict[str, str]) -> None:
    if '"title"' not in Head.read(file).text:
        return
    for record in _read_records(file):
        if isinstance(record, JsonRecord):
            _note_title(as_object(record.value), titles)


def _note_title(value: dict[str, Any], titles: dict[str, str]) -> None:
    thread, anchor = _find_place(value)
    if thread and not anchor and isinstance(value.get("title"), str):
        titles[thread] = value["title"]


def _parse_file(file: SourceFile, titles: dict[str, str]) -> Iterator[SourceItem]:
    payload: dict[str, Any] = {}
    is_private = _is_of_private_repository(file)
    for record in _read_records(file):
        if isinstance(record, SourceProblem):
            yield record
        elif record.path in _PAYLOAD_PATHS:
            payload[record.path] = record.value
        elif record.path in _GRAPHQL:
            yield from _parse_node(record, titles, is_private=is_private)
        elif not isinstance(record.value, dict):
            yield SourceProblem(record.place, "it is no comment, issue or discussion")
        elif "documentation_url" in record.value:
            yield SourceProblem(record.place, "the server answered with an error instead of comments")
        else:
            _note_title(record.value, titles)
            raw = _make(record.value, record.place, titles, is_private=_is_in_private_repository(record.value))
            yield from raw.finish()
    yield from _parse_payload(payload, titles)


def _is_in_private_repository(value: dict[str, Any]) -> bool:
    """Tell whether a record of the REST API says so: a search's issues name their repository, pull requests theirs."""
    repositories = value.get("repository"), as_object(value.get("base")).get("repo")
    return any(as_object(repository).get("private") is True for repository in repositories)


def _is_of_private_repository(file: SourceFile) -> bool:
    """Tell whether a page of the GraphQL API says so; it stands where it was asked for, maybe behind everything."""
    if not Head.read(file).json.has("data"):
        return False
    told = iterate_json(file, f"{_REPOSITORY}.isPrivate")
    return any(isinstance(record, JsonRecord) and record.value is True for record in told)


def _parse_payload(payload: dict[str, Any], titles: dict[str, str]) -> Iterator[SourceItem]:
    """Give what a webhook tells of: what something was said under, and what was said, if it was not deleted."""
    held = [as_object(payload[name]) for name in _PAYLOAD if isinstance(payload.get(name), dict)]
    is_private = as_object(payload.get("repository")).get("private") is True
    for value in held:
        _note_title(value, titles)
        raw = _make(value, "the payload", titles, is_private=is_private)
        # What a payload is about stands last in it.
        is_gone = value is held[-1] and as_text(payload.get("action")) in _GONE
        yield from replace(raw, skipped="deleted" if is_gone else "").finish()


def _parse_node(record: JsonRecord, titles: dict[str, str], *, is_private: bool) -> Iterator[SourceItem]:
    """Give a GraphQL node and all that was said under it, which nests as deeply as was asked for."""
    is_private = is_private or as_object(as_object(record.value).get("repository")).get("isPrivate") is True
    waiting: list[tuple[Any, str]] = [(record.value, "")]
    while waiting:
        node, parent = waiting.pop()
        if not isinstance(node, dict):
            continue
        _note_title(node, titles)
        raw = _make(_as_rest(node), record.place, titles, is_private=is_private)
        hidden = as_text(node.get("minimizedReason")).lower()
        if "body" in node:
            # A node without a text that was asked for is there for what was said under it.
            yield from replace(raw, parent=parent, skipped=hidden if hidden in _HIDDEN else "").finish()
        for name in reversed(_INNER):
            # Replies answer a comment; comments are said under an issue or a discussion.
            answered = raw.id if name == "replies" else ""
            waiting.extend((inner, answered) for inner in reversed(_nodes(node.get(name))))


def _nodes(connection: Any) -> list[Any]:
    held = as_object(connection)
    return [*as_list(held.get("nodes")), *(as_object(edge).get("node") for edge in as_list(held.get("edges")))]


def _as_rest(node: dict[str, Any]) -> dict[str, Any]:
    """Give a GraphQL node the names that the REST API has for its parts."""
    author = as_object(node.get("author"))
    return {
        "html_url": node.get("url"),
        "body": node.get("body"),
        "user": {"login": author.get("login"), "id": author.get("databaseId")},
        "created_at": node.get("createdAt"),
        "updated_at": node.get("lastEditedAt"),
    }


def _make(value: dict[str, Any], place: str, titles: dict[str, str], *, is_private: bool = False) -> RawComment:
    thread, anchor = _find_place(value)
    address = as_text(value.get("html_url"))
    user = as_object(value.get("user"))
    return RawComment(
        id=anchor or thread,
        text=as_text(value.get("body")),
        thread=thread,
        title=titles.get(thread, ""),
        thread_url=address.partition("#")[0],
        author=user.get("login"),
        account=_number(user.get("id")),
        published=value.get("created_at") or value.get("submitted_at"),
        # An issue is updated by whatever happens under it.
        edited=value.get("updated_at") if anchor else "",
        url=address,
        parent=_find_parent(value),
        channel=_private_channel(thread) if is_private else Channel(),
        place=place,
    )


def _find_parent(value: dict[str, Any]) -> str:
    for key, anchor in (("parent_id", "discussioncomment-"), ("in_reply_to_id", "discussion_r")):
        if answered := _number(value.get(key)):
            return anchor + answered
    return ""


def _find_place(value: dict[str, Any]) -> tuple[str, str]:
    """Read off an address what something stands under, and what it is there; empty if it is that itself."""
    found = _ADDRESS.fullmatch(as_text(value.get("html_url")) or as_text(value.get("url")))
    if not found:
        return "", ""
    mark = "@" if found["kind"] == "commit" else "#"
    return f"{found['repository']}{mark}{found['number']}", found["anchor"] or ""


def _private_channel(thread: str) -> Channel:
    repository = thread.partition("#")[0]
    place = frozenset({f"github:{repository.lower()}"})
    return Channel(repository, Visibility("channel", place) if repository else NOBODY)


def _number(value: Any) -> str:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 10**18 else ""


FORMAT = Format("github", recognises, parse, identify=identify, gives_part=gives_part, since=since)
