import pytest

from tests.fakes.slack import Delivery, Post, StandInSlack, Update
from tests.scenarios.conftest import make_person
from tests.scenarios.process import Serving
from tests.scenarios.room import MEMBER, MENTION, QUESTION, Room, count_hits, dump, find_links


@pytest.fixture
def person(slack: StandInSlack, bot_process: Serving) -> str:  # noqa: ARG001  # the process is to be there
    """Somebody who has not written to the bot before."""
    return make_person(slack)


def write(room: Room, person: str, text: str = QUESTION, thread_ts: str | None = None) -> Delivery:
    return room.slack.send_direct_message(user=person, text=text, thread_ts=thread_ts)


@pytest.fixture
def room(slack: StandInSlack, person: str) -> Room:
    """That person's direct messages with the bot."""
    return Room(slack, slack.workspace.open_direct_message(person).id)


def test_direct_message_is_answered_where_it_stands(room: Room, person: str):
    write(room, person)
    post = room.wait_for_post()
    assert (post.via, post.thread_ts, len(find_links(post))) == ("chat.postMessage", None, 5)


def test_direct_message_in_a_thread_is_answered_in_that_thread(room: Room, person: str):
    root = write(room, person)
    room.wait_for_posts(1)
    write(room, person, "lunch page", thread_ts=root.ts)
    assert room.wait_for_post(2).thread_ts == root.ts


def test_direct_message_may_mention_the_bot(room: Room, person: str):
    write(room, person, f"{MENTION} unconferences")
    assert count_hits(room.wait_for_post()) > 10
    assert len(room.settle()) == 1


def test_direct_message_without_a_question_gets_a_usage_note(room: Room, person: str):
    write(room, person, "…")
    assert room.wait_for_post().text.startswith("Ask me what was said")


def test_direct_message_of_a_member_sees_what_the_workspace_may(room: Room, person: str):
    write(room, person, "gondola")
    assert "behind the brewery" in dump(room.wait_for_post())
    assert "Searched 166 comments in 2 sources" in dump(room.posts[0])


@pytest.mark.parametrize("word", ["zeppelin", "submarine"])
def test_direct_message_of_a_member_does_not_see_what_others_may(room: Room, person: str, word: str):
    write(room, person, word)
    assert room.wait_for_post().text.startswith("I found nothing relevant")


@pytest.mark.parametrize("word", ["zeppelin", "gondola", "submarine"])
def test_direct_message_of_a_guest_sees_what_is_public(slack: StandInSlack, bot_process: Serving, word: str):
    guest = slack.workspace.add_user("UNEWGUEST", is_restricted=True).id
    room = Room(slack, slack.workspace.open_direct_message(guest).id)
    before = len(room.posts)
    write(room, guest, word)
    post = room.wait_for_post(before + 1)
    assert post.text.startswith("I found nothing relevant")
    assert "Searched 165 comments in 1 source" in dump(post)
    assert bot_process.is_alive


def test_direct_message_shows_a_person_what_is_theirs_alone(slack: StandInSlack, bot_process: Serving):
    room = Room(slack, slack.workspace.open_direct_message(MEMBER).id)
    before = len(room.posts)
    write(room, MEMBER, "submarine")
    assert "hers alone" in dump(room.wait_for_post(before + 1))
    assert bot_process.is_alive


def test_edited_direct_message_updates_its_answer_in_place(slack: StandInSlack, room: Room, person: str):
    delivery = write(room, person, "xylophones")
    first = room.wait_for_post()
    slack.edit_message(delivery, QUESTION)
    (update,) = room.wait_for_updates(1)
    assert (update.ts, len(find_links(update))) == (first.ts, 5)
    assert len(room.settle()) == 1


def test_direct_message_edited_at_once_gets_one_answer_that_is_updated(slack: StandInSlack, room: Room, person: str):
    slack.edit_message(write(room, person, "xylophones"), QUESTION)
    room.wait_for_posts(1)
    assert len(room.settle()) == 1
    assert len(find_links_now(room)) == 5


def find_links_now(room: Room) -> list[str]:
    """What the one answer links to as it stands now."""
    versions: list[Post | Update] = [*room.posts, *room.updates]
    return find_links(versions[-1])


def test_direct_message_that_only_got_a_preview_is_left_alone(slack: StandInSlack, room: Room, person: str):
    delivery = write(room, person)
    room.wait_for_posts(1)
    slack.edit_message(delivery, QUESTION).wait_acked()
    assert len(room.settle()) == 1
    assert room.updates == []


def test_direct_message_that_is_deleted_is_left_alone(slack: StandInSlack, room: Room, person: str):
    delivery = write(room, person)
    room.wait_for_posts(1)
    deleted = slack.delete_message(delivery)
    assert deleted is not None
    deleted.wait_acked()
    assert len(room.settle()) == 1
    assert room.updates == []


def test_direct_message_of_the_bot_itself_or_another_is_left_alone(slack: StandInSlack, room: Room, person: str):
    said = {"type": "message", "channel": room.id, "channel_type": "im", "text": QUESTION}
    slack.send_event(said | {"ts": "1.000001", "user": slack.bot_user_id, "bot_id": slack.bot_id}).wait_acked()
    slack.send_event(said | {"ts": "1.000002", "user": slack.bot_user_id}).wait_acked()
    slack.send_event(said | {"ts": "1.000003", "user": "UOTHER", "bot_id": "B0OTHER"}).wait_acked()
    slack.send_event(said | {"ts": "1.000004", "subtype": "bot_message", "bot_id": "B0OTHER"}).wait_acked()
    slack.send_event(said | {"ts": "1.000005", "user": person, "subtype": "channel_topic"}).wait_acked()
    assert room.settle() == []


def test_direct_message_with_a_file_is_a_question_too(slack: StandInSlack, room: Room, person: str):
    said = {"type": "message", "subtype": "file_share", "channel": room.id, "channel_type": "im", "user": person}
    slack.send_event(said | {"ts": slack.workspace.next_ts(), "text": QUESTION}).wait_acked()
    assert len(find_links(room.wait_for_post())) == 5


def test_direct_message_delivered_again_is_answered_once(slack: StandInSlack, room: Room, person: str):
    delivery = write(room, person)
    for _ in range(3):
        slack.redeliver(delivery)
    room.wait_for_posts(1)
    assert len(room.settle()) == 1


@pytest.mark.usefixtures("bot_process")
def test_dates_are_those_of_whoever_asks(slack: StandInSlack):
    person = slack.workspace.add_user("UKIRITIMATI", tz="Pacific/Kiritimati").id
    room = Room(slack, slack.workspace.open_direct_message(person).id)
    slack.send_direct_message(user=person, text="unconferences in 2018")
    shown = str(room.wait_for_post().blocks)
    assert "from 2018-01-01 to 2018-12-31" in shown
    # The buttons carry the zone along.
    assert "Pacific/Kiritimati" in shown
