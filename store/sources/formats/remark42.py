"""Remark42: its backup, and what its API answers.

The backup (`backend/app/migrator/native.go` in its source) is a header line with users and posts, then comments, each
on a line.
The API gives a page's comments as a tree or as a list under `comments`, and the latest ones as a bare list. A comment
is the same object everywhere. The header says who is blocked and verified: it is never read.
"""

import html
import json
import re
from collections.abc import Iterator
from typing import Any

from store.domain.comment import SourceItem, SourceProblem
from store.sources.decoding import STRAY_BYTE_MARK, read_lines
from store.sources.deep_json import read_deep_json
from store.sources.files import SourceFile
from store.sources.format import Coverage, Format, each
from store.sources.formats.feed_entries import fold_address
from store.sources.head import Head
from store.sources.json import MAX_RECORD_CHARS
from store.sources.raw import RawComment, as_list, as_object, as_text
from store.text.cleaning import clean_line, find_http_url
from store.text.html import parse_html
from store.text.slugs import title_of

_HOLDERS = ("comments.item.comment", "comments.item", "item")
_SITE = re.compile(r'"locator"\s*:\s*\{\s*"site"\s*:\s*"([^"\\]{1,200})"')
# Whom a comment belongs to whose author had everything removed.
_NOBODY = "deleted"


def recognises(head: Head) -> bool:
    """Tell whether comments with Remark42's locator stand where it writes them, or its backup's header does."""
    return (
        any(head.json.has(f"{place}.locator.url", f"{place}.pid") for place in _HOLDERS)
        or head.json.has("comments", "info.url", "info.count")
        or _is_backup(head)
    )


def parse(file: SourceFile) -> Iterator[SourceItem]:
    """Give the comments of a backup or of an answer of the API."""
    if _is_backup(Head.read(file)):
        yield from _read_backup(file)
        return
    for record in read_deep_json(file, "comments.item", "item"):
        if isinstance(record, SourceProblem):
            yield record
            continue
        for written in _flatten(record.value):
            yield from _read_comment(written, record.place).finish()


def identify(file: SourceFile) -> str:
    """Name the site, by what Remark42 calls it."""
    site = _SITE.search(Head.read(file).text)
    return f"remark42:{clean_line(site[1])}" if site else ""


def _is_backup(head: Head) -> bool:
    return head.json.has("version", "users", "posts") and not head.json.has("comments")


def _read_backup(file: SourceFile) -> Iterator[SourceItem]:
    for number, line in enumerate(read_lines(file, MAX_RECORD_CHARS), start=1):
        # The header is the first line.
        if number == 1 or not line.strip():
            continue
        place = f"line {number}"
        try:
            written = json.loads(line.replace(STRAY_BYTE_MARK, ""), strict=False)
        except (ValueError, RecursionError):
            yield SourceProblem(place, "it is not JSON: left out")
            continue
        if STRAY_BYTE_MARK in line:
            yield SourceProblem(place, "some bytes are not in the file's encoding: read as Windows-1252")
        yield from _read_comment(as_object(written), place).finish()


def _flatten(root: Any) -> Iterator[dict[str, Any]]:
    """Give a comment, or the comments of a tree in reading order; replies may be nested to any depth."""
    waiting = [root]
    while waiting:
        node = as_object(waiting.pop())
        is_node = "comment" in node or "replies" in node
        yield as_object(node.get("comment")) if is_node else node
        waiting.extend(reversed(as_list(node.get("replies"))))


def _read_comment(written: dict[str, Any], place: str) -> RawComment:
    native_id, user = as_text(written.get("id")), as_object(written.get("user"))
    account = as_text(user.get("id"))
    page = as_text(as_object(written.get("locator")).get("url")).strip()
    url = find_http_url(page)
    return RawComment(
        id=native_id,
        # `orig` is what was typed, Markdown; it stands beside the HTML, and alone in what other programs wrote.
        text=parse_html(as_text(written.get("text"))) or as_text(written.get("orig")),
        # A site that moved to https has comments under both addresses.
        thread=fold_address(page),
        title=html.unescape(as_text(written.get("title"))).strip() or title_of(page),
        thread_url=url,
        # Names are kept escaped for HTML.
        author="" if account == _NOBODY else html.unescape(as_text(user.get("name"))),
        account="" if account == _NOBODY else account,
        published=written.get("time"),
        edited=as_object(written.get("edit")).get("time"),
        # Its pages, mails and feeds all link to comments in this form.
        url=f"{url}#remark42__comment-{native_id}" if url and native_id else "",
        parent=written.get("pid"),
        skipped="deleted" if written.get("delete") is True or written.get("deleted") is True else "",
        place=place,
    )


FORMAT = Format("remark42", recognises, each(parse), identify=identify, coverage=Coverage.EXPORT)
