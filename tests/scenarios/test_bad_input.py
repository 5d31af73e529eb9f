"""Whatever is typed, and wherever: a sentence and a next step, never silence."""

import pytest

from bot.slack.views.buttons import MORE, WHO
from tests.fakes.slack import Post, StandInSlack
from tests.scenarios.conftest import make_person, make_room
from tests.scenarios.modals import count_modals, wait_for_modal
from tests.scenarios.process import Serving
from tests.scenarios.room import MEMBER, MENTION, QUESTION, Room, dump, find_links

TRACE = """```Traceback (most recent call last):
  File "/srv/app/main.py", line 3, in &lt;module&gt;
    raise ValueError("&lt;!here&gt; {0} %s \\ unconferences")
ValueError: <https://a.example|a>```"""


@pytest.fixture
def asker(slack: StandInSlack, room: Room) -> str:
    """Somebody who is written to by no other test."""
    user = make_person(slack)
    slack.workspace.channels[room.id].members.add(user)
    return user


def wait_for_direct(slack: StandInSlack, user: str) -> Post:
    return Room(slack, slack.workspace.open_direct_message(user).id).wait_for_post()


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("unconferences " * 2_858, "wrote"),
        ("&lt;" * 10_000, "Ask me what was said"),
        ("x" * 40_000, "I found nothing relevant"),
        ("<https://blog.example/a>", "I look for what was said, not for addresses"),
        ("", "Ask me what was said"),
        (TRACE, ""),
        ("#", "Ask me what was said"),
        ("\u202e\u200b:tada:", ""),
    ],
    ids=["long", "long escaped", "one long word", "link", "nothing", "trace", "mark", "invisible"],
)
def test_whatever_is_typed_is_answered_once(slack: StandInSlack, room: Room, asker: str, typed: str, said: str):
    room.mention(typed, user=asker)
    room.command(typed, user=asker)
    slack.send_direct_message(user=asker, text=typed or MENTION)
    direct = wait_for_direct(slack, asker)
    posts = [*room.wait_for_posts(2), direct]
    assert all(said in post.text for post in posts)
    assert not any("Something went wrong" in post.text for post in posts)
    own = [post for post in room.settle() if "only for you" not in post.text]
    assert len(own) == 2


def test_command_among_other_people_is_answered_to_whoever_typed_it(slack: StandInSlack, bot_process: Serving):
    slack.workspace.add_channel("GOTHERS", name="mpdm-others", members=[MEMBER], is_private=True)
    room = Room(slack, "GOTHERS")
    room.command()
    post = room.wait_for_post()
    assert (post.ephemeral_to, len(find_links(post))) == (MEMBER, 5)
    assert bot_process.is_alive


def test_question_in_a_channel_that_was_archived_is_answered_directly(slack: StandInSlack, room: Room, asker: str):
    slack.fail_next("chat.postMessage", error="is_archived")
    room.mention(user=asker)
    post = wait_for_direct(slack, asker)
    assert post.text.startswith("That channel was archived meanwhile, so I answer you here. ")
    assert len(find_links(post)) == 5
    # It can be gone on from there.
    slack.click(post, MORE, user=asker)
    assert len(find_links(Room(slack, post.channel).wait_for_post(2))) == 5


def test_question_whose_message_was_deleted_is_answered_directly(slack: StandInSlack, room: Room, asker: str):
    slack.fail_next("chat.postMessage", error="thread_not_found")
    room.mention(user=asker)
    said = "The message that I was to answer is not there any more, so I answer you here. "
    assert wait_for_direct(slack, asker).text.startswith(said)


def test_question_that_is_edited_when_its_answer_is_gone_is_answered_directly(
    slack: StandInSlack, room: Room, asker: str
):
    asked = room.mention("xylophones", user=asker)
    room.wait_for_post()
    slack.fail_next("chat.update", error="message_not_found")
    slack.edit_message(asked, f"{MENTION} {QUESTION}")
    assert len(find_links(wait_for_direct(slack, asker))) == 5


def test_button_below_a_message_that_was_deleted_answers_all_the_same(slack: StandInSlack, room: Room):
    room.mention()
    answer = room.wait_for_post()
    slack.fail_next("chat.postMessage", error="thread_not_found")
    slack.click(answer, MORE, user=MEMBER)
    post = room.wait_for_post(2)
    assert (post.via, post.ephemeral_to, len(find_links(post))) == ("response_url", None, 5)


def test_question_where_the_bot_is_no_member_any_more_is_answered_directly(slack: StandInSlack, bot_process: Serving):
    room, user = make_room(slack, has_bot=False), make_person(slack)
    event = {"type": "app_mention", "channel": room.id, "user": user, "ts": slack.workspace.next_ts()}
    slack.send_event(event | {"text": f"{MENTION} {QUESTION}"})
    post = wait_for_direct(slack, user)
    assert "invite me with `/invite`" in post.text
    bot_process.wait_for_log("goes to whoever asked", "error=not_in_channel")


def test_scope_that_is_missing_is_named_to_whoever_asked_and_in_the_log(
    slack: StandInSlack, bot_process: Serving, room: Room
):
    slack.settings.scopes.remove("channels:history")
    try:
        link = f"https://stand-in.slack.com/archives/{room.id}/p1700000000000001"
        room.mention(f"<{link}>")
        assert "scope channels:history" in room.wait_for_post().text
    finally:
        slack.settings.scopes.add("channels:history")
    slack.settings.scopes.remove("users:read")
    try:
        user = make_person(slack)
        slack.workspace.channels[room.id].members.add(user)
        room.command(user=user)
        assert len(find_links(room.wait_for_post(2))) == 5
        bot_process.wait_for_log("cannot look a person up", "missing_scope", "users:read", "OAuth")
    finally:
        slack.settings.scopes.add("users:read")


def test_button_of_an_older_version_is_told_of(slack: StandInSlack, room: Room):
    room.mention()
    answer = room.wait_for_post()
    before = count_modals(slack, MEMBER) + 1
    slack.click(answer, WHO, user=MEMBER)
    view = wait_for_modal(slack, MEMBER, before)
    shown = {"type": "block_actions", "container": {"type": "view", "view_id": view.id}}
    shown |= {"view": {"id": view.id, "type": "modal"}, "actions": [{"type": "button", "action_id": "of_old"}]}
    slack.send_interaction(shown, user=MEMBER)
    assert "This button is not in use any more." in dump(wait_for_modal(slack, MEMBER, before + 1).blocks)


def test_what_an_older_version_offered_elsewhere_is_told_of(slack: StandInSlack, room: Room):
    before = count_modals(slack, MEMBER)
    slack.use_shortcut("of_old", user=MEMBER)
    opened = wait_for_modal(slack, MEMBER, before + 1)
    assert "not in use any more" in dump(opened.blocks)
    told = slack.submit_view(opened, user=MEMBER).wait_acked().ack_payload
    assert "not in use any more" in str(told)
    assert room.posts == []
