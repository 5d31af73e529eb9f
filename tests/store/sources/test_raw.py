"""A record as its source has it, to a comment: cleaned and checked."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.domain.comment import (
    ANONYMOUS,
    AuthorAlias,
    Channel,
    Comment,
    Discussion,
    SkippedRecord,
    SourceItem,
    SourceProblem,
)
from store.sources.raw import RawComment, as_list, as_object, as_text
from tests.store.sources.making import comments_of

ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(), inner, max_size=2),
    max_leaves=4,
)

FIELDS = ("id", "thread", "title", "author", "account", "published", "edited", "url", "parent")


def finish(**given_: Any) -> list[SourceItem]:
    return list(RawComment(**{"id": "7", "text": "Hello.", **given_}).finish())


def test_all_that_a_record_has_is_kept():
    assert finish(
        id=7,
        text="One.\r\n\r\n\r\nTwo.",
        thread=9,
        title=" On\nbenches ",
        thread_url="https://a.example/9",
        author="Rosa  Díaz",
        account=42,
        also=["rosa", "Rosa Díaz", "", None, "rosa", "r.diaz"],
        published=1_400_000_000,
        edited="2014-05-13T17:00:00Z",
        url="https://a.example/9#7",
        parent=6,
        channel=Channel("talk"),
        position=3,
    ) == [
        Comment(
            native_id="7",
            discussion=Discussion("9", "On benches", "https://a.example/9", Channel("talk")),
            author=AuthorAlias("Rosa Díaz", "42", ("rosa", "r.diaz")),
            text="One.\n\nTwo.",
            url="https://a.example/9#7",
            published=datetime(2014, 5, 13, 16, 53, 20, tzinfo=UTC),
            edited=datetime(2014, 5, 13, 17, tzinfo=UTC),
            parent_id="6",
            position=3,
        )
    ]


@pytest.mark.parametrize(
    ("record", "thread"),
    [
        ({}, "7"),
        ({"title": "On tea"}, "On tea"),
        ({"title": "On tea", "thread_url": "https://a.example/tea"}, "https://a.example/tea"),
        ({"title": "On tea", "thread_url": "javascript:1"}, "On tea"),
        ({"thread": "t", "title": "On tea", "thread_url": "https://a.example/tea"}, "t"),
    ],
)
def test_discussion_is_known_by_the_best_there_is(record: dict[str, Any], thread: str):
    (comment,) = comments_of(finish(**record))
    assert comment.discussion.native_id == thread


@pytest.mark.parametrize(
    ("record", "author"),
    [
        ({}, AuthorAlias(ANONYMOUS)),
        ({"author": "  "}, AuthorAlias(ANONYMOUS)),
        ({"account": "U1"}, AuthorAlias("U1", "U1")),
        ({"author": "jo@mail.example"}, AuthorAlias("jo@…")),
        ({"author": "Ann", "account": ""}, AuthorAlias("Ann")),
        ({"author": ["Ann"]}, AuthorAlias(ANONYMOUS)),
    ],
)
def test_author_is_named_as_published(record: dict[str, Any], author: AuthorAlias):
    assert comments_of(finish(**record))[0].author == author


@pytest.mark.parametrize(("record", "reason"), [({"skipped": "spam"}, "spam"), ({"text": " \0 "}, "without text")])
def test_record_left_out_on_purpose_is_told_by_its_id(record: dict[str, Any], reason: str):
    assert finish(**record) == [SkippedRecord("7", reason)]


@pytest.mark.parametrize("native_id", [None, "", " ", [], {}])
def test_record_without_an_id_is_a_problem(native_id: object):
    assert finish(id=native_id, place="item 3") == [SourceProblem("item 3", "the comment has no id")]


@pytest.mark.parametrize("date", ["soon", "0000-00-00 00:00:00", "40000-01-01", 10**30, float("nan"), "1e999"])
def test_date_that_cannot_be_read_is_a_problem(date: object):
    problem, comment = finish(published=date)
    assert problem == SourceProblem(f"7: {str(date)!r}", "the date cannot be read: kept without one")
    assert isinstance(comment, Comment)
    assert comment.published is None


def test_edit_at_the_moment_of_publishing_is_none():
    (comment,) = comments_of(finish(published="2014-05-13", edited="2014-05-13T00:00:00Z"))
    assert comment.edited is None


@pytest.mark.parametrize("position", [2**31, -(2**31)])
def test_position_beyond_any_discussion_is_none(position: int):
    assert comments_of(finish(position=position))[0].position is None


def test_long_names_are_cut():
    (comment,) = comments_of(finish(author="x" * 10_000, title="y" * 10_000, text="z" * 1_000_000))
    assert (len(comment.author.name), len(comment.discussion.title), len(comment.text)) == (200, 300, 1_000_000)


@given(
    st.fixed_dictionaries(
        {},
        optional=dict.fromkeys(
            ("id", "thread", "title", "author", "account", "published", "edited", "url", "parent"), ANY
        ),
    )
)
def test_anything_may_stand_in_a_record(record: dict[str, Any]):
    for comment in comments_of(finish(**record)):
        assert comment.text == "Hello."
        assert comment.native_id
        assert comment.author.name


def test_values_of_other_kinds_are_taken_for_none():
    assert [as_text(value) for value in (None, [1], {"a": 1}, 0, False, "x")] == ["", "", "", "0", "False", "x"]
    assert [as_object(value) for value in (None, [1], "x", {"a": 1})] == [{}, {}, {}, {"a": 1}]
    assert [as_list(value) for value in (None, {"a": 1}, "x", [1])] == [[], [], [], [1]]
