"""Stack Exchange: pages of its API."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.domain.comment import AuthorAlias, Comment, Discussion, SkippedRecord, SourceProblem
from store.sources.dates import parse_date
from store.sources.files import SourceFile
from store.sources.formats.stackexchange import FORMAT, find_further, identify, parse
from tests.store.sources.damage import check_harmless, damaged_bytes, damaged_json
from tests.store.sources.making import comments_of, make_file

SAMPLES = Path(__file__).parent / "samples" / "stackexchange"
SITE = "https://wood.stackexchange.com"
API = "https://api.stackexchange.com/2.3/questions"
OWNER = {"user_id": 6, "user_type": "registered", "display_name": "Milo &amp; I", "link": f"{SITE}/users/6/milo"}


def make_post(**changed: Any) -> dict[str, Any]:
    return {"owner": OWNER, "score": 1, "creation_date": 1714557600, "body": "<p>Nobody.</p>", **changed}


def make_answer(number: int = 42, **changed: Any) -> dict[str, Any]:
    return make_post(answer_id=number, question_id=41, **changed)


def make_remark(number: int = 7, post: int = 41, **changed: Any) -> dict[str, Any]:
    return make_post(comment_id=number, post_id=post, **changed)


def make_question(**changed: Any) -> dict[str, Any]:
    known = {"question_id": 41, "title": "Benches &amp; tables", "link": f"{SITE}/questions/41/benches"}
    return make_post(**{**known, **changed})


def make_items(*items: Any, has_more: bool = False) -> dict[str, Any]:
    return {"items": list(items), "has_more": has_more, "quota_remaining": 9}


def make_comment(native_id: str, url: str, parent: str | None = "41", *, title: str = "Benches & tables") -> Comment:
    return Comment(
        native_id=native_id,
        discussion=Discussion("41", title, f"{SITE}/q/41"),
        author=AuthorAlias("Milo & I", "6"),
        text="Nobody.",
        url=f"{SITE}{url}",
        published=parse_date("2024-05-01T10:00:00Z"),
        parent_id=parent,
    )


QUESTION = make_comment("41", "/questions/41/benches", None)


def make_page(value: Any, name: str = "page.json") -> SourceFile:
    return make_file(json.dumps(value), name)


def test_question_and_all_that_is_nested_in_it_is_read():
    answer = make_answer(comments=[make_remark(8, 42), make_remark(9, 42)])
    question = make_question(answers=[answer], comments=[make_remark()])

    assert list(parse(make_page(make_items(question)))) == [
        QUESTION,
        make_comment("comment7", "/posts/comments/7"),
        make_comment("42", "/a/42"),
        make_comment("comment8", "/posts/comments/8", "42"),
        make_comment("comment9", "/posts/comments/9", "42"),
    ]
    assert (
        list(parse(make_page([question])))
        == list(parse(make_page(question)))
        == list(parse(make_page(make_items(question))))
    )


def test_answers_and_comments_by_themselves_are_known_the_same():
    linked = make_remark(8, 42, link=f"{SITE}/questions/41/benches#comment8_42")
    items = make_items(make_answer(comments=[make_remark(9, 42)]), linked, make_remark(7, 41, post_type="question"))

    assert list(parse(make_page(items))) == [
        make_comment("42", "/a/42", title=""),
        make_comment("comment9", "/posts/comments/9", "42", title=""),
        make_comment("comment8", "/questions/41/benches#comment8_42", "42", title=""),
        make_comment("comment7", "/posts/comments/7", title=""),
    ]


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"body": "Use &lt;br&gt; &amp;amp; <code>x</code>"}, "Use <br> &amp; x"),
        ({"body": "Use &lt;br&gt;"}, "Use <br>"),
        ({"body": None, "body_markdown": "Use &lt;br&gt; *so*\r\n\r\n&gt; said"}, "Use <br> *so*\n\n> said"),
        ({"body": "<pre><code>one\n  two\n</code></pre>"}, "```\none\n  two\n```"),
    ],
)
def test_text_is_unescaped_once(changed: dict[str, Any], expected: str):
    (comment,) = comments_of(list(parse(make_page(make_items(make_question(**changed))))))

    assert comment.text == expected


def test_page_that_was_asked_for_without_texts_is_a_problem_and_removes_nothing():
    bare, empty = make_question(), make_answer(body="")
    del bare["body"]

    assert list(parse(make_page(make_items(bare, empty)))) == [
        SourceProblem("41", "the page was asked for without texts: ask the API for them with filter=withbody"),
        SkippedRecord("42", "without text"),
    ]


def test_author_whose_account_is_gone_has_a_name_alone():
    owner = {"user_type": "does_not_exist", "display_name": "user6", "user_id": 6}
    (comment,) = comments_of(list(parse(make_page(make_items(make_question(owner=owner))))))

    assert comment.author == AuthorAlias("user6")


def test_edited_question_has_both_dates():
    (comment,) = comments_of(list(parse(make_page(make_items(make_question(last_edit_date=1714644000))))))

    assert comment.edited == parse_date("2024-05-02T10:00:00Z")


def test_records_that_link_nowhere_have_no_links():
    (comment,) = comments_of(list(parse(make_page(make_items(make_question(link="page", owner=None))))))

    assert (comment.url, comment.discussion.url, comment.author) == ("", "", AuthorAlias("Anonymous"))


def test_next_page_is_found_where_there_is_one():
    more, last = make_items(has_more=True), make_items()

    assert list(find_further(make_page(more, f"{API}?site=wood"))) == [f"{API}?site=wood&page=2"]
    assert list(find_further(make_page(more, f"{API}?page=2&site=wood"))) == [f"{API}?site=wood&page=3"]
    assert list(find_further(make_page(last, f"{API}?site=wood"))) == list(find_further(make_page(more))) == []


def test_place_is_the_site():
    assert identify(make_page(make_items(make_answer()))) == "stackexchange:wood.stackexchange.com"
    assert identify(make_page(make_items())) == ""


def test_errors_and_other_records_are_told():
    assert list(parse(make_page({"error_id": 502, "error_name": "throttle_violation"}))) == [
        SourceProblem("record 1", "the server answered with an error instead of questions")
    ]
    assert list(parse(make_page(make_items(7, make_post())))) == [
        SourceProblem("items 1", "it is no question, answer or comment"),
        SourceProblem("items 2", "the comment has no id"),
    ]


ANY = make_items(
    make_question(answers=[make_answer(comments=[make_remark()])], comments=[make_remark(8)]), make_remark(9)
)


@given(damaged_json(ANY))
def test_any_values_are_harmless(text: str):
    check_harmless(FORMAT, make_file(text), make_file(text, f"{API}?page=2"))


@given(st.sampled_from(sorted(SAMPLES.iterdir())).flatmap(lambda path: damaged_bytes(path.read_bytes())))
def test_any_bytes_are_harmless(data: bytes):
    check_harmless(FORMAT, make_file(data))
