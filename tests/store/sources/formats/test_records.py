"""Harkback's own formats, JSONL and CSV, with what people put into them."""

import csv
import io
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.domain.comment import AuthorAlias, Channel, Comment, Discussion, SourceItem, SourceProblem
from store.domain.viewer import Visibility
from store.sources import decoding
from store.sources.formats.records import (
    MAX_RECORD_CHARS,
    find_title,
    parse_csv,
    parse_jsonl,
    recognises_csv,
    recognises_jsonl,
)
from store.sources.head import Head
from tests.store.sources.making import comments_of, make_file

FULL = {
    "text": "Benches are for two.",
    "id": "c7",
    "author": "Rosa Díaz",
    "account": "rosa",
    "date": "2014-05-01T10:00:00-07:00",
    "edited": "2014-05-02",
    "url": "https://forum.example/t/9#c7",
    "thread": "t9",
    "position": "7",
    "parent": "c6",
    "title": "On benches",
    "source": "Forum",
    "channel": "#garden",
    "visibility": "channel:C1",
}
FULL_COMMENT = Comment(
    native_id="c7",
    discussion=Discussion(
        "t9", "On benches", "https://forum.example/t/9", Channel("garden", Visibility("channel", frozenset({"C1"})))
    ),
    author=AuthorAlias("Rosa Díaz", "rosa"),
    text="Benches are for two.",
    url="https://forum.example/t/9#c7",
    published=datetime(2014, 5, 1, 17, tzinfo=UTC),
    edited=datetime(2014, 5, 2, tzinfo=UTC),
    parent_id="c6",
    source="Forum",
    position=7,
)
STRAY_BYTES = "some bytes are not in the file's encoding: read as Windows-1252"


def read_jsonl(content: bytes | str) -> list[SourceItem]:
    return list(parse_jsonl(make_file(content)))


def read_csv(content: bytes | str) -> list[SourceItem]:
    return list(parse_csv(make_file(content)))


def write_csv(rows: list[dict[str, str]], **options: Any) -> str:
    written = io.StringIO(newline="")
    writer = csv.DictWriter(written, list(rows[0]), **options)
    writer.writeheader()
    writer.writerows(rows)
    return written.getvalue()


def texts_of(items: list[SourceItem]) -> list[str]:
    return [item.text if isinstance(item, Comment) else item.reason for item in items]


def test_all_fields_are_read():
    assert read_jsonl(json.dumps(FULL)) == [FULL_COMMENT]
    assert read_csv(write_csv([FULL])) == [FULL_COMMENT]


def test_text_alone_is_enough():
    (comment,) = comments_of(read_jsonl('{"text": "Hello."}'))

    assert comment == Comment(comment.native_id, Discussion(comment.native_id), AuthorAlias("Anonymous"), "Hello.")
    assert comment.native_id == "sha256:9563accb56de300d56199abf31dab2a5"
    assert read_csv("text\nHello.\n") == [comment]


def test_made_id_stays_the_same_and_tells_records_apart():
    records = [FULL | {"id": ""} | change for change in ({}, {"author": "Milo"}, {"text": "No."}, {"thread": "t8"})]

    ids = [comment.native_id for comment in comments_of(read_jsonl("\n".join(map(json.dumps, records))))]

    assert len(set(ids)) == 4
    assert [comment.native_id for comment in comments_of(read_csv(write_csv(records)))] == ids


@pytest.mark.parametrize(
    ("fields", "thread", "title", "url"),
    [
        ({"id": "c1"}, "c1", "", ""),
        ({"title": "On benches"}, "On benches", "On benches", ""),
        ({"thread": "https://f.example/9", "url": "https://f.example/9/1#x"}, "https://f.example/9", "", "https://f.example/9"),
        ({"thread": "t9", "url": "https://f.example/9#x"}, "t9", "", "https://f.example/9"),
        ({"thread": "t9", "url": "javascript:x"}, "t9", "", ""),
        ({"thread": " On  wooden\nbenches "}, "On wooden benches", "On wooden benches", ""),
        ({"thread": "On benches", "title": "Seats"}, "On benches", "Seats", ""),
    ],
)  # fmt: skip
def test_discussion_is_known_by_thread_or_title_or_comment(fields: dict[str, str], thread: str, title: str, url: str):
    (comment,) = comments_of(read_jsonl(json.dumps({"text": "Hello."} | fields)))

    assert comment.discussion == Discussion(thread, title, url)


@pytest.mark.parametrize("text", ['""', '" \\u202e "', "null", "[]", '{"a": 1}'])
def test_record_without_text_is_a_problem(text: str):
    assert read_jsonl(f'{{"id": "a", "text": {text}}}\n{{"id": "b"}}') == [
        SourceProblem("line 1", "there is no text"),
        SourceProblem("line 2", "there is no text"),
    ]


@pytest.mark.parametrize("visibility", ["private", "Public", "channel:", "everyone", "public,"])
def test_record_whose_visibility_is_unknown_is_left_out(visibility: str):
    assert read_jsonl(json.dumps(FULL | {"visibility": visibility})) == [
        SourceProblem("line 1", "the visibility is none of the known ones: left out")
    ]
    assert read_csv(write_csv([FULL | {"visibility": visibility}])) == [
        SourceProblem("row 2", "the visibility is none of the known ones: left out")
    ]


def test_date_that_is_none_is_a_problem_and_the_comment_is_kept():
    first, second, comment = read_jsonl(json.dumps({"text": "Hello.", "date": "soon", "edited": "2011"}))

    reason = "the date cannot be read: kept without one"
    assert [first, second] == [SourceProblem("line 1: 'soon'", reason), SourceProblem("line 1: '2011'", reason)]
    assert isinstance(comment, Comment)
    assert (comment.text, comment.published, comment.edited) == ("Hello.", None, None)


@pytest.mark.parametrize(
    ("thread", "title"),
    [
        ("", ""),
        ("t9", ""),
        ("On benches", "On benches"),
        ("https://forum.example/t/9", ""),
        ("see https://forum.example/t/9", "see https://forum.example/t/9"),
        ("On\tbenches", ""),
    ],
)
def test_name_of_several_words_is_a_title(thread: str, title: str):
    assert find_title(thread) == title


@pytest.mark.parametrize(
    ("value", "position"),
    [(7, 7), ("7", 7), (" 7 ", 7), (0, 0), (-1, -1), ("", None), (None, None), ([7], None), (2**31 - 1, 2**31 - 1)],
)
def test_position_is_a_whole_number_or_none(value: object, position: int | None):
    (comment,) = comments_of(read_jsonl(json.dumps({"text": "Hello.", "position": value})))

    assert isinstance(comment, Comment)
    assert comment.position == position


@pytest.mark.parametrize("value", ["first", "7.0", "7a", "0x7", str(2**31), "-" + str(2**31), "9" * 5_000])
def test_position_that_is_none_is_a_problem_and_the_comment_is_kept(value: str):
    record = {"text": "Hello.", "position": value}

    for place, (problem, comment) in (
        ("line 1", read_jsonl(json.dumps(record))),
        ("row 2", read_csv(write_csv([record]))),
    ):
        assert isinstance(problem, SourceProblem)
        assert problem.record.startswith(f"{place}: '{value[:70]}")
        assert problem.reason == "the position is no whole number: kept without one"
        assert isinstance(comment, Comment)
        assert (comment.text, comment.position) == ("Hello.", None)


def test_values_of_any_type_are_read_as_text():
    line = '{"text": 5, "id": 0, "date": 1700000000, "author": null, "parent": 12.5, "title": ["x"], "source": true}'

    (comment,) = comments_of(read_jsonl(line))

    assert comment == Comment(
        "0",
        Discussion("0"),
        AuthorAlias("Anonymous"),
        "5",
        published=datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC),
        parent_id="12.5",
        source="True",
    )


def test_line_that_is_no_record_is_a_problem_and_costs_only_itself():
    lines = ['{"text": "one"}', '{"text": "half', "[1]", "", "null", "[" * 100_000, '{"text": "\\ud800two\\u0000"}']

    assert texts_of(read_jsonl("\n".join(lines))) == [
        "one",
        "the line is not JSON",
        "the line is not a JSON object",
        "the line is not a JSON object",
        "the line is not JSON",
        "?two",
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_byte_order_marks_and_line_ends_do_not_matter(encoding: str, line_end: str):
    jsonl = line_end.join(json.dumps(record, ensure_ascii=False) for record in (FULL, FULL)) + line_end
    table = write_csv([FULL, FULL], lineterminator=line_end)

    assert recognises_jsonl(Head.read(make_file(jsonl.encode(encoding))))
    assert recognises_csv(Head.read(make_file(table.encode(encoding))))
    assert read_jsonl(jsonl.encode(encoding)) == [FULL_COMMENT] * 2
    assert read_csv(table.encode(encoding)) == [FULL_COMMENT] * 2


@pytest.mark.parametrize(
    ("beginning", "is_record"),
    [
        ('{"ok":true,"messages":[{"ts":"1.0","text":"One.","x":"', False),
        ('{"comments":[{"comment":{"id":"a","text":"', False),
        ('{"id":1,"text":"', True),
        ('{"id":1,"tags":[{"name":"x"}],"text":"One.","more":"', True),
    ],
)
def test_long_line_is_a_record_where_its_own_text_stands_in_it(beginning: str, *, is_record: bool):
    assert recognises_jsonl(Head.read(make_file(beginning + "x" * 100_000))) == is_record


def test_fields_of_other_types_are_told():
    items = read_jsonl('{"text": "One.", "author": {"name": "Ada"}, "tags": ["x"], "url": []}\n')

    assert [item for item in items if isinstance(item, SourceProblem)] == [
        SourceProblem("line 1: author", "the field holds an object or a list: left empty"),
        SourceProblem("line 1: url", "the field holds an object or a list: left empty"),
    ]
    assert texts_of(items[2:]) == ["One."]


def test_tabs_in_texts_need_not_be_escaped():
    line = '{"text": "one\ttwo"}'

    assert recognises_jsonl(Head.read(make_file(line)))
    assert texts_of(read_jsonl(line)) == ["one two"]


def test_bytes_in_another_encoding_are_read_and_reported():
    jsonl = '{"text": "plain", "id": "a"}\n{"text": "café", "id": "b"}\n'.encode("cp1252")
    table = "text,id\nplain,a\ncafé,b\n".encode("cp1252")

    assert texts_of(read_jsonl(jsonl)) == ["plain", STRAY_BYTES, "café"]
    assert texts_of(read_csv(table)) == ["plain", STRAY_BYTES, "café"]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_any_delimiter_is_found(delimiter: str):
    rows = [{"Text": 'a; "b", c|\td', " ID ": "x1"}]

    (comment,) = comments_of(read_csv(write_csv(rows, delimiter=delimiter)))

    assert (comment.text, comment.native_id) == ('a; "b", c| d', "x1")


def test_line_ends_in_quotes_belong_to_the_text():
    table = 'text,id\r\n"one\r\n\r\ntwo\rthree",a\r\n"four\nfive",b\r\n'

    assert texts_of(read_csv(table)) == ["one\n\ntwo\nthree", "four\nfive"]


def test_table_with_carriage_returns_alone_is_read():
    table = 'text,id\rone,a\r"two\r!",b\r'

    assert recognises_csv(Head.read(make_file(table)))
    assert texts_of(read_csv(table)) == ["one", "two\n!"]


def test_carriage_return_in_a_cell_ends_no_row():
    assert texts_of(read_csv("text,id\none\rtwo,a\nthree,b")) == ["one\ntwo", "three"]


@pytest.mark.parametrize("chunk_bytes", [1, 2, 5, 1_000])
def test_table_is_read_whole_in_pieces_of_any_size(chunk_bytes: int, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(decoding, "CHUNK_BYTES", chunk_bytes)

    assert texts_of(read_csv('text,id\r\n"one\r\ntwo",a\r\n\r\nthrée,b')) == ["one\ntwo", "thrée"]
    assert texts_of(read_jsonl('{"text": "one"}\r\n\r\n{"text": "thrée"}')) == ["one", "thrée"]


def test_rows_of_any_length_are_read():
    table = "id,text,author\na,one\nb,two,Milo,extra,more\n\n,,\n c , \ntail"

    items = read_csv(table)

    assert [(item.native_id, item.author.name) for item in comments_of(items)] == [("a", "Anonymous"), ("b", "Milo")]
    assert items[2:] == [
        SourceProblem("row 6", "there is no text"),
        SourceProblem("row 7", "the row is cut short: left out"),
    ]


def test_quote_that_never_ends_is_a_problem():
    assert texts_of(read_csv('text,id\none,a\n"two,b\nthree,c\n')) == ["one", "the row is cut short: left out"]


def test_nul_characters_are_dropped():
    assert texts_of(read_csv("text,id\no\0ne,a\n")) == ["one"]
    assert texts_of(read_jsonl('{"text": "o\0ne"}\n{"text": "t\\u0000wo"}')) == ["one", "two"]


def test_repeated_column_is_read_once():
    assert texts_of(read_csv("text,text\none,two\n")) == ["two"]


# Without a quote inside quotes: a table cut between the two characters it is written as looks whole.
ROWS = [
    {"author": "Rosa", "text": "First,\nwith “quotes” and café."},
    {"author": "Milo", "text": "Second one; 2"},
    {"author": "", "text": "{third}"},
]
CSV_TABLE = write_csv(ROWS, quoting=csv.QUOTE_ALL).encode()
JSONL = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in ROWS).encode()


@pytest.mark.parametrize(("whole", "read"), [(CSV_TABLE, read_csv), (JSONL, read_jsonl)])
def test_file_cut_at_any_byte_gives_whole_comments(whole: bytes, read: Any):
    expected = comments_of(read(whole))
    assert [comment.text for comment in expected] == [row["text"] for row in ROWS]
    for length in range(len(whole)):
        comments = comments_of(read(whole[:length]))
        assert comments == expected[: len(comments)], length


@given(st.text(st.sampled_from('text,id;\t|"\r\n\0 {}[]:é\ufeff\uf8fd\uf8fe')) | st.text(), st.binary(max_size=40))
def test_any_content_raises_nothing(content: str, noise: bytes):
    for start in (b"", b"text,id\n", b'{"text": "one"}\n'):
        file = make_file(start + content.encode(errors="replace") + noise)
        recognises_csv(Head.read(file))
        recognises_jsonl(Head.read(file))
        assert all(comment.text for comment in comments_of([*parse_csv(file), *parse_jsonl(file)]))


@pytest.mark.parametrize(
    ("content", "is_jsonl", "is_csv"),
    [
        ('{"text": "one"}', True, False),
        ('\n \n{"text": "one", "x": ' + "[1]" + "}\n", True, False),
        ('{"text": "' + "a" * 70_000 + '"}\n', True, False),
        ('{"text": "a"', False, False),
        ('{"id": "a"}\n{"text": "b"}', False, False),
        ('{"text": 5}', False, False),
        ('[{"text": "one"}]', False, False),
        ("[" * 100_000, False, False),
        ("text", False, True),
        ("ID;Text;Date\n", False, True),
        ("a,b,c\ntext,d,e\n", False, False),
        ("some text, and more\n", False, False),
        ("text" + "," * 20_000 + "\n", False, False),
        ("", False, False),
    ],
)
def test_content_tells_the_format(content: str, is_jsonl: bool, is_csv: bool):  # noqa: FBT001
    file = make_file(content)

    assert (recognises_jsonl(Head.read(file)), recognises_csv(Head.read(file))) == (is_jsonl, is_csv)


def test_overlong_line_is_a_problem_and_costs_only_itself():
    content = '{"text": "' + "a" * (MAX_RECORD_CHARS + 1_000_000) + '"}\n{"text": "two"}\n'

    items = read_jsonl(content)

    assert texts_of(items) == ["the line is not JSON", "two"]
    assert len(str(items[0])) < 300


def test_overlong_cell_ends_the_table():
    content = "text,id\none,a\n" + "b" * (MAX_RECORD_CHARS + 1_000_000) + ",b\nthree,c\n"

    items = read_csv(content)

    assert texts_of(items[:1]) == ["one"]
    assert items[1] == SourceProblem(
        "row 3", f"the table cannot be read on from here: field larger than field limit ({MAX_RECORD_CHARS})"
    )
