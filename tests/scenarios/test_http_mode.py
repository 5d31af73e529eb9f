"""Slack over HTTP: only what Slack signed is taken, and it is acknowledged at once."""

import json
import time
from collections.abc import Iterator

import httpx
import pytest

from bot.slack.views.buttons import MORE, SHARE
from tests.databases import ArchivePlace, Databases
from tests.fakes.slack import StandInSlack
from tests.scenarios.conftest import fill_workspace, make_room, make_slack_settings
from tests.scenarios.process import Serving, serving, settle
from tests.scenarios.room import MEMBER, MENTION, QUESTION, Room, find_links
from tests.waiting import PATIENCE_SECONDS

JSON = {"Content-Type": "application/json"}


@pytest.fixture(scope="module")
def slack(databases: Databases) -> Iterator[StandInSlack]:  # noqa: ARG001  # one of each kind's own
    with StandInSlack(redelivery_delays=(0.0, 1.0)) as running:
        fill_workspace(running)
        yield running


@pytest.fixture(scope="module")
def bot_process(
    slack: StandInSlack, databases: Databases, sample_archive: ArchivePlace, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Serving]:
    """The real process, listening for Slack over HTTP."""
    folder = tmp_path_factory.mktemp("http")
    settings = make_slack_settings(slack)
    del settings["SLACK_APP_TOKEN"]
    settings |= {"SLACK_SIGNING_SECRET": slack.signing_secret, "HARKBACK_LOG_FORMAT": "json"}
    with serving(databases.copy(sample_archive), settings, folder / "log") as running:
        slack.deliver_to = running.events_url
        yield running
        assert {type(json.loads(line)) for line in running.log.splitlines()} == {dict}


def test_http_mention_is_answered_in_its_thread(room: Room):
    delivery = room.mention().wait_acked()
    post = room.wait_for_post()
    assert (post.thread_ts, len(find_links(post)), len(delivery.attempts)) == (delivery.ts, 5, 1)


def test_http_direct_message_is_answered(slack: StandInSlack, bot_process: Serving):
    slack.send_direct_message(user=MEMBER, text=QUESTION)
    assert len(find_links(Room(slack, f"D{MEMBER}").wait_for_post())) == 5
    assert bot_process.is_alive


def test_http_command_and_buttons_are_answered(slack: StandInSlack, room: Room):
    room.command().wait_acked()
    first = room.wait_for_post()
    assert first.ephemeral_to == MEMBER
    slack.click(first, MORE, user=MEMBER).wait_acked()
    assert room.wait_for_post(2).ephemeral_to == MEMBER
    slack.click(first, SHARE, user=MEMBER).wait_acked()
    assert room.wait_for_post(3).ephemeral_to is None


def test_http_delivery_that_is_sent_again_is_answered_once(slack: StandInSlack, room: Room):
    delivery = room.mention().wait_acked()
    slack.redeliver(delivery).wait_acked()
    room.wait_for_posts(1)
    assert len(room.settle()) == 1


def test_http_events_of_other_kinds_are_acknowledged(slack: StandInSlack, bot_process: Serving):
    assert len(slack.send_event({"type": "made_up"}).wait_acked().attempts) == 1
    assert bot_process.is_alive


def test_http_address_is_verified(slack: StandInSlack, bot_process: Serving):
    assert slack.verify_url()
    assert bot_process.is_alive


def make_body(room: Room) -> bytes:
    message = room.slack.workspace.add_message(room.id, MEMBER, f"{MENTION} {QUESTION}")
    event = {"type": "app_mention", "channel": room.id, "user": MEMBER, "ts": message.ts, "text": message.text}
    return json.dumps({"type": "event_callback", "team_id": StandInSlack.team_id, "event": event}).encode()


@pytest.mark.parametrize("fault", ["secret", "past", "future", "no signature", "no timestamp", "nothing", "body", "v1"])
def test_http_request_that_slack_did_not_sign_is_refused_and_does_nothing(
    slack: StandInSlack, bot_process: Serving, room: Room, fault: str
):
    body = make_body(room)
    headers = {
        "secret": lambda: slack.signed_headers(body, secret="f" * 32),
        "past": lambda: slack.signed_headers(body, timestamp=time.time() - 400),
        "future": lambda: slack.signed_headers(body, timestamp=time.time() + 400),
        "body": lambda: slack.signed_headers(body + b" "),
    }.get(fault, lambda: slack.signed_headers(body))()
    missing = {"no signature": ["X-Slack-Signature"], "no timestamp": ["X-Slack-Request-Timestamp"]}
    for name in list(headers) if fault == "nothing" else missing.get(fault, []):
        del headers[name]
    if fault == "v1":
        headers["X-Slack-Signature"] = headers["X-Slack-Signature"].replace("v0=", "v1=")
    answered = httpx.post(
        bot_process.events_url, content=body, headers=headers | JSON, trust_env=False, timeout=PATIENCE_SECONDS
    )
    assert answered.status_code == 401
    settle(slack)
    assert [call for call in slack.calls if room.id in str(call.params)] == []


def test_http_signature_of_the_right_secret_is_taken(slack: StandInSlack, bot_process: Serving, room: Room):
    """So that what the test before sees refused is refused for the signature."""
    body = make_body(room)
    headers = slack.signed_headers(body) | JSON
    answered = httpx.post(
        bot_process.events_url, content=body, headers=headers, trust_env=False, timeout=PATIENCE_SECONDS
    )
    assert answered.status_code == 200
    assert len(find_links(room.wait_for_post())) == 5


def test_http_commands_and_buttons_need_signatures_too(slack: StandInSlack, bot_process: Serving):
    forms = ({"command": "/hark", "text": QUESTION, "user_id": MEMBER, "trigger_id": "1"}, {"payload": "{}"})
    settle(slack)
    calls = len(slack.calls)
    answers = [
        httpx.post(bot_process.events_url, data=form, trust_env=False, timeout=PATIENCE_SECONDS).status_code
        for form in forms
    ]
    assert (answers, len(slack.calls)) == ([401, 401], calls)


def test_http_slow_answers_hold_up_no_acknowledgement(slack: StandInSlack, bot_process: Serving):
    rooms = [make_room(slack) for _ in range(6)]
    # As many as answer at once now wait.
    with slack.holding("chat.postMessage"):
        asked = [room.mention() for room in rooms]
        asked += [room.command() for room in rooms]
        for delivery in asked:
            delivery.wait_acked()
    for room in rooms:
        room.wait_for_posts(2)
    settle(slack)
    assert [len(room.posts) for room in rooms] == [2] * len(rooms)
    assert bot_process.get("/healthz").status_code == 200
