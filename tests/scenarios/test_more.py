from bot.slack.views.buttons import MORE
from tests.fakes.slack import Delivery, StandInSlack
from tests.scenarios.conftest import make_person
from tests.scenarios.process import Serving
from tests.scenarios.room import GUEST, MEMBER, QUESTION, Room, count_hits, dump, find_links, follow_to_the_end


def test_more_goes_on_to_the_end_in_the_thread_without_repeats(room: Room):
    mention = room.mention()
    pages = follow_to_the_end(room, room.wait_for_post())
    links = [link for page in pages for link in find_links(page)]
    total = count_hits(pages[0])
    assert len(links) == len(set(links)) == total
    assert [len(find_links(page)) for page in pages] == [min(5, total - start) for start in range(0, total, 5)]
    assert {(page.thread_ts, page.ephemeral_to, page.via) for page in pages} == {(mention.ts, None, "chat.postMessage")}
    # The member who pressed may see more than the guest who reads.
    assert "brewery" not in dump([page.blocks for page in pages])


def test_more_counts_what_is_left(room: Room):
    room.mention()
    first = room.wait_for_post()
    button = next(one for one in first.blocks[-1]["elements"] if one["action_id"] == MORE)
    assert button["text"]["text"] == f"More ({count_hits(first) - 5})"


def test_more_in_a_direct_message_goes_on_to_the_end(slack: StandInSlack, bot_process: Serving):
    person = make_person(slack)
    room = Room(slack, slack.workspace.open_direct_message(person).id)
    slack.send_direct_message(user=person, text=QUESTION)
    pages = follow_to_the_end(room, room.wait_for_post(), person)
    assert {page.thread_ts for page in pages} == {None}
    links = [link for page in pages for link in find_links(page)]
    assert len(links) == len(set(links)) == count_hits(pages[0])
    assert bot_process.is_alive


def test_more_pressed_twice_by_anyone_gives_one_page(slack: StandInSlack, room: Room):
    room.mention()
    first = room.wait_for_post()
    for person in (MEMBER, GUEST, MEMBER):
        slack.click(first, MORE, user=person)
    room.wait_for_posts(2)
    assert sum(post.ephemeral_to is None for post in room.settle()) == 2


def test_more_pressed_later_tells_that_person_alone_where_the_page_stands(slack: StandInSlack, room: Room):
    mention = room.mention()
    first = room.wait_for_post()
    pressed = slack.click(first, MORE, user=MEMBER)
    page = room.wait_for_post(2)
    later = slack.click(first, MORE, user=GUEST)
    told = room.wait_for_post(3)
    assert (told.ephemeral_to, told.thread_ts) == (GUEST, mention.ts)
    link = f"https://standin.slack.com/archives/{room.id}/p{page.ts.replace('.', '')}"
    assert told.text.startswith(f"This was pressed before: what came of it stands <{link}?thread_ts=")
    assert told.text.endswith("|further down in the thread>.")
    # Whoever pressed is told no more of that, whatever is delivered again.
    for delivery in (pressed, later):
        slack.redeliver(delivery).wait_acked()
    assert len(room.settle()) == 3


def test_more_pressed_later_on_a_private_answer_says_so(slack: StandInSlack, room: Room):
    room.command()
    first = room.wait_for_post()
    slack.click(first, MORE, user=MEMBER)
    room.wait_for_post(2)
    press_a_minute_later(slack, slack.click(first, MORE, user=MEMBER))
    told = room.wait_for_post(3)
    assert (told.ephemeral_to, told.text) == (
        MEMBER,
        "This was pressed before: what came of it stands further down.",
    )


def test_more_that_failed_can_be_pressed_again_at_once(slack: StandInSlack, room: Room):
    room.mention()
    first = room.wait_for_post()
    slack.fail_next("chat.postMessage", error="internal_error")
    slack.click(first, MORE, user=MEMBER)
    assert "Something went wrong" in room.wait_for_post(2).text
    room.settle()
    slack.click(first, MORE, user=MEMBER)
    assert find_links(room.wait_for_post(3))


def press_a_minute_later(slack: StandInSlack, pressed: Delivery) -> None:
    """Send a press again as if it had been made later."""
    (action,) = pressed.payload["actions"]
    later = f"{float(action['action_ts']) + 60:.6f}"
    slack.send_interaction({**pressed.payload, "actions": [action | {"action_ts": later}]}, user=MEMBER)
