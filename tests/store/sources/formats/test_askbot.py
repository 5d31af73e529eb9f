"""Askbot: questions and answers of its API."""

import json
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from store.domain.comment import AuthorAlias, Comment, Discussion, SkippedRecord, SourceProblem
from store.sources.dates import parse_date
from store.sources.files import SourceFile
from store.sources.formats.askbot import FORMAT, find_further, identify, parse
from store.sources.head import Head
from tests.store.sources.damage import check_harmless, damaged_bytes, damaged_json
from tests.store.sources.making import comments_of, make_file

SAMPLES = Path(__file__).parent / "samples" / "askbot"
PAGE = "https://ask.example/en/question/41/who-mends-benches/"
API = "https://ask.example/api/v1"


def make_question(**changed: Any) -> dict[str, Any]:
    return {"id": 41, "title": "Who mends benches & tables?", "url": PAGE, "added_at": "1714557000", "score": 1,
            "answer_ids": [42, 43], "author": {"id": 5, "username": "rosa"}, "summary": "<p>I ask.</p>",
            **changed}  # fmt: skip


def make_answer(**changed: Any) -> dict[str, Any]:
    return {"id": 42, "url": f"{PAGE}?answer=42#post-id-42", "added_at": "1714557600", "score": 1,
            "author": {"id": 6, "username": "milo"}, "summary": "<p>Nobody.</p>", **changed}  # fmt: skip


TITLE = "Who mends benches & tables?"
QUESTION = Comment(
    native_id="41",
    discussion=Discussion("41", TITLE, PAGE),
    author=AuthorAlias("rosa", "5"),
    text="I ask.",
    url=PAGE,
    published=parse_date("2024-05-01T09:50:00Z"),
)


def make_comment(title: str = TITLE) -> Comment:
    return Comment(
        native_id="42",
        discussion=Discussion("41", title, PAGE),
        author=AuthorAlias("milo", "6"),
        text="Nobody.",
        url=f"{PAGE}?answer=42#post-id-42",
        published=parse_date("2024-05-01T10:00:00Z"),
        parent_id="41",
    )


def make_page(value: Any, name: str = "page.json") -> SourceFile:
    return make_file(json.dumps(value), name)


def test_questions_and_answers_are_read():
    listed = make_page({"count": 1, "pages": 1, "questions": [make_question()]})

    assert list(parse([listed, make_page(make_answer())])) == [QUESTION, make_comment()]
    assert list(parse([make_page(make_question())])) == [QUESTION]


def test_answer_alone_takes_its_title_from_the_address():
    assert list(parse([make_page(make_answer())])) == [make_comment("Who mends benches")]


def test_summary_that_is_cut_ends_in_an_ellipsis():
    cut = '<div class="snippet"><p>I ask ...<span class="expander"> <a>(more)</a></span></p></div>'
    (comment,) = comments_of(list(parse([make_page(make_question(summary=cut))])))

    assert comment.text == "I ask ..."


def test_edited_question_has_both_dates():
    (comment,) = comments_of(list(parse([make_page(make_question(last_edited_at="1714644000"))])))

    assert comment.edited == parse_date("2024-05-02T10:00:00Z")


def test_question_without_a_text_is_left_out():
    assert list(parse([make_page(make_question(summary=""))])) == [SkippedRecord("41", "without text")]


def test_people_are_no_comments():
    assert list(parse([make_page({"pages": 1, "count": 1, "users": [{"joined_at": "1", "gold": 0}]})])) == []


def test_next_page_and_answers_are_found():
    listed = {"count": 1, "pages": 3, "questions": [make_question(answer_ids=[42, "x", None])]}

    assert list(find_further(make_page(listed, f"{API}/questions/?page=2&sort=age-desc"))) == [
        f"{API}/questions/?sort=age-desc&page=3",
        f"{API}/answers/42/",
    ]
    assert list(find_further(make_page(make_question(), f"{API}/questions/41/"))) == [
        f"{API}/answers/42/",
        f"{API}/answers/43/",
    ]
    assert list(find_further(make_page(listed))) == []


def test_place_is_the_host():
    listed = make_page({"count": 1, "pages": 1, "questions": [make_question()]})

    assert [identify(page) for page in (listed, make_page(make_answer()), make_page({}))] == [
        "askbot:ask.example",
        "askbot:ask.example",
        "",
    ]


def test_other_records_are_told():
    assert list(parse([make_page({"questions": [7, make_question(id=None)]})])) == [
        SourceProblem("questions 1", "it is no question or answer"),
        SourceProblem("questions 2", "the comment has no id"),
    ]


@given(damaged_json({"count": 1, "pages": 2, "questions": [make_question()]}) | damaged_json(make_answer()))
def test_any_values_are_harmless(text: str):
    check_harmless(FORMAT, make_file(text), make_file(text, f"{API}/questions/?page=2"))


@given(st.sampled_from(sorted(SAMPLES.iterdir())).flatmap(lambda path: damaged_bytes(path.read_bytes())))
def test_any_bytes_are_harmless(data: bytes):
    check_harmless(FORMAT, make_file(data))


def test_page_is_known_where_its_counts_stand_behind_its_questions():
    questions = [make_question(id=number, summary=f"<p>{'x' * 3_000}</p>") for number in range(1, 40)]
    page = make_file(json.dumps({"questions": questions, "pages": 1, "count": 39}), "page.json")

    assert FORMAT.recognises(Head.read(page))
    assert len(comments_of(list(parse([page])))) == 39
