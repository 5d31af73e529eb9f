"""Reddit: pages of its API and records one a line."""

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.domain.comment import AuthorAlias, Channel, Comment, Discussion, SkippedRecord, SourceProblem
from store.domain.viewer import Visibility
from store.sources.dates import parse_date
from store.sources.files import SourceFile
from store.sources.formats.reddit import FORMAT, find_further, identify, parse
from tests.store.sources.damage import check_harmless, damaged_bytes, damaged_json
from tests.store.sources.making import comments_of, make_file, problems_of

SAMPLES = Path(__file__).parent / "samples" / "reddit"
PAGE = "https://www.reddit.com/r/benches/comments/a1/who_mends/"
DEEP = 20_000


def make_data(number: int = 1, body: str = "Nobody does.", **changed: Any) -> dict[str, Any]:
    return {
        "name": f"t1_b{number}", "id": f"b{number}", "author": "milo", "body": body, "link_id": "t3_a1",
        "parent_id": "t3_a1", "subreddit": "benches", "created_utc": 1714557600.0, "edited": False, "replies": "",
        "permalink": f"/r/benches/comments/a1/who_mends/b{number}/", **changed,
    }  # fmt: skip


def make_submission(**changed: Any) -> dict[str, Any]:
    return {
        "name": "t3_a1", "id": "a1", "author": "rosa", "selftext": "Who mends benches?", "subreddit": "benches",
        "title": "Benches &amp; tables", "is_self": True, "created_utc": 1714557000, "edited": False,
        "permalink": "/r/benches/comments/a1/who_mends/", **changed,
    }  # fmt: skip


def make_thing(data: dict[str, Any], kind: str = "t1") -> dict[str, Any]:
    return {"kind": kind, "data": data}


def make_listing(*things: dict[str, Any], **changed: Any) -> dict[str, Any]:
    return {"kind": "Listing", "data": {"children": list(things), "after": None, **changed}}


def make_pair(*things: dict[str, Any], **changed: Any) -> list[Any]:
    return [make_listing(make_thing(make_submission(**changed), "t3")), make_listing(*things)]


def make_comment(number: int = 1, text: str = "Nobody does.", *, title: str = "Benches & tables", page: str = PAGE,
                 parent: str = "t3_a1") -> Comment:  # fmt: skip
    return Comment(
        native_id=f"t1_b{number}",
        discussion=Discussion("t3_a1", title, page, Channel("benches")),
        author=AuthorAlias("milo", "milo"),
        text=text,
        url=f"{PAGE}b{number}/",
        published=parse_date("2024-05-01T10:00:00Z"),
        parent_id=parent,
    )


OPENING = Comment(
    native_id="t3_a1",
    discussion=Discussion("t3_a1", "Benches & tables", PAGE, Channel("benches")),
    author=AuthorAlias("rosa", "rosa"),
    text="Who mends benches?",
    url=PAGE,
    published=parse_date("2024-05-01T09:50:00Z"),
)


def make_page(value: Any, name: str = "page.json") -> SourceFile:
    return make_file(json.dumps(value), name)


def parse_one(**changed: Any) -> Comment:
    (comment,) = comments_of(list(parse([make_page(make_pair(make_thing(make_data(**changed)), selftext=""))])))
    return comment


def test_submission_and_its_answers_are_read_in_order():
    inner = make_thing(make_data(2, parent_id="t1_b1"))
    outer = make_thing(make_data(1, replies=make_listing(inner)))

    assert list(parse([make_page(make_pair(outer, make_thing(make_data(3))))])) == [
        OPENING,
        make_comment(1),
        make_comment(2, parent="t1_b1"),
        make_comment(3),
    ]


@pytest.mark.parametrize("page", [PAGE, "page.json"])
def test_answers_that_are_only_named_are_a_problem(page: str):
    stub = make_thing({"count": 7, "parent_id": "t1_b1", "children": ["b8"]}, "more")

    assert list(parse([make_page(make_pair(make_thing(make_data()), stub), page)])) == [
        OPENING,
        make_comment(),
        SourceProblem("t1_b1", "more answers are not in the file: it has only their ids"),
    ]


def test_replies_may_be_deep():
    opening = '{"kind":"t1","data":{"name":"t1_b1","body":"Hm.","link_id":"t3_a1","replies":{"data":{"children":['

    items = list(parse([make_file('{"kind":"Listing","data":{"children":[' + opening * DEEP + "]}}}}" * DEEP + "]}}")]))

    assert len(comments_of(items)) == DEEP
    assert problems_of(items) == []


@pytest.mark.parametrize(
    "value",
    [
        make_listing(make_thing(make_data())),
        make_thing(make_data()),
        [make_thing(make_data())],
        {"json": {"errors": [], "data": {"things": [make_thing(make_data())]}}},
        make_data(),
        [make_data()],
        {"data": [make_data()]},
    ],
    ids=["listing", "thing", "things", "morechildren", "bare", "array", "archive"],
)
def test_comment_is_the_same_wherever_it_stands(value: Any):
    page = "https://www.reddit.com/r/benches/comments/a1/"

    assert list(parse([make_page(value)])) == [make_comment(title="", page=page)]


def test_lines_take_titles_from_the_file_of_submissions():
    comments = make_file(f"{json.dumps(make_data(1))}\n\n{json.dumps(make_data(2))}\nnope\n", "a.jsonl")
    submissions = make_file(json.dumps(make_submission()), "b.jsonl")

    assert list(parse([comments, submissions])) == [
        make_comment(1),
        make_comment(2),
        SourceProblem("line 4", "the line is not JSON"),
        OPENING,
    ]


def test_records_of_old_dumps_without_names_and_links_are_known_the_same():
    old = {"id": "b1", "author": "milo", "body": "Nobody does.", "link_id": "t3_a1", "parent_id": "t3_a1",
           "subreddit": "benches", "created_utc": "1714557600"}  # fmt: skip
    page = "https://www.reddit.com/r/benches/comments/a1/"

    assert list(parse([make_page(old)])) == [
        dataclasses.replace(make_comment(title="", page=page), url=f"{page}_/b1/"),
    ]
    assert comments_of(list(parse([make_page([make_submission(), old])])))[1] == make_comment()


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"body": "A &gt; B &amp;amp; &#39; C"}, "A > B &amp; &#39; C"),
        ({"body": "A &gt; B", "body_html": "&lt;p&gt;A &amp;gt; B&lt;/p&gt;"}, "A > B"),
        ({"body": "write &gt; there", "body_html": "<p>write &amp;gt; there</p>"}, "write &gt; there"),
    ],
)
def test_body_is_unescaped_as_often_as_it_was_escaped(changed: dict[str, Any], expected: str):
    assert parse_one(**changed).text == expected


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"body": "[deleted]", "author": "[deleted]"}, "deleted"),
        ({"body": "[removed]"}, "removed"),
        ({"body": "[ Removed by Reddit ]"}, "removed"),
        ({"spam": True}, "removed"),
        ({"body": " "}, "without text"),
    ],
)
def test_comments_are_left_out_for_a_reason_and_their_answers_kept(changed: dict[str, Any], reason: str):
    answered = make_data(1, **changed, replies=make_listing(make_thing(make_data(2, parent_id="t1_b1"))))

    assert list(parse([make_page(make_pair(make_thing(answered)))])) == [
        OPENING,
        SkippedRecord("t1_b1", reason),
        make_comment(2, parent="t1_b1"),
    ]


def test_comment_of_a_deleted_account_is_anonymous():
    assert parse_one(author="[deleted]").author == AuthorAlias("Anonymous")


@pytest.mark.parametrize(("edited", "expected"), [(1714644000.0, "2024-05-02T10:00:00Z"), (False, ""), (True, "")])
def test_date_of_editing_is_read_where_it_is_known(edited: Any, expected: str):
    assert parse_one(edited=edited).edited == parse_date(expected)


def test_submission_that_is_a_link_is_no_comment():
    pair = make_pair(make_thing(make_data()), selftext="", is_self=False, url="https://a.example/")

    assert list(parse([make_page(pair)])) == [make_comment()]


def test_submission_whose_text_is_gone_is_left_out():
    assert list(parse([make_page(make_pair(selftext="[removed]"))])) == [SkippedRecord("t3_a1", "removed")]
    assert list(parse([make_page(make_pair(selftext=""))])) == [SkippedRecord("t3_a1", "without text")]


def test_what_is_closed_is_not_public():
    assert parse_one(subreddit_type="private").discussion.channel == Channel(
        "benches", Visibility("channel", frozenset({"reddit:benches"}))
    )
    assert parse_one(subreddit_type="private", subreddit="<?>").discussion.channel == Channel("", Visibility("nobody"))


def test_listing_is_followed():
    listed = make_thing(make_submission(), "t3")
    page = make_page(make_listing(listed, after="t3_a1"), "https://www.reddit.com/r/benches/new.json?limit=100")

    assert sorted(find_further(page)) == [
        "https://www.reddit.com/r/benches/comments/a1/who_mends.json",
        "https://www.reddit.com/r/benches/new.json?limit=100&after=t3_a1",
    ]
    assert list(find_further(make_page(make_listing(listed, after="t3_a1")))) == []
    assert list(find_further(make_page(make_pair(make_thing(make_data())), f"{PAGE}.json"))) == []


def test_place_is_the_subreddit():
    assert identify(make_page(make_pair(subreddit="Benches"))) == "reddit:benches"
    assert identify(make_page(make_data(subreddit="Benches"))) == "reddit:benches"
    assert identify(make_page({"message": "x", "error": 404})) == ""


def test_error_and_other_records_are_told():
    assert list(parse([make_page({"message": "Forbidden", "error": 403})])) == [
        SourceProblem("record 1", "the server answered with an error instead of comments")
    ]
    assert list(parse([make_page(make_listing({"kind": "t5", "data": {}}))])) == []
    assert list(parse([make_page([7, {"kind": "t1", "data": {"body": "Hm."}}])])) == [
        SourceProblem("item 1", "it is neither a comment nor a submission"),
        SourceProblem("item 2", "the comment has no id"),
    ]


WHOLE = make_pair(
    make_thing(make_data(replies=make_listing(make_thing(make_data(2))))), make_thing({"count": 1}, "more")
)


@given(damaged_json(WHOLE) | damaged_json([make_data(), make_submission()]) | damaged_json(make_listing(after="t3_a1")))
def test_any_values_are_harmless(text: str):
    check_harmless(FORMAT, make_file(text), make_file(text, f"{PAGE}.json"))


@given(st.sampled_from(sorted(SAMPLES.iterdir())).flatmap(lambda path: damaged_bytes(path.read_bytes())))
def test_any_bytes_are_harmless(data: bytes):
    check_harmless(FORMAT, make_file(data), make_file(data, f"{PAGE}.json"))
