"""Pages of WordPress's API: comments, with the ids that exports have, and pages that hold none."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.domain.comment import AuthorAlias, Comment, Discussion, SkippedRecord, SourceItem, SourceProblem
from store.sources.dates import parse_date
from store.sources.formats import wordpress_rest
from tests.store.sources.making import comments_of, make_file, problems_of

SAMPLES = Path(__file__).parent / "samples" / "wordpress-rest"
PAGE = (SAMPLES / "comments.json").read_text()
POST_URL = "https://www.benches.example/notes/2023/11/benches/"


def parse(content: str | bytes) -> list[SourceItem]:
    return list(wordpress_rest.FORMAT.parse([make_file(content)]))


def read(name: str) -> list[SourceItem]:
    return parse((SAMPLES / name).read_bytes())


def test_page_gives_its_comments_and_says_what_it_leaves_out():
    assert read("comments.json") == [
        Comment(
            native_id="102",
            discussion=Discussion("41", "Benches & seats", POST_URL),
            author=AuthorAlias("Mira O'Dell", "user:5"),
            text="Which lake?\nThe small one?",
            url=f"{POST_URL}comment-page-2/#comment-102",
            published=parse_date("2023-11-03T09:20:00Z"),
            parent_id="101",
        ),
        Comment(
            native_id="101",
            discussion=Discussion("41", "", "https://www.benches.example/notes/?p=41"),
            author=AuthorAlias("Tom"),
            text="By the lake.",
            url="https://www.benches.example/notes/?p=41&cpage=1#comment-101",
            published=parse_date("2023-11-03T10:15:00Z"),
        ),
        SkippedRecord("100", "unapproved"),
        SkippedRecord("99", "pingback"),
    ]


def test_nothing_personal_is_kept():
    assert not any(hidden in repr(read("comments.json")) for hidden in ("@", "192.0.2", "gravatar"))


def test_one_comment_is_a_page_too():
    assert [(item.native_id, item.text) for item in comments_of(read("comment.json"))] == [("7", "Alone.")]


def test_pages_of_other_kinds_hold_no_comments():
    assert read("users.json") == []


def test_error_is_told():
    assert read("error.json") == [
        SourceProblem("rest_post_invalid_page_number", "the blog answers with an error"),
    ]


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("comments.json", "wordpress:benches.example/notes"),
        ("users.json", "wordpress:benches.example/notes"),
        ("comment.json", "wordpress:kofi.example.wordpress.com"),
        ("error.json", ""),
    ],
)
def test_blog_is_named_by_its_address(name: str, place: str):
    assert wordpress_rest.identify(make_file((SAMPLES / name).read_bytes())) == place


@pytest.mark.parametrize(
    "path",
    [
        "/wp-json/wp/v2/comments/1",
        "/index.php/wp-json/wp/v2/comments/1",
        "/index.php?rest_route=/wp/v2/comments/1",
        "/?rest_route=/wp/v2/comments/1",
    ],
)
def test_blog_has_one_name_whatever_its_links_look_like(path: str):
    page = [{"id": 1, "post": 2, "author_name": "A", "_links": {"self": [{"href": f"https://b.example/notes{path}"}]}}]

    assert wordpress_rest.identify(make_file(json.dumps(page))) == "wordpress:b.example/notes"


@pytest.mark.parametrize(
    ("url", "article"),
    [
        (f"{POST_URL}#comment-1", POST_URL),
        (f"{POST_URL}comment-page-12/#comment-1", POST_URL),
        ("https://b.example/?p=4&cpage=2#comment-1", "https://b.example/?p=4"),
        ("https://[b.example/#comment-1", ""),
        ("", ""),
    ],
)
def test_article_is_found_from_the_address_of_a_comment(url: str, article: str):
    assert wordpress_rest.find_article(url) == article


def test_page_cut_short_gives_all_that_is_whole():
    items = parse(PAGE[: PAGE.index("By the lake")])

    assert [item.native_id for item in comments_of(items)] == ["102"]
    assert len(problems_of(items)) == 2


def make_values() -> st.SearchStrategy[Any]:
    scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
    return st.recursive(scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner))


@given(st.integers(0, 400), make_values())
def test_whatever_the_values_are_comments_have_text(place: int, value: Any):
    seen = 0

    def replace(node: Any) -> Any:
        nonlocal seen
        seen += 1
        if seen == place:
            return value
        if isinstance(node, dict):
            return {key: replace(held) for key, held in node.items()}
        return [replace(held) for held in node] if isinstance(node, list) else node

    data = json.dumps(replace(json.loads(PAGE)))
    wordpress_rest.identify(make_file(data))

    assert all(item.text and item.native_id for item in comments_of(parse(data)))


@given(st.integers(0, len(PAGE)), st.integers(0, 40), st.binary(max_size=8))
def test_whatever_the_bytes_are_comments_have_text(place: int, length: int, instead: bytes):
    data = PAGE.encode()[:place] + instead + PAGE.encode()[place + length :]

    assert all(item.text and item.native_id for item in comments_of(parse(data)))


def test_error_without_a_plain_code_is_told():
    (item,) = wordpress_rest.FORMAT.parse([make_file('{"code": "rest_\\ud800x\\n", "message": "No."}')])

    assert item == SourceProblem("rest_x", "the blog answers with an error")
