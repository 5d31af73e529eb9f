"""Gitter: pages of its API."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.domain.comment import AuthorAlias, Channel, Comment, Discussion, SkippedRecord, SourceItem
from store.domain.viewer import PUBLIC, Visibility
from store.sources.formats import gitter
from tests.store.sources.making import comments_of, make_file, problems_of

NOBODY = Visibility("nobody")
ROOM_ID, FIRST, SECOND = (f"5e7990ecada8262f814a000{number}" for number in (9, 1, 2))
ROOM = {"id": ROOM_ID, "name": "garden/benches", "uri": "garden/benches", "oneToOne": False, "public": True}
ROSA = AuthorAlias("Rosa Díaz", "u1", ("rosa",))
OPEN = Channel("garden/benches")
SAID_AT = datetime(2017, 5, 11, 12, tzinfo=UTC)
LINK = f"https://gitter.im/garden/benches?at={FIRST}"


def make_message(native_id: Any = FIRST, text: Any = "Hello.", **further: Any) -> dict[str, Any]:
    user = {"id": "u1", "username": "rosa", "displayName": "Rosa Díaz", "avatarUrl": "https://a.example/rosa.png"}
    return {"id": native_id, "text": text, "sent": "2017-05-11T12:00:00.000Z", "fromUser": user, **further}


def read(*values: Any) -> list[SourceItem]:
    return list(gitter.parse([make_file(json.dumps(value), f"page {number}") for number, value in enumerate(values)]))


def test_message_belongs_to_its_rooms_day():
    day = Discussion(f"{ROOM_ID}:2017-05-11", "garden/benches, 11 May 2017", channel=OPEN)

    assert read([make_message()], ROOM) == [Comment(FIRST, day, ROSA, "Hello.", LINK, SAID_AT)]


def test_message_of_a_room_that_nothing_names_has_no_link():
    assert read([make_message()]) == [
        Comment(FIRST, Discussion("2017-05-11", "Gitter, 11 May 2017"), ROSA, "Hello.", published=SAID_AT)
    ]


def test_message_beside_several_rooms_is_nobodys():
    (comment,) = comments_of(read([make_message()], [ROOM, {**ROOM, "id": SECOND}]))

    assert comment.url == ""
    assert comment.discussion.channel == Channel("", NOBODY)


def test_thread_is_a_discussion_titled_by_its_first_message():
    reply = make_message(SECOND, "Hi.", parentId=FIRST, editedAt="2017-05-11T12:02:00.000Z")

    root, answer = comments_of(read([make_message(threadMessageCount=1), reply], ROOM))

    assert root.discussion == answer.discussion == Discussion(FIRST, "Hello.", LINK, OPEN)
    assert answer.parent_id == FIRST
    assert answer.edited == datetime(2017, 5, 11, 12, 2, tzinfo=UTC)


def test_deleted_message_is_left_out_and_its_thread_kept():
    deleted, kept = read([make_message(text="", threadMessageCount=1), make_message(SECOND, parentId=FIRST)], ROOM)

    assert deleted == SkippedRecord(FIRST, "deleted")
    assert isinstance(kept, Comment)
    assert kept.discussion == Discussion(FIRST, "garden/benches, 11 May 2017", LINK, OPEN)


@pytest.mark.parametrize(
    ("further", "author"),
    [
        ({"fromUser": {"id": "u1", "username": "rosa"}}, AuthorAlias("rosa", "u1")),
        ({"fromUser": None}, AuthorAlias("Anonymous")),
        (
            {"virtualUser": {"type": "matrix", "externalId": "ida:matrix.example", "displayName": "Ida"}},
            AuthorAlias("Ida", "ida:matrix.example"),
        ),
    ],
)
def test_author_is_named(further: dict[str, Any], author: AuthorAlias):
    assert comments_of(read([make_message(**further)]))[0].author == author


@pytest.mark.parametrize(
    ("further", "visibility"),
    [
        ({}, PUBLIC),
        ({"security": "PUBLIC"}, PUBLIC),
        ({"public": False}, Visibility("channel", frozenset({ROOM_ID}))),
        ({"security": "PRIVATE"}, Visibility("channel", frozenset({ROOM_ID}))),
        ({"oneToOne": True}, Visibility("channel", frozenset({ROOM_ID}))),
    ],
)
def test_private_rooms_are_for_those_in_them(further: dict[str, Any], visibility: Visibility):
    (comment,) = comments_of(read([make_message()], [{**ROOM, **further}]))

    assert comment.discussion.channel.visibility == visibility


def test_file_cut_short_is_told():
    whole = json.dumps([make_message()])
    for cut in range(2, len(whole), 9):
        assert problems_of(list(gitter.parse([make_file(whole[:cut])])))


KEYS = ["id", "text", "sent", "fromUser", "virtualUser", "parentId", "threadMessageCount", "editedAt", "displayName"]
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner),
)


@given(st.dictionaries(st.sampled_from(KEYS), VALUES), VALUES)
def test_any_values_are_read(changed: dict[str, Any], other: Any):
    items = read([{**make_message(), **changed}, changed, other], [{**ROOM, "name": other, "uri": other}])

    assert all(comment.text for comment in comments_of(items))


@given(st.integers(0, 250), st.binary(max_size=4))
def test_any_bytes_are_read(at: int, noise: bytes):
    whole = json.dumps([make_message(), make_message(SECOND, parentId=FIRST)]).encode()
    file = make_file(whole[:at] + noise + whole[at + len(noise) :])

    assert all(comment.text for comment in comments_of(list(gitter.parse([file]))))
