"""Commento and Commento++: the export of a domain, mailed to its owner as `export.json.gz`.

One JSON object, `version`, `comments`, `commenters`, as `api/domain_export.go` of Commento writes it. The people stand
after what they wrote, so the file is read twice. It names pages by their domain and path alone, without their titles.
"""

from collections.abc import Iterator
from typing import Any

from store.domain.comment import SourceItem, SourceProblem
from store.sources.files import SourceFile
from store.sources.format import Coverage, Format, each
from store.sources.head import Head
from store.sources.json import JsonRecord
from store.sources.json_records import read_json
from store.sources.raw import RawComment, as_object, as_text
from store.text.cleaning import clean_line
from store.text.html import parse_html
from store.text.slugs import title_of

_NOBODY = "anonymous"
_ROOT = "root"
# What the text of a deleted comment becomes; older exports do not hold the field that says so.
_DELETED = "[deleted]"


def recognises(head: Head) -> bool:
    """Tell whether the file holds Commento's comments or commenters."""
    return head.json.has("comments.item.commentHex") or head.json.has("commenters.item.commenterHex")


def parse(file: SourceFile) -> Iterator[SourceItem]:
    """Give the comments of an export."""
    names = _read_names(file)
    for record in read_json(file, "comments.item"):
        if isinstance(record, SourceProblem):
            yield record
        else:
            yield from _read_comment(record, names).finish()


def identify(file: SourceFile) -> str:
    """Name the domain whose comments these are."""
    domain = clean_line(Head.read(file).json.values.get("comments.item.domain", ""))
    return f"commento:{domain}" if domain not in ("", "null") else ""


def _read_names(file: SourceFile) -> dict[str, str]:
    """Read the commenters' names. What is wrong with the file is told once, with the comments."""
    names: dict[str, str] = {}
    for record in read_json(file, "commenters.item"):
        if isinstance(record, JsonRecord):
            commenter = as_object(record.value)
            names[as_text(commenter.get("commenterHex"))] = as_text(commenter.get("name"))
    return names


def _read_comment(record: JsonRecord, names: dict[str, str]) -> RawComment:
    written = as_object(record.value)
    native_id, account = as_text(written.get("commentHex")), as_text(written.get("commenterHex"))
    parent = as_text(written.get("parentHex"))
    text = as_text(written.get("markdown")) or parse_html(as_text(written.get("html")))
    page = _page(written)
    url = f"https://{page}" if page else ""
    return RawComment(
        id=native_id,
        text=text,
        thread=page,
        title=title_of(url) if url else "",
        thread_url=url,
        author=names.get(account, ""),
        account="" if account == _NOBODY else account,
        published=written.get("creationDate"),
        # Its script looks for fragments of this form and shows the comment.
        url=f"{url}#commento-{native_id}" if url and native_id else "",
        parent="" if parent == _ROOT else parent,
        skipped=_why_skipped(written, text),
        place=record.place,
    )


def _page(written: dict[str, Any]) -> str:
    """Give a page as Commento knows it: domain and path, which the field `url` holds."""
    domain, path = as_text(written.get("domain")).strip(), as_text(written.get("url") or written.get("path")).strip()
    if not domain:
        return ""
    return f"{domain}{path}" if path.startswith("/") or not path else f"{domain}/{path}"


def _why_skipped(written: dict[str, Any], text: str) -> str:
    if written.get("deleted") is True or text.strip() == _DELETED:
        return "deleted"
    return "" if as_text(written.get("state")) in ("", "approved") else "not approved"


FORMAT = Format("commento", recognises, each(parse), identify=identify, coverage=Coverage.EXPORT)
