"""Isso's database and the JSON it imports."""

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.domain.comment import AuthorAlias, Comment, Discussion, SkippedRecord, SourceItem, SourceProblem
from store.sources.dates import parse_date
from store.sources.formats.isso import FORMAT
from store.sources.head import Head
from store.sources.json import CUT_SHORT
from tests.store.sources.damage import check_harmless, damaged_bytes, damaged_json
from tests.store.sources.making import make_file

SAMPLES = Path(__file__).parent / "samples/isso"
GENERIC = (SAMPLES / "generic.json").read_bytes()
DATABASE = (SAMPLES / "comments.db").read_bytes()
BENCHES = Discussion("/2005/on-benches/", "On benches & chairs")
LACKS = "the database lacks a table or column of Isso's: not read on from here"
DAMAGED = SourceProblem("the database", "the database is damaged: not read on from here")
# As Isso creates them.
SCHEMA = """
CREATE TABLE IF NOT EXISTS preferences (    key VARCHAR PRIMARY KEY, value VARCHAR);
CREATE TABLE IF NOT EXISTS threads (    id INTEGER PRIMARY KEY, uri VARCHAR(256) UNIQUE, title VARCHAR(256));
CREATE TABLE IF NOT EXISTS comments (     tid REFERENCES threads(id), id INTEGER PRIMARY KEY, parent INTEGER,
     created FLOAT NOT NULL, modified FLOAT, mode INTEGER, remote_addr VARCHAR,     text VARCHAR, author VARCHAR,
     email VARCHAR, website VARCHAR,     likes INTEGER DEFAULT 0, dislikes INTEGER DEFAULT 0, voters BLOB NOT NULL,
     notification INTEGER NOT NULL DEFAULT 0);
CREATE TRIGGER remove_stale_threads AFTER DELETE ON comments BEGIN     DELETE FROM threads WHERE id NOT IN (SELECT tid
     FROM comments); END;
"""


def parse(content: bytes | str) -> list[SourceItem]:
    return list(FORMAT.parse([make_file(content, name="comments.db")]))


def make_database(script: str = "", *, schema: str = SCHEMA, encoding: str = "UTF-8") -> bytes:
    connection = sqlite3.connect(":memory:")
    connection.executescript(f"PRAGMA encoding = '{encoding}'; {schema}; {script}")
    data = connection.serialize()
    connection.close()
    return data


def insert(number: int, **fields: str) -> str:
    """Write a statement that adds a comment; values are SQL."""
    known = {"tid": "1", "created": "1108000000", "mode": "1", "voters": "x'00'", "text": "'Hello.'", **fields}
    return f"INSERT INTO comments (id, {', '.join(known)}) VALUES ({number}, {', '.join(known.values())});"


def test_generic_json_is_read_whole():
    assert parse(GENERIC) == [
        Comment(
            native_id="/2005/on-benches/#0",
            discussion=BENCHES,
            author=AuthorAlias("Rosa Díaz"),
            text="The *north* side dries first.",
            published=parse_date("2005-02-24T04:03:37Z"),
        ),
        Comment(
            native_id="/2005/on-benches/#1",
            discussion=BENCHES,
            author=AuthorAlias("Anonymous"),
            text="Which paint?\nOil?",
            published=parse_date("2005-02-25T05:00:00Z"),
            parent_id="/2005/on-benches/#0",
        ),
        Comment(
            native_id="blog.example/tea#0",
            discussion=Discussion("blog.example/tea", "Tea", "https://blog.example/tea/"),
            author=AuthorAlias("Milo"),
            text="Green, please.",
            url="https://blog.example/tea/#isso-0",
            published=parse_date("2005-03-01T00:00:00Z"),
        ),
    ]


def test_database_is_read_whole():
    discussion = Discussion("/2020/on-benches/", "On benches")
    assert parse(DATABASE) == [
        Comment(
            native_id="1",
            discussion=discussion,
            author=AuthorAlias("Rosa Díaz"),
            text="The *north* side dries first.",
            published=parse_date("2020-05-01T10:00:00.25Z"),
            edited=parse_date("2020-05-01T11:00:00Z"),
        ),
        SkippedRecord("2", "deleted"),
        Comment(
            native_id="3",
            discussion=discussion,
            author=AuthorAlias("Anonymous"),
            text="Oil, then.",
            published=parse_date("2020-05-03T10:00:00Z"),
            parent_id="2",
        ),
        SkippedRecord("4", "not approved"),
        Comment(
            native_id="5",
            discussion=Discussion("blog.example/tea.html", "Tea", "https://blog.example/tea.html"),
            author=AuthorAlias("Milo"),
            text="Green, please.",
            url="https://blog.example/tea.html#isso-5",
            published=parse_date("2020-05-05T10:00:00Z"),
        ),
    ]


def test_no_address_is_kept():
    items = [*parse(GENERIC), *parse(DATABASE)]

    assert not any(secret in repr(items) for secret in ("rosa@", "192.0.2", "rosa.example"))


@pytest.mark.parametrize(
    ("title", "expected"),
    [("On+benches", "On benches"), ("C++", "C++"), ("1+1 is two", "1+1 is two"), ("", "On benches"), ("50%25", "50%")],
)
def test_title_is_read_as_people_do(title: str, expected: str):
    thread = {"id": "/on-benches/", "title": title, "comments": [{"id": 1, "text": "Hello."}]}

    assert parse(json.dumps([thread])) == [
        Comment("/on-benches/#1", Discussion("/on-benches/", expected), AuthorAlias("Anonymous"), "Hello.")
    ]


def test_comment_that_is_none_is_a_problem():
    assert parse('[{"id": "/a", "comments": [7]}, 8]') == [
        SourceProblem("item 1, comment 1", "the comment has no id"),
        SourceProblem("item 2", "it is not a thread: left out"),
    ]


def test_json_cut_short_says_so():
    items = parse(GENERIC[:-90])

    assert [type(item) for item in items] == [Comment, Comment, SourceProblem, SourceProblem]
    assert items[-1] == SourceProblem("the end of the file", CUT_SHORT)


def test_database_in_utf_16_is_read():
    data = make_database("INSERT INTO threads VALUES (1, '/caf\u00e9/', NULL);" + insert(1), encoding="UTF-16le")

    assert parse(data) == [
        Comment(
            "1",
            Discussion("/caf\u00e9/", "Caf\u00e9"),
            AuthorAlias("Anonymous"),
            "Hello.",
            "",
            parse_date("1108000000"),
        )
    ]


def test_values_of_any_type_are_read():
    data = make_database(
        insert(1, text="x'00ff'") + insert(2, text="CAST(x'ff41' AS TEXT)", author="7", parent="'x'", mode="NULL")
        + insert(3, text="CAST(x'ff41' AS TEXT)", author="7", parent="'x'", tid="9", created="'soon'")
    )  # fmt: skip

    assert parse(data) == [
        SkippedRecord("1", "without text"),
        SkippedRecord("2", "not approved"),
        SourceProblem("3: 'soon'", "the date cannot be read: kept without one"),
        Comment("3", Discussion("3"), AuthorAlias("7"), "\ufffdA", parent_id="x"),
    ]


@pytest.mark.parametrize(
    ("schema", "lacking"),
    [
        ("CREATE TABLE threads (id INTEGER PRIMARY KEY, uri, title)", "comments"),
        (SCHEMA.replace("author VARCHAR,", ""), "comments.author"),
        (SCHEMA.replace("title VARCHAR(256)", "title AS (hex(zeroblob(1000)))"), "threads.title"),
        ("CREATE VIEW threads AS WITH RECURSIVE n(id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM n) SELECT id FROM n",
         "threads"),
        ("CREATE VIRTUAL TABLE threads USING fts5(id, uri, title)", "threads"),
    ],
)  # fmt: skip
def test_what_is_no_plain_table_is_not_read(schema: str, lacking: str):
    assert parse(make_database(schema=schema)) == [SourceProblem(lacking, LACKS)]


def test_table_whose_pages_repeat_ends():
    threads = "".join(f"INSERT INTO threads VALUES ({number}, '{number}', NULL);" for number in range(400))
    data = bytearray(
        make_database(threads + "".join(insert(number, text="printf('%.900c', 'x')") for number in range(400)))
    )
    page = int.from_bytes(data[16:18], "big")
    roots = [at for at in range(page, len(data), page) if data[at] == 5]
    for root in roots:
        cells = int.from_bytes(data[root + 3 : root + 5], "big")
        first = int.from_bytes(data[root + 12 : root + 14], "big")
        for cell in range(cells):
            # Every child is the first one.
            at = int.from_bytes(data[root + 12 + 2 * cell : root + 14 + 2 * cell], "big")
            data[root + at : root + at + 4] = data[root + first : root + first + 4]

    assert parse(bytes(data))[-1] == DAMAGED


def test_comment_beyond_any_length_costs_itself_alone():
    data = make_database(insert(1) + insert(2, text="printf('%.17000000c', 'x')") + insert(3))

    (_, problem, _) = parse(data)
    assert problem == SourceProblem("comments 2", "the record is too long: left out")


def test_database_cut_anywhere_raises_nothing():
    for length in range(0, len(DATABASE), 97):
        check_harmless(FORMAT, make_file(DATABASE[:length]))


def test_database_whose_schema_is_no_text_raises_nothing():
    for place in range(len(DATABASE) - 1, 0, -1):
        if DATABASE[place : place + 1] == b"(":
            check_harmless(FORMAT, make_file(DATABASE[:place] + b"\x80" + DATABASE[place + 1 :]))
            check_harmless(FORMAT, make_file(DATABASE[: place - 1] + b"\x80" + DATABASE[place:]))


def test_other_databases_are_not_recognised():
    other = make_database(schema="CREATE TABLE comments (id INTEGER PRIMARY KEY, text)")

    assert not FORMAT.recognises(Head.read(make_file(other)))
    assert FORMAT.recognises(Head.read(make_file(make_database())))


@given(damaged_json(json.loads(GENERIC)))
def test_any_value_in_any_place_raises_nothing(content: str):
    check_harmless(FORMAT, make_file(content))


@given(st.sampled_from([GENERIC, DATABASE]).flatmap(damaged_bytes))
def test_any_bytes_raise_nothing(content: bytes):
    check_harmless(FORMAT, make_file(content))


def make_sample() -> bytes:
    """Give the database of the samples."""

    def dated(text: str) -> str:
        found = parse_date(text)
        assert found
        return str(found.timestamp())

    rosa: dict[str, Any] = {"author": "'Rosa Díaz'", "email": "'rosa@benches.example'", "remote_addr": "'192.0.2.0'"}
    return make_database(
        "INSERT INTO threads VALUES (1, '/2020/on-benches/', 'On benches'), (2, 'https://blog.example/tea.html', NULL);"
        + insert(1, text="'The *north* side dries first.'", created=dated("2020-05-01T10:00:00.25Z"),
                 modified=dated("2020-05-01T11:00:00Z"), website="'https://rosa.example'", **rosa)
        + insert(2, text="''", parent="1", mode="4", created=dated("2020-05-02T10:00:00Z"))
        + insert(3, text="'Oil, then.'", parent="2", created=dated("2020-05-03T10:00:00Z"))
        + insert(4, text="'Cheap watches'", mode="2", created=dated("2020-05-04T10:00:00Z"))
        + insert(5, tid="2", text="'Green, please.'", author="'Milo'", created=dated("2020-05-05T10:00:00Z"))
    )  # fmt: skip
