"""What people say of answers and excerpts: noted, thanked for quietly, exported as a judged set of what is public."""

import json
from pathlib import Path

import pytest

from bot.slack.views.buttons import HELPFUL, UNHELPFUL
from bot.slack.views.feedback import RATE, RATE_HELPFUL, RATE_UNHELPFUL
from tests.databases import execute
from tests.fakes.slack import Post, StandInSlack
from tests.fakes.slack.records import View
from tests.scenarios.conftest import make_person
from tests.scenarios.modals import wait_for_modal, wait_for_version
from tests.scenarios.process import Serving, run_harkback
from tests.scenarios.room import MEMBER, SECRET_CHANNEL, Room, dump


def read_feedback(bot: Serving, user: str) -> list[tuple[str, str, str, int]]:
    statement = "SELECT channel, source, native_id, is_helpful FROM feedback WHERE person = :person ORDER BY id"
    return execute(bot.database, statement, {"person": user})


def press(room: Room, message: Post, action: str, user: str) -> Post:
    """Press a button; the thanks."""
    before = len(room.posts)
    room.slack.click(message, action, user=user).wait_acked()
    return room.wait_for_post(before + 1)


def find_ratings(view: View) -> list[str]:
    """The comments that a modal lets one judge."""
    buttons = [one for block in view.blocks if block["type"] == "actions" for one in block["elements"]]
    return [one["value"] for one in buttons if one["action_id"] == RATE_HELPFUL]


def test_answer_is_judged_and_thanked_for_quietly(slack: StandInSlack, room: Room, bot_process: Serving):
    person = make_person(slack)
    mention = room.mention()
    post = room.wait_for_post()
    thanks = press(room, post, HELPFUL, person)
    assert (thanks.ephemeral_to, thanks.thread_ts) == (person, mention.ts)
    assert thanks.text == "Thank you. I noted that this answer helped."
    assert read_feedback(bot_process, person) == [(room.id, "", "", 1)]
    assert "did not help" in press(room, post, UNHELPFUL, person).text
    assert "answer helped" in press(room, post, HELPFUL, person).text
    assert read_feedback(bot_process, person) == [(room.id, "", "", 1)]


@pytest.mark.parametrize("where", ["private answer", "direct message", "private channel"])
def test_question_that_not_everyone_may_read_is_noted_as_such(
    slack: StandInSlack, room: Room, bot_process: Serving, where: str
):
    person = MEMBER if where == "private channel" else make_person(slack)
    before = len(read_feedback(bot_process, person))
    if where == "direct message":
        room = Room(slack, slack.workspace.open_direct_message(person).id)
        slack.send_direct_message(user=person, text="what was said about badges?")
    elif where == "private channel":
        room = Room(slack, SECRET_CHANNEL)
    number = len(room.posts)
    if where == "private channel":
        room.mention("what was said about badges in private?")
    elif where == "private answer":
        room.command("what was said about badges?", user=person)
    press(room, room.wait_for_post(number + 1), HELPFUL, person)
    assert read_feedback(bot_process, person)[before:] == [("", "", "", 1)]


def test_excerpts_are_judged_in_a_modal(slack: StandInSlack, room: Room, bot_process: Serving, tmp_path: Path):
    person = make_person(slack)
    question = "who said something about an unconference?"
    room.mention(question)
    thanks = press(room, room.wait_for_post(), HELPFUL, person)
    slack.click(thanks, RATE, user=person)
    modal = wait_for_modal(slack, person)
    first, second, *_ = find_ratings(modal)
    slack.click(modal, RATE_HELPFUL, user=person, value=first)
    wait_for_version(slack, modal, 2)
    assert dump(modal.blocks).count("You said that this helped.") == 1
    slack.click(modal, RATE_UNHELPFUL, user=person, value=second)
    wait_for_version(slack, modal, 3)
    slack.click(modal, RATE_UNHELPFUL, user=person, value=first)
    wait_for_version(slack, modal, 4)
    slack.click(modal, RATE_HELPFUL, user=person, value=first)
    wait_for_version(slack, modal, 5)
    said = read_feedback(bot_process, person)
    assert [(channel, helpful) for channel, _, _, helpful in said] == [(room.id, 1), (room.id, 1), (room.id, 0)]
    done = run_harkback("feedback", "--export", tmp_path / "set", database=bot_process.database)
    assert done.returncode == 0
    (query,) = [one for one in map(json.loads, (tmp_path / "set/queries.jsonl").open()) if one["text"] == question]
    graded = [line.split("\t") for line in (tmp_path / "set/qrels.tsv").read_text().splitlines()]
    _, source, native_id, _ = said[1]
    assert [line[1:] for line in graded if line[0] == query["id"]] == [[f"{source}/{native_id}", "1"]]
    exported = (tmp_path / "set/corpus.jsonl").read_text()
    assert not any(word in exported for word in ("zeppelin budget", "brewery", "submarine"))
    measured = run_harkback("evaluate", tmp_path / "set", "--json", database=bot_process.database)
    assert json.loads(measured.stdout)["queries"] >= 1


def test_answer_that_wrongly_found_nothing_is_judged_by_what_is_nearest(
    slack: StandInSlack, room: Room, bot_process: Serving, tmp_path: Path
):
    person = make_person(slack)
    question = "xylophones or zithers?"
    room.mention(question)
    post = room.wait_for_post()
    assert post.text.startswith("I found nothing relevant")
    thanks = press(room, post, UNHELPFUL, person)
    assert thanks.text == "Thank you. I noted that this answer did not help."
    slack.click(thanks, RATE, user=person)
    modal = wait_for_modal(slack, person)
    assert "it may be about something else" in dump(modal.blocks)
    slack.click(modal, RATE_HELPFUL, user=person, value=find_ratings(modal)[0])
    wait_for_version(slack, modal, 2)
    assert dump(modal.blocks).count("You said that this helped.") == 1
    (_, (_, source, native_id, is_helpful)) = read_feedback(bot_process, person)
    assert is_helpful
    done = run_harkback("feedback", "--export", tmp_path / "set", database=bot_process.database)
    assert done.returncode == 0
    (query,) = [one for one in map(json.loads, (tmp_path / "set/queries.jsonl").open()) if one["text"] == question]
    graded = [line.split("\t") for line in (tmp_path / "set/qrels.tsv").read_text().splitlines()]
    assert [line[1:] for line in graded if line[0] == query["id"]] == [[f"{source}/{native_id}", "1"]]


def test_excerpt_that_one_may_not_see_is_not_judged(slack: StandInSlack, room: Room, bot_process: Serving):
    person = make_person(slack)
    room.mention()
    slack.click(press(room, room.wait_for_post(), HELPFUL, person), RATE, user=person)
    modal = wait_for_modal(slack, person)
    ((number,),) = execute(bot_process.database, "SELECT id FROM comment WHERE native_id = 'p2'")
    payload = slack.click(modal, RATE_HELPFUL, user=person, value=find_ratings(modal)[0]).payload
    wait_for_version(slack, modal, 2)
    forged = {key: payload[key] for key in ("type", "container", "view")}
    slack.send_interaction(forged | {"actions": [payload["actions"][0] | {"value": str(number)}]}, user=person)
    wait_for_version(slack, modal, 3)
    assert "brewery" not in dump(modal.blocks)
    assert [native_id for _, _, native_id, _ in read_feedback(bot_process, person)][2:] == []
