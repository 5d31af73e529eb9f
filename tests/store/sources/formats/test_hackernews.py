"""Hacker News: items, trees and search results."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.domain.comment import AuthorAlias, Comment, Discussion, SkippedRecord, SourceProblem
from store.sources.dates import parse_date
from store.sources.files import SourceFile
from store.sources.formats.hackernews import FORMAT, find_further, identify, parse
from tests.store.sources.damage import check_harmless, damaged_bytes, damaged_json
from tests.store.sources.making import comments_of, make_file, problems_of

SAMPLES = Path(__file__).parent / "samples" / "hackernews"
SITE = "https://news.ycombinator.com/item?id="
API = "https://hacker-news.firebaseio.com/v0/item"
ALGOLIA = "https://hn.algolia.com/api/v1"
DEEP = 20_000
STORY = {"by": "rosa", "id": 11, "kids": [12], "text": "Who mends benches?", "time": 1714557000,
         "title": "Ask HN: Benches &amp; tables", "type": "story"}  # fmt: skip


def make_item(number: int = 12, parent: int = 11, text: str = "Nobody does.", **changed: Any) -> dict[str, Any]:
    return {
        "by": "milo",
        "id": number,
        "parent": parent,
        "text": text,
        "time": 1714557600,
        "type": "comment",
        **changed,
    }


def make_node(number: int, *children: Any, **changed: Any) -> dict[str, Any]:
    return {"id": number, "created_at": "2024-05-01T10:00:00.000Z", "created_at_i": 1714557600, "type": "comment",
            "author": "milo", "title": None, "url": None, "text": "<p>Nobody does.", "parent_id": 11, "story_id": 11,
            "children": list(children), "options": [], **changed}  # fmt: skip


def make_comment(number: int = 12, text: str = "Nobody does.", *, parent: str | None = "11", story: str = "11",
                 title: str = "Ask HN: Benches & tables") -> Comment:  # fmt: skip
    return Comment(
        native_id=str(number),
        discussion=Discussion(story, title, f"{SITE}{story}"),
        author=AuthorAlias("milo", "milo"),
        text=text,
        url=f"{SITE}{number}",
        published=parse_date("2024-05-01T10:00:00Z"),
        parent_id=parent,
    )


OPENING = Comment(
    native_id="11",
    discussion=Discussion("11", "Ask HN: Benches & tables", f"{SITE}11"),
    author=AuthorAlias("rosa", "rosa"),
    text="Who mends benches?",
    url=f"{SITE}11",
    published=parse_date("2024-05-01T09:50:00Z"),
)


def make_page(value: Any, name: str = "items.json") -> SourceFile:
    return make_file(json.dumps(value), name)


def test_story_and_its_comments_are_read():
    items = [STORY, make_item(), make_item(13, 12)]

    assert list(parse([make_page(items)])) == [OPENING, make_comment(), make_comment(13, parent="12")]


def test_story_is_found_wherever_it_stands():
    deep, direct, story = make_item(13, 12), make_item(), STORY
    expected = [make_comment(13, parent="12"), make_comment(), OPENING]

    assert list(parse([make_page([deep, direct, story])])) == expected
    assert list(parse([make_page(item, f"{item['id']}.json") for item in (deep, direct, story)])) == expected
    assert list(parse([make_file("\n".join(map(json.dumps, (deep, direct, story))))])) == expected


def test_pages_fetched_one_by_one_find_their_story_above():
    pages = [make_page(item, f"{API}/{item['id']}.json") for item in (STORY, make_item(), make_item(13, 12))]

    assert list(parse(iter(pages))) == [OPENING, make_comment(), make_comment(13, parent="12")]


def test_comment_alone_belongs_to_what_it_answers():
    assert list(parse([make_page(make_item())])) == [make_comment(title="")]


def test_comments_that_answer_each_other_in_a_circle_are_read():
    items = list(parse([make_page([make_item(12, 13), make_item(13, 12), make_item(14, 14)])]))

    assert [(item.native_id, item.parent_id) for item in comments_of(items)] == [
        ("12", "13"),
        ("13", "12"),
        ("14", "14"),
    ]


def test_chain_of_answers_may_be_long():
    chain = [make_item(number, number - 1) for number in range(12, 12 + DEEP)]

    items = comments_of(list(parse([make_page(chain[::-1])])))

    assert {comment.discussion.native_id for comment in items} == {"11"}


def test_deleted_and_dead_items_are_left_out_and_their_answers_kept():
    gone = {"deleted": True, "id": 12, "parent": 11, "time": 1714557600, "type": "comment"}
    items = list(parse([make_page([gone, make_item(13, 12), make_item(14, dead=True), None])]))

    assert items == [
        SkippedRecord("12", "deleted"),
        make_comment(13, parent="12", title=""),
        SkippedRecord("14", "dead"),
    ]


def test_story_that_is_a_link_is_no_comment_but_names_the_discussion():
    link = {
        "by": "rosa",
        "id": 11,
        "time": 1714557000,
        "title": "On benches",
        "type": "story",
        "url": "https://a.example/",
    }

    assert list(parse([make_page([link, make_item()])])) == [make_comment(title="On benches")]


def test_choice_of_a_poll_belongs_to_the_poll():
    poll = {
        "by": "rosa",
        "id": 11,
        "parts": [12],
        "text": "",
        "time": 1714557000,
        "title": "Poll: Benches?",
        "type": "poll",
    }
    choice = {"by": "milo", "id": 12, "poll": 11, "text": "Yes.", "time": 1714557600, "type": "pollopt"}

    assert list(parse([make_page([poll, choice])])) == [make_comment(text="Yes.", parent=None, title="Poll: Benches?")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One.<p>Two &#x27;three&#x27;.", "One.\n\nTwo 'three'."),
        ("Use &lt;br&gt; or &amp;amp; there", "Use <br> or &amp; there"),
        ("See:<p><pre><code>  one\n  two\n</code></pre>\nSo.", "See:\n\n```\n  one\n  two\n```\n\nSo."),
        ('<a href="https:&#x2F;&#x2F;a.example&#x2F;long" rel="nofollow">https:&#x2F;&#x2F;a.exam...</a>',
         "https://a.example/long"),
        ("&gt; Quoted.<p>So.", "> Quoted.\n\nSo."),
    ],
)  # fmt: skip
def test_markup_of_hacker_news_is_read(text: str, expected: str):
    assert list(parse([make_page(make_item(text=text))])) == [make_comment(text=expected, title="")]


def test_tree_is_read_from_the_top():
    gone = make_node(12, make_node(13, parent_id=12), author=None, text=None)
    top = make_node(11, gone, make_node(14), author="rosa", title="Ask HN: Benches & tables", parent_id=None,
                    text="Who mends benches?", type="story", created_at_i=1714557000)  # fmt: skip

    assert list(parse([make_page(top)])) == [
        OPENING,
        SkippedRecord("12", "deleted"),
        make_comment(13, parent="12"),
        make_comment(14),
    ]


def test_tree_may_be_deep():
    # All of a tree is one record, and records may not be of any length.
    node = '{"id":12,"author":"milo","text":"Hm.","parent_id":11,"story_id":11,"children":['

    items = comments_of(list(parse([make_file(node * DEEP + "]}" * DEEP)])))

    assert len(items) == DEEP
    assert {comment.discussion.native_id for comment in items} == {"11"}


def test_answer_that_is_no_item_is_a_problem():
    assert list(parse([make_page(make_node(12, 7))])) == [
        make_comment(title=""),
        SourceProblem("record 1", "an answer is no item"),
    ]


def test_search_results_are_read_and_followed():
    hit = {"author": "milo", "comment_text": "Nobody does.", "created_at_i": 1714557600,
           "objectID": "12",
           "parent_id": 11, "story_id": 11, "story_title": "Ask HN: Benches & tables",
           "_tags": ["comment"]}  # fmt: skip
    link = {
        "author": "rosa",
        "url": "https://a.example/",
        "objectID": "15",
        "title": "x",
        "_tags": [],
        "created_at_i": 1,
    }
    page = make_page({"hits": [hit, link], "page": 0, "nbPages": 2}, f"{ALGOLIA}/search?tags=comment&query=benches")

    assert list(parse([page])) == [make_comment()]
    assert list(find_further(page)) == [f"{ALGOLIA}/search?tags=comment&query=benches&page=1"]
    assert list(find_further(make_page({"hits": [], "page": 1, "nbPages": 2}, f"{ALGOLIA}/search?page=1"))) == []


def test_answers_of_a_live_item_are_found():
    story = {**STORY, "kids": [12, "x", None, 14]}

    assert list(find_further(make_page(story, f"{API}/11.json"))) == [f"{API}/12.json", f"{API}/14.json"]
    assert list(find_further(make_page(story, "11.json"))) == []
    assert identify(make_page(story)) == "hackernews"


def test_item_that_is_none_is_a_problem():
    assert list(parse([make_page([7, {"type": "comment", "text": "Hm."}])])) == [
        SourceProblem("item 1", "it is no item"),
        SourceProblem("item 2", "the comment has no id"),
    ]


def test_lines_that_are_no_json_are_problems():
    lines = f"{json.dumps(make_item())}\n{{nope\n\n{json.dumps(make_item(13))}"

    assert problems_of(list(parse([make_file(lines.replace("{nope", "{nope"))]))) == [
        SourceProblem("line 2", "the line is not JSON")
    ]


@given(damaged_json([STORY, make_item()]) | damaged_json(make_node(12, make_node(13))) | damaged_json({"hits": [{}]}))
def test_any_values_are_harmless(text: str):
    check_harmless(FORMAT, make_file(text), make_file(text, f"{API}/11.json"))


@given(st.sampled_from(sorted(SAMPLES.iterdir())).flatmap(lambda path: damaged_bytes(path.read_bytes())))
def test_any_bytes_are_harmless(data: bytes):
    check_harmless(FORMAT, make_file(data), make_file(data, f"{API}/11.json"))
