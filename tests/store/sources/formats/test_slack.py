"""Slack's exports, slackdump's exports and dumps, and pages of the API."""

import json
from copy import deepcopy
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.domain.comment import AuthorAlias, Channel, Comment, Discussion, SkippedRecord, SourceItem, SourceProblem
from store.domain.viewer import PUBLIC, Visibility
from store.sources.files import SourceFile
from store.sources.formats import slack
from store.sources.head import Head
from tests.store.sources.making import comments_of, make_file, problems_of, skipped_of

NOBODY = Visibility("nobody")
USERS = [
    {
        "id": "U1",
        "team_id": "T1",
        "name": "rosa",
        "real_name": "Rosa Díaz",
        "profile": {"display_name": "Rosa", "real_name": "Rosa Díaz", "email": "rosa@garden.example"},
    },
    {"id": "U2", "team_id": "T1", "name": "milo", "profile": {"display_name": "", "real_name": "Milo Brandt"}},
]
CHANNELS = [{"id": "C1", "name": "general", "created": 1, "is_general": True, "members": ["U1", "U2"]}]
TEAM = {"ok": True, "team": {"id": "T1", "domain": "garden"}}
TS = "1494504000.000200"
GENERAL = Channel("general")
ROSA = AuthorAlias("Rosa", "U1", ("Rosa Díaz", "rosa"))
MILO = AuthorAlias("Milo Brandt", "U2", ("milo",))
DAY = Discussion("C1:2017-05-11", "#general, 11 May 2017", channel=GENERAL)
THREAD = Discussion(f"C1:{TS}", "Hello there.", channel=GENERAL)
SHADE = Comment(
    native_id=f"C1:{TS}",
    discussion=DAY,
    author=ROSA,
    text="Hello there.",
    published=datetime(2017, 5, 11, 12, 0, 0, 200, tzinfo=UTC),
)


def make_message(text: Any = "Hello there.", ts: Any = TS, **further: Any) -> dict[str, Any]:
    return {"type": "message", "user": "U1", "text": text, "ts": ts, **further}


def make_json(value: Any, name: str) -> SourceFile:
    return make_file(json.dumps(value), name)


def read(files: dict[str, Any]) -> list[SourceItem]:
    """Read an export: a value for each file, by its name."""
    return list(slack.parse([make_json(value, name) for name, value in files.items()]))


def read_days(*messages: Any, **others: Any) -> list[SourceItem]:
    listings = {"channels.json": CHANNELS, "users.json": USERS}
    return read({**listings, **others, "general/2017-05-11.json": list(messages)})


def read_one(message: Any, **others: Any) -> Comment:
    (found,) = comments_of(read_days(message, **others))
    return found


def test_message_without_a_thread_belongs_to_its_channels_day():
    assert read_days(make_message()) == [SHADE]


def test_listings_are_read_first_whatever_the_order_of_the_files():
    assert read({"general/2017-05-11.json": [make_message()], "users.json": USERS, "channels.json": CHANNELS}) == [
        SHADE
    ]


def test_thread_is_a_discussion_titled_by_its_first_message():
    root = make_message(thread_ts=TS, reply_count=1, replies=[{"user": "U2", "ts": "1494504100.000300"}])
    reply = make_message("Under the tree.", "1494504100.000300", user="U2", thread_ts=TS, parent_user_id="U1")

    assert read_days(root, reply) == [
        Comment(f"C1:{TS}", THREAD, ROSA, "Hello there.", published=SHADE.published),
        Comment(
            "C1:1494504100.000300",
            THREAD,
            MILO,
            "Under the tree.",
            published=datetime(2017, 5, 11, 12, 1, 40, 300, tzinfo=UTC),
            parent_id=f"C1:{TS}",
        ),
    ]


def test_replies_of_later_days_keep_the_threads_title():
    reply = make_message("Later.", "1494604100.000300", thread_ts=TS)

    found = read(
        {
            "channels.json": CHANNELS,
            "general/2017-05-11.json": [make_message(thread_ts=TS)],
            "general/2017-05-12.json": [reply],
        }
    )

    assert [comment.discussion for comment in comments_of(found)] == [THREAD, THREAD]


def test_root_of_an_old_export_is_known_by_its_replies():
    root, reply = read_days(
        make_message(replies=[{"ts": "1494504100.000300"}]), make_message("Hi.", "1494504100.000300", thread_ts=TS)
    )

    assert isinstance(root, Comment)
    assert isinstance(reply, Comment)
    assert root.discussion == reply.discussion == THREAD


def test_long_title_is_shortened():
    found = read_one(make_message("word " * 100, thread_ts=TS))

    assert len(found.discussion.title) <= 80
    assert found.discussion.title.endswith(" word…")


def test_reply_whose_root_is_deleted_keeps_its_thread():
    root = make_message("This message was deleted.", thread_ts=TS, subtype="tombstone", hidden=True)
    reply = make_message("Why not?", "1494504100.000300", thread_ts=TS)

    deleted, kept = read_days(root, reply)

    assert deleted == SkippedRecord(f"C1:{TS}", "deleted")
    assert isinstance(kept, Comment)
    assert kept.discussion == Discussion(f"C1:{TS}", "#general, 11 May 2017", channel=GENERAL)
    assert kept.parent_id == f"C1:{TS}"


def test_reply_whose_root_is_in_no_file_leaves_the_title_to_a_file_that_has_it():
    assert read_one(make_message(ts="1494504100.000300", thread_ts=TS)).discussion.title == ""


def test_reply_sent_to_the_channel_too_is_taken_once():
    broadcast = make_message(
        "Under the tree.", "1494504100.000300", thread_ts=TS, subtype="thread_broadcast", root=make_message()
    )

    (found,) = comments_of(read_days(broadcast, broadcast))

    assert found.discussion == THREAD
    assert found.parent_id == f"C1:{TS}"


@pytest.mark.parametrize(
    ("further", "reason"),
    [
        ({"subtype": "channel_join"}, "channel join"),
        ({"subtype": "channel_topic"}, "channel topic"),
        ({"subtype": "bot_message"}, "bot message"),
        ({"subtype": "reply_broadcast"}, "reply broadcast"),
        ({"subtype": "tombstone"}, "deleted"),
        ({"hidden": True}, "deleted"),
        ({"type": "user_typing"}, "no message"),
        ({"text": " "}, "without text"),
        ({"text": None, "attachments": [{"text": "a page", "fallback": "a page"}]}, "without text"),
    ],
)
def test_what_nobody_said_is_left_out(further: dict[str, Any], reason: str):
    assert read_days({**make_message(), **further}) == [SkippedRecord(f"C1:{TS}", reason)]


@pytest.mark.parametrize("subtype", ["file_share", "thread_broadcast", "me_message", "", None])
def test_what_people_said_in_other_ways_is_kept(subtype: str | None):
    assert read_one(make_message(subtype=subtype)) == SHADE


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<@U1> and <@U9>", "@Rosa and @U9"),
        ("<@U9|ida> in <#C1>, <#C2|woods>, <#C3>", "@ida in #general, #woods, #C3"),
        ("<!here> <!subteam^S1|@hosts>", "@here @hosts"),
        ("<https://a.example/?a=1&amp;b=2|the page>", "the page (https://a.example/?a=1&b=2)"),
        ("<https://a.example>", "https://a.example"),
        ("<mailto:rosa@a.example|Rosa>", "Rosa"),
        ("&gt; quoted\n&amp;lt; :wave:", "> quoted\n&lt; :wave:"),
        ("<https://files.slack.com/files-pri/T1-F1/a.pdf?t=xoxe-1|the plan> is there", "the plan is there"),
    ],
)
def test_text_is_read_as_people_see_it(text: str, expected: str):
    assert read_one(make_message(text)).text == expected


@pytest.mark.parametrize("account", ["U3", "USLACKBOT"])
def test_what_accounts_of_bots_say_is_left_out(account: str):
    users = [{"id": "U3", "name": "weather", "is_bot": True, "profile": {"real_name": "Weather"}}]
    said = make_message(user=account, bot_id="B1", bot_profile={"name": "Weather"})

    assert read_days(said, **{"users.json": users}) == [SkippedRecord(f"C1:{TS}", "bot message")]


def test_what_an_app_posts_for_a_person_is_theirs():
    assert read_one(make_message(bot_id="B1", bot_profile={"name": "Weather"})).author == ROSA


def test_folder_whose_accents_stand_by_themselves_is_the_channels():
    channels = [{"id": "C4", "name": "gr\u00fcn", "created": 1, "is_general": False}]
    found = read({"channels.json": channels, "gru\u0308n/2017-05-11.json": [make_message()]})

    assert [comment.discussion.channel for comment in comments_of(found)] == [Channel("grün")]


def test_names_of_private_channels_are_not_told():
    groups = [{"id": "C7", "name": "hosts", "created": 1, "members": ["U1"]}]

    assert read_one(make_message("see <#C7>"), **{"groups.json": groups}).text == "see #C7"


def test_blocks_are_preferred_to_text():
    elements = [{"type": "text", "text": "by "}, {"type": "user", "user_id": "U2"}]
    section = {"type": "rich_text_section", "elements": elements}
    blocks = [{"type": "rich_text", "elements": [section]}]

    assert read_one(make_message("fallback", blocks=blocks)).text == "by @Milo Brandt"
    assert read_one(make_message("fallback", blocks=None)).text == "fallback"


def test_files_are_told_by_their_titles_where_nothing_was_said():
    files = [
        {"title": "Plan", "name": "plan.pdf", "url_private": "https://files.slack.com/x?t=xoxe-1"},
        {"name": "b.png"},
    ]

    assert read_one(make_message("", files=files)).text == "Plan, b.png"
    assert read_one(make_message("Look.", files=files)).text == "Look."


def test_upload_of_an_old_client_holds_what_was_said_of_the_file():
    upload = {"title": "Plan", "initial_comment": {"comment": "for <@U2> &amp; me"}}
    text = "<@U1> uploaded a file: <https://garden.slack.com/files/U1/F1/plan.pdf|Plan> and commented: for"

    assert read_one(make_message(text, subtype="file_share", file=upload)).text == "for @Milo Brandt & me"
    assert read_one(make_message(text, subtype="file_share", file={"title": "Plan"})).text == "Plan"


def test_edit_is_dated():
    edited = {"user": "U1", "ts": "1494504060.000000"}

    assert read_one(make_message(edited=edited)).edited == datetime(2017, 5, 11, 12, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("further", "author"),
    [
        ({"user": "U2"}, MILO),
        ({"user": "U9"}, AuthorAlias("U9", "U9")),
        (
            {"user": "U9", "user_profile": {"display_name": "ida", "real_name": "Ida Lund", "name": "il"}},
            AuthorAlias("ida", "U9", ("Ida Lund", "il")),
        ),
        ({"user": "U9", "username": "ida"}, AuthorAlias("ida", "U9")),
        ({"user": None, "bot_profile": {"name": "Weather"}}, AuthorAlias("Weather")),
        ({"user": None}, AuthorAlias("Anonymous")),
    ],
)
def test_author_is_named_as_slack_shows_them(further: dict[str, Any], author: AuthorAlias):
    assert read_one(make_message(**further)).author == author


def test_people_of_an_enterprise_are_known():
    found = read_one(make_message(user="W3"), **{"org_users.json": [{"id": "W3", "profile": {"display_name": "Ida"}}]})

    assert found.author == AuthorAlias("Ida", "W3")


PERMALINK = "https://garden.slack.com/archives/C1/p1494504000000200"
REPLY_LINK = f"https://garden.slack.com/archives/C1/p1494504100000300?thread_ts={TS}&cid=C1"


def test_permalinks_are_made_where_the_workspace_is_known():
    reply = make_message(ts="1494504100.000300", thread_ts=TS)

    root, answer = comments_of(read_days(make_message(thread_ts=TS), reply, **{"team.json": TEAM}))

    assert (root.url, answer.url) == (PERMALINK, REPLY_LINK)
    assert root.discussion.url == answer.discussion.url == PERMALINK


@pytest.mark.parametrize(
    ("message", "url"),
    [
        (make_message(files=[{"permalink": "https://garden.slack.com/files/U1/F1/a"}]), PERMALINK),
        (make_message("as in <https://garden.slack.com/archives/C1/p1>"), PERMALINK),
        (make_message("<https://garden.slack.com/archives/C8/p1>" * 3), PERMALINK),
        (make_message("<https://garden.slack.com/archives/C8/p1>" * 2), ""),
        (make_message("<https://garden.slack.com/archives/C8/p1>" * 9 + "<https://x.slack.com/archives/C8/p1>"), ""),
        (make_message('"permalink": "https://garden.slack.com/files/U1/F1/a"'), ""),
        (make_message(files=[{"permalink": "https://files.slack.com/files/U1/F1/a"}]), ""),
        (make_message("<https://garden.slack.com/services/1>" * 5), ""),
    ],
)
def test_workspace_is_told_by_the_links_in_its_talk(message: dict[str, Any], url: str):
    assert read_one(message).url == url


def test_permalink_that_a_message_has_is_its_own():
    assert read_one(make_message(permalink="https://other.slack.com/archives/C1/p1")).url == (
        "https://other.slack.com/archives/C1/p1"
    )


PEOPLE = Visibility("people", frozenset({"U1", "U2"}))
PRIVATE = Visibility("channel", frozenset({"C7"}))
TWO = {"id": "D1", "created": 1, "members": ["U1", "U2"]}
HOSTS = {"id": "C7", "name": "hosts", "created": 1}
BOTH = Channel("direct message of Rosa and Milo Brandt", PEOPLE)


@pytest.mark.parametrize(
    ("listing", "record", "folder", "native_id", "channel"),
    [
        ("groups.json", HOSTS, "hosts", "C7", Channel("hosts", PRIVATE)),
        ("channels.json", {**HOSTS, "is_private": True}, "C7", "C7", Channel("hosts", PRIVATE)),
        ("dms.json", TWO, "D1", "D1", BOTH),
        ("rooms.json", {**TWO, "name": "milo", "is_im": True}, "milo", "D1", BOTH),
        (
            "mpims.json",
            {"id": "G3", "name": "mpdm-rosa--milo--ida-1", "created": 1, "members": ["U1", "U2", "U9"]},
            "mpdm-rosa--milo--ida-1",
            "G3",
            Channel("direct message of Rosa, Milo Brandt and U9", Visibility("people", frozenset({"U1", "U2", "U9"}))),
        ),
        ("dms.json", {"id": "D1", "created": 1, "members": ["U1,U7"]}, "D1", "D1", Channel("direct message", NOBODY)),
        ("channels.json", CHANNELS[0], "woods", "woods", Channel("woods", NOBODY)),
        ("rooms.json", HOSTS, "hosts", "C7", Channel("hosts", PRIVATE)),
        ("rooms.json", {**HOSTS, "is_private": False}, "hosts", "C7", Channel("hosts")),
    ],
)  # fmt: skip
def test_private_talk_is_for_those_in_it(
    listing: str, record: dict[str, Any], folder: str, native_id: str, channel: Channel
):
    found = read({listing: [record], "users.json": USERS, f"{folder}/2017-05-11.json": [make_message()]})

    (comment,) = comments_of(found)
    assert comment.native_id == f"{native_id}:{TS}"
    assert comment.discussion.channel == channel


def test_channel_that_either_listing_calls_private_is():
    groups = [{"id": "C1", "name": "general", "created": 1}]

    assert read_one(make_message(), **{"groups.json": groups}).discussion.channel.visibility.kind == "channel"


@pytest.mark.parametrize("order", [1, -1])
def test_name_that_two_channels_have_is_the_private_ones(order: int):
    channels = [{**HOSTS, "is_private": True}, {**HOSTS, "id": "C8", "is_private": False}]
    found = read({"channels.json": channels[::order], "hosts/2017-05-11.json": [make_message()]})

    assert [comment.discussion.channel for comment in comments_of(found)] == [Channel("hosts", PRIVATE)]


@pytest.mark.parametrize(
    ("folder", "visibility"),
    [("general", PUBLIC), ("C1", PUBLIC), ("D1", NOBODY), ("G1", NOBODY), ("mpdm-rosa--milo-1", NOBODY)],
)
def test_day_without_any_listing_is_as_its_folder_tells(folder: str, visibility: Visibility):
    (comment,) = comments_of(read({f"/exports/{folder}/2017-05-11.json": [make_message()]}))

    assert comment.native_id == f"{folder}:{TS}"
    assert comment.discussion.channel == Channel(folder, visibility)


def test_direct_message_of_many_names_some():
    members = [f"U{number}" for number in range(10, 22)]
    found = read({"dms.json": [{**TWO, "members": members}], "D1/2017-05-11.json": [make_message()]})

    (comment,) = comments_of(found)
    assert comment.discussion.channel.name == "direct message of U10, U11, U12, U13, U14, U15, U16 and 5 others"


def test_two_exports_in_one_folder_keep_apart():
    other = [{"id": "C2", "name": "general", "created": 1, "is_general": True}]
    days = {"a/general/2017-05-11.json": [make_message()], "b/general/2017-05-11.json": [make_message()]}

    found = read({"a/channels.json": CHANNELS, "b/channels.json": other, **days})

    assert [comment.native_id for comment in comments_of(found)] == [f"C1:{TS}", f"C2:{TS}"]


def make_dump(**further: Any) -> dict[str, Any]:
    reply = make_message("Under the tree.", "1494504100.000300", user="U2", thread_ts=TS)
    root = make_message(thread_ts=TS, slackdump_thread_replies=[reply])
    return {"channel_id": "C1", "name": "general", "messages": [root], **further}


def test_dump_holds_replies_inside_the_message_they_answer():
    root, reply = comments_of(read({"C1.json": make_dump(), "users.json": USERS}))

    assert root.discussion == reply.discussion == THREAD
    assert (root.author, reply.author) == (ROSA, MILO)
    assert reply.parent_id == f"C1:{TS}"


def test_dump_and_export_give_the_same_comments():
    replies = make_dump()["messages"][0].pop("slackdump_thread_replies")
    days = [make_message(thread_ts=TS), *replies]
    listings = {"channels.json": CHANNELS, "users.json": USERS}

    assert read({**listings, "C1.json": make_dump()}) == read_days(*days)


def test_dump_that_names_its_channel_last_is_read():
    dump = {"messages": make_dump()["messages"], "name": "general", "channel_id": "C1"}

    assert comments_of(read({"C1.json": dump}))[0].native_id == f"C1:{TS}"


def test_dump_of_a_direct_message_is_private():
    found = comments_of(read({"D1.json": make_dump(channel_id="D1", name="")}))

    assert {comment.discussion.channel.visibility for comment in found} == {NOBODY}


def test_page_of_the_api_belongs_to_the_channel_beside_it():
    page, channel = {"ok": True, "messages": [make_message()]}, {"ok": True, "channel": CHANNELS[0]}
    user = {"ok": True, "user": USERS[0]}

    assert read({"1.json": page, "2.json": channel, "3.json": user}) == [SHADE]


def test_page_whose_channel_is_not_told_is_known_by_time_alone():
    (comment,) = comments_of(read({"1.json": {"ok": True, "messages": [make_message()]}}))

    assert comment.native_id == TS
    assert comment.discussion == Discussion("2017-05-11", "11 May 2017")


def test_page_beside_several_channels_is_nobodys():
    listing = [*CHANNELS, {**CHANNELS[0], "id": "C2", "name": "woods"}]
    (comment,) = comments_of(read({"1.json": {"ok": True, "messages": [make_message()]}, "channels.json": listing}))

    assert comment.discussion.channel.visibility == NOBODY


@pytest.mark.parametrize("page", [{"ok": False, "error": "channel_not_found"}, {"ok": True, "members": ["U1"]}, TEAM])
def test_pages_without_talk_give_nothing(page: Any):
    file = make_json(page, "page.json")

    assert slack.recognises(Head.read(file))
    assert list(slack.parse([file])) == []


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (USERS, "slack:T1"),
        ([{**CHANNELS[0], "shared_team_ids": ["T1"]}], "slack:T1"),
        (TEAM, "slack:T1"),
        ({"ok": True, "url": "https://garden.slack.com/", "team_id": "T1"}, "slack:T1"),
        ({**make_dump(), "messages": [make_message(team="T1")]}, "slack:T1"),
        ([make_message(team="T2")], ""),
        (CHANNELS, ""),
    ],
)
def test_workspace_is_identified(value: Any, expected: str):
    assert slack.identify(make_json(value, "x.json")) == expected


UNREADABLE_TIME = SourceProblem("item 1", "the message has no time that can be read: left out")


@pytest.mark.parametrize("ts", [None, "", "soon", ["1"], {"a": 1}, True, "-1.0", "1494504000", "9" * 30 + ".000000"])
def test_message_without_a_time_is_a_problem(ts: Any):
    problems = problems_of(read_days(make_message(ts=ts)))

    assert [problem.reason for problem in problems] == [UNREADABLE_TIME.reason]


@pytest.mark.parametrize("ts", ["99999999999.000000", "9999999999.000000"])
def test_time_that_cannot_be_is_told(ts: str):
    problems = problems_of(read_days(make_message(ts=ts)))

    assert [problem.reason for problem in problems] == ["the date cannot be read: kept without one"]


def test_time_is_read_to_the_last_digit():
    found = read_one(make_message(ts="1559861204.112201"))

    assert found.native_id == "C1:1559861204.112201"
    assert found.published == datetime(2019, 6, 6, 22, 46, 44, 112201, tzinfo=UTC)


@pytest.mark.parametrize("value", [None, 7, "text", [], {}, [[]], True])
def test_records_of_other_kinds_are_problems_not_ends(value: Any):
    assert comments_of(read_days(value, make_message())) == [SHADE]


def test_file_cut_short_gives_what_is_whole():
    whole = json.dumps([make_message(), make_message(ts="1494504001.000000")])
    for cut in range(2, len(whole), 7):
        items = list(slack.parse([make_file(whole[:cut], "general/2017-05-11.json")]))
        assert all(isinstance(item, Comment | SourceProblem) for item in items)
        assert problems_of(items)


def test_broken_listing_is_told_and_shows_nobody_more():
    cut = make_file(json.dumps([*CHANNELS, {"id": "C2", "name": "woods"}])[:-4], "channels.json")
    day = make_json([make_message()], "woods/2017-05-11.json")

    items = list(slack.parse([cut, day]))

    assert [comment.discussion.channel for comment in comments_of(items)] == [Channel("woods", NOBODY)]
    assert problems_of(items)


def test_listing_that_cannot_be_read_makes_nothing_public():
    broken = make_file('[{"id": "C', "groups.json")
    day = make_json([make_message()], "hosts/2017-05-11.json")

    (comment,) = comments_of(list(slack.parse([broken, day])))

    assert comment.discussion.channel == Channel("hosts", NOBODY)


def test_deep_thread_and_long_texts_are_read():
    text = "x" * 1_000_000
    items = read_days(make_message(text), make_message(text="a\0b\ud800", ts="1494504001.000000"))

    assert [len(comment.text) for comment in comments_of(items)] == [1_000_000, 2]
    assert skipped_of(items) == []


KEYS = ["ts", "thread_ts", "user", "text", "blocks", "files", "file", "subtype", "edited", "root", "user_profile"]
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*KEYS, "id", "members"]), inner),
)


@given(st.dictionaries(st.sampled_from([*KEYS, "hidden", "slackdump_thread_replies"]), VALUES), VALUES, VALUES)
def test_any_values_are_read(changed: dict[str, Any], user: Any, channel: Any):
    message = {**make_message(), **changed}
    people = [{**deepcopy(USERS[0]), "profile": user}, user]

    items = read(
        {
            "users.json": people,
            "channels.json": [{**CHANNELS[0], "members": channel, "name": channel}, channel],
            "mpims.json": [{"id": "G1", "created": 1, "members": channel, "user": user}],
            "general/2017-05-11.json": [message, changed],
            "C1.json": {"channel_id": "C1", "messages": [message]},
        }
    )

    assert all(comment.text for comment in comments_of(items))


@given(st.integers(0, 400), st.binary(max_size=4))
def test_any_bytes_are_read(at: int, noise: bytes):
    whole = json.dumps([make_message(thread_ts=TS), make_message(ts="1494504001.000000")]).encode()
    day = make_file(whole[:at] + noise + whole[at + len(noise) :], "general/2017-05-11.json")

    assert all(comment.text for comment in comments_of(list(slack.parse([day]))))


def test_file_that_cannot_be_read_is_not_the_end():
    def fail() -> Any:
        raise OSError

    broken = [SourceFile(name, fail, 7, name) for name in ("users.json", "general/2017-05-10.json")]
    whole = [make_json(CHANNELS, "channels.json"), make_json([make_message()], "general/2017-05-11.json")]

    items = list(slack.parse([*broken, *whole]))

    assert [comment.native_id for comment in comments_of(items)] == [SHADE.native_id]
    assert [problem.record for problem in problems_of(items)] == ["users.json", "general/2017-05-10.json"]
