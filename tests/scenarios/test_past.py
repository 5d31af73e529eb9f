"""From a message to what was said before about it: by its menu, an emoji, or its link, as far as one may see it."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from bot.slack.listeners.find import FIND
from bot.slack.views.buttons import MORE, SHARE
from bot.slack.views.menu import HIT_MENU
from bot.slack.views.past import PAST
from bot.slack.views.reading import READ
from tests.databases import Databases, execute
from tests.fakes.slack import Call, Message, StandInSlack
from tests.fakes.slack.identity import DEFAULT_SCOPES, STRANGER_TEAM_ID
from tests.fakes.slack.limits import walk
from tests.fakes.slack.records import View
from tests.scenarios.conftest import fill_workspace, make_person, make_room, make_slack_settings
from tests.scenarios.process import Serving, run_harkback, serving
from tests.scenarios.room import GUEST, MEMBER, SECRET_CHANNEL, Room, dump, find_actions, find_links

OPEN, ELSEWHERE, CLOSED, WITHOUT_BOT = "COPEN", "CELSE", SECRET_CHANNEL, "CNOBOT"
EMOJI = "hark"
STRANGER = "UEVE"
ASKED = "Has *anyone* here run a samovar evening, <@U1>?"
BLOG = "https://blog.example/samovar"


@dataclass
class Place:
    """A running bot, and messages that its archive knows of."""

    slack: StandInSlack
    bot: Serving
    asked: Message
    reply: Message
    secret: Message
    unread: Message
    elsewhere: Message
    opened: list[str] = field(default_factory=list)

    def wait_for_modal(self, user: str) -> View:
        """Wait until the next modal of somebody is filled."""

        def find() -> View | None:
            mine = (view for view in self.slack.views if view.user == user and view.id not in self.opened)
            return next((view for view in mine if len(view.versions) > 1), None)

        self.slack.wait_for(lambda: find() is not None, what="a modal")
        found = find()
        assert found
        self.opened.append(found.id)
        return found

    def find(self, message: Message, user: str) -> View:
        """Choose the shortcut in a message's menu."""
        self.slack.use_shortcut(FIND, user=user, message=message.ts).wait_acked()
        return self.wait_for_modal(user)

    def press(self, view: View, action_id: str, value: str | None = None) -> View:
        """Press a button that changes a modal."""
        assert view.user
        before = len(view.versions)
        self.slack.click(view, action_id, user=view.user, value=value).wait_acked()
        self.slack.wait_for(lambda: len(view.versions) > before, what="the modal to change")
        return view

    def link(self, message: Message) -> str:
        return f"<https://standin.slack.com/archives/{message.channel}/p{message.ts.replace('.', '')}>"


def read_texts(blocks: list[Any]) -> str:
    """What a reader sees of some blocks: not what their buttons carry."""
    return "".join(str(node["text"]) for _, node in walk(blocks, "") if node.get("type") in {"text", "mrkdwn"})


def make_records(asked: Message, reply: Message) -> list[dict[str, str]]:
    thread = f"{OPEN}:{asked.ts}"
    return [
        {"id": thread, "thread": thread, "text": "Has anyone here run a samovar evening, Ada?", "title": "Own thread"},
        {
            "id": f"{OPEN}:{reply.ts}",
            "thread": thread,
            "text": "Our own samovar evening was a joy.",
            "url": f"{BLOG}?own",
        },
        *(
            {
                "id": f"b{number}",
                "thread": "blog",
                "title": "Tea",
                "text": "A samovar evening needs cake." if number == 20 else f"Remark {number} on tea and cake.",
                "url": f"{BLOG}#{number}",
                "author": "Zelda Quist" if number == 20 else f"Person {number}",
                "date": f"2019-03-01T10:{number:02}:00Z",
            }
            for number in range(45)
        ),
        *(
            {
                "id": f"g{number}",
                "thread": "guild",
                "text": "The guild meets." if number == 4 else f"Remark {number} on guilds.",
                "visibility": f"channel:{OPEN}",
            }
            for number in range(9)
        ),
        {"id": "m1", "text": "The samovar evening of members.", "visibility": f"workspace:{StandInSlack.team_id}"},
        {"id": "s1", "text": "A hidden samovar evening.", "thread": "blog", "visibility": f"channel:{CLOSED}"},
        *(
            {
                "id": f"k{number}",
                "thread": f"k{number}",
                "text": f"Kettles, number {number}, whistle {'x' * number}.",
                "url": f"https://kettle.example/{number}",
                "author": f"Person {number}",
            }
            for number in range(12)
        ),
    ]


@pytest.fixture(scope="module")
def place(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("past")
    with StandInSlack(redelivery_delays=(0.0, 1.0), scopes={*DEFAULT_SCOPES, "reactions:read"}) as slack:
        fill_workspace(slack)
        workspace, bot = slack.workspace, slack.bot_user_id
        workspace.channels[CLOSED].members.discard(GUEST)
        workspace.add_user(STRANGER, name="eve", team_id=STRANGER_TEAM_ID)
        workspace.add_channel(OPEN, name="open", members=[MEMBER, GUEST, STRANGER, bot], is_ext_shared=True)
        workspace.add_channel(ELSEWHERE, name="elsewhere", members=[MEMBER, bot])
        workspace.add_channel(WITHOUT_BOT, name="without", members=[MEMBER, GUEST], is_private=True)
        asked = workspace.add_message(OPEN, MEMBER, ASKED)
        reply = workspace.add_message(OPEN, GUEST, "Our own samovar evening was a joy.", thread_ts=asked.ts)
        secret = workspace.add_message(CLOSED, MEMBER, "The zeppelin needs a samovar evening.")
        unread = workspace.add_message(WITHOUT_BOT, MEMBER, "What of a samovar evening?")
        elsewhere = workspace.add_message(ELSEWHERE, MEMBER, "A samovar evening, elsewhere.")
        records = folder / "records.jsonl"
        records.write_text("".join(json.dumps(record) + "\n" for record in make_records(asked, reply)))
        database = databases.create()
        assert run_harkback("import", records, database=database).returncode == 0
        with serving(
            database, make_slack_settings(slack) | {"HARKBACK_EMOJI": f":{EMOJI}:"}, folder / "log"
        ) as running:
            slack.wait_connected()
            yield Place(slack, running, asked, reply, secret, unread, elsewhere)
            assert "samovar" not in running.log


@pytest.fixture
def slack(place: Place) -> StandInSlack:
    return place.slack


@pytest.fixture
def room(slack: StandInSlack) -> Room:
    return make_room(slack)


# The shortcut


@pytest.mark.parametrize(
    ("user", "shown"), [(MEMBER, {"needs cake", "of members", "hidden"}), (GUEST, {"needs cake"})], ids=["ada", "guest"]
)
def test_shortcut_shows_what_was_said_elsewhere_to_whom_it_may(place: Place, user: str, shown: set[str]):
    said = {"needs cake", "of members", "hidden", "Own thread", "a joy."}
    before = Room(place.slack, OPEN).settle()
    for message in (place.asked, place.reply):
        view = place.find(message, user)
        assert {one for one in said if one in read_texts(view.blocks[1:])} == shown
        assert view.content["title"]["text"] == "Past discussions"
    assert Room(place.slack, OPEN).settle() == before


def test_shortcut_works_where_the_bot_is_no_member(place: Place):
    view = place.find(place.unread, GUEST)
    assert "needs cake" in dump(view.blocks)
    assert "a joy" in dump(view.blocks)
    assert "of members" not in dump(view.blocks)


def test_shortcut_pages_within_its_modal(place: Place, room: Room):
    message = place.slack.workspace.add_message(room.id, MEMBER, "Kettles whistle")
    view = place.find(message, MEMBER)
    pages = [dump(view.blocks)]
    while f"{PAST}_more" in pages[-1]:
        pages.append(dump(place.press(view, f"{PAST}_more").blocks))
    found = [[f"https://kettle.example/{number}|" in page for page in pages] for number in range(12)]
    assert len(pages) == 3
    assert [sum(one) for one in found] == [1] * 12
    assert dump(place.press(view, f"{PAST}_back").blocks) == pages[1]


def test_shortcut_on_a_message_without_words_says_so(place: Place, room: Room):
    message = place.slack.workspace.add_message(room.id, MEMBER, "<https://files.example/x.png> :tada: …")
    message.text = "<https://files.example/x.png>"
    assert "no words in this message" in dump(place.find(message, MEMBER).blocks)


def test_shortcut_of_something_never_talked_of_says_so(place: Place, room: Room):
    message = place.slack.workspace.add_message(room.id, MEMBER, "Quantum chromodynamics")
    assert "nothing relevant about “Quantum chromodynamics”" in dump(place.find(message, MEMBER).blocks)


# Reading


def test_reading_around_a_hit_goes_on_to_both_ends(place: Place):
    found = place.find(place.asked, GUEST)
    options = [one["accessory"]["options"] for one in found.blocks if "accessory" in one]
    value = next(one["value"] for one in options[0] if one["text"]["text"] == "Read around it")
    before = len(find_pushes(place.slack))
    place.slack.click(found, HIT_MENU, user=GUEST, value=value).wait_acked()
    view = place.wait_for_modal(GUEST)
    assert (view.previous_id, len(find_pushes(place.slack))) == (found.id, before + 1)
    assert read_remarks(view) == [17, 18, 19, 21, 22, 23]
    assert "comments 18 to 24 of 45" in dump(view.blocks)
    assert f"{BLOG}#20|open the comment" in dump(view.blocks)
    assert read_remarks(place.press(view, f"{READ}_before")) == list(range(17))
    assert read_remarks(place.press(view, f"{READ}_after")) == [17, 18, 19, *range(21, 37)]
    assert read_remarks(place.press(view, f"{READ}_after")) == list(range(37, 45))
    assert f"{READ}_after" not in dump(view.blocks)
    # What one may not see is not there, nor counted: it would be the last of 46.
    assert "comments 38 to 45 of 45" in dump(view.blocks)
    assert "hidden" not in dump(view.versions)


def find_pushes(slack: StandInSlack) -> list[Call]:
    return [call for call in slack.list_calls("views.push") if call.error is None]


def read_remarks(view: View) -> list[int]:
    texts = [one["elements"][0]["elements"][0]["text"] for one in view.blocks if one["type"] == "rich_text"]
    return [int(text.split()[1]) for text in texts if text.startswith("Remark")]


def test_reading_the_whole_discussion_begins_at_its_first(place: Place):
    found = place.find(place.asked, GUEST)
    option = next(one["accessory"]["options"][0] for one in found.blocks if "accessory" in one)
    place.slack.click(found, HIT_MENU, user=GUEST, value=option["value"])
    view = place.press(place.wait_for_modal(GUEST), f"{READ}_whole")
    assert read_remarks(view) == list(range(20))[:20]


def test_reading_in_a_channel_is_for_the_eyes_of_whoever_chose_it(place: Place, room: Room):
    room.mention("samovar evening")
    post = room.wait_for_post()
    assert "of members" not in dump(post)
    option = next(one["accessory"]["options"][0] for one in post.blocks if "accessory" in one)
    for user in (MEMBER, GUEST):
        place.slack.click(post, HIT_MENU, user=user, value=option["value"])
        assert "comments" in dump(place.wait_for_modal(user).blocks)
    # The rest that only its asker may see comes alone.
    assert [one for one in room.settle() if one.ephemeral_to is None] == [post]


@pytest.mark.parametrize(("user", "is_shown"), [(MEMBER, True), (GUEST, False)])
def test_reading_what_one_may_not_see_shows_nothing_of_it(place: Place, room: Room, user: str, *, is_shown: bool):
    ((number,),) = execute(place.bot.database, "SELECT id FROM comment WHERE native_id = 'm1'")
    place.slack.send_interaction(
        {
            "type": "block_actions",
            "actions": [{"type": "overflow", "action_id": HIT_MENU, "selected_option": {"value": f"read {number}"}}],
            "container": {"type": "message", "message_ts": "1.0", "channel_id": room.id},
            "channel": {"id": room.id},
        },
        user=user,
    )
    shown = dump(place.wait_for_modal(user).blocks)
    assert ("of members" in shown) == is_shown
    assert ("not for you to see" in shown) != is_shown


def test_reading_shows_somebody_of_another_workspace_what_is_for_the_channel_that_they_are_in(place: Place):
    room = Room(place.slack, OPEN)
    before = len(room.settle())
    room.mention("the guild meets")
    post = room.wait_for_post(before + 1)
    option = next(one["accessory"]["options"][0] for one in post.blocks if "accessory" in one)
    place.slack.click(post, HIT_MENU, user=STRANGER, value=option["value"])
    view = place.wait_for_modal(STRANGER)
    assert read_remarks(view) == [1, 2, 3, 5, 6, 7]
    assert read_remarks(place.press(view, f"{READ}_after")) == [8]
    place.slack.leave_channel(STRANGER, OPEN)
    try:
        assert read_remarks(place.press(view, f"{READ}_before")) == []
    finally:
        place.slack.join_channel(STRANGER, OPEN)


# The emoji


def test_emoji_answers_whoever_put_it_there_alone_and_once(place: Place):
    room = Room(place.slack, OPEN)
    before = len(room.settle())
    for name, user in (("eyes", MEMBER), (EMOJI, GUEST), (EMOJI, GUEST), (f"{EMOJI}::skin-tone-2", MEMBER)):
        place.slack.add_reaction(place.reply.ts, name, user=user).wait_acked()
    room.wait_for_posts(before + 2)
    posts = room.settle()[before:]
    assert sorted((post.ephemeral_to or "", post.via) for post in posts) == [
        (MEMBER, "chat.postEphemeral"),
        (GUEST, "chat.postEphemeral"),
    ]
    assert {post.thread_ts for post in posts} == {place.asked.ts}
    by_reader = {post.ephemeral_to: read_texts(post.blocks) for post in posts}
    assert all("needs cake" in one and one.count("a joy") == 1 for one in by_reader.values())
    assert all("Past discussions about “Our own samovar evening was a joy.”" in one for one in by_reader.values())
    assert ["of members" in by_reader[user] for user in (MEMBER, GUEST)] == [True, False]


def test_emoji_in_a_channel_answers_beside_it_and_goes_on_with_the_same(place: Place, room: Room):
    message = place.slack.workspace.add_message(room.id, MEMBER, "Kettles whistle")
    place.slack.add_reaction(message.ts, EMOJI, user=MEMBER)
    post = room.wait_for_post()
    assert (post.thread_ts, post.ephemeral_to, len(find_links(post))) == (None, MEMBER, 5)
    place.slack.click(post, MORE, user=MEMBER)
    assert not set(find_links(room.wait_for_post(2))) & set(find_links(post))


def test_emoji_at_a_message_without_words_says_so(place: Place, room: Room):
    message = place.slack.workspace.add_message(room.id, MEMBER, "!!!")
    place.slack.add_reaction(message.ts, EMOJI, user=MEMBER)
    assert "no words in that message" in room.wait_for_post().text


# Links to messages


def test_link_of_a_message_asks_for_its_words_elsewhere(place: Place, room: Room):
    room.command(place.link(place.asked))
    answer = dump(room.wait_for_post())
    assert "needs cake" in answer
    assert "of members" in answer
    assert "a joy" not in answer
    assert "Own thread" not in answer


def test_link_in_a_question_keeps_what_else_was_asked(place: Place, room: Room):
    room.command(f"by Zelda Quist: {place.link(place.asked)}")
    answer = room.wait_for_post()
    assert find_links(answer) == [f"{BLOG}#20"]
    assert "by Zelda Quist" in dump(answer)


@pytest.mark.parametrize(("user", "is_shown"), [(MEMBER, True), (GUEST, False)])
def test_link_into_a_private_channel_is_for_those_who_are_there(place: Place, room: Room, user: str, *, is_shown: bool):
    room.command(place.link(place.secret), user=user)
    answer = read_texts(room.wait_for_post().blocks)
    assert ("needs cake" in answer) == is_shown
    assert ("I cannot read that message for you here" in answer) != is_shown
    assert "zeppelin" not in answer


def test_link_into_a_public_channel_is_for_full_members_alone(place: Place, room: Room):
    place.slack.workspace.channels[ELSEWHERE].members.discard(MEMBER)
    for user in (MEMBER, GUEST):
        room.command(place.link(place.elsewhere), user=user)
    answers = {post.ephemeral_to: dump(post) for post in room.wait_for_posts(2)}
    assert ["needs cake" in answers[user] for user in (MEMBER, GUEST)] == [True, False]


def test_link_in_front_of_everybody_is_of_their_own_channel_alone(place: Place):
    room = Room(place.slack, OPEN)
    before = len(room.settle())
    for user in (MEMBER, GUEST):
        room.mention(place.link(place.secret), user=user)
    posts = [post for post in room.wait_for_posts(before + 2)[before:] if post.ephemeral_to is None]
    assert all("In front of everybody here" in post.text for post in posts)
    before = len(room.settle())
    assert "could not be shown" not in place.bot.log
    room.mention(f"what about {place.link(place.asked)}?")
    answer = dump(room.wait_for_post(before + 1))
    assert "needs cake" in answer
    assert "a joy" not in answer


def test_answer_to_a_message_elsewhere_is_not_shared(place: Place, room: Room):
    room.command(place.link(place.secret))
    post = room.wait_for_post()
    assert SHARE in find_actions(post)
    place.slack.click(post, SHARE, user=MEMBER)
    refused = room.wait_for_post(2)
    assert "not of this channel" in refused.text
    assert refused.ephemeral_to == MEMBER
    assert [one for one in room.settle() if one.ephemeral_to is None] == []


def test_link_to_where_the_bot_is_not_says_what_to_do(place: Place):
    room = Room(place.slack, WITHOUT_BOT)
    before = len(room.posts)
    room.command(place.link(place.unread))
    assert "Choose “Find past discussions”" in room.wait_for_post(before + 1).text


def test_link_to_what_was_deleted_says_so(place: Place, room: Room):
    gone = place.slack.workspace.add_message(room.id, MEMBER, "Gone soon.")
    del place.slack.workspace.messages[room.id, gone.ts]
    room.command(place.link(gone))
    assert "not there any more" in room.wait_for_post().text


def test_link_that_takes_another_scope_names_it(place: Place, room: Room):
    message = place.slack.workspace.add_message(room.id, MEMBER, "A samovar evening.")
    place.slack.scopes -= {"channels:history"}
    room.command(place.link(message))
    try:
        assert "the scope channels:history" in room.wait_for_post().text
    finally:
        place.slack.scopes |= {"channels:history"}


# What asks nothing


@pytest.mark.parametrize(
    ("typed", "answered"),
    [
        ("<https://blog.example/2007/unconferences.html>", "not for addresses"),
        ("<https://a.example> <https://b.example|there>", "nothing relevant"),
        ("<@U2>", "nothing relevant about “@gus”"),
        ("", "Ask me what was said"),
    ],
)
def test_what_asks_nothing_gets_a_sentence_and_a_next_step(place: Place, room: Room, typed: str, answered: str):
    room.mention(typed)
    assert answered in room.wait_for_post().text
    assert place.bot.is_alive


def test_file_without_words_gets_a_sentence_and_a_next_step(place: Place):
    person = make_person(place.slack)
    room = Room(place.slack, place.slack.workspace.open_direct_message(person).id)
    event = {"type": "message", "subtype": "file_share", "channel_type": "im", "channel": room.id, "user": person}
    place.slack.send_event(
        {**event, "text": "", "ts": "1700000000.000100", "files": [{"id": "F1", "title": "samovar"}]}
    )
    assert "I do not read files" in room.wait_for_post().text


def test_log_tells_nothing_of_what_was_looked_for(place: Place, room: Room):
    room.mention("kettles")
    assert "whistle" in dump(room.wait_for_post())
    assert "kettle" not in place.bot.log.lower()
