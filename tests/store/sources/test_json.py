"""JSON as a stream of records: whole, cut, broken and hostile."""

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from store.sources import decoding
from store.sources import json as json_module
from store.sources.json import CUT_SHORT, JsonFault, JsonOutline, JsonRecord, iterate_json, read_outline
from tests.store.sources.making import make_file

LEFT_OUT_CUT = "the record is cut short: left out"
PAGE = {
    "info": {"name": 'a "quoted" ]}', "n": 1},
    "posts": [{"id": number, "text": 'one "two" ]}\\', "deep": [[{}], None]} for number in range(3)],
    "empty": [],
}


def read(content: Any, *paths: str) -> list[JsonRecord | JsonFault]:
    data = content if isinstance(content, bytes | str) else json.dumps(content)
    return list(iterate_json(make_file(data), *paths))


def values(content: Any, *paths: str) -> list[Any]:
    return [item.value if isinstance(item, JsonRecord) else item for item in read(content, *paths)]


def test_values_at_the_paths_are_given_in_the_files_order():
    assert read(PAGE, "posts.item", "info.n", "empty") == [
        JsonRecord("info.n", 1, 1),
        *(JsonRecord("posts.item", number, post) for number, post in enumerate(PAGE["posts"], start=1)),
        JsonRecord("empty", 1, []),
    ]


@pytest.mark.parametrize(
    ("content", "path", "expected"),
    [
        ("[1, [2], {}]", "item", [1, [2], {}]),
        ("[1, [2]]", "", [[1, [2]]]),
        (" null ", "", [None]),
        ('"text"', "", ["text"]),
        ("[[1, 2], [3]]", "item.item", [1, 2, 3]),
        ('{"a.b": {"c": 1}}', "a.b.c", [1]),
        ('{"": {"a": 1}}', ".a", []),
        ('{"\\u0061": 1, "a\\n": 2}', "a", [1]),
        ("[]", "item", []),
        ("{}", "posts.item", []),
    ],
)
def test_paths_name_places(content: str, path: str, expected: list[Any]):
    assert values(content, path) == expected


@pytest.mark.parametrize("size", [1, 2, 3, 7, 64])
def test_records_that_lie_in_many_parts_are_whole(size: int, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(decoding, "CHUNK_BYTES", size)
    assert values(PAGE, "posts.item", "info") == [PAGE["info"], *PAGE["posts"]]
    assert values([12345, True, "é🦊"], "item") == [12345, True, "é🦊"]


@given(
    st.recursive(
        st.none() | st.integers() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
    )
)
def test_any_document_is_read_whole(document: Any):
    assert values(json.dumps(document), "") == [document]
    assert values(json.dumps([document]), "item") == [document]


class TestBroken:
    def test_file_cut_short_gives_all_that_is_whole(self):
        whole = json.dumps(PAGE["posts"])
        end = JsonFault("the end of the file", CUT_SHORT)
        for cut in range(1, len(whole)):
            *records, last = values(whole[:cut], "item")
            assert [record for record in records if isinstance(record, dict)] == PAGE["posts"][: len(records)][
                : sum(isinstance(record, dict) for record in records)
            ]
            assert last == end

    def test_record_that_is_cut_is_told_about(self):
        assert values('[{"a": 1}, {"b": ', "item") == [
            {"a": 1},
            JsonFault("item 2", LEFT_OUT_CUT),
            JsonFault("the end of the file", CUT_SHORT),
        ]

    def test_broken_record_costs_only_itself(self):
        assert values('[{"a": 1}, {"b": tru}, {"c" 3}, {"d": 4}]', "item") == [
            {"a": 1},
            JsonFault("item 2", "it is not JSON: left out"),
            JsonFault("item 3", "it is not JSON: left out"),
            {"d": 4},
        ]

    @pytest.mark.parametrize("content", ["", "  ", "}", "]", ",", ":", b"\xff"])
    def test_what_is_no_json_is_told_about(self, content: str | bytes):
        assert [type(item) for item in read(content, "item")] == [JsonFault]

    @pytest.mark.parametrize("content", ['{"a": 1}{"b": 2}', "[] x", "1 2"])
    def test_more_after_the_end_is_told_about(self, content: str):
        assert read(content, "a")[-1] == JsonFault("the file", "more stands after the end of its JSON: not read")

    def test_line_ends_and_nul_inside_strings_are_kept(self):
        assert values('["a\nb", "c\x00d", "\\ud800"]', "item") == ["a\nb", "c\x00d", "\ud800"]

    def test_stray_bytes_are_read_and_told_about(self):
        (record,) = read(b'["caf\xe9"]', "item")
        assert record == JsonRecord(
            "item", 1, "café", ("some bytes are not in the file's encoding: read as Windows-1252",)
        )

    def test_byte_order_mark_is_left_out(self):
        assert values(b"\xef\xbb\xbf[1]", "item") == [1]
        assert values("[1]".encode("utf-16"), "item") == [1]


class TestHostile:
    def test_deep_nesting_is_left_out(self):
        deep = "[" * 100_000 + "]" * 100_000
        assert values(f"[{deep}, 2]", "item") == [JsonFault("item 1", "it is nested too deeply: left out"), 2]
        assert values(f'{{"a": {deep}, "b": 2}}', "b") == [2]

    def test_deep_nesting_that_never_ends_is_told_about(self):
        assert len(read("[" * 100_000, "item")) == 2
        assert len(read('{"a":' * 100_000, "a.a.a")) == 2

    def test_number_too_long_to_read_is_left_out(self):
        assert values(f"[{'9' * 5_000}, 1]", "item") == [JsonFault("item 1", "it is not JSON: left out"), 1]

    def test_record_too_long_is_left_out(self, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setattr(json_module, "MAX_RECORD_CHARS", 50)
        monkeypatch.setattr(decoding, "CHUNK_BYTES", 16)
        long = {"items": list(range(100))}
        assert values([1, long, 2], "item") == [1, JsonFault("item 2", "the record is too long: left out"), 2]

    def test_string_that_never_ends_is_the_end(self, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setattr(json_module, "MAX_RECORD_CHARS", 50)
        monkeypatch.setattr(decoding, "CHUNK_BYTES", 16)
        assert values('[1, "' + "x" * 1_000 + '", 2]', "item") == [1, JsonFault("the end of the file", CUT_SHORT)]

    @given(st.binary(max_size=200))
    def test_any_bytes_are_read_without_an_error(self, content: bytes):
        for path in ("", "item", "a.item"):
            assert all(item.path == path for item in read(content, path) if isinstance(item, JsonRecord))

    @given(st.text('[]{}",:\\1 a', max_size=60))
    @example('1"')
    @example('[] "a')
    def test_any_punctuation_is_read_without_an_error(self, content: str):
        for path in ("item", "a"):
            assert all(item.path == path for item in read(content, path) if isinstance(item, JsonRecord))
        try:
            document = json.loads(content)
        except ValueError:
            assert any(isinstance(item, JsonFault) for item in read(content, ""))
        else:
            assert values(content, "") == [document]


class TestOutline:
    def test_outline_tells_where_values_stand_and_the_first_of_each(self):
        assert read_outline('{"a": [{"b": "x", "c": {}}, {"b": 2, "d": null}], "e": "') == JsonOutline(
            frozenset({"", "a", "a.item", "a.item.b", "a.item.c", "a.item.d", "e"}),
            {"a.item.b": "x", "a.item.d": "null"},
        )

    @pytest.mark.parametrize("head", ['{"a": {"b": "x', '{"a": {"b": ', '{"a": {"b"', '{"a": {"b": [1'])
    def test_outline_tells_of_the_value_in_which_the_head_ends(self, head: str):
        assert read_outline(head).has("a.b")

    @pytest.mark.parametrize("head", ["", "text", "<a>", '"a"', "12"])
    def test_outline_of_what_is_no_json_is_empty(self, head: str):
        assert read_outline(head) == JsonOutline()

    def test_outline_has_all_paths_or_not(self):
        outline = read_outline('[{"a": 1, "b": {"c": 2}}]')
        assert outline.has("item.a", "item.b.c")
        assert not outline.has("item.a", "item.c")

    def test_outline_looks_at_a_part_of_a_long_head(self, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setattr(json_module, "_OUTLINE_VALUES", 5)
        assert not read_outline("[" + "1," * 100 + '{"a": 1}]').has("item.a")
