"""*2 more, only for you*: beside an answer for a channel, what whoever asked may see that not everyone there may."""

import pytest

from bot.slack.views.buttons import MORE, WITHOUT
from tests.fakes.slack import Post, StandInSlack
from tests.scenarios.conftest import make_room
from tests.scenarios.process import Serving
from tests.scenarios.room import GUEST, MEMBER, Room, dump, find_actions


def wait_for_both(room: Room) -> tuple[Post, Post]:
    """The answer for everyone and what came after it; that is all that came."""
    room.wait_for_posts(2)
    answer, rest = room.settle()
    return answer, rest


def test_rest_comes_to_whoever_asked_alone_after_the_answer_for_everyone(room: Room):
    delivery = room.mention("gondola", user=MEMBER)
    answer, rest = wait_for_both(room)
    assert (answer.via, answer.ephemeral_to) == ("chat.postMessage", None)
    assert (rest.via, rest.ephemeral_to, rest.thread_ts) == ("chat.postEphemeral", MEMBER, delivery.ts)
    assert rest.text.startswith("1 more, only for you: not everyone in this channel may see it. Anonymous wrote: “Our")
    assert "behind the brewery" in dump(rest)
    assert find_actions(rest) == []
    assert "more, only for you" not in dump(answer)
    assert "brewery" not in dump(answer)


def test_rest_is_counted_and_holds_nothing_that_everyone_sees(room: Room):
    room.mention("gondolas, zeppelins and submarines", user=MEMBER)
    _, rest = wait_for_both(room)
    assert rest.text.startswith("3 more, only for you: not everyone in this channel may see them.")
    assert sum(block["type"] == "rich_text" for block in rest.blocks) == 3


def test_rest_of_a_guest_is_what_is_for_their_channels(room: Room):
    room.mention("gondolas, zeppelins and submarines")
    _, rest = wait_for_both(room)
    assert (rest.ephemeral_to, rest.text[:22]) == (GUEST, "1 more, only for you: ")
    assert "budget stays with us" in dump(rest)


@pytest.mark.parametrize("text", ["lunch page", "quantum chromodynamics", "", "help"])
def test_rest_that_is_empty_does_not_come(room: Room, text: str):
    room.mention(text, user=MEMBER)
    room.wait_for_post()
    assert [post.ephemeral_to for post in room.settle()] == [None]


def test_rest_of_somebody_whom_slack_does_not_tell_of_does_not_come(slack: StandInSlack, bot_process: Serving):
    room = make_room(slack)
    stranger = slack.workspace.add_user("UFROMAFAR", team_id="T0STRANGE").id
    slack.workspace.channels[room.id].members.add(stranger)
    room.mention("gondolas, zeppelins and submarines", user=stranger)
    room.wait_for_post()
    assert [post.ephemeral_to for post in room.settle()] == [None]
    assert bot_process.is_alive


def test_rest_comes_once_however_often_the_mention_is_delivered(slack: StandInSlack, room: Room):
    delivery = room.mention("gondola", user=MEMBER)
    slack.redeliver(delivery).wait_acked()
    wait_for_both(room)
    slack.redeliver(delivery).wait_acked()
    wait_for_both(room)


def test_rest_of_an_edited_mention_comes_for_what_it_asks_then(slack: StandInSlack, room: Room):
    delivery = room.mention("gondola", user=MEMBER)
    wait_for_both(room)
    slack.edit_message(delivery, f"<@{slack.bot_user_id}> zeppelin")
    room.wait_for_updates(1)
    room.wait_for_posts(3)
    *_, rest = room.settle()
    assert (len(room.posts), rest.ephemeral_to, "budget stays with us" in dump(rest)) == (3, MEMBER, True)


def test_rest_comes_to_whoever_takes_a_filter_away_and_not_with_the_next_page(slack: StandInSlack, room: Room):
    room.mention("unconferences before 2010")
    first = room.wait_for_post()
    slack.click(first, MORE, user=MEMBER)
    room.wait_for_post(2)
    assert [post.ephemeral_to for post in room.settle()] == [None, None]
    slack.click(first, f"{WITHOUT}_dates", user=MEMBER)
    room.wait_for_posts(4)
    answer, rest = room.settle()[2:]
    assert (answer.ephemeral_to, rest.ephemeral_to) == (None, MEMBER)
    assert "behind the brewery" in dump(rest)
    assert "brewery" not in dump(answer)


def test_rest_that_slack_does_not_take_is_let_go(slack: StandInSlack, room: Room, bot_process: Serving):
    slack.fail_next("chat.postEphemeral", error="user_not_in_channel")
    room.mention("gondola", user=MEMBER)
    room.wait_for_post()
    bot_process.wait_for_log("a message for one person alone was not taken", "user_not_in_channel")
    assert len(room.settle()) == 1


def test_rest_whose_blocks_slack_does_not_take_comes_as_text(slack: StandInSlack, room: Room):
    slack.fail_next("chat.postEphemeral", error="invalid_blocks")
    room.mention("gondola", user=MEMBER)
    _, rest = wait_for_both(room)
    assert (rest.blocks, "behind the brewery" in rest.text) == ([], True)
