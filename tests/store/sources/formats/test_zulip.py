"""Zulip's exports and pages of its API."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.domain.comment import AuthorAlias, Channel, Comment, Discussion, SkippedRecord, SourceItem, SourceProblem
from store.domain.viewer import Visibility
from store.sources.dates import parse_date
from store.sources.files import open_files
from store.sources.formats.zulip import FORMAT
from store.sources.json import CUT_SHORT
from tests.store.sources.damage import check_harmless, damaged_bytes, damaged_json
from tests.store.sources.making import comments_of, make_file

SAMPLES = Path(__file__).parent / "samples/zulip"
REALM, MESSAGES = ((SAMPLES / f"export/{name}.json").read_bytes() for name in ("realm", "messages-000001"))
PAGE, STREAMS = ((SAMPLES / f"api/{name}.json").read_bytes() for name in ("messages", "streams"))
ROSA, MILO, INES = AuthorAlias("Rosa Díaz", "77"), AuthorAlias("Milo", "88"), AuthorAlias("Ines", "99")
BOARD = Channel("board", Visibility("channel", frozenset({"22"})))
DAY = "11 May 2017"


def parse(*contents: bytes | str) -> list[SourceItem]:
    return list(FORMAT.parse([make_file(content) for content in contents]))


def make_topic(number: str, title: str, channel: Channel) -> Discussion:
    return Discussion(f"{number}:{title.lower()}", title, channel=channel)


def make_direct(names: str, *people: str) -> Discussion:
    channel = Channel(names, Visibility("people", frozenset(people)))
    return Discussion(f"direct {','.join(people)}:2017-05-11", f"{names}, {DAY}", channel=channel)


def make_comment(number: int, text: str, author: AuthorAlias, discussion: Discussion, **fields: Any) -> Comment:
    published = parse_date(str(1494489600.25 + number))
    return Comment(str(number), discussion, author, text, **{"published": published, **fields})


def test_export_is_read_whole():
    general = Channel("general")
    nobody = Discussion("recipient 77:2017-05-11", DAY, channel=Channel("", Visibility("nobody")))
    assert list(FORMAT.parse(open_files(SAMPLES / "export"))) == [
        make_comment(1, "The **north** side dries first, @Milo.", ROSA, make_topic("21", "Benches", general)),
        make_comment(
            2,
            "Which paint? See #board>Budget.",
            MILO,
            make_topic("21", "benches", general),
            edited=parse_date("1494490000"),
        ),
        SkippedRecord("3", "a bot's"),
        SkippedRecord("4", "a bot's"),
        make_comment(5, "It is 40.", INES, make_topic("22", "Budget", BOARD)),
        make_comment(6, "Tea at four?", ROSA, make_direct("Milo, Rosa Díaz", "77", "88")),
        make_comment(7, "Us three.", MILO, make_direct("Ines, Milo, Rosa Díaz", "77", "88", "99")),
        make_comment(8, "Where?", MILO, nobody),
    ]


def test_pages_are_read_with_what_is_known_of_streams():
    plans = Channel("plans", Visibility("channel", frozenset({"23"})))
    dated = {number: parse_date(str(1494489600 + number)) for number in range(11, 15)}
    assert parse(PAGE, STREAMS) == [
        make_comment(
            11,
            "Paint it in May.",
            ROSA,
            make_topic("21", "Benches", Channel("general")),
            published=dated[11],
            edited=parse_date("1494489700"),
        ),
        make_comment(12, "It is 50.", ROSA, make_topic("22", "Budget", BOARD), published=dated[12]),
        make_comment(13, "Tea?", ROSA, make_direct("Milo, Rosa Díaz", "77", "88"), published=dated[13]),
        make_comment(14, "Unknown stream.", ROSA, make_topic("23", "Plans", plans), published=dated[14]),
    ]


def test_stream_of_which_nothing_is_known_is_not_public():
    visibilities = [comment.discussion.channel.visibility for comment in comments_of(parse(PAGE))]

    assert visibilities == [
        Visibility("channel", frozenset({"21"})),
        Visibility("channel", frozenset({"22"})),
        Visibility("people", frozenset({"77", "88"})),
        Visibility("channel", frozenset({"23"})),
    ]


def test_messages_without_their_tables_are_shown_to_nobody():
    assert {comment.discussion.channel.visibility for comment in comments_of(parse(MESSAGES))} == {Visibility("nobody")}


@pytest.mark.parametrize(
    ("invite_only", "kind"), [(False, "public"), (True, "channel"), (None, "channel"), ("no", "channel")]
)
def test_only_a_stream_that_is_said_to_be_open_is_public(invite_only: Any, kind: str):
    streams = json.dumps({"streams": [{"stream_id": 21, "invite_only": invite_only}]})

    assert comments_of(parse(PAGE, streams))[0].discussion.channel.visibility.kind == kind


def test_no_address_is_kept():
    items = [*parse(MESSAGES, REALM), *parse(PAGE, STREAMS)]

    assert not any(secret in repr(items) for secret in ("@benches", "@zulip", "secret"))


def test_old_exports_name_the_date_otherwise():
    message = {"id": 1, "content": "Hello.", "pub_date": 1494489601.25}

    (comment,) = comments_of(parse(json.dumps({"zerver_message": [message]})))

    assert comment.published == parse_date("2017-05-11T08:00:01.25Z")


def test_who_read_what_may_come_first():
    read = [{"id": number, "user_profile": 77, "message": 1} for number in range(9_000)]
    turned = {"zerver_usermessage": read, "zerver_message": json.loads(MESSAGES)["zerver_message"]}

    assert parse(json.dumps(turned), REALM) == parse(MESSAGES, REALM)


@pytest.mark.parametrize("name", ["none", "error", "users", "streams"])
def test_answer_without_messages_gives_nothing(name: str):
    assert parse((SAMPLES / f"api/{name}.json").read_bytes()) == []


def test_broken_file_costs_itself_alone():
    items = parse(MESSAGES[: MESSAGES.index(b"Beep")], REALM, '{"zerver_message": [7]}')

    assert [comment.native_id for comment in comments_of(items)] == ["1", "2"]
    assert items[-3:] == [
        SourceProblem("zerver_message 3", "the record is cut short: left out"),
        SourceProblem("the end of the file", CUT_SHORT),
        SourceProblem("zerver_message 1", "the comment has no id"),
    ]


@given(*(damaged_json(json.loads(content)) for content in (MESSAGES, REALM)))
def test_any_value_in_any_place_raises_nothing(messages: str, realm: str):
    check_harmless(FORMAT, make_file(messages), make_file(realm))


@given(*(damaged_json(json.loads(content)) for content in (PAGE, STREAMS)))
def test_any_value_in_any_answer_raises_nothing(page: str, streams: str):
    check_harmless(FORMAT, make_file(page), make_file(streams))


@given(st.sampled_from([MESSAGES, REALM, PAGE]).flatmap(damaged_bytes))
def test_any_bytes_raise_nothing(content: bytes):
    check_harmless(FORMAT, make_file(content), make_file(REALM))
