import pytest

from bot.slack.views.buttons import HELPFUL, MORE, SHARE, UNHELPFUL, WHY
from tests.fakes.slack import Post, StandInSlack
from tests.scenarios.conftest import make_person, make_room
from tests.scenarios.process import Serving
from tests.scenarios.room import (
    GUEST,
    MEMBER,
    SECRET_CHANNEL,
    Room,
    count_hits,
    dump,
    find_actions,
    find_links,
    follow_to_the_end,
)


def test_command_is_answered_privately(room: Room):
    # The ack waits for no answer.
    with room.slack.holding("response_url"):
        delivery = room.command().wait_acked()
    post = room.wait_for_post()
    assert (post.via, post.ephemeral_to, len(find_links(post))) == ("response_url", MEMBER, 5)
    assert {MORE, SHARE} <= set(find_actions(post))
    assert (post.params["unfurl_links"], post.params["unfurl_media"]) == (False, False)
    assert delivery.ack_payload in (None, "")
    assert [attempt.failure for attempt in delivery.attempts] == [None]


def test_command_works_where_the_bot_is_no_member(slack: StandInSlack, bot_process: Serving):
    room = make_room(slack, has_bot=False)
    room.command()
    assert room.wait_for_post().ephemeral_to == MEMBER
    assert bot_process.is_alive


@pytest.mark.parametrize("text", ["", "   ", "help"])
def test_command_without_a_question_gets_a_usage_note(room: Room, text: str):
    room.command(text)
    post = room.wait_for_post()
    assert (post.text[:11], post.ephemeral_to, find_actions(post)) == ("Ask me what", MEMBER, [])


def test_command_that_is_misspelt_suggests_the_nearest_and_lets_it_be_asked_about(slack: StandInSlack, room: Room):
    room.command("refesh")
    post = room.wait_for_post()
    assert (post.text, post.ephemeral_to) == ("Did you mean `/hark refresh`? I did not look for “refesh”.", MEMBER)
    slack.click(post, MORE, user=MEMBER)
    assert room.wait_for_post(2).text.startswith("I found nothing relevant about “refesh”.")


def test_command_of_a_near_word_in_quotation_marks_is_a_question(room: Room):
    room.command('"refesh"')
    assert room.wait_for_post().text.startswith("I found nothing relevant about")


def test_command_of_what_nobody_said_is_answered_honestly_and_can_be_judged(room: Room):
    room.command("xylophones &amp; zithers")
    post = room.wait_for_post()
    assert post.text.startswith("I found nothing relevant about “xylophones &amp; zithers”.")
    assert find_actions(post) == [WHY, HELPFUL, UNHELPFUL]


def test_command_shows_a_member_what_the_workspace_may_see(room: Room):
    room.command("gondola")
    assert "behind the brewery" in dump(room.wait_for_post())


@pytest.mark.parametrize("word", ["gondola", "submarine"])
def test_command_shows_a_guest_nothing_of_the_workspace_or_of_others(room: Room, word: str):
    room.command(word, user=GUEST)
    post = room.wait_for_post()
    assert (post.text[:23], post.ephemeral_to) == ("I found nothing relevan", GUEST)


def test_command_shows_what_is_meant_for_the_channel_it_is_used_in(slack: StandInSlack, bot_process: Serving):
    room = Room(slack, SECRET_CHANNEL)
    before = len(room.posts)
    room.command("zeppelin", user=GUEST)
    assert "budget stays with us" in dump(room.wait_for_post(before + 1))
    assert bot_process.is_alive


@pytest.mark.parametrize("user", [MEMBER, GUEST])
def test_command_elsewhere_shows_what_is_meant_for_a_channel_to_whoever_is_in_it(room: Room, user: str):
    room.command("zeppelin", user=user)
    assert "budget stays with us" in dump(room.wait_for_post())


def test_command_does_not_show_what_is_meant_for_a_channel_to_others(slack: StandInSlack, room: Room):
    user = make_person(slack)
    slack.workspace.channels[room.id].members.add(user)
    room.command("zeppelin", user=user)
    assert room.wait_for_post().text.startswith("I found nothing relevant")


def test_command_delivered_again_is_answered_once(slack: StandInSlack, room: Room):
    delivery = room.command()
    slack.redeliver(delivery).wait_acked()
    room.wait_for_posts(1)
    slack.redeliver(delivery).wait_acked()
    assert len(room.settle()) == 1


def test_more_of_a_private_answer_stays_private_to_the_end(room: Room):
    room.command()
    pages = follow_to_the_end(room, room.wait_for_post())
    assert {page.ephemeral_to for page in pages} == {MEMBER}
    links = [link for page in pages for link in find_links(page)]
    assert len(links) == len(set(links)) == count_hits(pages[0])
    assert "behind the brewery" in dump([page.blocks for page in pages])


def test_share_puts_the_answer_into_the_channel(slack: StandInSlack, room: Room):
    room.command()
    private = room.wait_for_post()
    slack.click(private, SHARE, user=MEMBER).wait_acked()
    shared = room.wait_for_post(2)
    assert (shared.ephemeral_to, shared.via) == (None, "response_url")
    assert dump(shared.blocks[:1]).count("ada asked: what was said about unconferences?") == 1
    assert MORE in find_actions(shared)
    assert SHARE not in find_actions(shared)
    assert len(find_links(shared)) == 5
    assert (shared.params["unfurl_links"], shared.params["unfurl_media"]) == (False, False)


def test_share_works_where_the_bot_is_no_member_and_so_does_more(slack: StandInSlack, bot_process: Serving):
    room = make_room(slack, has_bot=False)
    room.command()
    slack.click(room.wait_for_post(), SHARE, user=MEMBER)
    shared = room.wait_for_post(2)
    assert shared.ephemeral_to is None
    slack.click(shared, MORE, user=GUEST)
    following = room.wait_for_post(3)
    assert (following.ephemeral_to, following.thread_ts) == (None, shared.ts)
    assert set(find_links(following)) & set(find_links(shared)) == set()
    assert bot_process.is_alive


def test_share_shows_the_page_it_stands_under(slack: StandInSlack, room: Room):
    room.command("what was said about wikis")
    slack.click(room.wait_for_post(), MORE, user=MEMBER)
    second = room.wait_for_post(2)
    slack.click(second, SHARE, user=MEMBER)
    assert find_links(room.wait_for_post(3)) == find_links(second)


def test_share_leaves_out_what_not_everyone_in_the_channel_may_see(slack: StandInSlack, room: Room):
    room.command()
    private = room.wait_for_post()
    assert "behind the brewery" in dump(private)
    slack.click(private, SHARE, user=MEMBER)
    shared = room.wait_for_post(2)
    assert shared.ephemeral_to is None
    assert "brewery" not in dump(shared)
    assert "Searched 165 comments in 1 source" in dump(shared)


def test_share_of_what_nobody_else_may_see_tells_only_the_person_who_asked(slack: StandInSlack, room: Room):
    room.command("gondola")
    slack.click(room.wait_for_post(), SHARE, user=MEMBER)
    told = room.wait_for_post(2)
    assert (told.ephemeral_to, "nothing in this answer that everyone" in told.text) == (MEMBER, True)
    assert [post for post in room.settle() if post.ephemeral_to is None] == []


def test_share_of_what_is_for_one_person_shares_nothing(slack: StandInSlack, room: Room):
    room.command("submarine")
    assert "hers alone" in dump(room.wait_for_post())
    slack.click(room.posts[0], SHARE, user=MEMBER)
    assert room.wait_for_post(2).ephemeral_to == MEMBER


def test_share_in_the_channel_that_may_see_it_shares_it(slack: StandInSlack, bot_process: Serving):
    room = Room(slack, SECRET_CHANNEL)
    before = len(room.posts)
    room.command("zeppelin")
    slack.click(room.wait_for_post(before + 1), SHARE, user=MEMBER)
    shared = room.wait_for_post(before + 2)
    assert (shared.ephemeral_to, "budget stays with us" in dump(shared)) == (None, True)
    assert bot_process.is_alive


def test_share_pressed_twice_shares_once(slack: StandInSlack, room: Room):
    room.command()
    private = room.wait_for_post()
    slack.click(private, SHARE, user=MEMBER)
    slack.click(private, SHARE, user=MEMBER)
    room.wait_for_posts(2)
    assert len(room.settle()) == 2


def test_button_of_an_earlier_version_says_so(slack: StandInSlack, room: Room):
    room.command()
    private = room.wait_for_post()
    for number, action in enumerate(
        ({"action_id": "gone", "value": "x"}, {"action_id": MORE, "value": "?"}, {"action_id": SHARE, "value": "{}"}),
        start=2,
    ):
        pressed = {"type": "button", "block_id": "b", "action_ts": "1.1", **action}
        place = slack._describe_place(slack.find_message(private), MEMBER)
        slack.send_interaction({"type": "block_actions", "actions": [pressed], **place}, user=MEMBER).wait_acked()
        told = room.wait_for_post(number)
        assert (told.ephemeral_to, "not in use any more" in told.text) == (MEMBER, True)


def test_question_that_is_too_long_for_a_button_has_pages_of_one_answer(slack: StandInSlack, room: Room):
    """What stands beyond the cut must not count on the first page and be lost on the next."""
    room.command("unconferences " + "-" * 900 + " wikis intranet lunch")
    first = room.wait_for_post()
    slack.click(first, MORE, user=MEMBER)
    second = room.wait_for_post(2)
    assert (len(find_links(first)), len(find_links(second))) == (5, 5)
    assert count_left(second) == count_left(first) - 5
    assert set(find_links(first)) & set(find_links(second)) == set()


def count_left(post: Post) -> int:
    """The number on the button More."""
    label: str = post.blocks[-1]["elements"][0]["text"]["text"]
    return int(label.removeprefix("More (").removesuffix(")"))


def test_question_that_is_shared_is_shown_safely(slack: StandInSlack, room: Room):
    room.command("unconferences &lt;!&gt; &amp; *?*")
    slack.click(room.wait_for_post(), SHARE, user=MEMBER)
    shared = room.wait_for_post(2)
    assert "ada asked: unconferences &lt;!&gt; &amp; ∗?∗" in dump(shared.blocks[:1])
