from typing import Any

import pytest

from bot.slack.payloads import Click, Submission, find_team
from bot.slack.viewers import Reader


def make_body(**changes: Any) -> dict[str, Any]:
    body: dict[str, Any] = {
        "type": "block_actions",
        "team": {"id": "T1", "domain": "example"},
        "user": {"id": "U1", "username": "ada.l", "name": "ada", "team_id": "T1"},
        "channel": {"id": "C1", "name": "general"},
        "container": {"type": "message", "message_ts": "2.0", "channel_id": "C1", "is_ephemeral": False},
        "message": {"ts": "2.0", "text": "…"},
        "actions": [{"action_id": "hark_more", "value": "v"}],
        "response_url": "https://hooks.example/1",
    }
    return body | changes


def test_click_reads_who_what_and_where():
    assert Click.read(make_body()) == Click(
        team="T1",
        channel="C1",
        user="U1",
        user_name="ada",
        message_ts="2.0",
        thread_ts="2.0",
        value="v",
        response_url="https://hooks.example/1",
        is_ephemeral=False,
        is_public=True,
    )


@pytest.mark.parametrize(
    "where",
    [
        {"container": {"message_ts": "2.0", "thread_ts": "1.0", "channel_id": "C1"}},
        {"message": {"ts": "2.0", "thread_ts": "1.0"}},
    ],
)
def test_click_in_a_thread_stays_in_it(where: dict[str, Any]):
    assert Click.read(make_body(**where)).thread_ts == "1.0"


def test_click_in_a_direct_message_makes_no_thread():
    click = Click.read(make_body(channel={"id": "D1"}, container={"message_ts": "2.0", "channel_id": "D1"}))
    assert (click.thread_ts, click.is_private, click.is_ephemeral) == (None, True, False)


def test_click_on_an_ephemeral_message_is_private_and_comes_without_the_message():
    container = {"message_ts": "2.0", "channel_id": "C1", "is_ephemeral": True}
    body = make_body(container=container)
    del body["message"], body["channel"]
    click = Click.read(body)
    assert (click.channel, click.message_ts, click.is_private) == ("C1", "2.0", True)


def test_click_in_a_channel_is_not_private():
    assert not Click.read(make_body()).is_private


@pytest.mark.parametrize(
    "body",
    [
        pytest.param({"team_id": "TTHEIRS", "authorizations": [{"team_id": "T1"}]}, id="an event"),
        pytest.param({"team": {"id": "TTHEIRS"}, "view": {"app_installed_team_id": "T1"}}, id="in a modal"),
        pytest.param({"team": {"id": "T1"}, "user": {"team_id": "TTHEIRS"}}, id="below a message"),
        pytest.param({"team_id": "T1"}, id="a command"),
    ],
)
def test_team_is_that_of_the_app_whoever_acts(body: dict[str, Any]):
    assert find_team(body) == "T1"


def test_click_of_an_organisation_finds_the_team_at_the_user():
    assert Click.read(make_body(team=None)).team == "T1"


def test_click_twice_on_one_button_is_one_and_on_another_is_not():
    again = Click.read(make_body(user={"id": "U2", "name": "bob"}))
    other = Click.read(make_body(actions=[{"value": "w"}]))
    elsewhere = Click.read(make_body(container={"message_ts": "3.0"}))
    key = Click.read(make_body()).key
    assert [again.key == key, other.key == key, elsewhere.key == key] == [True, False, False]


def test_click_in_a_modal_brings_what_the_modal_holds_and_no_channel():
    body = make_body(container={"type": "view", "view_id": "V1"}, view={"id": "V1", "private_metadata": "m"})
    del body["message"], body["channel"]
    click = Click.read(body)
    assert (click.view_id, click.metadata, click.channel) == ("V1", "m", "")


def test_click_on_a_menu_gives_what_was_chosen():
    chosen = {"action_id": "hark_hit", "selected_option": {"value": "quote 7"}}
    assert Click.read(make_body(actions=[chosen])).value == "quote 7"


def test_click_in_a_modal_is_private():
    body = make_body(container={"type": "view", "view_id": "V1"}, view={"id": "V1"}, channel=None, message=None)
    click = Click.read(body)
    assert (click.view_id, click.is_private) == ("V1", True)


def test_click_in_a_modal_comes_with_what_the_modal_holds():
    view = {"id": "V1", "type": "modal", "private_metadata": "C1"}
    body = make_body(view=view, channel=None, message=None, container={"type": "view"})
    click = Click.read(body)
    assert (click.channel, click.metadata, click.is_in_modal) == ("", "C1", True)
    assert not Click.read(body | {"view": {"id": "V1", "type": "home"}}).is_in_modal
    assert not Click.read(make_body()).is_in_modal


def test_click_reads_a_shortcut_on_a_message():
    body = make_body(type="message_action", callback_id="c", message_ts="3.0", message={"ts": "3.0", "text": "Tea."})
    del body["actions"], body["container"]
    click = Click.read(body)
    assert (click.channel, click.message_ts, click.user, click.value) == ("C1", "3.0", "U1", "")


@pytest.mark.parametrize(
    ("channel", "is_ephemeral", "is_public"),
    [
        ({"id": "C1", "name": "general"}, False, True),
        ({"id": "C1", "name": "general"}, True, False),
        ({"id": "C1", "name": "privategroup"}, False, False),
        ({"id": "C1", "name": "mpdm-ada--bob-1"}, False, False),
        ({"id": "G1", "name": "general"}, False, False),
        ({"id": "D1", "name": "directmessage"}, False, False),
        ({"id": "C1"}, False, False),
        ({}, False, False),
    ],
)
def test_click_is_public_only_where_slack_names_a_channel(
    channel: dict[str, str], *, is_ephemeral: bool, is_public: bool
):
    container = {"message_ts": "2.0", "channel_id": "C1", "is_ephemeral": is_ephemeral}
    assert Click.read(make_body(channel=channel, container=container)).is_public == is_public


def test_shortcut_is_a_click_whose_answer_goes_to_that_person():
    body = make_body(type="shortcut", trigger_id="7")
    for key in ("channel", "container", "message", "actions", "response_url"):
        del body[key]
    click = Click.read_shortcut(body)
    assert (click.team, click.channel, click.user, click.user_name, click.trigger_id) == ("T1", "U1", "U1", "ada", "7")
    assert (click.is_private, click.is_ephemeral, click.thread_ts) == (True, False, None)


def test_submission_reads_who_sent_what():
    values = {"question": {"question": {"type": "plain_text_input", "value": "wikis"}}}
    view = {"id": "V1", "private_metadata": "held", "state": {"values": values}}
    sent = Submission.read({"team": {"id": "T1"}, "user": {"id": "U1"}, "view": view})
    assert sent == Submission("T1", "U1", "V1", "held", values)
    assert sent.reader == Reader("T1", "U1")
    assert Submission.read({"team": None, "user": {"id": "U1", "team_id": "T2"}, "view": {"id": "V1"}}).team == "T2"
