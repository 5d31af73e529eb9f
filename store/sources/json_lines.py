"""JSON records one a line, as dumps of large places keep them: each line by itself, so that memory stays flat."""

import json
from collections.abc import Iterator

from store.domain.comment import SourceProblem
from store.sources.decoding import STRAY_BYTE_MARK, read_lines
from store.sources.files import SourceFile
from store.sources.head import Head
from store.sources.json import MAX_RECORD_CHARS, JsonRecord


def are_lines(head: Head) -> bool:
    """Tell whether a file holds an object a line: the first line is whole, and more follows."""
    first, _, rest = head.text.lstrip().partition("\n")
    return first.startswith("{") and first.rstrip().endswith("}") and bool(rest.strip())


def read_json_lines(file: SourceFile) -> Iterator[JsonRecord | SourceProblem]:
    """Give each line's value, and a problem for each that is not JSON; blank lines are passed over."""
    for number, line in enumerate(read_lines(file, MAX_RECORD_CHARS), start=1):
        if not line.strip():
            continue
        if STRAY_BYTE_MARK in line:
            yield SourceProblem(f"line {number}", "some bytes are not in the file's encoding: read as Windows-1252")
        try:
            yield JsonRecord("line", number, json.loads(line.replace(STRAY_BYTE_MARK, ""), strict=False))
        except (ValueError, RecursionError):
            yield SourceProblem(f"line {number}", "the line is not JSON")
