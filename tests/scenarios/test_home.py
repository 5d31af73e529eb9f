"""App Home: ask there, ask again, see what is yours to see; an admin looks after the archive."""

import re
from collections.abc import Iterator

import pytest

from bot.slack.views.buttons import MORE
from bot.slack.views.home import AGAIN, ASK, FORGET_QUESTIONS, REFRESH
from tests.databases import ArchivePlace, Databases
from tests.fakes.slack import StandInSlack, View
from tests.scenarios.conftest import fill_workspace, make_person, make_room, make_slack_settings
from tests.scenarios.process import Serving, serving, settle
from tests.scenarios.room import GUEST, MEMBER, QUESTION, Room, dump, find_actions, find_links

ADMIN = "UADMIN"


def direct(slack: StandInSlack, user: str) -> Room:
    return Room(slack, slack.workspace.open_direct_message(user).id)


def wait_for_home(slack: StandInSlack, user: str, *parts: str) -> View:
    """Wait until somebody's App Home says some words."""

    def find() -> View | None:
        homes = [view for view in slack.views if view.user == user and view.content["type"] == "home"]
        return next((view for view in homes if all(part in dump(view.blocks) for part in parts)), None)

    slack.wait_for(lambda: find() is not None, what=f"a home of {user} with {parts}")
    found = find()
    assert found
    return found


def open_home(slack: StandInSlack, user: str) -> View:
    before = sum(len(view.versions) for view in slack.views if view.user == user)
    slack.open_app(user=user).wait_acked()
    slack.wait_for(
        lambda: sum(len(view.versions) for view in slack.views if view.user == user) > before, what=f"a home of {user}"
    )
    return wait_for_home(slack, user)


@pytest.fixture
def person(slack: StandInSlack, bot_process: Serving) -> str:
    assert bot_process.is_alive
    return make_person(slack)


def test_home_shows_where_to_ask_and_what_one_may_see(slack: StandInSlack, person: str):
    home = open_home(slack, person)
    shown = dump(home.blocks)
    assert "You may see 166 comments in 2 sources." in shown
    assert "Nothing in the last 30 days." in shown
    assert "For admins" not in shown
    # They are in a channel of which the member is, too, and may see what is for a channel, not what is for members.
    assert "*secrets*: 1 comment" in dump(open_home(slack, GUEST).blocks)
    assert "*secrets*: 3 comments" in dump(open_home(slack, MEMBER).blocks)


def test_home_is_not_shown_for_the_other_tab(slack: StandInSlack, person: str):
    slack.open_app(user=person, tab="messages").wait_acked()
    settle(slack)
    assert [view for view in slack.views if view.user == person] == []


def test_question_asked_at_home_is_answered_directly(slack: StandInSlack, person: str):
    home = open_home(slack, person)
    slack.enter(home, ASK, QUESTION, user=person).wait_acked()
    answer = direct(slack, person).wait_for_post()
    assert (len(find_links(answer)), MORE in find_actions(answer)) == (5, True)
    home = wait_for_home(slack, person, "I answered among our messages")
    assert f"/archives/{answer.channel}/p{answer.ts.replace('.', '')}" in dump(home.blocks)
    boxes = [next(block["block_id"] for block in one["blocks"] if block["type"] == "input") for one in home.versions]
    assert len(set(boxes)) == len(boxes) == 2


def test_what_one_asked_anywhere_is_listed_asked_again_and_forgotten(slack: StandInSlack, person: str):
    room = make_room(slack)
    slack.workspace.channels[room.id].members.add(person)
    room.command("what about badges?", user=person)
    room.mention("what about podcasts?", user=person)
    slack.send_direct_message(user=person, text="what about wikis?")
    room.command("sources", user=person)
    room.wait_for_posts(3)
    ours = direct(slack, person)
    ours.wait_for_post()
    settle(slack)
    slack.open_app(user=person)
    home = wait_for_home(slack, person, "badges", "podcasts", "wikis")
    assert QUESTION not in dump(home.blocks)
    asked = [
        block["accessory"]["value"] for block in home.blocks if block.get("accessory", {}).get("action_id") == AGAIN
    ]
    assert len(asked) == 3
    slack.click(home, AGAIN, value=next(one for one in asked if "badges" in one), user=person).wait_acked()
    assert "badge" in dump(ours.wait_for_post(2)).lower()
    home = wait_for_home(slack, person, "I answered among our messages")
    slack.click(home, FORGET_QUESTIONS, user=person).wait_acked()
    home = wait_for_home(slack, person, "What you asked lately is forgotten.", "Nothing in the last 30 days.")
    assert "podcasts" not in dump(home.blocks)


def test_what_one_watches_is_listed_and_removed(slack: StandInSlack, person: str):
    room = make_room(slack)
    slack.workspace.channels[room.id].members.add(person)
    room.command("watch accordions", user=person)
    room.wait_for_post()
    slack.open_app(user=person)
    home = wait_for_home(slack, person, "You watch 1 question.", "accordions")
    slack.click(home, "hark_watch_remove", user=person)
    wait_for_home(slack, person, "I do not watch “accordions” any more.", "You watch nothing so far.")


def test_home_of_one_shows_nothing_of_anothers(slack: StandInSlack, person: str):
    other = make_person(slack)
    slack.send_direct_message(user=other, text="what about tambourines?")
    direct(slack, other).wait_for_post()
    settle(slack)
    assert "tambourines" not in dump(open_home(slack, person).blocks)


def test_home_answers_in_place_where_no_message_can_be_written(slack: StandInSlack, person: str):
    home = open_home(slack, person)
    slack.fail_next("chat.postMessage", error="cannot_dm_bot")
    slack.enter(home, ASK, "xylophones", user=person)
    home = wait_for_home(slack, person, "I found nothing relevant about “xylophones”")
    assert direct(slack, person).posts == []


@pytest.fixture(scope="module")
def overseen(
    databases: Databases, sample_archive: ArchivePlace, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[StandInSlack]:
    """A bot with an admin, that keeps what is asked."""
    folder = tmp_path_factory.mktemp("overseen")
    database = databases.copy(sample_archive)
    settings = {
        "HARKBACK_ADMINS": ADMIN,
        "HARKBACK_LOG_QUESTIONS": "true",
        "HARKBACK_FORGET_NEEDS_APPROVAL": "true",
    }
    with StandInSlack() as slack:
        fill_workspace(slack)
        slack.workspace.add_user(ADMIN, name="root")
        with serving(database, make_slack_settings(slack) | settings, folder / "log"):
            slack.wait_connected()
            yield slack


def test_admin_sees_how_the_archive_is_and_what_found_nothing(overseen: StandInSlack):
    room = make_room(overseen)
    for question in ("unconferences", "xylophones", "xylophones"):
        room.command(question)
    room.wait_for_posts(3)
    settle(overseen)
    shown = dump(open_home(overseen, ADMIN).blocks)
    assert re.search(r"\d questions, of which \d found something\.", shown)
    assert "“xylophones”, 2 times" in shown
    assert MEMBER not in shown
    assert "The archive holds" in shown
    assert "All of it is indexed." in shown
    assert shown.count("no problems") == 1
    assert "For admins" not in dump(open_home(overseen, MEMBER).blocks)


def test_each_part_for_admins_stands_apart(overseen: StandInSlack):
    blocks = open_home(overseen, ADMIN).blocks
    headers = [number for number, block in enumerate(blocks) if block["type"] == "header"]
    assert sum("For admins" in blocks[number]["text"]["text"] for number in headers) >= 3
    assert {blocks[number - 1]["type"] for number in headers[1:]} == {"divider"}


def test_admin_sees_what_was_chosen_for_channels(overseen: StandInSlack):
    room = make_room(overseen)
    overseen.workspace.channels[room.id].members.add(ADMIN)
    room.command("follow-ups off", user=ADMIN)
    room.wait_for_post()
    assert f"<#{room.id}>: follow-ups off" in dump(open_home(overseen, ADMIN).blocks)


def test_admin_refreshes_from_home(overseen: StandInSlack):
    home = open_home(overseen, ADMIN)
    before = len(direct(overseen, ADMIN).posts)
    overseen.click(home, REFRESH, user=ADMIN).wait_acked()
    wait_for_home(overseen, ADMIN, "I am refreshing all sources.")
    direct(overseen, ADMIN).wait_for_post(before + 1)


def test_others_cannot_refresh_with_a_button_that_they_kept(overseen: StandInSlack):
    home = open_home(overseen, MEMBER)
    container = {"type": "view", "view_id": home.id}
    pressed = {"type": "block_actions", "container": container, "view": {"id": home.id, "type": "home"}}
    overseen.send_interaction(pressed | {"actions": [{"action_id": REFRESH, "value": "{}"}]}, user=MEMBER)
    wait_for_home(overseen, MEMBER, "Sorry, only these people may do that: root.")


def test_admin_lets_somebody_be_forgotten_from_home(overseen: StandInSlack):
    room = make_room(overseen)
    room.command("forget-me")
    overseen.click(room.wait_for_post(), "hark_forget_me", user=MEMBER)
    direct(overseen, ADMIN).wait_for_post()
    overseen.open_app(user=ADMIN)
    home = wait_for_home(overseen, ADMIN, "ada (member id U1) asks to be forgotten")
    overseen.click(home, "hark_approve_removal", user=ADMIN)
    wait_for_home(overseen, ADMIN, "root approved it.")
    ours = direct(overseen, MEMBER)
    overseen.wait_for(lambda: any("You are forgotten" in one.text for one in ours.posts), what="a receipt")
