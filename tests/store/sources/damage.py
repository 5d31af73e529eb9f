"""Files damaged on purpose, and what has to hold whatever the damage."""

import contextlib
import copy
import dataclasses
import json
from collections.abc import Iterator
from typing import Any

from hypothesis import strategies as st

from store.domain.comment import Comment, SourceItem
from store.errors import SourceError
from store.sources.files import SourceFile
from store.sources.format import Format
from store.sources.head import Head

# Values of every type JSON has, and of every kind that was seen to break something.
VALUES = st.sampled_from(
    [None, True, False, 0, -1, 10**40, 1e400, 0.5, "", " ", "\0", "\ud800", "\udfff x", "x" * 10_000, "https://[",
     "true", "0000-00-00 00:00:00", "40000-01-01", "-5", "1" * 60, "a\nb", "\u202e", [], [[]], [None], {}, {"id": {}},
     [{"id": 1}], "https://a.example/\ud800", "99999999999999999999"]
)  # fmt: skip


def check_harmless(known: Format, *files: SourceFile) -> list[SourceItem]:
    """Read files as an import does: nothing but a SourceError escapes, and what comes can be stored."""
    items: list[SourceItem] = []
    for file in files:
        with contextlib.suppress(SourceError):
            known.recognises(Head.read(file))
            known.identify(file).encode()
            list(known.find_further(file))
    with contextlib.suppress(SourceError):
        items.extend(known.parse(files))
    for item in items:
        for text in _texts(dataclasses.asdict(item)):
            text.encode()
    assert all(item.text and item.native_id and item.author.name for item in items if isinstance(item, Comment))
    return items


@st.composite
def damaged_json(draw: st.DrawFn, whole: Any) -> str:
    """Give JSON some of whose values are others, are missing or stand twice."""
    value = copy.deepcopy(whole)
    for _ in range(draw(st.integers(1, 4))):
        places = list(_places(value))
        holder, key = places[draw(st.integers(0, len(places) - 1))] if places else ([value], 0)
        what = draw(st.sampled_from(["other", "other", "other", "gone", "twice"]))
        if what == "gone" and places:
            del holder[key]
        elif what == "twice" and isinstance(holder, list):
            holder.append(copy.deepcopy(holder[key]))
        else:
            # A copy: what is put in may be damaged next.
            holder[key] = copy.deepcopy(draw(VALUES))
    return json.dumps(value)


@st.composite
def damaged_bytes(draw: st.DrawFn, whole: bytes) -> bytes:
    """Give bytes some of which are others, or which are cut short."""
    damaged = bytearray(whole)
    for _ in range(draw(st.integers(0, 8))):
        damaged[draw(st.integers(0, len(damaged) - 1))] = draw(st.integers(0, 255))
    return bytes(damaged[: draw(st.integers(0, len(damaged)) | st.just(len(damaged)))])


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    held = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in list(held):
        yield value, key
        yield from _places(inner)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    for inner in (
        value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple | frozenset) else ()
    ):
        yield from _texts(inner)
