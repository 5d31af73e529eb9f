"""Telegram Desktop's exports, and updates from the Bot API."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.domain.comment import AuthorAlias, Channel, Comment, Discussion, SkippedRecord, SourceItem, SourceProblem
from store.domain.viewer import PUBLIC, Visibility
from store.sources.dates import parse_date
from store.sources.formats.telegram import FORMAT
from store.sources.json import CUT_SHORT
from tests.store.sources.damage import check_harmless, damaged_bytes, damaged_json
from tests.store.sources.making import comments_of, make_file, problems_of, skipped_of

SAMPLES = Path(__file__).parent / "samples/telegram"
CHAT, ACCOUNT, UPDATES = ((SAMPLES / f"{name}.json").read_bytes() for name in ("chat", "account", "updates"))
CLUB = Channel("Bench Club")
DAY = Discussion("1234567890:2017-05-11", "Bench Club, 11 May 2017", channel=CLUB)
TOPIC = Discussion("1234567890:topic 6", "Spring meeting", channel=CLUB)
ROSA, MILO = AuthorAlias("Rosa Díaz", "user77"), AuthorAlias("Milo", "user88")


def parse(content: bytes | str) -> list[SourceItem]:
    return list(FORMAT.parse([make_file(content)]))


def parse_one(**fields: Any) -> Comment:
    chat = {"name": "Bench Club", "type": "public_supergroup", "id": 5}
    (comment,) = comments_of(parse(json.dumps({**chat, "messages": [{"id": 1, "type": "message", **fields}]})))
    return comment


def make_comment(number: int, text: str, author: AuthorAlias, discussion: Discussion, **fields: Any) -> Comment:
    chat = discussion.native_id.partition(":")[0]
    published = parse_date(str(1494489600 + number * 60))
    return Comment(f"{chat}:{number}", discussion, author, text, **{"published": published, **fields})


def test_chat_is_read_whole():
    assert parse(CHAT) == [
        SkippedRecord("1234567890:1", "a notice"),
        make_comment(2, "The north side dries first.", ROSA, DAY),
        make_comment(
            3,
            "Which paint? this one (https://shop.example/), https://a.example or oil",
            MILO,
            DAY,
            edited=parse_date("2017-05-11T09:00:00Z"),
            parent_id="1234567890:2",
        ),
        SkippedRecord("1234567890:4", "without text"),
        make_comment(5, "Paint is for fences.", AuthorAlias("Ines"), DAY),
        SkippedRecord("1234567890:6", "a notice"),
        make_comment(7, "Who comes?", ROSA, TOPIC),
        make_comment(
            8, "I do.", MILO, TOPIC, parent_id="1234567890:7", published=parse_date(str(1494489600 + 86400 + 480))
        ),
        SkippedRecord("1234567890:9", "without text"),
    ]


def make_day(chat: str, name: str, visibility: Visibility) -> Discussion:
    title = f"{name}, 11 May 2017" if name else "11 May 2017"
    return Discussion(f"{chat}:2017-05-11", title, channel=Channel(name, visibility))


def test_chats_of_an_account_keep_who_may_see_them():
    news = make_day("66", "News", PUBLIC)
    assert parse(ACCOUNT) == [
        make_comment(20, "Tea at four?", ROSA, make_day("88", "Milo", Visibility("people", frozenset({"user88"})))),
        make_comment(
            21, "Buy sandpaper.", ROSA, make_day("77", "Saved messages", Visibility("people", frozenset({"user77"})))
        ),
        make_comment(22, "Budget is 40.", MILO, make_day("55", "Board", Visibility("channel", frozenset({"55"})))),
        make_comment(3, "Meeting in May.", AuthorAlias("Ines"), news),
    ]


def test_updates_give_the_same_comments_as_the_export():
    rosa = AuthorAlias("Rosa Díaz", "user77", ("rosadz",))
    board = make_day("55", "Board", Visibility("channel", frozenset({"55"})))
    private = make_day("77", "Rosa", Visibility("people", frozenset({"user77"})))
    news = make_day("66", "News", PUBLIC)
    link = "https://t.me/benchclub/"
    assert parse(UPDATES) == [
        make_comment(2, "The north side dries first.", rosa, DAY, url=f"{link}2"),
        make_comment(
            30,
            "\U0001fa91 Which one (https://shop.example/)?",
            MILO,
            DAY,
            url=f"{link}30",
            edited=parse_date("1494491460"),
            parent_id="1234567890:2",
        ),
        SkippedRecord("1234567890:31", "a bot's"),
        make_comment(32, "Hello bot.", rosa, private, published=parse_date("1494491600")),
        make_comment(33, "A bench.", rosa, board, published=parse_date("1494491700")),
        make_comment(34, "Me too.", rosa, TOPIC, url=f"{link}34", published=parse_date("1494491800")),
        make_comment(
            4, "Meeting in June.", AuthorAlias("News", "channel66"), news, url="https://t.me/benchnews/4",
            published=parse_date("1494491900"),
        ),
        make_comment(35, "Sand it.", AuthorAlias("Ada"), DAY, url=f"{link}35", published=parse_date("1494492000")),
    ]  # fmt: skip


def test_no_number_of_a_phone_is_kept():
    assert "+00" not in repr(parse(ACCOUNT))


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("public_channel", PUBLIC),
        ("private_channel", Visibility("channel", frozenset({"5"}))),
        ("bot_chat", Visibility("people", frozenset({"user5"}))),
        ("secret_chat", Visibility("nobody")),
        ("", Visibility("nobody")),
        (["public_channel"], Visibility("nobody")),
    ],
)
def test_chat_of_an_unknown_kind_is_shown_to_nobody(kind: Any, expected: Visibility):
    message = {"id": 1, "type": "message", "text": "Hello."}

    (comment,) = comments_of(parse(json.dumps({"name": "A", "type": kind, "id": 5, "messages": [message]})))

    assert comment.discussion == Discussion("5", "A", channel=Channel("A", expected))


def test_chat_without_a_number_is_shown_to_nobody():
    message = {"id": 1, "type": "message", "text": "Hello."}

    (comment,) = comments_of(parse(json.dumps({"name": "A", "type": "private_group", "messages": [message]})))

    assert comment.discussion.channel.visibility == Visibility("nobody")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (["a ", {"type": "mention", "text": "@milo"}, " b"], "a @milo b"),
        ([{"type": "text_link", "text": "https://a.example", "href": "https://a.example/"}], "https://a.example"),
        ([{"type": "blockquote", "text": "one\ntwo"}, "three"], "> one\n> two\nthree"),
        ([{"type": "bold"}, None, 7, ["x"], "y"], "7y"),
        ("<b> & *c*", "<b> & *c*"),
    ],
)
def test_text_is_joined_of_its_pieces(text: Any, expected: str):
    assert parse_one(text=text).text == expected


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"from": "Rosa", "from_id": "user7"}, AuthorAlias("Rosa", "user7")),
        ({"from": None, "from_id": "user7"}, AuthorAlias("user7", "user7")),
        ({}, AuthorAlias("Anonymous")),
        ({"from": "Rosa", "from_id": "user7", "forwarded_from": None}, AuthorAlias("Anonymous")),
        ({"from": "News", "from_id": "channel7", "author": "Ines"}, AuthorAlias("Ines")),
    ],
)
def test_author_is_who_said_it(fields: dict[str, Any], expected: AuthorAlias):
    assert parse_one(text="Hello.", **fields).author == expected


def test_answer_to_another_chat_names_it():
    assert parse_one(text="Hello.", reply_to_message_id=9, reply_to_peer_id="channel66").parent_id == "66:9"


def test_local_date_is_taken_where_there_is_no_other():
    assert parse_one(text="Hello.", date="2017-05-11T10:00:00").published == parse_date("2017-05-11T10:00:00Z")


@pytest.mark.parametrize("edited", ["1970-01-01T02:00:00", "1969-12-31T19:00:00"])
def test_old_versions_date_what_was_never_edited(edited: str):
    assert parse_one(text="Hello.", date="2018-05-11T10:00:00", edited=edited).edited is None


def test_old_versions_number_chats_and_accounts_in_their_way():
    old = {"name": "Bench Club", "type": "private_supergroup", "id": 2**33 + 1234567890}
    said = [
        {"id": 1, "type": "message", "from": "Rosa", "from_id": 77, "text": "Hello."},
        {"id": 2, "type": "message", "from": "Bench Club", "from_id": 2**33 + 66, "text": "Hello."},
    ]
    content = json.dumps({**old, "messages": said})

    found = comments_of(parse(content))

    assert [(comment.native_id, comment.author.account) for comment in found] == [
        ("1234567890:1", "user77"),
        ("1234567890:2", "channel66"),
    ]
    assert FORMAT.identify(make_file(content)) == "telegram:1234567890"


def test_chat_cut_short_gives_what_is_whole():
    items = parse(CHAT[: CHAT.index(b'"Paint is for')])

    assert len(comments_of(items)) == 2
    assert [problem.reason for problem in problems_of(items)] == ["the record is cut short: left out", CUT_SHORT]


def test_chain_of_answers_may_be_long():
    messages = [{"id": 1, "type": "service", "action": "topic_created", "title": "T"}]
    messages += [{"id": n, "type": "message", "text": "x", "reply_to_message_id": n - 1} for n in range(2, 20_000)]

    items = parse(json.dumps({"name": "A", "type": "public_supergroup", "id": 5, "messages": messages}))

    assert {comment.discussion.native_id for comment in comments_of(items)} == {"5:topic 1"}


@pytest.mark.parametrize("name", ["nothing", "error"])
def test_answer_without_updates_gives_nothing(name: str):
    assert parse((SAMPLES / f"{name}.json").read_bytes()) == []


def test_record_that_is_no_message_is_a_problem():
    assert parse('{"type": "public_channel", "id": 5, "messages": [7]}') == [
        SourceProblem("messages 1", "the comment has no id")
    ]


def test_number_of_a_group_may_begin_like_that_of_a_channel():
    update = {"message": {"message_id": 1, "chat": {"id": -100123, "type": "group"}, "text": "Hello."}}

    (comment,) = comments_of(parse(json.dumps({"ok": True, "result": [update]})))

    assert comment.native_id == "100123:1"


def test_link_at_an_impossible_place_is_left_out():
    entities = [{"type": "text_link", "offset": at, "length": 9, "url": "https://b.example"} for at in (-1, 3, 10**30)]
    update = {"message": {"message_id": 1, "chat": {"id": 1}, "text": "Hello.", "entities": [*entities, 7]}}

    (comment,) = comments_of(parse(json.dumps({"ok": True, "result": [update]})))

    assert comment.text == "Hello."
    assert skipped_of(parse(json.dumps({"ok": True, "result": [update]}))) == []


@pytest.mark.parametrize(
    ("content", "expected"),
    [(CHAT, "telegram:1234567890"), (ACCOUNT, "telegram:user77"), (UPDATES, "")],
    ids=["chat", "account", "updates"],
)
def test_place_is_the_chat_or_the_account(content: bytes, expected: str):
    assert FORMAT.identify(make_file(content)) == expected


@given(st.sampled_from([CHAT, ACCOUNT, UPDATES]).flatmap(lambda content: damaged_json(json.loads(content))))
def test_any_value_in_any_place_raises_nothing(content: str):
    check_harmless(FORMAT, make_file(content))


@given(st.sampled_from([CHAT, ACCOUNT, UPDATES]).flatmap(damaged_bytes))
def test_any_bytes_raise_nothing(content: bytes):
    check_harmless(FORMAT, make_file(content))


def test_control_characters_are_read_as_telegram_desktop_writes_them():
    content = CHAT.replace(b"The north side", rb"The\x0bnorth \\x41 side\x1b")

    assert comments_of(parse(content))[0].text == "The\nnorth \\x41 side dries first."
    assert len(parse(content)) == len(parse(CHAT))
