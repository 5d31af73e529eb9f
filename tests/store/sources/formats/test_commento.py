"""Commento's export of a domain."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

from store.domain.comment import AuthorAlias, Comment, Discussion, SkippedRecord, SourceItem, SourceProblem
from store.sources.dates import parse_date
from store.sources.formats.commento import FORMAT
from store.sources.json import CUT_SHORT
from tests.store.sources.damage import check_harmless, damaged_bytes, damaged_json
from tests.store.sources.making import comments_of, make_file, problems_of

SAMPLE = Path(__file__).parent / "samples/commento/export.json"
WHOLE = SAMPLE.read_bytes()
PAGE = Discussion("benches.example/2020/on-benches.html", "On benches", "https://benches.example/2020/on-benches.html")
ROSA = AuthorAlias("Rosa Díaz", "77aa")


def parse(content: bytes | str) -> list[SourceItem]:
    return list(FORMAT.parse([make_file(content)]))


def parse_one(**fields: Any) -> SourceItem:
    (item,) = parse(json.dumps({"version": 1, "comments": [{"commentHex": "1", "markdown": "Hello.", **fields}]}))
    return item


def make_link(native_id: str) -> str:
    return f"{PAGE.url}#commento-{native_id}"


def test_export_is_read_whole():
    assert parse(WHOLE) == [
        Comment(
            native_id="1a2b",
            discussion=PAGE,
            author=ROSA,
            text="The **north** side dries first.\n\nPaint it in May.",
            url=make_link("1a2b"),
            published=parse_date("2020-05-01T10:00:00.25Z"),
        ),
        Comment(
            native_id="1a2c",
            discussion=PAGE,
            author=AuthorAlias("Anonymous"),
            text="Which paint?",
            url=make_link("1a2c"),
            published=parse_date("2020-05-02T08:30:00Z"),
            parent_id="1a2b",
        ),
        SkippedRecord("1a2d", "deleted"),
        SkippedRecord("1a2e", "not approved"),
        Comment(
            native_id="1a2f",
            discussion=PAGE,
            author=AuthorAlias("Milo", "88bb"),
            text="Oil, not paint.",
            url=make_link("1a2f"),
            published=parse_date("2020-05-04T09:00:00Z"),
            parent_id="1a2d",
        ),
    ]


def test_people_may_stand_before_what_they_wrote():
    export = json.loads(WHOLE)
    turned = json.dumps({name: export[name] for name in ("commenters", "comments", "version")})

    assert parse(turned) == parse(WHOLE)


def test_no_address_is_kept():
    assert "rosa@" not in repr(parse(WHOLE))


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"deleted": True}, "deleted"),
        ({"markdown": " [deleted]"}, "deleted"),
        ({"state": "unapproved"}, "not approved"),
        ({"state": "flagged"}, "not approved"),
        ({"state": ["approved"], "markdown": ""}, "without text"),
    ],
)
def test_what_is_left_out_is_told(fields: dict[str, Any], reason: str):
    assert parse_one(**fields) == SkippedRecord("1", reason)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, Discussion("1")),
        ({"domain": "a.example", "url": ""}, Discussion("a.example", "", "https://a.example")),
        ({"domain": "a.example", "url": "b"}, Discussion("a.example/b", "B", "https://a.example/b")),
        ({"domain": "a.example", "path": "/b"}, Discussion("a.example/b", "B", "https://a.example/b")),
        ({"domain": "[", "url": "/b"}, Discussion("[/b", "", "https://[/b")),
    ],
)
def test_page_is_the_discussion(fields: dict[str, Any], expected: Discussion):
    item = parse_one(**fields)

    assert isinstance(item, Comment)
    assert item.discussion == expected


def test_html_is_read_where_there_is_no_markdown():
    item = parse_one(markdown="", html="<p>One <b>two</b></p>")

    assert isinstance(item, Comment)
    assert item.text == "One two"


def test_record_that_is_no_comment_is_a_problem():
    assert parse('{"version": 1, "comments": [7, {"commentHex": "1", "markdown": "Hello."}]}') == [
        SourceProblem("comments 1", "the comment has no id"),
        Comment("1", Discussion("1"), AuthorAlias("Anonymous"), "Hello."),
    ]


def test_file_cut_short_gives_what_is_whole():
    items = parse(WHOLE[: WHOLE.index(b'"commentHex":"1a2d"') + 60])

    # The people come last: their names are lost, and said to be.
    assert [comment.native_id for comment in comments_of(items)] == ["1a2b", "1a2c"]
    assert [problem.reason for problem in problems_of(items)] == ["the record is cut short: left out", CUT_SHORT]


def test_export_names_its_domain():
    assert FORMAT.identify(make_file(WHOLE)) == "commento:benches.example"
    assert FORMAT.identify(make_file("{}")) == ""


@given(damaged_json(json.loads(WHOLE)))
def test_any_value_in_any_place_raises_nothing(content: str):
    check_harmless(FORMAT, make_file(content))


@given(damaged_bytes(WHOLE))
def test_any_bytes_raise_nothing(content: bytes):
    check_harmless(FORMAT, make_file(content))
