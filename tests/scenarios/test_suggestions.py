"""Gentle suggestions: where an admin turned them on, a new question that was talked about before gets one reply."""

import json
from collections.abc import Iterator

import pytest

from bot.slack.suggesting import MAX_A_DAY
from bot.slack.views.suggestions import STOP, UNHELPFUL
from tests.databases import ArchivePlace, Databases
from tests.fakes.slack import Delivery, StandInSlack
from tests.scenarios.conftest import fill_workspace, make_room, make_slack_settings
from tests.scenarios.forking import Forks
from tests.scenarios.process import serving
from tests.scenarios.room import GUEST, MEMBER, Room, dump, find_actions

ADMIN = "UADMIN"
PAST = [
    ("alone", "Alone.", "Who calibrates the brass sextant?", "public"),
    ("old", "Sextants", "Who calibrates the copper sextant in the harbour?", "public"),
    ("old", "Sextants", "The old optician calibrates the copper sextant in the harbour.", "public"),
    ("den", "The den", "Who hides the golden astrolabe in the cellar?", f"workspace:{StandInSlack.team_id}"),
    ("den", "The den", "She hides the golden astrolabe in the cellar.", f"workspace:{StandInSlack.team_id}"),
    *((f"t{n}", f"T{n}", f"How do we tune the wooden organ pipe number{n}?", "public") for n in range(9)),
    *((f"t{n}", f"T{n}", f"We tune the wooden organ pipe number{n} with wax.", "public") for n in range(9)),
]
QUESTION = "Does anyone know who calibrates the copper sextant in the harbour?"


@pytest.fixture(scope="module")
def slack(
    databases: Databases, sample_archive: ArchivePlace, forks: Forks, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[StandInSlack]:
    """A Slack with the real process, whose archive knows of sextants."""
    folder = tmp_path_factory.mktemp("suggestions")
    database = databases.copy(sample_archive)
    records = [
        {"id": f"s{number}", "thread": thread, "title": title, "text": text, "visibility": visibility}
        for number, (thread, title, text, visibility) in enumerate(PAST)
    ]
    (folder / "past.jsonl").write_text("".join(json.dumps(record) + "\n" for record in records))
    done = forks.run("import", folder / "past.jsonl", database=database)
    assert (done.code, done.err) == (0, "")
    with StandInSlack(reads_channels=True) as running:
        fill_workspace(running)
        running.workspace.add_user(ADMIN, name="root")
        settings = make_slack_settings(running) | {"HARKBACK_ADMINS": ADMIN}
        with serving(database, settings, folder / "log"):
            running.wait_connected()
            yield running


@pytest.fixture
def room(slack: StandInSlack) -> Room:
    """A channel in which suggestions are on."""
    room = make_quiet_room(slack)
    room.command("suggestions on", user=ADMIN)
    assert "I reply in its thread" in room.wait_for_post().text
    return room


def make_quiet_room(slack: StandInSlack) -> Room:
    room = make_room(slack)
    slack.workspace.channels[room.id].members.add(ADMIN)
    return room


def say(room: Room, text: str = QUESTION, *, user: str = GUEST, thread_ts: str | None = None) -> Delivery:
    return room.slack.send_message(channel=room.id, user=user, text=text, thread_ts=thread_ts).wait_acked()


def test_new_question_gets_the_best_past_discussion_in_its_thread_once(room: Room):
    asked = say(room)
    suggested = room.wait_for_post(2)
    assert (suggested.thread_ts, suggested.ephemeral_to) == (asked.ts, None)
    assert suggested.text.startswith("This may have been talked about before: ")
    assert "The old optician" in dump(suggested)
    assert "Alone." not in dump(suggested)
    assert find_actions(suggested) == [UNHELPFUL, STOP]
    room.slack.redeliver(asked).wait_acked()
    say(room, thread_ts=asked.ts)
    assert len(room.settle()) == 2


def test_nothing_is_suggested_where_nobody_turned_it_on(slack: StandInSlack):
    room = make_quiet_room(slack)
    say(room)
    assert room.settle() == []


def test_only_admins_turn_it_on(slack: StandInSlack):
    room = make_quiet_room(slack)
    room.command("suggestions on", user=MEMBER)
    assert room.wait_for_post().text.startswith("Sorry, only these people may do that")
    say(room)
    assert [post for post in room.settle() if post.ephemeral_to is None] == []


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("The optician calibrates the copper sextant in the harbour.", id="no question"),
        pytest.param(f"<@{MEMBER}> who calibrates the copper sextant in the harbour?", id="to somebody"),
        pytest.param("copper sextant?", id="too few words"),
        pytest.param("Who repairs my copper kettle in the mountains of Wales?", id="something else"),
        pytest.param("Who calibrates the brass sextant?", id="nobody answered it"),
        pytest.param("Who hides the golden astrolabe in the cellar?", id="not for everyone here"),
    ],
)
def test_nothing_is_suggested_for(room: Room, text: str):
    say(room, text)
    assert len(room.settle()) == 1


def test_mention_is_answered_and_nothing_is_suggested(room: Room):
    room.mention(QUESTION, user=GUEST)
    room.wait_for_post(2)
    assert [post for post in room.settle()[1:] if "talked about before" in post.text] == []


def test_suggestion_that_did_not_help_is_taken_back(room: Room):
    say(room)
    suggested = room.wait_for_post(2)
    room.slack.click(suggested, UNHELPFUL, user=MEMBER)
    update = room.wait_for_updates(1)[0]
    assert (update.ts, update.text.startswith("That did not help, so I took it back.")) == (suggested.ts, True)
    assert "optician" not in dump(update)


def test_channel_gets_few_suggestions_a_day(room: Room):
    for number in range(MAX_A_DAY + 2):
        say(room, f"How do we tune the wooden organ pipe number{number}?")
    room.wait_for_posts(1 + MAX_A_DAY)
    assert len(room.settle()) == 1 + MAX_A_DAY


@pytest.mark.parametrize("user", [GUEST, ADMIN])
def test_who_was_answered_or_an_admin_stops_suggestions(room: Room, user: str):
    say(room)
    suggested = room.wait_for_post(2)
    room.slack.click(suggested, STOP, user=MEMBER)
    refused = room.wait_for_post(3)
    assert (refused.ephemeral_to, refused.text.startswith("Sorry, only whoever asked this")) == (MEMBER, True)
    room.slack.click(suggested, STOP, user=user)
    assert room.wait_for_updates(1)[0].text.startswith("I will suggest nothing more in this channel.")
    say(room)
    assert len(room.settle()) == 3
    room.command("suggestions", user=ADMIN)
    assert room.wait_for_post(4).text.startswith("I suggest nothing in this channel.")
