"""JSON records as importers take them: what is wrong with one, or with the file, is a problem beside it."""

from collections.abc import Callable, Iterator
from typing import Any

from store.domain.comment import SourceProblem
from store.sources.files import SourceFile
from store.sources.json import JsonFault, JsonRecord, iterate_json, load_flat


def read_json(
    file: SourceFile, *paths: str, load: Callable[[str], Any] = load_flat
) -> Iterator[JsonRecord | SourceProblem]:
    """Give each value at one of the paths, as `iterate_json` does, with its problems before it."""
    for record in iterate_json(file, *paths, load=load):
        if isinstance(record, JsonFault):
            yield SourceProblem(record.place, record.reason)
            continue
        for fault in record.faults:
            yield SourceProblem(record.place, fault)
        yield record
