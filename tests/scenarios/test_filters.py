"""The filters modal: prefilled, suggesting what may be known, and answered where it belongs."""

import pytest

from bot.slack.views.buttons import FILTERS, MORE, SHARE, WITHOUT
from bot.slack.views.filters import ASK_SHORTCUT, SUGGEST
from tests.fakes.slack import Post, StandInSlack, Update
from tests.fakes.slack.records import View
from tests.scenarios.conftest import make_person, make_room
from tests.scenarios.modals import count_modals, wait_for_modal
from tests.scenarios.process import Serving
from tests.scenarios.room import GUEST, MEMBER, Room, dump, find_actions, find_links, follow_to_the_end

NARROW = "what did Tomasz say about unconferences since 2008?"
WHOLE = "what was said about unconferences?"
PEOPLE, SOURCES, CHANNELS = (f"{SUGGEST}_{kind}" for kind in ("authors", "sources", "channels"))


def find_understood(message: Post | Update) -> str:
    lines = [one["text"] for block in message.blocks if block["type"] == "context" for one in block["elements"]]
    return next((line for line in lines if line.startswith("Understood: ")), "")


def open_filters(slack: StandInSlack, message: Post, user: str) -> View:
    before = count_modals(slack, user)
    slack.click(message, FILTERS, user=user).wait_acked()
    return wait_for_modal(slack, user, before + 1)


def find_initial(view: View) -> dict[str, object]:
    """What the modal's inputs hold to begin with."""
    held: dict[str, object] = {}
    for block in view.blocks:
        element = block.get("element", {})
        for key in ("initial_value", "initial_date"):
            if key in element:
                held[element["action_id"]] = element[key]
        if "initial_options" in element:
            held[element["action_id"]] = [option["value"] for option in element["initial_options"]]
    return held


def test_modal_is_filled_with_what_was_understood_for_whoever_pressed(slack: StandInSlack, room: Room):
    room.mention(NARROW)
    modal = open_filters(slack, room.wait_for_post(), GUEST)
    assert find_initial(modal) == {"question": NARROW, PEOPLE: ["Tomasz Wójcik"], "first": "2008-01-01"}
    assert "Everyone in the channel will see the answer" in dump(modal.blocks)


def test_answer_in_a_channel_comes_in_the_thread_for_everyone(slack: StandInSlack, room: Room):
    mention = room.mention(NARROW)
    modal = open_filters(slack, room.wait_for_post(), MEMBER)
    slack.submit_view(modal, user=MEMBER, filled={PEOPLE: [], "last": "2012-12-31"})
    answer = room.wait_for_post(2)
    assert (answer.thread_ts, answer.ephemeral_to, answer.via) == (mention.ts, None, "chat.postMessage")
    assert find_understood(answer) == "Understood: about “unconferences”, by anyone, from 2008-01-01 to 2012-12-31."
    pages = follow_to_the_end(room, answer)
    assert "brewery" not in dump([page.blocks for page in pages])
    slack.wait_for(lambda: modal.is_closed, what="the modal to close")


def test_chosen_filter_can_be_taken_away_and_chosen_again(slack: StandInSlack, room: Room):
    room.mention(WHOLE)
    modal = open_filters(slack, room.wait_for_post(), MEMBER)
    slack.submit_view(modal, user=MEMBER, filled={PEOPLE: ["Tomasz Wójcik"]})
    chosen = room.wait_for_post(2)
    assert find_understood(chosen) == "Understood: about “unconferences”, by Tomasz Wójcik."
    slack.click(chosen, f"{WITHOUT}_authors", user=GUEST)
    without = room.wait_for_post(3)
    assert find_understood(without) == "Understood: about “unconferences”, by anyone."
    assert find_links(without) == find_links(room.posts[0])
    modal = open_filters(slack, without, MEMBER)
    slack.submit_view(modal, user=MEMBER, filled={PEOPLE: ["Tomasz Wójcik"]})
    assert find_links(room.wait_for_post(4)) == find_links(chosen)


def test_private_answer_is_answered_privately_and_can_be_shared(slack: StandInSlack, room: Room):
    room.command(WHOLE)
    modal = open_filters(slack, room.wait_for_post(), MEMBER)
    assert "Only you will see the answer." in dump(modal.blocks)
    slack.submit_view(modal, user=MEMBER, filled={PEOPLE: ["Tomasz Wójcik"]})
    answer = room.wait_for_post(2)
    assert (answer.ephemeral_to, answer.via) == (MEMBER, "response_url")
    assert {MORE, SHARE} & set(find_actions(answer)) == {SHARE}
    slack.click(answer, SHARE, user=MEMBER)
    shared = room.wait_for_post(3)
    assert (shared.ephemeral_to, find_links(shared)) == (None, find_links(answer))
    assert find_understood(shared) == "Understood: about “unconferences”, by Tomasz Wójcik."


def test_private_answer_whose_message_has_gone_is_answered_directly(slack: StandInSlack, room: Room):
    person = make_person(slack)
    room.command(WHOLE, user=person)
    modal = open_filters(slack, room.wait_for_post(), person)
    slack.clock.advance(31 * 60)
    slack.submit_view(modal, user=person, filled={PEOPLE: ["Tomasz Wójcik"]})
    direct = Room(slack, slack.workspace.open_direct_message(person).id)
    assert find_understood(direct.wait_for_post()) == "Understood: about “unconferences”, by Tomasz Wójcik."


def test_direct_message_is_answered_there(slack: StandInSlack, bot_process: Serving):
    person = make_person(slack)
    room = Room(slack, slack.workspace.open_direct_message(person).id)
    slack.send_direct_message(user=person, text=WHOLE)
    modal = open_filters(slack, room.wait_for_post(), person)
    slack.submit_view(modal, user=person, filled={"languages": ["en"], "first": "2006-01-01"})
    answer = room.wait_for_post(2)
    assert answer.thread_ts is None
    assert find_understood(answer) == "Understood: about “unconferences”, since 2006-01-01, in English."
    assert bot_process.is_alive


def test_shortcut_asks_and_answers_directly(slack: StandInSlack, bot_process: Serving):
    person = make_person(slack)
    slack.use_shortcut(ASK_SHORTCUT, user=person).wait_acked()
    modal = wait_for_modal(slack, person)
    assert find_initial(modal) == {}
    assert "it comes as a direct message" in dump(modal.blocks)
    slack.submit_view(modal, user=person, filled={"question": WHOLE, PEOPLE: ["Tomasz Wójcik"]})
    room = Room(slack, slack.workspace.open_direct_message(person).id)
    assert find_understood(room.wait_for_post()) == "Understood: about “unconferences”, by Tomasz Wójcik."
    assert bot_process.is_alive


def test_mistakes_are_told_in_the_modal_which_stays(slack: StandInSlack, room: Room):
    room.mention(WHOLE)
    modal = open_filters(slack, room.wait_for_post(), MEMBER)
    slack.submit_view(modal, user=MEMBER, filled={"question": "?", "first": "2012-01-01", "last": "2010-01-01"})
    slack.wait_for(lambda: bool(modal.errors), what="complaints")
    assert modal.errors == {
        "question": "Please write what you would like to know.",
        "last": "This day is before the first one.",
    }
    assert not modal.is_closed
    assert len(room.settle()) == 1
    slack.submit_view(modal, user=MEMBER, filled={"last": "2010-01-01"})
    assert find_understood(room.wait_for_post(2)) == "Understood: about “unconferences”, until 2010-01-01."


def test_modal_sent_twice_is_answered_once(slack: StandInSlack, room: Room):
    room.mention(WHOLE)
    modal = open_filters(slack, room.wait_for_post(), MEMBER)
    for _ in range(3):
        slack.submit_view(modal, user=MEMBER, filled={PEOPLE: ["Tomasz Wójcik"]})
    room.wait_for_posts(2)
    assert len(room.settle()) == 2


def test_names_are_suggested_as_they_are_typed(slack: StandInSlack, room: Room):
    room.mention(WHOLE)
    modal = open_filters(slack, room.wait_for_post(), MEMBER)
    assert slack.load_options(modal, PEOPLE, "tom", user=MEMBER) == ["Tomasz Wójcik"]
    assert slack.load_options(modal, PEOPLE, "wojc", user=MEMBER) == ["Tomasz Wójcik"]
    assert slack.load_options(modal, PEOPLE, "nobody at all", user=MEMBER) == []
    assert len(slack.load_options(modal, SOURCES, "", user=MEMBER)) >= 1
    assert slack.load_options(modal, CHANNELS, "x", user=MEMBER) == []


@pytest.mark.parametrize(("asks", "is_known"), [("privately", True), ("in a channel", False)])
def test_names_are_suggested_that_those_who_will_see_the_answer_may_know_of(
    slack: StandInSlack, bot_process: Serving, asks: str, *, is_known: bool
):
    room = make_room(slack)
    if asks == "privately":
        room.command(WHOLE)
    else:
        room.mention(WHOLE)
    modal = open_filters(slack, room.wait_for_post(), MEMBER)
    assert ("secrets" in slack.load_options(modal, SOURCES, "", user=MEMBER)) == is_known
    # Nor does a name that is chosen in some other way tell that there is anything.
    slack.submit_view(modal, user=MEMBER, filled={SOURCES: ["secrets"]})
    answer = room.wait_for_post(2)
    assert ("secrets" in dump(answer)) == is_known
    assert ("brewery" in dump(answer)) == is_known
    assert bot_process.is_alive


def test_modal_of_an_answer_that_found_nothing(slack: StandInSlack, room: Room):
    room.mention("what did Tomasz say about zeppelins?")
    nothing = room.wait_for_post()
    assert FILTERS in find_actions(nothing)
    modal = open_filters(slack, nothing, MEMBER)
    slack.submit_view(modal, user=MEMBER, filled={"question": "unconferences"})
    assert find_understood(room.wait_for_post(2)) == "Understood: about “unconferences”, by Tomasz Wójcik."


def test_filters_where_the_bot_is_no_member(slack: StandInSlack, bot_process: Serving):
    room = make_room(slack, has_bot=False)
    room.command(WHOLE)
    slack.click(room.wait_for_post(), SHARE, user=MEMBER)
    shared = room.wait_for_post(2)
    modal = open_filters(slack, shared, GUEST)
    slack.submit_view(modal, user=GUEST, filled={PEOPLE: ["Tomasz Wójcik"]})
    answer = room.wait_for_post(3)
    assert (answer.ephemeral_to, answer.thread_ts) == (None, shared.ts)
    assert bot_process.is_alive
