"""Staticman, and static comments like its: a file for each comment, in a folder for each page.

YAML, JSON or Markdown with YAML before it, as `lib/Staticman.js` writes them; sites that left Disqus have the same
files with `id` in place of `_id`. Which fields there are is each site's own choice, so each is looked for under the
names that themes use. YAML is read event by event, its top level alone: nothing nests, and no alias is ever followed
into anything but a scalar.
"""

import json
import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any

import yaml

from store.domain.comment import SourceItem, SourceProblem
from store.sources.decoding import decode
from store.sources.files import SourceFile
from store.sources.format import Format, each
from store.sources.head import Head
from store.sources.markdown import read_markdown
from store.sources.raw import RawComment, as_object, as_text
from store.text.cleaning import find_http_url
from store.text.slugs import title_of

# Far above any comment; a file is read whole.
MAX_BYTES = 2**20
# A comment has a dozen fields; the rest may be a list or two of its theme.
_MAX_EVENTS = 10_000
# The scanner's time grows with the square of the nesting.
_MAX_DEPTH = 50
_FIELD = re.compile(r"""(?m)^["']?(\w+)["']?:(?:[ \t]|$)""")
_FRONT_MATTER = re.compile(r"---[ \t]*\r?\n(.*?\n)---[ \t]*(?:\r?\n|$)(.*)", re.DOTALL)
_UNPRINTABLE = re.compile("[^\\t\\n\\r\\x20-\\x7e\\x85\\xa0-\\ud7ff\\ue000-\\ufffd\\U00010000-\\U0010ffff]")
_TEXT = ("message", "comment", "body", "content")
_AUTHOR = ("name", "author")
_DATE = ("date", "timestamp")
_PARENT = ("replying_to_uid", "replyingTo", "replying_to", "reply_to", "replyTo", "replyID", "parent_id", "parent")
# Some themes count a page's comments there in place of naming one.
_COUNT = re.compile(r"\d{1,5}")
_MILLISECONDS = re.compile(r"\d{13}")


def recognises(head: Head) -> bool:
    """Tell whether a file has a comment's fields at its top level."""
    beginning = head.text.lstrip("\ufeff")
    if beginning.lstrip().startswith("{"):
        return head.json.has("_id", "message", "date") or head.json.has("_id", "message", "name")
    front = _FRONT_MATTER.match(beginning)
    if front and front[2].strip():
        return {"_id", "date"} <= set(_FIELD.findall(front[1]))
    names = set(_FIELD.findall(beginning))
    return "message" in names and bool(names & {"_id", "id"}) and bool(names & {"date", *_AUTHOR})


def parse(file: SourceFile) -> Iterator[SourceItem]:
    """Give the comment that a file is."""
    with file.open() as opened:
        data = opened.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        yield SourceProblem("the file", "the file is too long for a comment: left out")
        return
    try:
        fields = _read_fields(decode(data).lstrip("\ufeff"))
    except (yaml.YAMLError, ValueError, RecursionError):
        yield SourceProblem("the file", "it is neither YAML nor JSON: left out")
        return
    yield from _read_comment(fields, PurePosixPath(file.member or file.name)).finish()


def _read_fields(text: str) -> dict[str, Any]:
    if text.lstrip().startswith("{"):
        return as_object(json.loads(text, strict=False))
    front = _FRONT_MATTER.match(text)
    if front and front[2].strip():
        return {**_read_yaml(front[1]), "message": front[2]}
    return _read_yaml(text)


def _read_yaml(text: str) -> dict[str, str]:
    """Read the scalars of the first document's top level.

    Raises:
        YAMLError: It is no YAML, or holds more than any comment does.
    """
    fields: dict[str, str] = {}
    anchors: dict[str, str] = {}
    depth = 0
    key: str | None = None
    for number, event in enumerate(yaml.parse(_UNPRINTABLE.sub("", text), Loader=yaml.BaseLoader)):
        if number > _MAX_EVENTS or depth > _MAX_DEPTH:
            raise yaml.YAMLError("it holds more than any comment does")
        if isinstance(event, yaml.DocumentEndEvent):
            break
        if isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
            continue
        if depth == 1:
            value = _scalar(event, anchors)
            if key is not None:
                fields.setdefault(key, value)
            key = value if key is None else None
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
    return fields


def _scalar(event: yaml.Event, anchors: dict[str, str]) -> str:
    """Give what a scalar holds, and nothing for any other node; an alias is what it stands for, if that is one."""
    if isinstance(event, yaml.AliasEvent):
        return anchors.get(event.anchor or "", "")
    if not isinstance(event, yaml.ScalarEvent):
        return ""
    if event.anchor:
        anchors[event.anchor] = event.value
    is_null = event.style is None and event.value.lower() in ("null", "~")
    return "" if is_null else str(event.value)


def _read_comment(fields: dict[str, Any], path: PurePosixPath) -> RawComment:
    # `_parent` names the page, or with some themes its address; the folder does, too.
    page = _first(fields, "slug", "_parent", "post_id") if path.parent.name in ("", "..") else path.parent.name
    url = find_http_url(_first(fields, "_parent"))
    parent = _first(fields, *_PARENT)
    date = _first(fields, *_DATE).strip()
    return RawComment(
        id=_first(fields, "_id", "id"),
        text=read_markdown(_first(fields, *_TEXT)),
        thread=page,
        title=title_of(page),
        thread_url=url,
        author=_first(fields, *_AUTHOR),
        published=date[:-3] if _MILLISECONDS.fullmatch(date) else date,
        # Without its folder's other files, a count tells nobody's comment.
        parent="" if _COUNT.fullmatch(parent) else parent,
        skipped=_why_skipped(fields),
        place="the file",
    )


def _why_skipped(fields: dict[str, Any]) -> str:
    said = {name: _first(fields, name).lower() for name in ("deleted", "hidden", "approved", "published")}
    if said["deleted"] == "true":
        return "deleted"
    is_withheld = said["hidden"] == "true" or "false" in (said["approved"], said["published"])
    return "not approved" if is_withheld else ""


def _first(fields: dict[str, Any], *names: str) -> str:
    """Give the first of these fields that holds anything."""
    return next((text for name in names if (text := as_text(fields.get(name)).strip())), "")


FORMAT = Format("staticman", recognises, each(parse))
