"""The agent pane: questions to begin with, out of what one may see, and a status for whoever has to wait."""

import pytest

from tests.fakes.slack import StandInSlack
from tests.scenarios.conftest import make_person
from tests.scenarios.process import Serving
from tests.scenarios.room import Room, find_links


@pytest.fixture
def person(slack: StandInSlack, bot_process: Serving) -> str:
    assert bot_process.is_alive
    return make_person(slack)


def test_pane_suggests_questions_that_the_archive_answers(slack: StandInSlack, person: str):
    before = len(slack.list_calls("assistant.threads.setSuggestedPrompts"))
    slack.open_app(user=person, tab="messages").wait_acked()
    call = slack.wait_for_calls("assistant.threads.setSuggestedPrompts", before + 1)[-1]
    room = Room(slack, slack.workspace.open_direct_message(person).id)
    assert (call.error, call.params["channel_id"], call.params["title"]) == (None, room.id, "From the archive")
    assert "thread_ts" not in call.params
    prompts = call.params["prompts"]
    assert len(prompts) == 4
    for number, prompt in enumerate(prompts, 1):
        slack.send_direct_message(user=person, text=prompt["message"])
        assert find_links(room.wait_for_post(number)), prompt


def test_whoever_has_to_wait_sees_why_until_the_answer_is_there(slack: StandInSlack, person: str):
    # Slack wants the answer a while later.
    slack.fail_next("chat.postMessage", status=429, retry_after=3)
    before = len(slack.list_calls("assistant.threads.setStatus"))
    asked = slack.send_direct_message(user=person, text="badges")
    calls = slack.wait_for_calls("assistant.threads.setStatus", before + 2)[before:]
    assert [call.params["status"] for call in calls] == ["is looking through the archive", ""]
    assert {call.params["thread_ts"] for call in calls} == {asked.ts}
    assert {call.error for call in calls} == {None}
    room = Room(slack, slack.workspace.open_direct_message(person).id)
    assert len(room.settle()) == 1
