"""Rocket.Chat: pages of its API."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.domain.comment import AuthorAlias, Channel, Comment, Discussion, SkippedRecord, SourceItem
from store.domain.viewer import PUBLIC, Visibility
from store.sources.formats import rocketchat
from tests.store.sources.making import comments_of, make_file, problems_of

NOBODY = Visibility("nobody")
ROOM = {"_id": "r1", "name": "benches", "t": "c"}
ROSA = AuthorAlias("Rosa Díaz", "u1", ("rosa",))
OPEN = Channel("benches")
SAID_AT = datetime(2017, 5, 11, 12, tzinfo=UTC)
DAY = Discussion("r1:2017-05-11", "#benches, 11 May 2017", channel=OPEN)


def make_message(native_id: str = "m1", msg: Any = "Hello.", **further: Any) -> dict[str, Any]:
    user = {"_id": "u1", "username": "rosa", "name": "Rosa Díaz"}
    return {"_id": native_id, "rid": "r1", "msg": msg, "ts": "2017-05-11T12:00:00.000Z", "u": user, **further}


def read(*values: Any) -> list[SourceItem]:
    return list(
        rocketchat.parse([make_file(json.dumps(value), f"{number}.json") for number, value in enumerate(values)])
    )


def read_messages(*messages: Any) -> list[SourceItem]:
    return read({"messages": list(messages), "success": True}, {"channel": ROOM, "success": True})


def test_message_belongs_to_its_rooms_day():
    assert read_messages(make_message()) == [Comment("m1", DAY, ROSA, "Hello.", published=SAID_AT)]


def test_one_message_is_read():
    page = {"message": make_message(), "success": True}

    assert read(page, {"channel": ROOM, "success": True}) == read_messages(make_message())


def test_thread_is_a_discussion_titled_by_its_first_message():
    reply = make_message("m2", "Hi.", ts="2017-05-11T12:01:00.000Z", tmid="m1", editedAt="2017-05-11T12:02:00.000Z")

    root, answer = read_messages(make_message(tcount=1), reply)

    thread = Discussion("m1", "Hello.", channel=OPEN)
    assert root == Comment("m1", thread, ROSA, "Hello.", published=SAID_AT)
    assert answer == Comment(
        "m2",
        thread,
        ROSA,
        "Hi.",
        published=datetime(2017, 5, 11, 12, 1, tzinfo=UTC),
        edited=datetime(2017, 5, 11, 12, 2, tzinfo=UTC),
        parent_id="m1",
    )


def test_reply_to_a_deleted_message_keeps_its_thread():
    deleted, kept = read_messages(make_message(t="rm", tcount=1), make_message("m2", tmid="m1"))

    assert deleted == SkippedRecord("m1", "deleted")
    assert isinstance(kept, Comment)
    assert kept.discussion == Discussion("m1", "#benches, 11 May 2017", channel=OPEN)


@pytest.mark.parametrize(
    ("further", "reason"),
    [
        ({"t": "uj"}, "system message"),
        ({"t": "rm"}, "deleted"),
        ({"t": "e2e"}, "encrypted"),
        ({"_hidden": True}, "earlier version"),
        ({"bot": {"i": "hubot"}}, "bot message"),
        ({"msg": ""}, "without text"),
    ],
)
def test_what_nobody_said_is_left_out(further: dict[str, Any], reason: str):
    assert read_messages(make_message(**further)) == [SkippedRecord("m1", reason)]


@pytest.mark.parametrize(
    ("further", "text"),
    [
        ({"msg": "[ ](https://chat.example/channel/benches?msg=m0) Yes."}, "Yes."),
        ({"msg": "[site](https://a.example)"}, "[site](https://a.example)"),
        ({"msg": "", "attachments": [{"title": "plan.pdf", "description": "The plan."}]}, "The plan."),
        (
            {"msg": "", "file": {"name": "plan.pdf"}, "files": [{"name": "plan.pdf"}, {"name": "thumb-plan.pdf"}]},
            "plan.pdf",
        ),
    ],
)
def test_text_is_what_was_said(further: dict[str, Any], text: str):
    assert [comment.text for comment in comments_of(read_messages(make_message(**further)))] == [text]


@pytest.mark.parametrize(
    ("further", "author"),
    [
        ({"alias": "Ro"}, AuthorAlias("Ro", "u1", ("Rosa Díaz", "rosa"))),
        ({"u": {"_id": "u1", "username": "rosa"}}, AuthorAlias("rosa", "u1")),
        ({"u": None}, AuthorAlias("Anonymous")),
    ],
)
def test_author_is_named(further: dict[str, Any], author: AuthorAlias):
    assert comments_of(read_messages(make_message(**further)))[0].author == author


@pytest.mark.parametrize("ts", [{"$date": 1494504000000}, 1494504000000, "2017-05-11T14:00:00+02:00"])
def test_dates_are_read_in_each_form(ts: Any):
    assert comments_of(read_messages(make_message(ts=ts)))[0].published == SAID_AT


@pytest.mark.parametrize("ts", ["soon", 10**30, {"$date": "never"}])
def test_date_that_cannot_be_read_is_a_problem(ts: Any):
    items = read_messages(make_message(ts=ts))

    assert comments_of(items)[0].published is None
    assert [problem.reason for problem in problems_of(items)] == ["the date cannot be read: kept without one"]


@pytest.mark.parametrize(
    ("pages", "channel"),
    [
        ([], Channel("", PUBLIC)),
        ([{"group": {**ROOM, "t": "p"}}], Channel("benches", Visibility("channel", frozenset({"r1"})))),
        (
            [{"ims": [{"_id": "r1", "t": "d", "usernames": ["rosa", "milo"], "uids": ["u1", "u2"]}]}],
            Channel("direct message of rosa and milo", Visibility("people", frozenset({"u1", "u2"}))),
        ),
        ([{"room": {"_id": "r1", "t": "d", "uids": ["u1,u2"]}}], Channel("direct message", NOBODY)),
        ([{"channels": [{**ROOM, "_id": "r2"}]}], Channel("", NOBODY)),
    ],
)
def test_private_talk_is_for_those_in_it(pages: list[Any], channel: Channel):
    (comment,) = comments_of(read({"messages": [make_message()]}, *pages))

    assert comment.discussion.channel == channel


def test_pages_without_messages_give_nothing():
    error = {"success": False, "error": "no", "errorType": "error-x", "message": "no"}

    assert read(error, {"messages": [], "count": 0, "offset": 0, "total": 0, "success": True}) == []


def test_file_cut_short_is_told():
    whole = json.dumps({"messages": [make_message()]})
    for cut in range(16, len(whole), 9):
        assert problems_of(list(rocketchat.parse([make_file(whole[:cut])])))


KEYS = [
    "_id",
    "rid",
    "msg",
    "ts",
    "u",
    "t",
    "tmid",
    "tcount",
    "editedAt",
    "attachments",
    "file",
    "files",
    "$date",
    "name",
]
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner),
)


@given(st.dictionaries(st.sampled_from(KEYS), VALUES), VALUES)
def test_any_values_are_read(changed: dict[str, Any], other: Any):
    items = read(
        {"messages": [{**make_message(), **changed}, changed, other], "message": other},
        {"channels": [{**ROOM, "t": "d", "uids": other, "usernames": other}, {**ROOM, "name": other}, other]},
    )

    assert all(comment.text for comment in comments_of(items))


@given(st.integers(0, 250), st.binary(max_size=4))
def test_any_bytes_are_read(at: int, noise: bytes):
    whole = json.dumps({"messages": [make_message(), make_message("m2", tmid="m1")]}).encode()
    file = make_file(whole[:at] + noise + whole[at + len(noise) :])

    assert all(comment.text for comment in comments_of(list(rocketchat.parse([file]))))
