"""Each reads what the bot says in their own language, side by side."""

import re

import pytest

from bot.slack.views.buttons import MORE, SHARE, WHO, WHY
from tests.fakes.slack import Post, StandInSlack
from tests.scenarios.conftest import make_room
from tests.scenarios.modals import count_modals, wait_for_modal
from tests.scenarios.process import Serving
from tests.scenarios.room import MEMBER, Room, dump, find_actions
from tests.scenarios.test_failures import broken

GERMAN = "UGERMAN"


@pytest.fixture
def room(slack: StandInSlack, bot_process: Serving) -> Room:  # noqa: ARG001  # the process is to be there
    if GERMAN not in slack.workspace.users:
        slack.workspace.add_user(GERMAN, name="jana", locale="de-DE")
    room = make_room(slack)
    slack.workspace.channels[room.id].members.add(GERMAN)
    return room


def find_posts(room: Room, thread_ts: str | None = None, ephemeral_to: str | None = None) -> list[Post]:
    return [post for post in room.posts if (post.thread_ts, post.ephemeral_to) == (thread_ts, ephemeral_to)]


def test_mentions_of_two_people_are_answered_in_the_language_of_each(room: Room):
    asked = [(room.mention(user=user).ts, said) for user, said in ((GERMAN, "Durchsucht: "), (MEMBER, "Searched "))] * 2
    room.wait_for_posts(4)
    room.settle()
    for ts, said in asked:
        (post,) = find_posts(room, ts)
        assert said in dump(post)
        assert ("|Beitrag öffnen>" in dump(post)) is (said == "Durchsucht: ")
    (german,) = find_posts(room, asked[0][0])
    (rest,) = find_posts(room, asked[0][0], GERMAN)
    assert rest.text.startswith("1 weiterer Beitrag nur für dich: ")
    assert re.search(r"schrieb am \d\d\.\d\d\.\d{4}: „.*Und \d+ weitere Beiträge\.$", german.text)


def test_commands_of_two_people_are_answered_in_the_language_of_each(room: Room):
    room.command(user=GERMAN)
    room.command()
    room.wait_for_posts(2)
    (german,), (english,) = (find_posts(room, ephemeral_to=user) for user in (GERMAN, MEMBER))
    assert ["Durchsucht: " in dump(post) for post in (german, english)] == [True, False]
    labels = [one["text"]["text"] for block in german.blocks if block["type"] == "actions" for one in block["elements"]]
    assert [label for label in labels if not label.startswith("Mehr (")] == [
        "Wer hat was gesagt",
        "Filter",
        "Warum diese?",
        "Im Channel teilen",
        "Hilfreich",
        "Nicht hilfreich",
    ]
    assert set(find_actions(german)) == set(find_actions(english))


def test_commands_that_ask_nothing_are_answered_in_german(room: Room):
    for number, (typed, said) in enumerate(
        [
            ("", "Frag mich, was über etwas gesagt wurde"),
            ("xylophones", "Zu „xylophones“ habe ich nichts Passendes gefunden."),
            ("sources", "Für dich sichtbar: 166 Beiträge in 2 Quellen."),
            ("refresh", "Tut mir leid, das "),
        ],
        start=1,
    ):
        room.command(typed, user=GERMAN)
        assert room.wait_for_post(number).text.startswith(said)


def test_buttons_answer_whoever_presses_them_in_their_language(slack: StandInSlack, room: Room):
    room.mention()
    answer = room.wait_for_post()
    slack.click(answer, MORE, user=GERMAN)
    assert "Durchsucht: " in dump(room.wait_for_post(2))
    for action, title in ((WHO, "Wer hat was gesagt"), (WHY, "Warum diese?")):
        before = count_modals(slack, GERMAN)
        slack.click(answer, action, user=GERMAN)
        view = wait_for_modal(slack, GERMAN, before + 1)
        assert {version["title"]["text"] for version in view.versions} == {title}


def test_answer_that_is_shared_is_in_the_language_of_whoever_shares_it(slack: StandInSlack, room: Room):
    room.command(user=GERMAN)
    slack.click(room.wait_for_post(), SHARE, user=GERMAN)
    shared = room.wait_for_post(2)
    assert (shared.ephemeral_to, "jana hat gefragt: " in dump(shared)) == (None, True)


def test_failure_is_told_in_german(bot_process: Serving, room: Room):
    with broken(bot_process.database, "archive_state"):
        room.command(user=GERMAN)
        post = room.wait_for_post()
    assert re.search(r"^Etwas ist schiefgegangen.*Kennzeichen: [0-9a-f]{8}\.$", post.text)
    bot_process.wait_for_status("/readyz", 200)
