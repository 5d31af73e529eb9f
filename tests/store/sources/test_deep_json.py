"""JSON nested more deeply than the standard reader goes."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.domain.comment import SourceProblem
from store.sources.deep_json import _Reader, load_deep, read_deep_json
from store.sources.json import JsonRecord
from tests.store.sources.making import make_file

DEPTH = 100_000
BROKEN = ["[1 2]", "[,]", "[1,]", '{"a"}', '{"a":}', '{"a":1,}', "{1:2}", "[}", "{]", "]", "[", "", "[1]]", "1,2", '["',
          "[nope]", '{"a" "b"}', "{:1}", "[:]", '{"a":1 "b":2}']  # fmt: skip

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(VALUES, st.sampled_from([None, 1]))
def test_any_json_reads_as_the_standard_reader_does(value: Any, indent: int | None):
    text = json.dumps(value, indent=indent)

    assert _Reader().read(text) == json.loads(text)


@pytest.mark.parametrize("text", BROKEN)
def test_what_is_no_json_is_told(text: str):
    with pytest.raises(ValueError, match=r"."):
        _Reader().read(text)


def test_depth_has_no_limit_that_a_thread_reaches():
    value = load_deep('{"in":[' * DEPTH + "7" + "]}" * DEPTH)

    for _ in range(DEPTH):
        value = value["in"][0]
    assert value == 7


def test_brackets_without_end_are_refused():
    with pytest.raises(RecursionError):
        load_deep("[" * 2_000_000 + "]" * 2_000_000)


def test_deep_records_of_a_file_are_read_and_broken_ones_told():
    deep = "[" * DEPTH + "]" * DEPTH
    items = list(read_deep_json(make_file(f"[{deep}, [1 2], 3]"), "item"))

    assert [item.number for item in items if isinstance(item, JsonRecord)] == [1, 3]
    assert [item for item in items if isinstance(item, SourceProblem)] == [
        SourceProblem("item 2", "it is not JSON: left out")
    ]
