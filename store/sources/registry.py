"""The formats, and recognising one by a file's content."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from store.domain.comment import SourceItem
from store.errors import UnknownFormatError
from store.sources import blogger, records
from store.sources.files import SourceFile


def _no_next_page(_file: SourceFile) -> str | None:
    return None


@dataclass(frozen=True, slots=True)
class Format:
    """One format: how to recognise a file of it, read its comments, and find the next page of a paged one."""

    name: str
    recognises: Callable[[SourceFile], bool]
    parse: Callable[[SourceFile], Iterator[SourceItem]]
    find_next_page: Callable[[SourceFile], str | None] = _no_next_page


FORMATS = {
    known.name: known
    for known in (
        Format("blogger", blogger.recognises, blogger.parse, blogger.find_next_page),
        Format("jsonl", records.recognises_jsonl, records.parse_jsonl),
        Format("csv", records.recognises_csv, records.parse_csv),
    )
}


def get_format(name: str) -> Format:
    """Give a format by its name.

    Raises:
        UnknownFormatError: There is none.
    """
    if name not in FORMATS:
        raise UnknownFormatError(
            f"cannot use the format: {name!r}: it is not a known one: give one of {', '.join(sorted(FORMATS))}"
        )
    return FORMATS[name]


def find_format(file: SourceFile) -> Format | None:
    """Recognise a file by its content."""
    return next((known for known in FORMATS.values() if known.recognises(file)), None)


def recognise(file: SourceFile) -> Format:
    """Recognise a file by its content.

    Raises:
        UnknownFormatError: No format recognises it.
    """
    found = find_format(file)
    if found is None:
        raise UnknownFormatError(f"cannot import: {file.name!r}: {_describe(file.head)}")
    return found


def _describe(head: bytes) -> str:
    beginning = head[:2_000].lstrip().lower()
    if beginning.startswith((b"<!doctype html", b"<html")):
        return (
            "it is a web page, not an archive: give the address of its comments feed "
            "(for Blogger https://BLOG/feeds/comments/default) or an export file"
        )
    return (
        f"its content is none of the known formats ({', '.join(sorted(FORMATS))}): "
        "check that it is the export itself, or name its format with --format"
    )
