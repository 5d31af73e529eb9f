"""Going on in a thread where the bot was asked, or in direct messages, without saying it all again."""

from collections.abc import Iterator

import pytest

from tests.databases import ArchivePlace, Databases
from tests.fakes.slack import Delivery, Post, StandInSlack
from tests.scenarios.conftest import fill_workspace, make_person, make_room, make_slack_settings
from tests.scenarios.process import Serving, serving
from tests.scenarios.room import GUEST, MEMBER, MENTION, QUESTION, SECRET_CHANNEL, Room, count_hits, dump, find_links

NARROW = "what did Tomasz say about unconferences?"
UNDERSTOOD = "Understood: about “{}”, by Tomasz Wójcik."


def find_understood(message: Post) -> str:
    """The line that says what was understood; empty where there is none."""
    lines = [one["text"] for block in message.blocks if block["type"] == "context" for one in block["elements"]]
    return next((line for line in lines if line.startswith("Understood: ")), "")


def say(room: Room, text: str, thread: Delivery, user: str = GUEST) -> Delivery:
    """Write in a thread, to nobody in particular."""
    return room.slack.send_message(channel=room.id, user=user, text=text, thread_ts=thread.ts).wait_acked()


def ask(room: Room, text: str = QUESTION, user: str = GUEST) -> Delivery:
    """Ask the bot, and wait for the answer."""
    before = len(room.posts)
    delivery = room.mention(text, user=user)
    room.wait_for_post(before + 1)
    return delivery


def go_on(room: Room, text: str, thread: Delivery, user: str = GUEST) -> Post:
    """Go on in a thread, and wait for the answer."""
    before = len(room.posts)
    say(room, text, thread, user)
    return room.wait_for_post(before + 1)


def test_follow_up_is_answered_in_the_thread_for_everyone_with_what_was_understood_before(room: Room):
    thread = ask(room, NARROW)
    post = go_on(room, "and about mentoring?", thread)
    assert (post.via, post.ephemeral_to, post.thread_ts) == ("chat.postMessage", None, thread.ts)
    assert find_understood(post) == UNDERSTOOD.format("mentoring")
    assert len(room.settle()) == 2


def test_follow_up_after_follow_up_narrows_further(room: Room):
    thread = ask(room)
    assert find_understood(go_on(room, "only from Tomasz", thread)) == UNDERSTOOD.format("unconferences")
    post = go_on(room, "before 2012", thread)
    assert find_understood(post) == "Understood: about “unconferences”, by Tomasz Wójcik, until 2011-12-31."
    post = go_on(room, "and what did Kwame say about it?", thread)
    assert find_understood(post) == "Understood: about “unconferences”, by Kwame Boateng, until 2011-12-31."
    assert (
        find_understood(go_on(room, "at any time", thread))
        == "Understood: about “unconferences”, by Kwame Boateng, at any time."
    )


def test_follow_up_more_shows_page_after_page_until_there_is_no_more(room: Room):
    thread = ask(room)
    pages = room.posts
    while "That was all I found." not in pages[-1].text:
        pages.append(go_on(room, "more", thread))
    links = [link for page in pages for link in find_links(page)]
    assert len(links) == len(set(links)) == count_hits(pages[0])
    # Once more is no more either.
    assert go_on(room, "more please", thread).text == "That was all I found."


def test_follow_up_by_somebody_else_in_the_thread_is_answered_where_it_is_clear(room: Room):
    thread = ask(room, NARROW)
    assert find_understood(go_on(room, "and about mentoring?", thread, MEMBER)) == UNDERSTOOD.format("mentoring")
    # Who has gone on has asked too.
    assert find_understood(go_on(room, "what about badges?", thread, MEMBER)) == UNDERSTOOD.format("badges")
    other = ask(room, NARROW)
    say(room, "what about badges?", other, MEMBER)
    assert len(room.settle()) == 4


def test_follow_up_never_mind_ends_it_until_the_next_mention(room: Room):
    thread = ask(room, NARROW)
    say(room, "never mind", thread)
    assert len(room.settle()) == 1
    say(room, "and about mentoring?", thread)
    assert len(room.settle()) == 1
    room.mention("and about mentoring?", thread_ts=thread.ts)
    assert find_understood(room.wait_for_post(2)) == UNDERSTOOD.format("mentoring")
    assert find_understood(go_on(room, "and about unconferences?", thread)) == UNDERSTOOD.format("unconferences")


def test_follow_up_start_over_carries_nothing_over(room: Room):
    thread = ask(room, NARROW)
    assert go_on(room, "start over", thread).text == "All right, from the start: what would you like to know?"
    post = go_on(room, "and about unconferences?", thread)
    assert (find_understood(post), count_hits(post) > 10) == ("", True)


def test_mention_in_the_thread_may_go_on_or_begin_anew(room: Room):
    thread = ask(room, NARROW)
    room.mention("and about mentoring?", thread_ts=thread.ts)
    assert find_understood(room.wait_for_post(2)) == UNDERSTOOD.format("mentoring")
    room.mention("unconferences", thread_ts=thread.ts)
    assert find_understood(room.wait_for_post(3)) == ""
    room.mention("more", thread_ts=thread.ts)
    assert not set(find_links(room.wait_for_post(4))) & set(find_links(room.posts[2]))
    room.mention("never mind", thread_ts=thread.ts)
    assert room.wait_for_post(5).text == "All right. Ask me again whenever you like."
    assert len(room.settle()) == 5


@pytest.mark.parametrize(
    "text",
    [
        "thanks",
        "and I think so too",
        "what do you think about unconferences?",
        "any thoughts?",
        "how about lunch?",
        "what time is it?",
        f"<@{MEMBER}> and about mentoring?",
        f"only if <@{MEMBER}> comes",
    ],
)
def test_talk_in_the_thread_is_left_alone(room: Room, text: str):
    thread = ask(room)
    say(room, text, thread)
    say(room, text, thread, MEMBER)
    assert len(room.settle()) == 1


def test_threads_where_the_bot_was_not_asked_are_left_alone_and_slack_is_not_asked_about_them(
    slack: StandInSlack, room: Room
):
    ask(room)
    root = slack.workspace.add_message(room.id, MEMBER, "What was said about unconferences?")
    stranger = make_person(slack)
    slack.workspace.channels[room.id].members.add(stranger)
    room.settle()
    before = len(slack.calls)
    for text in ("and about mentoring?", "more", f"only from <@{MEMBER}>", QUESTION):
        slack.send_message(channel=room.id, user=stranger, text=text, thread_ts=root.ts).wait_acked()
    # Nor is what is said outside of threads.
    slack.send_message(channel=room.id, user=GUEST, text="and about mentoring?").wait_acked()
    room.settle()
    assert (len(room.posts), len(slack.calls)) == (1, before)


def test_follow_up_of_a_bot_is_left_alone(slack: StandInSlack, room: Room):
    thread = ask(room)
    said = {"type": "message", "channel": room.id, "channel_type": "channel", "thread_ts": thread.ts, "text": "more"}
    slack.send_event(said | {"ts": slack.workspace.next_ts(), "user": "UBOT2", "bot_id": "B0OTHER"}).wait_acked()
    slack.send_event(said | {"ts": slack.workspace.next_ts(), "subtype": "bot_message", "bot_id": "B1"}).wait_acked()
    slack.send_event(said | {"ts": slack.workspace.next_ts(), "user": slack.bot_user_id}).wait_acked()
    assert len(room.settle()) == 1


def test_follow_up_delivered_again_is_answered_once(slack: StandInSlack, room: Room):
    thread = ask(room)
    delivery = say(room, "more", thread)
    for _ in range(3):
        slack.redeliver(delivery)
    room.wait_for_post(2)
    slack.redeliver(delivery).wait_acked()
    assert len(room.settle()) == 2
    assert room.updates == []


def test_never_mind_delivered_again_does_not_end_what_was_asked_since(slack: StandInSlack, room: Room):
    thread = ask(room)
    delivery = say(room, "never mind", thread)
    room.settle()
    room.mention(thread_ts=thread.ts)
    room.wait_for_post(2)
    slack.redeliver(delivery).wait_acked()
    room.settle()
    assert find_links(go_on(room, "more", thread))


def test_edited_follow_up_updates_its_answer_by_what_was_asked_before_it(slack: StandInSlack, room: Room):
    thread = ask(room, NARROW)
    delivery = say(room, "from Kwame too", thread)
    first = room.wait_for_post(2)
    assert find_understood(first) == "Understood: about “unconferences”, by Tomasz Wójcik or Kwame Boateng."
    go_on(room, "and about mentoring?", thread)
    slack.edit_message(delivery, "from Graham too")
    (update,) = room.wait_for_updates(1)
    assert (update.ts, update.via) == (first.ts, "chat.update")
    assert "by Tomasz Wójcik or Graham Tuttle." in dump(update)
    assert len(room.settle()) == 3
    # What came after it stays what it was.
    post = go_on(room, "since 2001", thread)
    assert find_understood(post) == (
        "Understood: about “mentoring”, by Tomasz Wójcik or Kwame Boateng, since 2001-01-01."
    )


def test_message_that_goes_on_only_after_an_edit_is_answered(slack: StandInSlack, room: Room):
    thread = ask(room, NARROW)
    delivery = say(room, "hm", thread)
    slack.edit_message(delivery, "and about mentoring?")
    assert find_understood(room.wait_for_post(2)) == UNDERSTOOD.format("mentoring")
    # A mention that is added is the mention's.
    slack.edit_message(delivery, f"{MENTION} and about unconferences?")
    room.wait_for_updates(1)
    assert len(room.settle()) == 2


def test_never_mind_that_is_edited_is_answered_at_once_and_a_question_edited_to_it_ends(
    slack: StandInSlack, room: Room
):
    thread = ask(room, NARROW)
    delivery = say(room, "never mind", thread)
    room.settle()
    slack.edit_message(delivery, "and about mentoring?")
    assert find_understood(room.wait_for_post(2)) == UNDERSTOOD.format("mentoring")
    slack.edit_message(delivery, "never mind")
    room.settle()
    say(room, "more", thread)
    assert len(room.settle()) == 2


@pytest.mark.parametrize("kind", [{"is_private": True}, {"is_mpim": True}])
@pytest.mark.usefixtures("bot_process")
def test_follow_up_is_answered_in_private_channels_and_group_messages(slack: StandInSlack, kind: dict[str, bool]):
    name = f"C{'MPIM' if 'is_mpim' in kind else 'GROUP'}FOLLOW"
    slack.workspace.add_channel(name, name=name.lower(), members=[GUEST, slack.bot_user_id], **kind)
    room = Room(slack, name)
    thread = ask(room, NARROW)
    assert find_understood(go_on(room, "and about mentoring?", thread)) == UNDERSTOOD.format("mentoring")


@pytest.mark.parametrize("word", ["zeppelin", "gondola", "submarine"])
def test_follow_up_shows_nothing_that_only_some_in_the_channel_may_see(room: Room, word: str):
    thread = ask(room, user=MEMBER)
    room.settle()
    say(room, f"and about {word}?", thread, MEMBER)
    shown = [post for post in room.settle() if post.ephemeral_to is None]
    assert [post.text for post in shown[1:]] == [shown[-1].text]
    assert shown[-1].text.startswith(f"I found nothing relevant about “{word}”.")
    assert not [secret for secret in ("brewery", "stays with us", "hers alone") if secret in dump(shown[-1])]
    # What only they may see comes to whoever goes on, alone.
    rest = [post for post in room.posts if post.ephemeral_to == MEMBER and post.ts > shown[-1].ts]
    assert len(rest) == 1


def test_follow_up_in_a_channel_shows_what_is_meant_for_that_channel(slack: StandInSlack, bot_process: Serving):
    room = Room(slack, SECRET_CHANNEL)
    thread = ask(room)
    assert "budget stays with us" in dump(go_on(room, "and about the zeppelin?", thread))
    assert bot_process.is_alive


@pytest.fixture
def person(slack: StandInSlack, bot_process: Serving) -> str:  # noqa: ARG001  # the process is to be there
    """Somebody who has not written to the bot before."""
    return make_person(slack)


@pytest.fixture
def direct(slack: StandInSlack, person: str) -> Room:
    """That person's direct messages with the bot."""
    return Room(slack, slack.workspace.open_direct_message(person).id)


def write(room: Room, person: str, text: str, thread_ts: str | None = None) -> Post:
    """Write to the bot, and wait for what it says."""
    before = len(room.posts)
    room.slack.send_direct_message(user=person, text=text, thread_ts=thread_ts)
    return room.wait_for_post(before + 1)


def test_direct_message_goes_on_from_the_one_before(direct: Room, person: str):
    write(direct, person, NARROW)
    post = write(direct, person, "and about mentoring?")
    assert (find_understood(post), post.thread_ts) == (UNDERSTOOD.format("mentoring"), None)
    assert find_understood(write(direct, person, "only before 2012")).endswith("by Tomasz Wójcik, until 2011-12-31.")
    assert find_understood(write(direct, person, "unconferences")) == ""
    first = direct.posts[-1]
    assert not set(find_links(write(direct, person, "more"))) & set(find_links(first))
    assert write(direct, person, "never mind").text == "All right. Ask me again whenever you like."
    assert write(direct, person, "Thanks a lot!").text == "You are welcome."
    assert write(direct, person, "start over").text.startswith("All right, from the start")
    assert find_understood(write(direct, person, "only from Tomasz")) == "Understood: everything, by Tomasz Wójcik."


def test_thread_in_direct_messages_goes_on_from_what_it_hangs_on(slack: StandInSlack, direct: Room, person: str):
    question = slack.send_direct_message(user=person, text=NARROW)
    first = direct.wait_for_post()
    write(direct, person, "lunch page")
    on_question = write(direct, person, "and about mentoring?", thread_ts=question.ts)
    assert (find_understood(on_question), on_question.thread_ts) == (UNDERSTOOD.format("mentoring"), question.ts)
    on_answer = write(direct, person, "and about mentoring?", thread_ts=first.ts)
    assert (find_understood(on_answer), on_answer.thread_ts) == (UNDERSTOOD.format("mentoring"), first.ts)
    # The thread has a conversation of its own.
    assert (
        find_understood(write(direct, person, "only from Kwame")) == "Understood: about “lunch page”, by Kwame Boateng."
    )


def test_direct_message_is_never_gone_on_from_in_a_channel(slack: StandInSlack, direct: Room, person: str, room: Room):
    write(direct, person, "gondola")
    slack.workspace.channels[room.id].members.add(person)
    room.mention("more", user=person)
    assert find_understood(room.wait_for_post()) == ""
    root = slack.workspace.add_message(room.id, person, "A root.")
    slack.send_message(channel=room.id, user=person, text="only from Tomasz", thread_ts=root.ts).wait_acked()
    shown = room.settle()
    assert {post.thread_ts for post in shown} != {root.ts}
    assert [post for post in shown if "gondola" in dump(post) and post.ephemeral_to is None] == []


ADMIN = "UADMIN"


@pytest.fixture(scope="module")
def overseen(
    databases: Databases, sample_archive: ArchivePlace, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[StandInSlack]:
    """A workspace with an admin."""
    folder = tmp_path_factory.mktemp("overseen")
    database = databases.copy(sample_archive)
    with StandInSlack(reads_channels=True) as slack:
        fill_workspace(slack)
        slack.workspace.add_user(ADMIN, name="boss")
        with serving(database, make_slack_settings(slack) | {"HARKBACK_ADMINS": ADMIN}, folder / "log"):
            slack.wait_connected()
            yield slack


def test_follow_ups_are_switched_off_and_on_for_a_channel_by_admins(overseen: StandInSlack):
    room, other = make_room(overseen), make_room(overseen)
    assert command(room, "follow-ups", ADMIN).startswith("Where I was asked in a thread of this channel, people may")
    assert command(room, "follow-ups off", MEMBER).startswith("Sorry, only these people may do that: boss.")
    assert command(room, "follow-ups off", ADMIN).startswith("In this channel I answer only where I am mentioned.")
    thread, elsewhere = ask(room, NARROW), ask(other, NARROW)
    say(room, "and about mentoring?", thread)
    assert find_understood(go_on(other, "and about mentoring?", elsewhere)) == UNDERSTOOD.format("mentoring")
    said = len(room.settle())
    room.mention("and about mentoring?", thread_ts=thread.ts)
    assert find_understood(room.wait_for_post(said + 1)) == UNDERSTOOD.format("mentoring")
    assert command(room, "follow-ups on", ADMIN).startswith("Where I was asked in a thread of this channel, people may")
    assert find_understood(go_on(room, "and about lunch?", thread)) == UNDERSTOOD.format("lunch")


def test_follow_ups_are_no_matter_of_direct_messages(overseen: StandInSlack):
    room = Room(overseen, overseen.workspace.open_direct_message(ADMIN).id)
    assert command(room, "follow-ups off", ADMIN).startswith("That is for channels")


def command(room: Room, text: str, user: str) -> str:
    before = len(room.posts)
    room.command(text, user=user)
    return room.wait_for_post(before + 1).text
