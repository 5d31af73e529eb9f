"""Discord's channels as DiscordChatExporter writes them."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.domain.comment import AuthorAlias, Channel, Comment, Discussion, SkippedRecord, SourceItem, SourceProblem
from store.domain.viewer import PUBLIC, Visibility
from store.sources.dates import parse_date
from store.sources.formats.discord import FORMAT
from store.sources.json import CUT_SHORT
from tests.store.sources.damage import check_harmless, damaged_bytes, damaged_json
from tests.store.sources.making import comments_of, make_file, problems_of

SAMPLES = Path(__file__).parent / "samples/discord"
GENERAL, THREAD, DIRECT = ((SAMPLES / f"{name}.json").read_bytes() for name in ("general", "thread", "direct"))
ROSA, MILO = AuthorAlias("Rosa Díaz", "77", ("rosadz",)), AuthorAlias("milo", "88")
CHANNEL = Channel("general")
LINK = "https://discord.com/channels"


def parse(content: bytes | str) -> list[SourceItem]:
    return list(FORMAT.parse([make_file(content)]))


def make_day(day: int) -> Discussion:
    return Discussion(f"901:2017-05-{day}", f"#general, {day} May 2017", channel=CHANNEL)


def test_channel_is_read_whole():
    assert parse(GENERAL) == [
        SkippedRecord("1", "a notice"),
        Comment(
            native_id="2",
            discussion=make_day(11),
            author=ROSA,
            text="The **north** side dries first, @milo.",
            url=f"{LINK}/900/901/2",
            published=parse_date("2017-05-11T08:00:00.25Z"),
            edited=parse_date("2017-05-11T08:05:00Z"),
        ),
        Comment(
            native_id="3",
            discussion=make_day(12),
            author=MILO,
            text="Which paint? :bench:",
            url=f"{LINK}/900/901/3",
            published=parse_date("2017-05-12T08:00:00Z"),
            parent_id="2",
        ),
        SkippedRecord("4", "a bot's"),
        SkippedRecord("5", "without text"),
        Comment(
            native_id="7",
            discussion=make_day(12),
            author=AuthorAlias("Deleted User"),
            text="Oil.",
            url=f"{LINK}/900/901/7",
            published=parse_date("2017-05-12T08:03:00Z"),
        ),
        SkippedRecord("8", "a notice"),
        SkippedRecord("9", "a notice"),
    ]


def test_thread_is_one_discussion():
    discussion = Discussion("950", "Spring meeting", f"{LINK}/900/950", CHANNEL)
    assert parse(THREAD) == [
        SkippedRecord("21", "a notice"),
        Comment("22", discussion, ROSA, "Who comes?", f"{LINK}/900/950/22", parse_date("2017-05-13T08:01:00Z")),
        Comment("23", discussion, MILO, "I do.", f"{LINK}/900/950/23", parse_date("2017-05-15T08:01:00Z")),
    ]


def test_direct_messages_are_private():
    private = Channel("milo", Visibility("channel", frozenset({"970"})))
    discussion = Discussion("970:2017-05-13", "milo, 13 May 2017", channel=private)
    assert parse(DIRECT) == [
        Comment("31", discussion, ROSA, "Tea at four?", f"{LINK}/@me/970/31", parse_date("2017-05-13T08:00:00Z"))
    ]


@pytest.mark.parametrize(
    ("kind", "number", "expected"),
    [
        ("GuildTextChat", "5", PUBLIC),
        ("GuildPublicThread", "5", PUBLIC),
        ("GuildPrivateThread", "5", Visibility("channel", frozenset({"5"}))),
        ("DirectGroupTextChat", "5", Visibility("channel", frozenset({"5"}))),
        ("DirectTextChat", None, Visibility("nobody")),
        ("DirectTextChat", "", Visibility("nobody")),
        ("Whispering", "5", Visibility("nobody")),
        ("", "5", Visibility("nobody")),
    ],
)
def test_visibility_is_that_of_the_channel(kind: str, number: Any, expected: Visibility):
    message = {"id": "1", "type": "Default", "content": "Hello."}
    channel = {"id": number, "type": kind, "name": "x"}

    (comment,) = comments_of(parse(json.dumps({"guild": {}, "channel": channel, "messages": [message]})))

    assert comment.discussion.channel.visibility == expected


def test_no_address_of_a_file_is_kept():
    assert "cdn.discordapp" not in repr(parse(GENERAL))


def test_token_in_the_address_of_a_file_that_somebody_pasted_is_not_kept():
    address = "https://cdn.discordapp.com/attachments/1/2/bench.png"
    message = {"id": "1", "type": "Default", "content": f"See ({address}?ex=66&is=65&hm=abcdef), or a?b."}
    channel = {"id": "9", "type": "GuildTextChat", "name": "benches"}

    (found,) = comments_of(parse(json.dumps({"guild": {"id": "5"}, "channel": channel, "messages": [message]})))

    assert found.text == f"See ({address}), or a?b."


def test_only_replies_have_parents():
    message = {"id": "1", "type": "Default", "content": "Hello.", "reference": {"messageId": "9"}}

    (comment,) = comments_of(parse(json.dumps({"messages": [message]})))

    assert comment.parent_id is None


def test_record_that_is_no_message_is_a_problem():
    assert parse('{"messages": [7]}') == [SourceProblem("messages 1", "the comment has no id")]


def test_channel_cut_short_gives_what_is_whole():
    items = parse(GENERAL[: GENERAL.index(b"Beep")])

    assert len(comments_of(items)) == 2
    assert [problem.reason for problem in problems_of(items)] == ["the record is cut short: left out", CUT_SHORT]


@pytest.mark.parametrize(
    ("content", "expected"),
    [(GENERAL, "discord:900"), (THREAD, "discord:900"), (DIRECT, "discord:@me/970"), (b"{}", "")],
    ids=["channel", "thread", "direct", "none"],
)
def test_place_is_the_guild(content: bytes, expected: str):
    assert FORMAT.identify(make_file(content)) == expected


@given(st.sampled_from([GENERAL, THREAD, DIRECT]).flatmap(lambda content: damaged_json(json.loads(content))))
def test_any_value_in_any_place_raises_nothing(content: str):
    check_harmless(FORMAT, make_file(content))


@given(damaged_bytes(GENERAL))
def test_any_bytes_raise_nothing(content: bytes):
    check_harmless(FORMAT, make_file(content))
