"""Remark42's backup and what its API answers."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.domain.comment import AuthorAlias, Comment, Discussion, SkippedRecord, SourceItem, SourceProblem
from store.sources.dates import parse_date
from store.sources.formats.remark42 import FORMAT
from store.sources.json import CUT_SHORT
from tests.store.sources.damage import check_harmless, damaged_bytes, damaged_json
from tests.store.sources.making import comments_of, make_file, problems_of

SAMPLES = Path(__file__).parent / "samples/remark42"
TREE, PLAIN, LAST, BACKUP, EMPTY = (
    (SAMPLES / f"{name}.json").read_bytes() for name in ("tree", "plain", "last", "backup", "empty")
)
PAGE = Discussion("blog.example/on-benches", "On benches", "https://blog.example/on-benches/")
ROSA = AuthorAlias("Rosa O'Díaz", "github_77aa")
WHOLE = [
    Comment(
        native_id="a1",
        discussion=PAGE,
        author=ROSA,
        text="The north side dries first.\n\nPaint it in May.",
        url=f"{PAGE.url}#remark42__comment-a1",
        published=parse_date("2020-05-01T08:00:00.25Z"),
        edited=parse_date("2020-05-01T09:00:00Z"),
    ),
    Comment(
        native_id="b2",
        discussion=PAGE,
        author=AuthorAlias("Milo", "anonymous_88bb"),
        text="Which paint (https://shop.example/)?",
        url=f"{PAGE.url}#remark42__comment-b2",
        published=parse_date("2020-05-02T08:30:00Z"),
        parent_id="a1",
    ),
    SkippedRecord("c3", "deleted"),
    Comment(
        native_id="d4",
        discussion=PAGE,
        author=ROSA,
        text="Oil.",
        url=f"{PAGE.url}#remark42__comment-d4",
        published=parse_date("2020-05-03T09:00:00Z"),
        parent_id="c3",
    ),
]


def parse(content: bytes | str) -> list[SourceItem]:
    return list(FORMAT.parse([make_file(content)]))


def parse_one(**fields: Any) -> SourceItem:
    (item,) = parse(json.dumps({"comments": [{"id": "1", "text": "<p>Hello.</p>", **fields}]}))
    return item


@pytest.mark.parametrize("content", [TREE, PLAIN, BACKUP], ids=["tree", "plain", "backup"])
def test_every_form_gives_the_same(content: bytes):
    assert parse(content) == WHOLE


def test_latest_comments_are_read():
    assert parse(LAST) == WHOLE[::-1]


def test_page_without_comments_gives_none():
    assert parse(EMPTY) == []
    assert parse('{"comments": null, "info": {"url": "", "count": 0}}') == []


def test_title_is_read_off_the_address_where_there_is_none():
    comment = parse_one(locator={"url": "https://blog.example/tea-time.html"})

    assert isinstance(comment, Comment)
    assert comment.discussion.title == "Tea time"


def test_page_may_be_no_web_address():
    assert parse_one(locator={"site": "x", "url": "post 7"}) == Comment(
        "1", Discussion("post 7", "Post 7"), AuthorAlias("Anonymous"), "Hello."
    )


def test_typed_text_stands_in_for_missing_html():
    comment = parse_one(text="", orig="*Hello*")

    assert isinstance(comment, Comment)
    assert comment.text == "*Hello*"


def test_nothing_of_the_header_or_of_addresses_is_kept():
    assert not any(secret in repr(parse(BACKUP)) for secret in ("milo@", "0c1d2e"))


@pytest.mark.parametrize("depth", [200, 20_000])
def test_replies_are_read_however_deep_they_stand(depth: int):
    nested = "".join(f'{{"comment":{{"id":"{number}","text":"x"}},"replies":[' for number in range(depth))
    after = '{"comment":{"id":"last","text":"x"}}'
    items = parse(f'{{"comments":[{nested}{"]}" * depth},{after}]}}')

    assert [comment.native_id for comment in comments_of(items)] == [*map(str, range(depth)), "last"]
    assert problems_of(items) == []


def test_broken_line_of_a_backup_costs_itself_alone():
    lines = BACKUP.splitlines()
    damaged = b"\n".join([*lines[:2], b'{"id": "x', b"[]", b"", *lines[2:4], lines[4].replace(b"Oil", b"\xd6l")])

    assert parse(damaged) == [
        WHOLE[0],
        SourceProblem("line 3", "it is not JSON: left out"),
        SourceProblem("line 4", "the comment has no id"),
        *WHOLE[1:3],
        SourceProblem("line 8", "some bytes are not in the file's encoding: read as Windows-1252"),
        Comment(
            "d4", PAGE, ROSA, "Öl.", f"{PAGE.url}#remark42__comment-d4", parse_date("2020-05-03T09:00:00Z"), None, "c3"
        ),
    ]


def test_tree_cut_short_says_so():
    items = parse(TREE[:-400])

    assert comments_of(items) == []
    assert problems_of(items)[-1] == SourceProblem("the end of the file", CUT_SHORT)


@pytest.mark.parametrize("content", [TREE, PLAIN, LAST, BACKUP], ids=["tree", "plain", "last", "backup"])
def test_site_is_named(content: bytes):
    assert FORMAT.identify(make_file(content)) == "remark42:benches"


def test_site_that_is_not_named_is_unknown():
    assert FORMAT.identify(make_file(EMPTY)) == ""


@given(damaged_json(json.loads(TREE)) | damaged_json(json.loads(PLAIN)) | damaged_json(json.loads(LAST)))
def test_any_value_in_any_place_raises_nothing(content: str):
    check_harmless(FORMAT, make_file(content))


@given(damaged_json(json.loads(BACKUP.splitlines()[1])))
def test_any_value_in_a_backup_raises_nothing(line: str):
    check_harmless(FORMAT, make_file(BACKUP + line.encode()))


@given(st.sampled_from([TREE, BACKUP]).flatmap(damaged_bytes))
def test_any_bytes_raise_nothing(content: bytes):
    check_harmless(FORMAT, make_file(content))


def test_page_that_moved_to_https_is_one_discussion():
    pages = [
        parse_one(locator={"url": url}).discussion
        for url in ("http://www.blog.example/tea/", "https://blog.example/tea")
    ]

    assert {page.native_id for page in pages} == {"blog.example/tea"}
