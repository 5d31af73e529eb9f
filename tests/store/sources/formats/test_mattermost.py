"""Mattermost: pages of its API, and its bulk export."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.domain.comment import AuthorAlias, Channel, Comment, Discussion, SkippedRecord, SourceItem, SourceProblem
from store.domain.viewer import Visibility
from store.sources.files import SourceFile
from store.sources.formats import mattermost
from tests.store.sources.making import comments_of, make_file, problems_of

NOBODY = Visibility("nobody")
ROSA = {"id": "rosa1", "create_at": 1, "username": "rosa", "nickname": "", "first_name": "Rosa", "last_name": "Díaz"}
ROSA |= {"roles": "system_user", "email": "rosa@garden.example"}
BENCHES = {"id": "bench1", "create_at": 1, "team_id": "t1", "type": "O", "display_name": "Benches", "name": "benches"}
NOON = 1494504000000
ROSA_ALIAS = AuthorAlias("Rosa Díaz", "rosa1", ("rosa",))
OPEN = Channel("Benches")
SAID_AT = datetime(2017, 5, 11, 12, tzinfo=UTC)
HELLO = Comment(
    "p1", Discussion("bench1:2017-05-11", "Benches, 11 May 2017", channel=OPEN), ROSA_ALIAS, "Hello.", published=SAID_AT
)


def make_post(native_id: str = "p1", message: Any = "Hello.", **further: Any) -> dict[str, Any]:
    return {
        "id": native_id,
        "create_at": NOON,
        "user_id": "rosa1",
        "channel_id": "bench1",
        "message": message,
        **further,
    }


def make_page(*posts: Any) -> dict[str, Any]:
    ids = [post["id"] for post in posts if isinstance(post, dict)]
    return {"order": ids, "posts": {str(number): post for number, post in enumerate(posts)}}


def read(*values: Any) -> list[SourceItem]:
    return list(
        mattermost.parse([make_file(json.dumps(value), f"{number}.json") for number, value in enumerate(values)])
    )


def read_export(*lines: Any) -> list[SourceItem]:
    return list(mattermost.parse([make_export(*lines)]))


def make_export(*lines: Any) -> SourceFile:
    version = {"type": "version", "version": 1}
    return make_file("".join(json.dumps(line) + "\n" for line in (version, *lines)), "export.jsonl")


def test_post_belongs_to_its_channels_day():
    assert read(make_page(make_post()), ROSA, [BENCHES]) == [HELLO]


def test_thread_is_a_discussion_titled_by_its_first_post():
    reply = make_post("p2", "Hi.", create_at=NOON + 1_500, root_id="p1", edit_at=NOON + 60_000)

    root, answer = read(make_page(reply, make_post()), ROSA, BENCHES)

    thread = Discussion("p1", "Hello.", channel=OPEN)
    assert root == Comment("p1", thread, ROSA_ALIAS, "Hello.", published=SAID_AT)
    assert answer == Comment(
        "p2",
        thread,
        ROSA_ALIAS,
        "Hi.",
        published=datetime(2017, 5, 11, 12, 0, 1, 500_000, tzinfo=UTC),
        edited=datetime(2017, 5, 11, 12, 1, tzinfo=UTC),
        parent_id="p1",
    )


@pytest.mark.parametrize("order", [1, -1])
def test_first_post_begins_its_thread_on_pages_without_its_replies(order: int):
    pages = [make_page(make_post("p2", root_id="p1"), make_post()), make_page(make_post())]

    found = comments_of(read(*pages[::order]))

    assert {(comment.native_id, comment.discussion.native_id) for comment in found} == {("p1", "p1"), ("p2", "p1")}


def test_reply_to_a_deleted_post_keeps_its_thread():
    deleted, kept = read(make_page(make_post(delete_at=NOON), make_post("p2", root_id="p1")), BENCHES)

    assert deleted == SkippedRecord("p1", "deleted")
    assert isinstance(kept, Comment)
    assert kept.discussion == Discussion("p1", "Benches, 11 May 2017", channel=OPEN)


@pytest.mark.parametrize(
    ("further", "reason"),
    [
        ({"type": "system_join_team"}, "system join team"),
        ({"delete_at": NOON}, "deleted"),
        ({"original_id": "p0", "delete_at": NOON}, "earlier version"),
        ({"props": {"from_webhook": "true"}}, "bot message"),
        ({"props": {"from_bot": "true"}}, "bot message"),
        ({"message": "\n"}, "without text"),
    ],
)
def test_what_nobody_said_is_left_out(further: dict[str, Any], reason: str):
    assert read(make_page(make_post(**further)), BENCHES) == [SkippedRecord("p1", reason)]


def test_files_are_told_by_their_names_where_nothing_was_said():
    metadata = {"files": [{"name": "plan.pdf"}, {"name": "b.png"}, 7]}

    assert comments_of(read(make_page(make_post(message="", metadata=metadata))))[0].text == "plan.pdf, b.png"


@pytest.mark.parametrize(
    ("user", "author"),
    [
        ({**ROSA, "nickname": "Ro"}, AuthorAlias("Ro", "rosa1", ("Rosa Díaz", "rosa"))),
        ({**ROSA, "first_name": "", "last_name": ""}, AuthorAlias("rosa", "rosa1")),
        ({**ROSA, "id": "other"}, AuthorAlias("rosa1", "rosa1")),
    ],
)
def test_author_is_named(user: dict[str, Any], author: AuthorAlias):
    assert comments_of(read([user], make_page(make_post())))[0].author == author


@pytest.mark.parametrize(
    ("channel", "expected"),
    [
        ({"type": "P"}, Channel("Benches", Visibility("channel", frozenset({"bench1"})))),
        (
            {"type": "D", "name": "rosa1__milo1", "display_name": ""},
            Channel("direct message of Rosa Díaz and milo1", Visibility("people", frozenset({"rosa1", "milo1"}))),
        ),
        ({"type": "G", "display_name": "rosa, milo"}, Channel("direct message of rosa, milo", NOBODY)),
        ({"id": "other"}, Channel("", NOBODY)),
    ],
)
def test_private_talk_is_for_those_in_it(channel: dict[str, Any], expected: Channel):
    (comment,) = comments_of(read(ROSA, {**BENCHES, **channel}, make_page(make_post())))

    assert comment.discussion.channel == expected


def test_pages_without_posts_give_nothing():
    error = {"id": "api.error", "message": "no", "detailed_error": "", "request_id": "r", "status_code": 401}

    assert read({"order": [], "posts": {}}, error) == []


TEAM_CHANNEL = {"type": "channel", "channel": {"team": "t", "name": "benches", "display_name": "Benches", "type": "O"}}
TEAM_USER = {"type": "user", "user": {"username": "rosa", "first_name": "Rosa", "last_name": "Díaz"}}
POST = {"team": "t", "channel": "benches", "user": "rosa", "message": "Hello.", "create_at": NOON}


def test_export_is_read():
    reply = {"user": "milo", "message": "Hi.", "create_at": NOON + 1_000}

    found = read_export(TEAM_CHANNEL, TEAM_USER, {"type": "post", "post": {**POST, "replies": [reply]}})

    thread = Discussion(f"t/benches:{NOON}:rosa", "Hello.", channel=OPEN)
    assert found == [
        Comment(
            f"t/benches:{NOON}:rosa", thread, AuthorAlias("Rosa Díaz", "rosa", ("rosa",)), "Hello.", published=SAID_AT
        ),
        Comment(
            f"t/benches:{NOON + 1_000}:milo",
            thread,
            AuthorAlias("milo", "milo"),
            "Hi.",
            published=datetime(2017, 5, 11, 12, 0, 1, tzinfo=UTC),
            parent_id=f"t/benches:{NOON}:rosa",
        ),
    ]


def test_post_of_an_export_without_replies_belongs_to_its_channels_day():
    (found,) = comments_of(read_export(TEAM_CHANNEL, {"type": "post", "post": POST}))

    assert found.discussion == Discussion("t/benches:2017-05-11", "Benches, 11 May 2017", channel=OPEN)


def test_direct_posts_are_private():
    direct = {"channel_members": ["rosa", "milo"], "user": "milo", "message": "Bring the saw.", "create_at": NOON}

    (found,) = comments_of(read_export(TEAM_USER, {"type": "direct_post", "direct_post": direct}))

    assert found.native_id == f"direct:milo,rosa:{NOON}:milo"
    assert found.discussion.channel == Channel(
        "direct message of milo and Rosa Díaz", Visibility("people", frozenset({"milo", "rosa"}))
    )


def test_posts_of_private_and_unlisted_channels_are_private():
    private = {"type": "channel", "channel": {"team": "t", "name": "hosts", "display_name": "Hosts", "type": "P"}}
    posts = [{"type": "post", "post": {**POST, "channel": name}} for name in ("hosts", "woods")]

    found = comments_of(read_export(private, *posts))

    # The name of a team's channel is no id that a visibility can hold.
    assert [comment.discussion.channel for comment in found] == [Channel("Hosts", NOBODY), Channel("", NOBODY)]


def test_broken_lines_are_problems():
    file = make_file('{"type": "version", "version": 1}\n{"type": "post", \n\n[]\n{"type": "post", "post": {}}\n')

    assert list(mattermost.parse([file])) == [
        SourceProblem('line 2: \'{"type": "post",\'', "the line is not JSON"),
        SourceProblem("line 5", "the post has no time that can be read: left out"),
    ]


@pytest.mark.parametrize("create_at", [None, "soon", [1], True, -5, 10**30])
def test_post_without_a_time_is_kept_by_the_api_alone(create_at: Any):
    assert comments_of(read(make_page(make_post(create_at=create_at))))[0].published is None
    assert problems_of(read_export({"type": "post", "post": {**POST, "create_at": create_at}}))


def test_page_cut_short_is_told():
    whole = json.dumps(make_page(make_post()))
    for cut in range(30, len(whole), 9):
        assert problems_of(list(mattermost.parse([make_file(whole[:cut])])))


KEYS = [
    "id",
    "create_at",
    "user_id",
    "channel_id",
    "root_id",
    "message",
    "type",
    "props",
    "metadata",
    "files",
    "replies",
]
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner),
)


@given(st.dictionaries(st.sampled_from([*KEYS, "edit_at", "delete_at"]), VALUES), VALUES, VALUES)
def test_any_values_are_read(changed: dict[str, Any], user: Any, channel: Any):
    posts = {"a": {**make_post(), **changed}, "b": changed, "c": user}
    lines = [{"type": kind, kind: {**POST, **changed}} for kind in ("post", "direct_post", "channel", "user")]

    items = read(
        {"order": ["a"], "posts": posts},
        [{**ROSA, "nickname": user}, user],
        [{**BENCHES, "name": channel, "display_name": channel, "type": "D"}, channel],
    )
    items += read_export(*lines, user, {"type": user, "post": channel}, {"type": "post", "post": channel})

    assert all(comment.text for comment in comments_of(items))


@given(st.integers(0, 300), st.binary(max_size=4))
def test_any_bytes_are_read(at: int, noise: bytes):
    for whole in (json.dumps(make_page(make_post())).encode(), make_export({"type": "post", "post": POST}).read_head()):
        file = make_file(whole[:at] + noise + whole[at + len(noise) :])
        assert all(comment.text for comment in comments_of(list(mattermost.parse([file]))))
