import pytest

from tests.fakes.slack import StandInSlack
from tests.scenarios.process import Serving
from tests.scenarios.room import GUEST, MEMBER, MENTION, QUESTION, SECRET_CHANNEL, Room, count_hits, dump, find_links


def test_mention_is_answered_in_its_thread_for_everyone(room: Room):
    delivery = room.mention()
    post = room.wait_for_post()
    assert (post.via, post.ephemeral_to, post.thread_ts) == ("chat.postMessage", None, delivery.ts)
    assert len(find_links(post)) == 5
    assert all(link.startswith("https://tideway.example/") for link in find_links(post))
    assert " wrote on " in post.text
    assert count_hits(post) > 10
    assert "Searched 165 comments in 1 source" in dump(post)


def test_mention_is_answered_without_unfurls(room: Room):
    room.mention()
    params = room.wait_for_post().params
    assert [str(params[name]).lower() in {"false", "0"} for name in ("unfurl_links", "unfurl_media")] == [True, True]


def test_mention_inside_a_thread_is_answered_in_that_thread(slack: StandInSlack, room: Room):
    root = slack.workspace.add_message(room.id, MEMBER, "A root.")
    room.mention(thread_ts=root.ts)
    assert room.wait_for_post().thread_ts == root.ts
    assert len(room.settle()) == 1


@pytest.mark.parametrize("text", ["", "  ", "?", "help", "Help"])
def test_mention_without_a_question_gets_a_usage_note(room: Room, text: str):
    delivery = room.mention(text)
    post = room.wait_for_post()
    assert post.text.startswith("Ask me what was said about something")
    assert "/hark" in dump(post)
    assert post.thread_ts == delivery.ts


def test_mention_of_what_nobody_said_is_answered_honestly(room: Room):
    room.mention("quantum chromodynamics")
    post = room.wait_for_post()
    assert post.text.startswith("I found nothing relevant about “quantum chromodynamics”.")
    assert "Searched 165 comments in 1 source" in dump(post)


def test_mention_repeats_the_question_safely_and_with_names(room: Room):
    room.mention(f"&lt;!here&gt; xylophone of <@{MEMBER}> in <#C9|general> *boldly*")
    post = room.wait_for_post()
    assert "“&lt;!here&gt; xylophone of @ada in #general ∗boldly∗”" in post.text
    # Buttons carry the question as it was typed, which nobody is shown.
    shown = dump([post.text, [block for block in post.blocks if block["type"] != "actions"]])
    assert "<!here>" not in shown
    assert f"<@{MEMBER}>" not in shown


def test_mention_anywhere_in_the_text_is_not_part_of_the_question(slack: StandInSlack, room: Room):
    slack.send_mention(channel=room.id, user=MEMBER, text=f"{MENTION}, unconferences {MENTION}?")
    assert count_hits(room.wait_for_post()) > 10


@pytest.mark.parametrize("word", ["zeppelin", "gondola", "submarine"])
def test_mention_shows_nothing_that_only_some_in_the_channel_may_see(room: Room, word: str):
    room.mention(word)
    assert room.wait_for_post().text.startswith("I found nothing relevant")


def test_mention_in_a_channel_shows_what_is_meant_for_that_channel(slack: StandInSlack, bot_process: Serving):
    room = Room(slack, SECRET_CHANNEL)
    before = len(room.posts)
    room.mention("zeppelin")
    post = room.wait_for_post(before + 1)
    assert "budget stays with us" in dump(post)
    assert "Searched 166 comments in 2 sources" in dump(post)
    room.mention("gondola")
    assert room.wait_for_post(before + 2).text.startswith("I found nothing relevant")
    assert bot_process.is_alive


def test_edited_mention_updates_its_answer_in_place(slack: StandInSlack, room: Room):
    delivery = room.mention("xylophones")
    first = room.wait_for_post()
    slack.edit_message(delivery, f"{MENTION} {QUESTION}")
    (update,) = room.wait_for_updates(1)
    assert (update.ts, update.via, update.deleted) == (first.ts, "chat.update", False)
    assert len(find_links(update)) == 5
    assert len(room.settle()) == 1


def test_mention_edited_at_once_gets_one_answer_that_is_updated(slack: StandInSlack, room: Room):
    delivery = room.mention("xylophones")
    slack.edit_message(delivery, f"{MENTION} {QUESTION}")
    room.wait_for_posts(1)
    room.settle()
    assert len(room.posts) == 1
    assert " more comments." in slack.find_message(room.posts[0]).text


def test_mention_edited_again_and_again_ends_with_the_last_question(slack: StandInSlack, room: Room):
    delivery = room.mention("xylophones")
    room.wait_for_posts(1)
    for number, text in enumerate(("zithers", "lunch page", QUESTION), start=1):
        slack.edit_message(delivery, f"{MENTION} {text}")
        room.wait_for_updates(number)
    assert len(room.settle()) == 1
    assert count_hits(room.updates[-1]) > 10


def test_message_that_mentions_only_after_an_edit_is_answered(slack: StandInSlack, room: Room):
    message = slack.workspace.add_message(room.id, GUEST, "a plain message")
    delivery = slack.edit_message(message, f"{MENTION} {QUESTION}")
    assert room.wait_for_post().thread_ts == delivery.ts
    assert len(room.settle()) == 1


def test_mention_that_asks_only_after_an_edit_is_answered_in_place_of_the_usage_note(slack: StandInSlack, room: Room):
    delivery = room.mention("")
    room.wait_for_posts(1)
    slack.edit_message(delivery, f"{MENTION} {QUESTION}")
    (update,) = room.wait_for_updates(1)
    assert len(find_links(update)) == 5
    assert len(room.settle()) == 1


def test_mention_by_another_bot_is_left_alone(slack: StandInSlack, room: Room):
    event = {"type": "app_mention", "channel": room.id, "ts": "1.000001", "text": f"{MENTION} {QUESTION}"}
    slack.send_event(event | {"user": "UOTHERBOT", "bot_id": "B0OTHER"}).wait_acked()
    slack.send_event(event | {"ts": "1.000002", "bot_id": "B0OTHER", "subtype": "bot_message"}).wait_acked()
    assert room.settle() == []


def test_mention_delivered_again_is_answered_once(slack: StandInSlack, room: Room):
    delivery = room.mention()
    for _ in range(3):
        slack.redeliver(delivery)
    delivery.wait_acked()
    room.wait_for_posts(1)
    slack.redeliver(delivery).wait_acked()
    assert len(room.settle()) == 1
    assert room.updates == []


def test_mention_in_a_channel_arrives_twice_and_is_answered_once(slack: StandInSlack, room: Room):
    delivery = room.mention()
    room.wait_for_posts(1)
    assert len(room.settle()) == 1
    about = [one for one in slack.deliveries if one.message is not None and one.message.channel == room.id]
    # The mention, the same as a message, and the echo of the answer: all acknowledged, once.
    assert [one.event["type"] for one in about] == ["app_mention", "message", "message"]
    assert [len(one.attempts) for one in about] == [1, 1, 1]
    slack.edit_message(delivery, f"{MENTION} lunch page")
    assert len(room.wait_for_updates(1)) == 1
    assert len(room.settle()) == 1


def test_talk_in_a_channel_is_not_answered(slack: StandInSlack, room: Room):
    slack.send_message(channel=room.id, user=MEMBER, text="unconferences, anyone?").wait_acked()
    assert room.settle() == []


@pytest.mark.parametrize("kind", ["reaction_added", "channel_rename", "app_home_opened", "tokens_revoked", "made_up"])
def test_event_of_any_other_kind_is_acknowledged(slack: StandInSlack, room: Room, kind: str):
    delivery = slack.send_event({"type": kind, "user": MEMBER, "channel": room.id}).wait_acked()
    assert len(delivery.attempts) == 1
    assert room.posts == []
