"""Sending; that a message is refused and sent again in plain text is seen in tests/scenarios too."""

from typing import Any

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from structlog.testing import capture_logs

from bot.slack.delivery import DeliveryError, Place, make_retry_handlers, post, post_or_respond, respond
from bot.slack.views.message import MAX_TEXT_CHARS, MessageView, build_section
from tests.bot.telemetry.test_metrics import Growth
from tests.fakes.slack import StandInSlack

VIEW = MessageView(text="short", blocks=[build_section("whole")], plain="all of it")


@pytest.fixture(scope="module")
def channel(slack: StandInSlack) -> str:
    slack.workspace.add_channel("CDEL", name="deliveries", members=["U1", slack.bot_user_id])
    slack.workspace.add_channel("COUT", name="outside", members=["U1"])
    return "CDEL"


@pytest.mark.parametrize("place", [Place("C1", ts="1.5"), Place("C1")])
def test_place_is_read_as_it_was_written(place: Place):
    assert Place.parse(str(place)) == place


def test_post_sends_text_and_blocks_without_unfurls(slack: StandInSlack, client: WebClient, channel: str):
    place = post(client, Place(channel), VIEW)
    sent = slack.posts[-1]
    assert (sent.channel, sent.ts, sent.text, sent.blocks) == (channel, place.ts, "short", VIEW.blocks)
    assert [str(sent.params[name]).lower() for name in ("unfurl_links", "unfurl_media")] in (
        ["false", "false"],
        ["0", "0"],
    )
    assert {"link_names", "parse", "mrkdwn", "reply_broadcast"} & set(sent.params) == set()


def test_post_where_a_message_stands_updates_it(slack: StandInSlack, client: WebClient, channel: str):
    place = post(client, Place(channel), VIEW)
    posted = len(slack.posts)
    assert post(client, place, MessageView(text="new", blocks=[build_section("new")])) == place
    assert (len(slack.posts), slack.updates[-1].ts, slack.updates[-1].text) == (posted, place.ts, "new")


@pytest.mark.parametrize("error", ["invalid_blocks", "invalid_blocks_format", "msg_too_long", "msg_blocks_too_long"])
@pytest.mark.parametrize("is_update", [False, True])
def test_post_refused_for_size_is_sent_once_more_as_plain_text(
    slack: StandInSlack, client: WebClient, channel: str, error: str, *, is_update: bool
):
    place = post(client, Place(channel), VIEW) if is_update else Place(channel)
    slack.fail_next("chat.update" if is_update else "chat.postMessage", error=error)
    with capture_logs() as logs:
        post(client, place, VIEW)
    records: Any = slack.updates if is_update else slack.posts
    assert (records[-1].text, records[-1].blocks) == ("all of it", [])
    assert [entry["error"] for entry in logs] == [error]


def test_post_as_plain_text_is_short(slack: StandInSlack, client: WebClient, channel: str):
    slack.fail_next("chat.postMessage", error="msg_too_long")
    post(client, Place(channel), MessageView(text="short", plain="x" * 40_000))
    assert len(slack.posts[-1].text) == MAX_TEXT_CHARS


@pytest.mark.usefixtures("channel")
def test_post_refused_for_another_reason_is_not_tried_again(slack: StandInSlack, client: WebClient):
    before = len(slack.list_calls("chat.postMessage"))
    with pytest.raises(SlackApiError, match="not_in_channel"):
        post(client, Place("COUT"), VIEW)
    assert len(slack.list_calls("chat.postMessage")) == before + 1


def issue_url(slack: StandInSlack, channel: str) -> str:
    """An address of the kind that comes with a command."""
    url: str = slack._response_urls.issue("commands", channel, "U1")
    return url


@pytest.mark.parametrize(("for_channel", "seen_by"), [(False, "U1"), (True, None)])
def test_respond_is_private_unless_the_message_is_for_the_channel(
    slack: StandInSlack, channel: str, *, for_channel: bool, seen_by: str | None
):
    respond(issue_url(slack, channel), MessageView("short", VIEW.blocks, "all of it", for_channel=for_channel))
    sent = slack.posts[-1]
    assert (sent.via, sent.ephemeral_to, sent.text, sent.blocks) == ("response_url", seen_by, "short", VIEW.blocks)
    assert (sent.params["unfurl_links"], sent.params["unfurl_media"]) == (False, False)
    assert sent.params["replace_original"] is False


def test_respond_replaces_the_message_whose_button_was_pressed_where_that_is_meant(slack: StandInSlack, channel: str):
    respond(issue_url(slack, channel), VIEW)
    posted = slack.posts[-1]
    url = slack._response_urls.issue("actions", channel, "U1", slack.find_message(posted))
    respond(url, MessageView("new", [build_section("new")], "new", replaces=True))
    changed = slack.updates[-1]
    assert (changed.ts, changed.text, changed.ephemeral_to) == (posted.ts, "new", "U1")


def test_respond_refused_for_size_is_sent_once_more_as_plain_text(slack: StandInSlack, channel: str):
    slack.fail_next("response_url", status=400, error="invalid_blocks")
    respond(issue_url(slack, channel), VIEW)
    assert (slack.posts[-1].text, slack.posts[-1].blocks) == ("all of it", [])


def test_respond_over_a_used_up_address_raises_without_showing_it(slack: StandInSlack, channel: str):
    url = issue_url(slack, channel)
    for _ in range(5):
        respond(url, VIEW)
    with pytest.raises(DeliveryError) as raised:
        respond(url, VIEW)
    assert str(raised.value) == "404 used_url"


def test_post_or_respond_reaches_a_channel_the_bot_is_not_in(slack: StandInSlack, client: WebClient, channel: str):
    assert post_or_respond(client, Place(channel), issue_url(slack, channel), VIEW) is not None
    assert slack.posts[-1].via == "chat.postMessage"
    root = slack.workspace.add_message("COUT", "U1", "root")
    assert post_or_respond(client, Place("COUT", root.ts), issue_url(slack, "COUT"), VIEW) is None
    sent = slack.posts[-1]
    assert (sent.via, sent.channel, sent.thread_ts, sent.ephemeral_to) == ("response_url", "COUT", root.ts, None)


def test_post_or_respond_raises_what_is_not_about_membership(slack: StandInSlack, client: WebClient, channel: str):
    slack.fail_next("chat.postMessage", error="fatal_error")
    with pytest.raises(SlackApiError, match="fatal_error"):
        post_or_respond(client, Place(channel), issue_url(slack, channel), VIEW)


def test_wait_that_slack_asks_for_is_noted(slack: StandInSlack, channel: str):
    patient = WebClient(token=slack.bot_token, base_url=slack.api_url, retry_handlers=make_retry_handlers())
    slack.fail_next("chat.postMessage", status=429, retry_after=0, times=2)
    growth = Growth()
    assert post(patient, Place(channel), VIEW).ts
    assert growth.of("harkback_slack_rate_limit_wait_seconds_count") == 2
    assert growth.of("harkback_slack_rate_limit_wait_seconds_sum") > 0
