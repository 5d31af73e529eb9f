"""Taking a filter away by its button: a wider answer, for whoever sees the narrower one."""

import pytest

from bot.slack.views.buttons import MORE, SHARE, WITHOUT
from tests.fakes.slack import Post, StandInSlack
from tests.scenarios.conftest import make_person, make_room
from tests.scenarios.process import Serving
from tests.scenarios.room import GUEST, MEMBER, Room, count_hits, dump, find_actions, find_links, follow_to_the_end

NARROW = "what did Tomasz say about unconferences?"
WHOLE = "what was said about unconferences?"
TOPIC, AUTHORS, DATES = (f"{WITHOUT}_{one}" for one in ("topic", "authors", "dates"))


def find_understood(message: Post) -> str:
    """The line that says what was understood."""
    lines = [one["text"] for block in message.blocks if block["type"] == "context" for one in block["elements"]]
    return next(line for line in lines if line.startswith("Understood: "))


def find_labels(message: Post) -> list[str]:
    """What stands on the buttons above the hits."""
    (first, *_) = (block for block in message.blocks if block["type"] == "actions")
    return [one["text"]["text"] for one in first["elements"]]


def test_answer_that_is_narrowed_offers_each_filter(room: Room):
    room.mention("what did Tomasz say about unconferences since 2008?")
    post = room.wait_for_post()
    assert find_labels(post) == ["✕ about “unconferences”", "✕ by Tomasz Wójcik", "✕ since 2008-01-01"]


def test_answer_that_is_not_narrowed_offers_nothing_to_take_away(room: Room):
    room.mention()
    assert not any(action.startswith(WITHOUT) for action in find_actions(room.wait_for_post()))


def test_filter_pressed_in_a_channel_is_answered_in_the_thread_for_everyone(slack: StandInSlack, room: Room):
    mention = room.mention(NARROW)
    first = room.wait_for_post()
    slack.click(first, AUTHORS, user=GUEST).wait_acked()
    wider = room.wait_for_post(2)
    assert (wider.thread_ts, wider.ephemeral_to, wider.via) == (mention.ts, None, "chat.postMessage")
    assert find_understood(wider) == "Understood: about “unconferences”, by anyone."
    assert count_hits(wider) > len(find_links(first))
    assert not any(action.startswith(WITHOUT) for action in find_actions(wider))
    assert room.updates == []


def test_more_after_a_filter_was_pressed_goes_on_without_it(slack: StandInSlack, room: Room):
    room.mention(NARROW)
    slack.click(room.wait_for_post(), AUTHORS, user=GUEST)
    pages = follow_to_the_end(room, room.wait_for_post(2))
    links = [link for page in pages for link in find_links(page)]
    assert len(links) == len(set(links)) == count_hits(pages[0])
    assert {find_understood(page) for page in pages} == {"Understood: about “unconferences”, by anyone."}
    # The member who pressed may see more than the guest who reads.
    assert "brewery" not in dump([page.blocks for page in pages])


def test_answer_without_a_filter_is_that_of_the_question_that_does_not_name_it(slack: StandInSlack, room: Room):
    room.mention(NARROW)
    slack.click(room.wait_for_post(), AUTHORS, user=GUEST)
    wider = room.wait_for_post(2)
    room.mention(WHOLE)
    assert find_links(wider) == find_links(room.wait_for_post(3))


def test_filters_pressed_one_after_another_are_all_taken_away(slack: StandInSlack, room: Room):
    room.mention("what did Tomasz say about unconferences since 2010?")
    slack.click(room.wait_for_post(), AUTHORS, user=GUEST)
    without_author = room.wait_for_post(2)
    assert find_labels(without_author) == ["✕ about “unconferences”", "✕ since 2010-01-01"]
    slack.click(without_author, DATES, user=GUEST)
    assert find_understood(room.wait_for_post(3)) == "Understood: about “unconferences”, by anyone, at any time."


def test_topic_pressed_leaves_all_that_somebody_said(slack: StandInSlack, room: Room):
    room.mention(NARROW)
    slack.click(room.wait_for_post(), TOPIC, user=GUEST)
    wider = room.wait_for_post(2)
    assert find_understood(wider) == "Understood: everything, by Tomasz Wójcik."
    assert wider.text.startswith("Tomasz Wójcik wrote")


def test_filter_pressed_twice_by_anyone_gives_one_answer(slack: StandInSlack, room: Room):
    room.mention(NARROW)
    first = room.wait_for_post()
    for person in (GUEST, MEMBER, GUEST):
        slack.click(first, AUTHORS, user=person)
    room.wait_for_posts(2)
    # What only one of them may see comes to them alone, and who pressed later is told where the answer stands.
    posts = room.settle()
    assert sum(post.ephemeral_to is None for post in posts) == 2
    assert any(post.text.startswith("This was pressed before") and post.ephemeral_to for post in posts)


def test_filter_pressed_in_a_direct_message_is_answered_for_that_person(slack: StandInSlack, bot_process: Serving):
    person = make_person(slack)
    room = Room(slack, slack.workspace.open_direct_message(person).id)
    slack.send_direct_message(user=person, text=NARROW)
    slack.click(room.wait_for_post(), AUTHORS, user=person)
    pages = follow_to_the_end(room, room.wait_for_post(2), person)
    assert {(page.thread_ts, page.via) for page in pages} == {(None, "chat.postMessage")}
    assert "behind the brewery" in dump([page.blocks for page in pages])
    assert bot_process.is_alive


def test_filter_pressed_on_a_private_answer_replaces_it(slack: StandInSlack, room: Room):
    room.command(NARROW)
    private = room.wait_for_post()
    slack.click(private, AUTHORS, user=MEMBER).wait_acked()
    (wider,) = room.wait_for_updates(1)
    assert (wider.ts, wider.ephemeral_to, wider.via) == (private.ts, MEMBER, "response_url")
    assert {MORE, SHARE} <= set(find_actions(wider))
    assert count_hits(wider) > len(find_links(private))
    assert len(room.settle()) == 1


@pytest.mark.parametrize(("user", "is_shown"), [(MEMBER, True), (GUEST, False)])
def test_more_of_a_private_answer_that_was_widened_shows_that_person_what_is_theirs(
    slack: StandInSlack, room: Room, user: str, *, is_shown: bool
):
    room.command(NARROW, user=user)
    private = room.wait_for_post()
    slack.click(private, AUTHORS, user=user)
    (wider,) = room.wait_for_updates(1)
    slack.click(wider, MORE, user=user)
    following = follow_to_the_end(room, room.wait_for_post(2), user)
    assert {page.ephemeral_to for page in following} == {user}
    assert len([link for page in following for link in find_links(page)]) == count_hits(wider) - 5
    assert ("behind the brewery" in dump([wider.blocks, *(page.blocks for page in following)])) == is_shown


def test_share_of_a_private_answer_that_was_widened_shares_the_wider_one(slack: StandInSlack, room: Room):
    room.command(NARROW)
    private = room.wait_for_post()
    slack.click(private, AUTHORS, user=MEMBER)
    (wider,) = room.wait_for_updates(1)
    slack.click(wider, SHARE, user=MEMBER)
    shared = room.wait_for_post(2)
    assert (shared.ephemeral_to, shared.via) == (None, "response_url")
    assert find_understood(shared) == "Understood: about “unconferences”, by anyone."
    pages = follow_to_the_end(room, shared)
    assert "brewery" not in dump([page.blocks for page in pages])
    assert len([link for page in pages for link in find_links(page)]) == count_hits(shared)


def test_filter_pressed_works_where_the_bot_is_no_member(slack: StandInSlack, bot_process: Serving):
    room = make_room(slack, has_bot=False)
    room.command(NARROW)
    slack.click(room.wait_for_post(), SHARE, user=MEMBER)
    shared = room.wait_for_post(2)
    slack.click(shared, AUTHORS, user=GUEST)
    wider = room.wait_for_post(3)
    assert (wider.ephemeral_to, wider.thread_ts) == (None, shared.ts)
    assert bot_process.is_alive


def test_filter_of_another_version_says_so_and_leaves_the_private_answer(slack: StandInSlack, room: Room):
    room.command(NARROW)
    private = room.wait_for_post()
    value = '{"q": "unconferences", "o": 0, "w": ["moods"]}'
    pressed = {"type": "button", "block_id": "b", "action_ts": "1.1", "action_id": f"{WITHOUT}_moods", "value": value}
    place = slack._describe_place(slack.find_message(private), MEMBER)
    slack.send_interaction({"type": "block_actions", "actions": [pressed], **place}, user=MEMBER).wait_acked()
    told = room.wait_for_post(2)
    assert (told.ephemeral_to, "not in use any more" in told.text) == (MEMBER, True)
    assert room.updates == []
