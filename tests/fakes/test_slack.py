"""The stand-in Slack, tested with the real slack_sdk and slack_bolt as its clients."""

from __future__ import annotations

import contextlib
import itertools
import json
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from slack_bolt import App
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_bolt.adapter.starlette import SlackRequestHandler
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_handlers import RateLimitErrorRetryHandler, ServerErrorRetryHandler
from slack_sdk.signature import SignatureVerifier
from slack_sdk.socket_mode import SocketModeClient
from slack_sdk.socket_mode.response import SocketModeResponse
from slack_sdk.webhook import WebhookClient
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response
from starlette.routing import Route
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from tests.fakes.slack import StandInError, StandInSlack
from tests.fakes.slack.limits import check_options
from tests.fakes.slack.records import ApiError
from tests.fakes.slack.schema import find_schema_file
from tests.fakes.slack.server import ServerThread
from tests.waiting import PATIENCE_SECONDS, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from slack_sdk.socket_mode.client import BaseSocketModeClient
    from slack_sdk.socket_mode.request import SocketModeRequest
    from starlette.requests import Request

    from tests.fakes.slack import Delivery

MENTION = "<@UBOT> what was said about unconferences?"


@pytest.fixture
def slack() -> Iterator[StandInSlack]:
    with StandInSlack(redelivery_delays=(0.0, 0.05, 0.05)) as slack:
        people(slack)
        yield slack


@pytest.fixture
def client(slack: StandInSlack) -> WebClient:
    return make_client(slack)


def people(slack: StandInSlack) -> None:
    workspace = slack.workspace
    workspace.add_user("U1", name="ada")
    workspace.add_user("U2", name="grace", is_restricted=True)
    workspace.add_user("U9", name="eve", team_id="T0OTHER")
    workspace.add_channel("C1", name="general", members=["U1", "U2", "U9", "UBOT"], is_ext_shared=True)
    workspace.add_channel("C2", name="elsewhere", members=["U1"])
    workspace.add_channel("G1", name="secret", members=["U1"], is_private=True)


def make_client(slack: StandInSlack, token: str | None = None) -> WebClient:
    return WebClient(token=token or slack.bot_token, base_url=slack.api_url)


class Listener:
    """A bare Socket Mode client that keeps what it gets, and acks or not."""

    def __init__(self, slack: StandInSlack, *, acks: bool = True, ping_interval: float = 5) -> None:
        self.acks = acks
        self.requests: list[SocketModeRequest] = []
        self.hellos: list[dict[str, Any]] = []
        web_client = make_client(slack)
        client = SocketModeClient(slack.app_token, web_client=web_client, ping_interval=ping_interval)
        self.client: Any = client
        self.client.message_listeners.append(self._keep_hello)
        self.client.socket_mode_request_listeners.append(self._handle)

    def _keep_hello(self, _: BaseSocketModeClient, message: dict[str, Any], __: str | None = None) -> None:
        if message.get("type") == "hello":
            self.hellos.append(message)

    def _handle(self, client: BaseSocketModeClient, request: SocketModeRequest) -> None:
        self.requests.append(request)
        if self.acks:
            client.send_socket_mode_response(SocketModeResponse(envelope_id=request.envelope_id))


def hang_up(slack: StandInSlack, *clients: Any) -> None:
    """Close clients at once: left alone, each reads on for three seconds and waits for messages for one."""
    for client in clients:
        client.auto_reconnect_enabled = False
    slack.drop_connections()
    for client in clients:
        wait_until(lambda client=client: not client.is_connected(), "the end of a connection")
        client.closed = True
        client.enqueue_message("{}")
        client.close()


@contextmanager
def listening(slack: StandInSlack, count: int = 1, **options: Any) -> Iterator[list[Listener]]:
    listeners = [Listener(slack, **options) for _ in range(count)]
    for listener in listeners:
        listener.client.connect()
    slack.wait_connected(count)
    try:
        yield listeners
    finally:
        hang_up(slack, *(listener.client for listener in listeners))


@contextmanager
def bolt(slack: StandInSlack, app: App) -> Iterator[None]:
    handler: Any = SocketModeHandler(app, slack.app_token)
    handler.connect()
    slack.wait_connected()
    try:
        yield
    finally:
        hang_up(slack, handler.client)


def make_app(slack: StandInSlack) -> App:
    app = App(client=make_client(slack), signing_secret=slack.signing_secret)

    @app.event("app_mention")
    def answer(event: dict[str, Any], say: Any) -> None:
        say(text="found it", thread_ts=event.get("thread_ts") or event["ts"])

    @app.event("message")
    def ignore() -> None:
        pass

    @app.command("/hark")
    def hark(ack: Any, respond: Any, command: dict[str, str]) -> None:
        ack()
        respond(text=f"about {command['text']}", blocks=[button_block("more")])

    @app.action("more")
    def more(ack: Any, body: dict[str, Any], client: WebClient, respond: Any) -> None:
        ack()
        client.views_open(trigger_id=body["trigger_id"], view=make_modal())
        respond(text="more", replace_original=True)

    return app


def section(text: str, **more: Any) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}, **more}


def button(action_id: str = "a", **more: Any) -> dict[str, Any]:
    return {"type": "button", "action_id": action_id, "text": {"type": "plain_text", "text": "More"}} | more


def button_block(*action_ids: str) -> dict[str, Any]:
    return {"type": "actions", "elements": [button(action_id) for action_id in action_ids]}


def rich_text(*elements: dict[str, Any]) -> dict[str, Any]:
    return {"type": "rich_text", "elements": [{"type": "rich_text_quote", "elements": list(elements)}]}


def make_modal() -> dict[str, Any]:
    return {
        "type": "modal",
        "title": {"type": "plain_text", "text": "More"},
        "blocks": [button_block("next")],
    }


def refusal(call: Any, **params: Any) -> dict[str, Any]:
    with pytest.raises(SlackApiError) as caught:
        call(**params)
    return dict(caught.value.response.data)


def error_of(call: Any, **params: Any) -> str:
    return str(refusal(call, **params)["error"])


# Socket Mode


def test_socket_mode_says_hello_and_delivers_a_mention_that_is_acked(slack: StandInSlack) -> None:
    with listening(slack) as [listener]:
        delivery = slack.send_mention(channel="C1", user="U1", text=MENTION).wait_acked()
        slack.wait_for(lambda: bool(listener.hellos))
    assert listener.hellos[0]["num_connections"] == 1
    [request] = listener.requests
    assert request.type == "events_api"
    assert request.payload["event"]["type"] == "app_mention"
    assert request.payload["event"]["text"] == MENTION
    assert request.payload["event_id"].startswith("Ev")
    assert request.payload["is_ext_shared_channel"] is True
    assert request.payload["authorizations"][0]["user_id"] == slack.bot_user_id
    assert (request.retry_attempt, request.retry_reason) == (0, "")
    assert delivery.acked_after_seconds is not None
    assert [attempt.failure for attempt in delivery.attempts] == [None]


def test_an_event_without_ack_is_delivered_again_with_the_same_event_id(slack: StandInSlack) -> None:
    slack.settings.ack_seconds = 0.4
    with listening(slack, acks=False) as [listener]:
        delivery = slack.send_mention(channel="C1", user="U1", text=MENTION).wait_attempts(1)
        # The next one has all the time it may need.
        slack.settings.ack_seconds = PATIENCE_SECONDS
        wait_until(lambda: listener.requests)
        listener.acks = True
        delivery.wait_attempts(2).wait_acked()
        wait_until(lambda: len(listener.requests) == 2)
    first, second = listener.requests
    assert first.payload["event_id"] == second.payload["event_id"]
    assert first.envelope_id != second.envelope_id
    assert [(one.retry_attempt, one.retry_reason) for one in (first, second)] == [(0, ""), (1, "timeout")]
    assert [attempt.failure for attempt in delivery.attempts] == ["timeout", None]
    assert delivery.acked_after_seconds is not None
    assert delivery.acked_after_seconds > 0.4


def test_an_event_is_given_up_after_the_last_redelivery(slack: StandInSlack) -> None:
    slack.settings.ack_seconds = 0.05
    with listening(slack, acks=False):
        delivery = slack.send_mention(channel="C1", user="U1", text=MENTION).wait_attempts(4)
        slack.wait_quiet(0.2)
    assert [attempt.failure for attempt in delivery.attempts] == ["timeout"] * 4
    assert delivery.acked_after_seconds is None


def test_a_late_ack_is_written_down_as_late(slack: StandInSlack) -> None:
    slack.settings.ack_seconds = 0.4
    with listening(slack, acks=False) as [listener]:
        delivery = slack.send_mention(channel="C1", user="U1", text=MENTION).wait_attempts(2)
        envelope_id = delivery.attempts[0].envelope_id
        wait_until(lambda: envelope_id in [request.envelope_id for request in listener.requests])
        listener.client.send_socket_mode_response(SocketModeResponse(envelope_id=envelope_id))
        slack.wait_for(lambda: delivery.attempts[0].acked_at is not None)
    assert delivery.attempts[0].acked_after_seconds is not None
    assert delivery.attempts[0].acked_after_seconds >= 0.4
    assert delivery.attempts[0].failure == "timeout"


def test_an_event_whose_connection_ends_has_failed_and_is_delivered_again(slack: StandInSlack) -> None:
    with listening(slack, acks=False) as [listener]:
        delivery = slack.send_mention(channel="C1", user="U1", text=MENTION)
        wait_until(lambda: listener.requests)
        slack.drop_connections()
        slack.wait_for(lambda: len(delivery.attempts) == 2)
    assert [attempt.failure for attempt in delivery.attempts][:1] == ["connection_failed"]


def test_redeliver_sends_the_same_payload_once_more(slack: StandInSlack) -> None:
    with listening(slack) as [listener]:
        delivery = slack.send_mention(channel="C1", user="U1", text=MENTION).wait_acked()
        slack.redeliver(delivery).wait_acked()
    assert len(listener.requests) == len(delivery.attempts) == 2
    assert listener.requests[0].payload == listener.requests[1].payload
    assert (listener.requests[1].retry_attempt, listener.requests[1].retry_reason) == (1, "timeout")


def test_each_event_goes_to_one_of_the_connections(slack: StandInSlack) -> None:
    with listening(slack, count=2) as listeners:
        for _ in range(20):
            slack.send_mention(channel="C1", user="U1", text=MENTION).wait_acked()
        counts = [len(listener.requests) for listener in listeners]
    assert sum(counts) == 20
    assert min(counts) > 0


def test_a_command_without_ack_is_not_delivered_again(slack: StandInSlack) -> None:
    slack.settings.ack_seconds = 0.4
    with listening(slack, acks=False):
        delivery = slack.send_command("/hark", text="x", user="U1", channel="C1")
        slack.wait_quiet(0.2)
    assert [attempt.failure for attempt in delivery.attempts] == ["timeout"]


def test_an_event_waits_for_a_connection(slack: StandInSlack) -> None:
    delivery = slack.send_mention(channel="C1", user="U1", text=MENTION)
    with listening(slack):
        delivery.wait_acked()
    assert slack.connection_count <= 1


@pytest.mark.parametrize("notice", [True, False])
def test_the_client_comes_back_after_a_drop(slack: StandInSlack, *, notice: bool) -> None:
    with listening(slack, ping_interval=0.2) as [listener]:
        slack.drop_connections(notice=notice)
        slack.wait_for_calls("apps.connections.open", 2)
        slack.wait_connected()
        slack.send_mention(channel="C1", user="U1", text=MENTION).wait_acked()
        # A second time where that connection was lost, too.
        assert {request.type for request in listener.requests} == {"events_api"}
    opened = {call.reply["url"] for call in slack.list_calls("apps.connections.open")}
    assert len(opened) >= 2


def test_a_ticket_lets_one_connection_in(slack: StandInSlack) -> None:
    url = make_client(slack).apps_connections_open(app_token=slack.app_token)["url"]
    with connect(url, proxy=None), pytest.raises(InvalidStatus, match="403"):
        connect(url, proxy=None)
    with pytest.raises(InvalidStatus, match="403"):
        connect(url.partition("?")[0], proxy=None)


def test_there_are_at_most_ten_connections(slack: StandInSlack) -> None:
    app_client = make_client(slack, slack.app_token)
    with contextlib.ExitStack() as stack:
        for number in range(1, 12):
            url = app_client.apps_connections_open(app_token=slack.app_token)["url"]
            link = stack.enter_context(connect(url, proxy=None))
            first = json.loads(link.recv(PATIENCE_SECONDS))
            if number <= 10:
                assert (first["type"], first["num_connections"]) == ("hello", number)
                slack.wait_connected(number)
        assert (first["type"], first["reason"]) == ("disconnect", "too_many_websockets")


def test_connections_open_wants_the_app_token(slack: StandInSlack, client: WebClient) -> None:
    assert error_of(client.apps_connections_open, app_token=slack.bot_token) == "not_allowed_token_type"
    assert error_of(client.apps_connections_open, app_token="xapp-wrong") == "invalid_auth"


# Bolt against it


def test_a_bolt_app_answers_a_mention_in_its_thread(slack: StandInSlack) -> None:
    with bolt(slack, make_app(slack)):
        delivery = slack.send_mention(channel="C1", user="U1", text=MENTION)
        [post] = slack.wait_for_posts(1)
        delivery.wait_acked()
    assert (post.channel, post.thread_ts, post.text) == ("C1", delivery.ts, "found it")
    assert (post.via, post.ephemeral_to) == ("chat.postMessage", None)


def test_a_bolt_app_answers_a_command_and_a_click(slack: StandInSlack) -> None:
    with bolt(slack, make_app(slack)):
        slack.send_command("/hark", text="unconferences", user="U1", channel="C2").wait_acked()
        [post] = slack.wait_for_posts(1)
        slack.click(post, "more", user="U1").wait_acked()
        [update] = slack.wait_for_updates(1)
        [view] = slack.views
    assert (post.channel, post.ephemeral_to, post.via) == ("C2", "U1", "response_url")
    assert post.text == "about unconferences"
    assert (update.ts, update.text, update.blocks) == (post.ts, "more", [])
    assert (view.user, view.blocks) == ("U1", [button_block("next")])
    with pytest.raises(StandInError, match="0 buttons 'more'"):
        slack.click(post, "more", user="U1")


def test_text_in_a_commands_ack_is_a_post(slack: StandInSlack) -> None:
    app = App(client=make_client(slack))
    app.command("/hark")(lambda ack: ack("at once"))
    app.command("/long")(lambda ack: ack(blocks=[section("x" * 3001)]))
    with bolt(slack, app):
        slack.send_command("/hark", user="U1", channel="C2")
        [post] = slack.wait_for_posts(1)
        refused = slack.send_command("/long", user="U1", channel="C2").wait_acked()
        slack.wait_for(lambda: refused.reply_error is not None)
    assert (post.text, post.ephemeral_to, post.via) == ("at once", "U1", "ack")
    assert refused.reply_error == "invalid_blocks"


# HTTP mode


@contextmanager
def serving(app: App) -> Iterator[str]:
    handler = SlackRequestHandler(app)

    async def endpoint(request: Request) -> Response:
        await request.body()
        return await handler.handle(request)

    async def nothing() -> None:
        pass

    server = ServerThread(Starlette(routes=[Route("/slack/events", endpoint, methods=["POST"])]), nothing)
    server.start()
    try:
        yield f"http://127.0.0.1:{server.port}/slack/events"
    finally:
        server.stop()


def test_http_deliveries_are_signed_and_acked_by_bolt(slack: StandInSlack) -> None:
    # Bolt's handler blocks the event loop while listeners run, so they must not wait for one another here.
    with serving(make_app(slack)) as url:
        slack.deliver_to = url
        assert slack.verify_url()
        mention = slack.send_mention(channel="C1", user="U1", text=MENTION).wait_acked()
        slack.wait_for_posts(1)
        slack.send_command("/hark", text="x & y=z", user="U1", channel="C2").wait_acked()
        command = slack.wait_for_posts(2)[-1]
        slack.click(command, "more", user="U1").wait_acked()
        slack.wait_for_updates(1)
        slack.redeliver(mention).wait_acked()
    assert command.text == "about x & y=z"
    assert mention.attempts[0].acked_after_seconds is not None


class Endpoint:
    """An HTTP endpoint that keeps requests and answers as told."""

    def __init__(self) -> None:
        self.status = 200
        self.answer_headers: dict[str, str] = {}
        self.delay_seconds = 0.0
        self.requests: list[tuple[dict[str, str], bytes]] = []

    async def __call__(self, request: Request) -> Response:
        self.requests.append((dict(request.headers), await request.body()))
        await run_in_threadpool(time.sleep, self.delay_seconds)
        return Response(status_code=self.status, headers=self.answer_headers)


@pytest.fixture
def endpoint(slack: StandInSlack) -> Iterator[Endpoint]:
    endpoint = Endpoint()

    async def serve(request: Request) -> Response:
        return await endpoint(request)

    async def nothing() -> None:
        pass

    server = ServerThread(Starlette(routes=[Route("/", serve, methods=["POST"])]), nothing)
    server.start()
    slack.deliver_to = f"http://127.0.0.1:{server.port}/"
    yield endpoint
    server.stop()


def test_signatures_satisfy_the_sdks_verifier(slack: StandInSlack, endpoint: Endpoint) -> None:
    slack.send_mention(channel="C1", user="U1", text=MENTION + " é").wait_acked()
    [(headers, body)] = endpoint.requests
    verifier = SignatureVerifier(slack.signing_secret)
    assert verifier.is_valid_request(body, headers)
    assert headers["content-type"] == "application/json"
    assert "x-slack-retry-num" not in headers
    assert not verifier.is_valid_request(body + b" ", headers)
    assert verifier.is_valid_request(b"{}", slack.signed_headers(b"{}"))
    assert not verifier.is_valid_request(b"{}", slack.signed_headers(b"{}", timestamp=time.time() - 600))
    assert not verifier.is_valid_request(b"{}", slack.signed_headers(b"{}", secret="wrong"))


def test_http_errors_and_slow_answers_lead_to_redelivery(slack: StandInSlack, endpoint: Endpoint) -> None:
    endpoint.status = 500
    slack.settings.redelivery_delays = (0.0,)
    failed = slack.send_mention(channel="C1", user="U1", text=MENTION)
    failed.wait_attempts(2)
    slack.wait_quiet(0.1)
    assert endpoint.requests[1][0]["x-slack-retry-num"] == "1"
    assert endpoint.requests[1][0]["x-slack-retry-reason"] == "http_error"
    endpoint.status, endpoint.delay_seconds, slack.settings.ack_seconds = 200, 0.3, 0.1
    slow = slack.send_mention(channel="C1", user="U1", text=MENTION).wait_attempts(2)
    assert slow.attempts[0].failure == "http_timeout"


def test_x_slack_no_retry_ends_redelivery(slack: StandInSlack, endpoint: Endpoint) -> None:
    endpoint.status, endpoint.answer_headers = 500, {"X-Slack-No-Retry": "1"}
    delivery = slack.send_mention(channel="C1", user="U1", text=MENTION)
    slack.wait_for(lambda: delivery.is_settled)
    slack.wait_quiet(0.2)
    assert len(endpoint.requests) == 1


def test_nobody_listening_counts_as_a_failed_attempt(slack: StandInSlack) -> None:
    slack.deliver_to = "http://127.0.0.1:9/"
    delivery = slack.send_mention(channel="C1", user="U1", text=MENTION)
    slack.wait_for(lambda: len(delivery.attempts) == 4 and delivery.is_settled)
    assert {attempt.failure for attempt in delivery.attempts} == {"connection_failed"}


# What the app hears


def heard(delivery: Delivery) -> tuple[str, str | None, str | None]:
    event = delivery.event
    return event["type"], event.get("subtype"), event.get("channel_type")


def test_a_mention_arrives_twice_where_the_app_reads_the_channel(slack: StandInSlack) -> None:
    slack.settings.reads_channels = True
    with listening(slack):
        mention = slack.send_mention(channel="C1", user="U1", text=MENTION)
        slack.wait_quiet(0.1)
    assert [heard(each) for each in slack.deliveries] == [
        ("app_mention", None, None),
        ("message", None, "channel"),
    ]
    assert slack.deliveries[0] is mention
    first, second = (each.payload for each in slack.deliveries)
    assert first["event"]["ts"] == second["event"]["ts"]
    assert first["event_id"] != second["event_id"]


def test_the_apps_own_posts_come_back_where_it_hears_them(slack: StandInSlack, client: WebClient) -> None:
    channel = client.conversations_open(users="U1")["channel"]["id"]
    ts = client.chat_postMessage(channel=channel, text="in a direct message")["ts"]
    client.chat_postMessage(channel="C1", text="not read")
    slack.settings.reads_channels = True
    client.chat_postMessage(channel="C1", text="read")
    client.chat_postEphemeral(channel="C1", user="U1", text="seen by one")
    client.chat_update(channel=channel, ts=ts, text="changed")
    client.chat_delete(channel=channel, ts=ts)
    assert [heard(each) for each in slack.deliveries] == [
        ("message", None, "im"),
        ("message", None, "channel"),
        ("message", "message_changed", "im"),
        ("message", "message_deleted", "im"),
    ]
    echo = slack.deliveries[0].event
    assert (echo["bot_id"], echo["app_id"], echo["user"]) == (slack.bot_id, slack.app_id, "UBOT")


def test_an_edited_mention_is_a_new_mention(slack: StandInSlack) -> None:
    slack.settings.reads_channels = True
    first = slack.send_mention(channel="C1", user="U1", text=MENTION)
    second = slack.edit_message(first, "<@UBOT> and about barcamps?")
    assert (second.event["type"], second.event["ts"]) == ("app_mention", first.event["ts"])
    assert second.event["edited"]["user"] == "U1"
    assert second.payload["event_id"] != first.payload["event_id"]
    changed = slack.deliveries[-1].event
    assert changed["subtype"] == "message_changed"
    assert changed["message"]["text"] == "<@UBOT> and about barcamps?"
    assert changed["previous_message"]["text"] == MENTION


def test_an_edited_direct_message_is_message_changed(slack: StandInSlack) -> None:
    delivery = slack.send_direct_message(user="U1", text="unconferences")
    assert heard(delivery) == ("message", None, "im")
    assert heard(slack.edit_message(delivery.ts, "barcamps")) == ("message", "message_changed", "im")
    deletion = slack.delete_message(delivery)
    assert deletion is not None
    assert deletion.event["deleted_ts"] == delivery.ts


def test_what_cannot_happen_in_slack_is_the_tests_error(slack: StandInSlack, client: WebClient) -> None:
    with pytest.raises(StandInError, match="no mention"):
        slack.send_mention(channel="C1", user="U1", text="hello")
    with pytest.raises(StandInError, match="hears nothing"):
        slack.send_mention(channel="C2", user="U1", text=MENTION)
    with pytest.raises(StandInError, match="hears nothing"):
        slack.send_message(channel="C1", user="U1", text="no mention")
    with pytest.raises(StandInError, match="not a member"):
        slack.send_mention(channel="C2", user="U2", text=MENTION)
    with pytest.raises(StandInError, match="does not see"):
        slack.send_command("/hark", text="x", user="U2", channel="C2")
    sent = client.chat_postEphemeral(channel="C1", user="U1", text="x", blocks=[button_block("a")])
    with pytest.raises(StandInError, match="only for U1"):
        slack.click(sent["message_ts"], "a", user="U2")
    slack.scopes = {"chat:write"}
    with pytest.raises(StandInError, match="hears nothing"):
        slack.send_mention(channel="C1", user="U1", text=MENTION)
    with pytest.raises(StandInError, match="lacks the scope"):
        slack.send_command("/hark", text="x", user="U1", channel="C1")


def test_a_stranger_is_told_apart(slack: StandInSlack, client: WebClient) -> None:
    delivery = slack.send_mention(channel="C1", user="U9", text=MENTION)
    event = delivery.event
    assert delivery.payload["team_id"] == "T0OTHER"
    assert delivery.payload["authorizations"][0]["team_id"] == slack.team_id
    assert (event["user_team"], event["source_team"]) == ("T0OTHER", "T0OTHER")
    shown = client.users_info(user="U9")["user"]
    # Called so is only who is in no channel with the app.
    assert (shown["team_id"], shown["is_stranger"]) == ("T0OTHER", False)
    assert "is_restricted" not in shown
    slack.leave_channel("U9", "C1")
    assert client.users_info(user="U9")["user"]["is_stranger"] is True


# Tokens, scopes, methods


def test_auth_test_names_the_bot_and_its_scopes(slack: StandInSlack, client: WebClient) -> None:
    slack.scopes = {"chat:write", "commands"}
    reply = client.auth_test()
    assert reply["user_id"] == slack.bot_user_id
    assert reply["bot_id"] == slack.bot_id
    assert reply["team_id"] == slack.team_id
    assert reply["url"].startswith("https://")
    assert reply.headers["x-oauth-scopes"] == "chat:write,commands"
    app_reply = make_client(slack, slack.app_token).auth_test()
    assert app_reply["app_id"] == slack.app_id
    assert app_reply.headers["x-oauth-scopes"] == "connections:write"


def test_wrong_and_missing_tokens_are_refused(slack: StandInSlack) -> None:
    assert error_of(make_client(slack, "xoxb-wrong").auth_test) == "invalid_auth"
    assert error_of(WebClient(base_url=slack.api_url).auth_test) == "not_authed"
    assert error_of(make_client(slack, slack.app_token).users_info, user="U1") == "not_allowed_token_type"


@pytest.mark.parametrize(
    ("method", "params", "needed"),
    [
        ("chat_postMessage", {"channel": "C1", "text": "x"}, "chat:write"),
        ("chat_postEphemeral", {"channel": "C1", "user": "U1", "text": "x"}, "chat:write"),
        ("users_info", {"user": "U1"}, "users:read"),
        ("conversations_info", {"channel": "C1"}, "channels:read"),
        ("conversations_members", {"channel": "G1"}, "groups:read"),
        ("users_conversations", {"user": "U1"}, "channels:read"),
        ("users_conversations", {"user": "U1", "types": "private_channel,im"}, "groups:read"),
        ("users_conversations", {"user": "U1", "types": "mpim"}, "mpim:read"),
        ("conversations_open", {"users": "U1"}, "im:write"),
    ],
)
def test_a_missing_scope_is_named(
    slack: StandInSlack, client: WebClient, method: str, params: dict[str, str], needed: str
) -> None:
    slack.scopes = {"commands"}
    reply = refusal(getattr(client, method), **params)
    assert (reply["error"], reply["needed"], reply["provided"]) == ("missing_scope", needed, "commands")


def test_unknown_methods_are_refused_and_recorded(slack: StandInSlack, client: WebClient) -> None:
    assert error_of(client.api_call, api_method="chat.shout", params={"loud": "1"}) == "unknown_method"
    [call] = slack.calls
    assert (call.method, call.params, call.error) == ("chat.shout", {"loud": "1"}, "unknown_method")
    slack.add_method("chat.shout", lambda params: {"heard": params["loud"]})
    assert client.api_call("chat.shout", params={"loud": "1"})["heard"] == "1"


def test_json_and_form_parameters_are_the_same(slack: StandInSlack, client: WebClient) -> None:
    blocks = [section("x")]
    client.chat_postMessage(channel="C1", text="é & <x>", blocks=blocks, link_names=True, parse="full")
    client.api_call("chat.postMessage", data={"channel": "C1", "text": "é & <x>", "blocks": '[{"type":"divider"}]'})
    by_json, by_form = slack.posts
    assert (by_json.text, by_json.blocks) == ("é & <x>", blocks)
    assert (by_form.text, by_form.blocks) == ("é & <x>", [{"type": "divider"}])
    assert (by_json.params["link_names"], by_json.params["parse"]) == (True, "full")
    assert all("token" not in call.params for call in slack.calls)


def test_broken_json_is_refused(slack: StandInSlack) -> None:
    headers = {"Content-Type": "application/json; charset=utf-8"}
    reply = httpx.post(f"{slack.api_url}api.test", content=b"{", headers=headers)
    assert reply.json() == {"ok": False, "error": "invalid_json"}


# Users, channels, membership


def test_users_and_conversations_are_shown(slack: StandInSlack, client: WebClient) -> None:
    assert client.users_info(user="U2")["user"]["is_restricted"] is True
    assert error_of(client.users_info, user="U404") == "user_not_found"
    channel = client.conversations_info(channel="C1", include_num_members=True)["channel"]
    assert (channel["name"], channel["is_member"], channel["num_members"]) == ("general", True, 4)
    assert channel["is_ext_shared"] is True
    assert client.conversations_info(channel="C2")["channel"]["is_member"] is False
    assert error_of(client.conversations_info, channel="G1") == "channel_not_found"
    assert error_of(client.conversations_members, channel="C404") == "channel_not_found"
    direct = client.conversations_open(users=["U1"])["channel"]["id"]
    assert client.conversations_info(channel=direct)["channel"]["user"] == "U1"
    assert error_of(client.conversations_open, users=["U404"]) == "user_not_found"
    pages = [page["members"] for page in client.conversations_members(channel="C1", limit=3)]
    assert pages == [["U1", "U2", "U9"], ["UBOT"]]
    slack.workspace.channels["C1"].members.discard("U9")
    assert client.conversations_members(channel="C1")["members"] == ["U1", "U2", "UBOT"]


def test_posting_wants_membership(slack: StandInSlack, client: WebClient) -> None:
    assert error_of(client.chat_postMessage, channel="C2", text="x") == "not_in_channel"
    assert error_of(client.chat_postMessage, channel="G1", text="x") == "channel_not_found"
    assert error_of(client.chat_postMessage, channel="C404", text="x") == "channel_not_found"
    assert error_of(client.chat_postEphemeral, channel="C2", user="U1", text="x") == "not_in_channel"
    assert error_of(client.chat_postEphemeral, channel="C1", user="UBOT2", text="x") == "user_not_in_channel"
    slack.workspace.channels["C1"].is_archived = True
    assert error_of(client.chat_postMessage, channel="C1", text="x") == "is_archived"
    slack.scopes |= {"chat:write.public"}
    assert client.chat_postMessage(channel="C2", text="x")["ok"]
    assert client.chat_postMessage(channel="U1", text="x")["channel"] == "DU1"
    assert [post.channel for post in slack.posts] == ["C2", "DU1"]


def test_history_and_replies_tell_what_was_said(slack: StandInSlack, client: WebClient) -> None:
    first, second = (slack.workspace.add_message("C1", "U1", text) for text in ("One.", "Two."))
    replies = [slack.workspace.add_message("C1", "U2", text, thread_ts=first.ts) for text in ("One a.", "One b.")]
    client.chat_postEphemeral(channel="C1", user="U1", text="For one alone.")

    def read(method: str, **params: object) -> list[str]:
        found: Any = client.api_call(method, params={"channel": "C1", **params})
        return [message["text"] for message in found["messages"]]

    assert read("conversations.history") == ["Two.", "One."]
    assert read("conversations.history", oldest=first.ts) == ["Two."]
    assert read("conversations.history", latest=first.ts, oldest=first.ts, inclusive=True) == ["One."]
    assert read("conversations.history", limit=1) == ["Two."]
    assert read("conversations.replies", ts=first.ts) == ["One.", "One a.", "One b."]
    assert read("conversations.replies", ts=first.ts, oldest=replies[0].ts) == ["One.", "One b."]
    assert read("conversations.replies", ts=first.ts, latest=first.ts, oldest=first.ts, inclusive=True) == ["One."]
    assert read("conversations.replies", ts=second.ts) == ["Two."]
    assert read("conversations.replies", ts=replies[1].ts) == ["One b."]
    assert error_of(client.conversations_replies, channel="C1", ts="1.0") == "thread_not_found"


def test_history_wants_membership_and_scopes(slack: StandInSlack, client: WebClient) -> None:
    assert error_of(client.conversations_history, channel="C2") == "not_in_channel"
    assert error_of(client.conversations_history, channel="G1") == "channel_not_found"
    slack.scopes -= {"channels:history"}
    assert error_of(client.conversations_replies, channel="C1", ts="1.0") == "missing_scope"


def test_reactions_are_told_without_what_was_said(slack: StandInSlack) -> None:
    slack.scopes |= {"reactions:read"}
    message = slack.workspace.add_message("C1", "U1", "Was this said before?")
    event = slack.add_reaction(message, "eyes", user="U2").event
    assert (event["type"], event["user"], event["reaction"], event["item_user"]) == (
        "reaction_added",
        "U2",
        "eyes",
        "U1",
    )
    assert event["item"] == {"type": "message", "channel": "C1", "ts": message.ts}
    elsewhere = slack.workspace.add_message("C2", "U1", "Nobody hears this.")
    with pytest.raises(StandInError, match="hears nothing"):
        slack.add_reaction(elsewhere, "eyes", user="U1")
    slack.scopes -= {"reactions:read"}
    with pytest.raises(StandInError, match="hears nothing"):
        slack.add_reaction(message, "eyes", user="U1")


def test_threads_must_be_there(slack: StandInSlack, client: WebClient) -> None:
    root = slack.workspace.add_message("C1", "U1", "root")
    reply = client.chat_postMessage(channel="C1", text="x", thread_ts=root.ts)
    assert slack.posts[0].thread_ts == root.ts
    ephemeral = client.chat_postEphemeral(channel="C1", user="U1", text="x")["message_ts"]

    def post(thread_ts: Any) -> str:
        return error_of(client.chat_postMessage, channel="C1", text="x", thread_ts=thread_ts)

    assert post("0") == post(float(root.ts)) == "invalid_thread_ts"
    assert post("1700000000.000001") == post(ephemeral) == "thread_not_found"
    assert post(reply["ts"]) == "cannot_reply_to_message"
    link = client.chat_getPermalink(channel="C1", message_ts=reply["ts"])["permalink"]
    assert link.endswith(f"?thread_ts={root.ts}&cid=C1")


# Content


RULES: list[tuple[str, list[dict[str, Any]], str]] = [
    ("51 blocks", [{"type": "divider"}] * 51, "no more than 50 items allowed"),
    (
        "section text",
        [section("x" * 3001)],
        "must be less than 3001 characters [json-pointer:/blocks/0/text/text]",
    ),
    ("empty section", [section("")], "must be more than 0 characters"),
    ("nothing in section", [{"type": "section"}], "text or fields"),
    ("field text", [{"type": "section", "fields": [{"type": "mrkdwn", "text": "x" * 2001}]}], "2001 char"),
    ("11 fields", [{"type": "section", "fields": [{"type": "mrkdwn", "text": "x"}] * 11}], "more than 10"),
    ("header", [{"type": "header", "text": {"type": "plain_text", "text": "x" * 151}}], "less than 151"),
    ("header markup", [{"type": "header", "text": {"type": "mrkdwn", "text": "x"}}], "unsupported type"),
    (
        "11 in context",
        [{"type": "context", "elements": [{"type": "mrkdwn", "text": "x"}] * 11}],
        "more than 10",
    ),
    ("empty context", [{"type": "context", "elements": []}], "no fewer than 1"),
    ("26 buttons", [button_block(*map(str, range(26)))], "no more than 25"),
    (
        "button text",
        [section("x", accessory=button(text={"type": "plain_text", "text": "x" * 76}))],
        "76 char",
    ),
    ("button value", [section("x", accessory=button(value="x" * 2001))], "less than 2001"),
    ("action_id", [section("x", accessory=button("x" * 256))], "less than 256"),
    ("block_id", [section("x", block_id="x" * 256)], "less than 256"),
    ("same action_id", [button_block("a", "a")], "action_id 'a' already exists"),
    (
        "same block_id",
        [section("x", block_id="b"), section("y", block_id="b")],
        "block_id 'b' already exists",
    ),
    ("empty rich text", [rich_text({"type": "text", "text": ""})], "must be more than 0 characters"),
    ("script link", [rich_text({"type": "link", "url": "javascript:alert(1)"})], "invalid url"),
    ("bare link", [rich_text({"type": "link", "url": "example.org"})], "invalid url"),
    ("script markup", [section("<javascript:alert(1)|x>")], "invalid url"),
    ("label markup", [section("<nowhere|x>")], "invalid url"),
    ("script button", [section("x", accessory=button(url="javascript:x"))], "invalid url"),
    ("markdown", [{"type": "markdown", "text": "x" * 6001}] * 2, "less than 12001 characters of markdown"),
]


@pytest.mark.parametrize(("blocks", "complaint"), [rule[1:] for rule in RULES], ids=[rule[0] for rule in RULES])
def test_blocks_over_a_limit_are_refused(
    slack: StandInSlack, client: WebClient, blocks: list[dict[str, Any]], complaint: str
) -> None:
    reply = refusal(client.chat_postMessage, channel="C1", text="x", blocks=blocks)
    assert reply["error"] == "invalid_blocks"
    assert complaint in "\n".join(reply["response_metadata"]["messages"])
    assert slack.posts == []


def test_blocks_at_the_limits_are_accepted(slack: StandInSlack, client: WebClient) -> None:
    blocks = [
        section("x" * 3000, block_id="b" * 255, accessory=button("a" * 255, value="v" * 2000)),
        {"type": "section", "fields": [{"type": "mrkdwn", "text": "x" * 200}] * 10},
        {"type": "header", "text": {"type": "plain_text", "text": "x" * 150}},
        {"type": "context", "elements": [{"type": "mrkdwn", "text": "<!date^1^{date}|then>"}] * 10},
        button_block(*map(str, range(25))),
        button_block("0", "link"),
        section("<https://example.org/?a=1&amp;b|label> <mailto:a@b.org> <@U1> <#C1|general> <!here> &lt;x|y&gt;"),
        rich_text(
            {"type": "text", "text": "<!here> literally", "style": {"bold": True}},
            {"type": "link", "url": "https://example.org/", "text": "there"},
        ),
        {"type": "section", **section("x"), "accessory": button(url="https://example.org/")},
    ]
    blocks += [{"type": "divider"}] * (50 - len(blocks))
    client.chat_postMessage(channel="C1", text="x" * 40_000, blocks=blocks)
    assert slack.posts[0].blocks == blocks


def test_too_much_over_all_blocks_is_refused(client: WebClient) -> None:
    blocks = [section("x" * 2700) for _ in range(5)]
    assert error_of(client.chat_postMessage, channel="C1", text="x", blocks=blocks) == "msg_blocks_too_long"
    links = [rich_text({"type": "link", "url": f"https://e.org/{'x' * 1350}", "text": "x"}) for _ in range(10)]
    assert error_of(client.chat_postMessage, channel="C1", text="x", blocks=links) == "msg_blocks_too_long"


def test_text_must_be_there_and_not_too_long(client: WebClient) -> None:
    assert error_of(client.api_call, api_method="chat.postMessage", json={"channel": "C1"}) == "no_text"
    assert error_of(client.chat_postMessage, channel="C1", text="x" * 40_001) == "msg_too_long"
    assert error_of(client.chat_postMessage, channel="C1", text="x", markdown_text="y") == "markdown_text_conflict"
    params = {"channel": "C1", "text": "x", "blocks": "[{"}
    assert error_of(client.api_call, api_method="chat.postMessage", data=params) == "invalid_blocks_format"


@pytest.mark.skipif(find_schema_file() is None, reason="no blocks.schema.json in the shared folder")
def test_blocks_are_held_against_slacks_schema(client: WebClient) -> None:
    blocks = [section("x", colour="red")]
    reply = refusal(client.chat_postMessage, channel="C1", text="x", blocks=blocks)
    assert reply["error"] == "invalid_blocks"
    assert "allowed schemas" in reply["errors"][0]


def test_without_the_shared_folder_the_schema_is_skipped(
    client: WebClient, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    monkeypatch.setenv("HARKBACK_SHARED", str(tmp_path))
    assert client.chat_postMessage(channel="C1", text="x", blocks=[section("x", colour="red")])["ok"]


# Changes


def test_only_own_lasting_messages_can_be_changed(slack: StandInSlack, client: WebClient) -> None:
    theirs = slack.workspace.add_message("C1", "U1", "mine")
    ephemeral = client.chat_postEphemeral(channel="C1", user="U1", text="x")["message_ts"]
    assert error_of(client.chat_update, channel="C1", ts=theirs.ts, text="y") == "cant_update_message"
    assert error_of(client.chat_delete, channel="C1", ts=theirs.ts) == "cant_delete_message"
    assert error_of(client.chat_update, channel="C1", ts=ephemeral, text="y") == "message_not_found"
    assert error_of(client.chat_update, channel="C1", ts="1.000001", text="y") == "message_not_found"
    own = client.chat_postMessage(channel="C1", text="x", blocks=[button_block("a")])["ts"]
    assert (
        error_of(client.chat_update, channel="C1", ts=own, text="y", blocks=[section("x" * 3001)]) == "invalid_blocks"
    )
    assert client.chat_update(channel="C1", ts=own, text="y")["message"]["blocks"] == []
    client.chat_delete(channel="C1", ts=own)
    assert [(update.text, update.deleted) for update in slack.updates] == [("y", False), ("y", True)]
    assert error_of(client.chat_update, channel="C1", ts=own, text="y") == "message_not_found"


def test_a_click_shows_what_was_pressed_and_where(slack: StandInSlack, client: WebClient) -> None:
    blocks = [section("1", accessory=button("a", value="1")), section("2", accessory=button("a", value="2"))]
    ts = client.chat_postMessage(channel="C1", text="x", blocks=blocks)["ts"]
    with pytest.raises(StandInError, match="2 buttons 'a'"):
        slack.click(ts, "a", user="U1")
    payload = slack.click(slack.posts[0], "a", user="U1", value="2").payload
    [action] = payload["actions"]
    assert (action["action_id"], action["value"], action["type"]) == ("a", "2", "button")
    assert action["block_id"] == payload["message"]["blocks"][1]["block_id"]
    assert payload["container"] == {
        "type": "message",
        "message_ts": ts,
        "channel_id": "C1",
        "is_ephemeral": False,
    }
    hidden = client.chat_postEphemeral(channel="C1", user="U1", text="x", blocks=[button_block("b")])
    ephemeral = slack.click(hidden["message_ts"], "b", user="U1").payload
    assert ephemeral["container"]["is_ephemeral"] is True
    assert "message" not in ephemeral


def test_shortcuts_and_submissions_are_delivered(slack: StandInSlack, client: WebClient) -> None:
    secret = slack.workspace.add_message("G1", "U1", "between us")
    on_message = slack.use_shortcut("find", user="U1", message=secret).payload
    assert (on_message["type"], on_message["message"]["text"]) == ("message_action", "between us")
    assert on_message["response_url"]
    anywhere = slack.use_shortcut("ask", user="U1").payload
    assert anywhere["type"] == "shortcut"
    client.views_open(trigger_id=anywhere["trigger_id"], view=make_modal())
    submission = slack.submit_view(slack.views[0], user="U1", values={"b": {"a": {"value": "x"}}}).payload
    assert (submission["type"], submission["view"]["id"]) == ("view_submission", slack.views[0].id)
    assert slack.click(slack.views[0], "next", user="U1").payload["container"]["type"] == "view"
    assert slack.send_interaction({"type": "view_closed"}, user="U1").payload["user"]["id"] == "U1"


def make_form(**more: Any) -> dict[str, Any]:
    def build_input(name: str, *, optional: bool, **element: Any) -> dict[str, Any]:
        label = {"type": "plain_text", "text": name}
        shown = {"action_id": name, **element}
        return {"type": "input", "block_id": name, "label": label, "optional": optional, "element": shown}

    blocks = [
        build_input("question", optional=False, type="plain_text_input", max_length=20),
        build_input("day", optional=True, type="datepicker", initial_date="2011-01-01"),
        build_input("names", optional=True, type="multi_external_select", min_query_length=2, max_selected_items=1),
    ]
    return {"type": "modal", "title": {"type": "plain_text", "text": "Form"}, "blocks": blocks} | more


def test_a_modal_is_submitted_as_it_stands_with_what_is_filled_in(slack: StandInSlack, client: WebClient) -> None:
    trigger_id = slack.use_shortcut("ask", user="U1").payload["trigger_id"]
    assert error_of(client.views_open, trigger_id=trigger_id, view=make_form()) == "invalid_arguments"
    client.views_open(trigger_id=trigger_id, view=make_form(submit={"type": "plain_text", "text": "Ask"}))
    [view] = slack.views
    for filled in ({}, {"question": "x" * 21}, {"question": "x", "names": ["a", "b"]}, {"other": "x"}):
        with pytest.raises(StandInError):
            slack.submit_view(view, user="U1", filled=filled)
    values = slack.submit_view(view, user="U1", filled={"question": "x", "names": ["a"]}).payload["view"]["state"]
    assert values["values"]["question"]["question"]["value"] == "x"
    assert values["values"]["day"]["day"]["selected_date"] == "2011-01-01"
    assert [option["value"] for option in values["values"]["names"]["names"]["selected_options"]] == ["a"]
    with pytest.raises(StandInError, match="before 2 characters"):
        slack.load_options(view, "names", "a", user="U1")


@pytest.mark.parametrize(
    ("reply", "error", "is_closed", "errors"),
    [
        (None, None, True, {}),
        ({"response_action": "clear"}, None, True, {}),
        ({"response_action": "errors", "errors": {"day": "too late"}}, None, False, {"day": "too late"}),
        ({"response_action": "errors", "errors": {"nothing": "x"}}, "errors must name inputs", False, {}),
        ({"response_action": "errors", "errors": {}}, "errors must name inputs", False, {}),
        ({"response_action": "dance"}, "unsupported response_action", False, {}),
        ({"response_action": "update", "view": {"type": "modal"}}, "missing required field: title", False, {}),
    ],
)
def test_an_ack_says_what_happens_to_a_modal(
    slack: StandInSlack, client: WebClient, reply: Any, error: str | None, errors: Any, *, is_closed: bool
) -> None:
    trigger_id = slack.use_shortcut("ask", user="U1").payload["trigger_id"]
    client.views_open(trigger_id=trigger_id, view=make_form(submit={"type": "plain_text", "text": "Ask"}))
    delivery = slack.submit_view(slack.views[0], user="U1", filled={"question": "x"})
    delivery.ack_payload = reply
    slack._views.take_reply(delivery)
    [view] = slack.views
    assert (view.is_closed, view.errors) == (is_closed, errors)
    assert (error in str(delivery.reply_error)) if error else delivery.reply_error is None
    if is_closed:
        assert error_of(client.views_update, view_id=view.id, view=make_modal()) == "not_found"


def test_an_ack_can_change_a_modal(slack: StandInSlack, client: WebClient) -> None:
    trigger_id = slack.use_shortcut("ask", user="U1").payload["trigger_id"]
    client.views_open(trigger_id=trigger_id, view=make_form(submit={"type": "plain_text", "text": "Ask"}))
    delivery = slack.submit_view(slack.views[0], user="U1", filled={"question": "x"})
    delivery.ack_payload = {"response_action": "update", "view": make_modal()}
    slack._views.take_reply(delivery)
    assert slack.views[0].content["title"]["text"] == "More"


@pytest.mark.parametrize(
    "options",
    [None, [{"text": {"type": "plain_text", "text": "x" * 76}, "value": "x"}], [{"value": "x" * 151}], [{}] * 101],
)
def test_options_that_slack_does_not_take_are_refused(options: Any) -> None:
    with pytest.raises(ApiError):
        check_options({"options": options})
    assert check_options({"options": []}) == []


# response_url and trigger_id


def command_hook(slack: StandInSlack) -> WebhookClient:
    return WebhookClient(slack.send_command("/hark", user="U1", channel="C2").payload["response_url"])


def test_a_response_url_works_five_times(slack: StandInSlack) -> None:
    hook = command_hook(slack)
    assert [hook.send(text=str(count)).status_code for count in range(6)] == [200] * 5 + [404]
    assert hook.send(text="again").body == "used_url"
    assert [post.text for post in slack.posts] == list("01234")
    assert slack.calls[-1].error == "used_url"


def test_a_response_url_works_for_thirty_minutes(slack: StandInSlack) -> None:
    hook = command_hook(slack)
    slack.clock.advance(29 * 60)
    assert hook.send(text="in time").status_code == 200
    slack.clock.advance(61)
    reply = hook.send(text="late")
    assert (reply.status_code, reply.body) == (404, "expired_url")


def test_a_response_url_answers_in_the_channel_or_to_one(slack: StandInSlack) -> None:
    hook = command_hook(slack)
    hook.send(text="to one")
    hook.send(text="to all", response_type="in_channel")
    hook.send(text="a command has no original", replace_original=True)
    assert [(post.text, post.ephemeral_to) for post in slack.posts] == [
        ("to one", "U1"),
        ("to all", None),
        ("a command has no original", "U1"),
    ]


def test_a_response_url_holds_to_the_limits(slack: StandInSlack) -> None:
    hook = command_hook(slack)
    reply = hook.send(text="x", blocks=[section("x" * 3001)])
    assert (reply.status_code, reply.body) == (400, "invalid_blocks")
    assert hook.send(text="").body == "no_text"
    assert WebhookClient(hook.url + "0").send(text="x").body == "no_service"


def test_a_menus_choice_says_which_option(slack: StandInSlack, client: WebClient) -> None:
    options = [{"text": {"type": "plain_text", "text": name}, "value": name} for name in ("one", "two")]
    menu = {"type": "overflow", "action_id": "menu", "options": options}
    blocks = [{"type": "section", "text": {"type": "mrkdwn", "text": "x"}, "accessory": menu}]
    sent = client.chat_postMessage(channel="C1", text="x", blocks=blocks)
    (action,) = slack.click(sent["ts"], "menu", user="U1", value="two").payload["actions"]
    assert (action["type"], action["selected_option"]) == ("overflow", options[1])
    with pytest.raises(StandInError, match="0 buttons"):
        slack.click(sent["ts"], "menu", user="U1", value="three")


def test_a_clicks_response_url_replaces_and_deletes(slack: StandInSlack) -> None:
    command_hook(slack).send(text="x", blocks=[button_block("a")])
    [post] = slack.posts
    hook = WebhookClient(slack.click(post, "a", user="U1").payload["response_url"])
    hook.send(text="y", blocks=[button_block("b")], replace_original=True)
    slack.click(post, "b", user="U1")
    hook.send(delete_original=True)
    changes = [(update.ts, update.text, update.ephemeral_to, update.deleted) for update in slack.updates]
    assert changes == [(post.ts, "y", "U1", False), (post.ts, "y", "U1", True)]
    assert slack.posts == [post]


def test_a_trigger_id_works_once_and_for_three_seconds(slack: StandInSlack, client: WebClient) -> None:
    def take() -> str:
        return str(slack.send_command("/hark", user="U1", channel="C1").payload["trigger_id"])

    used, late = take(), take()
    view = client.views_open(trigger_id=used, view=make_modal())["view"]
    assert error_of(client.views_open, trigger_id=used, view=make_modal()) == "exchanged_trigger_id"
    assert error_of(client.views_push, trigger_id="1.2.3", view=make_modal()) == "invalid_trigger_id"
    slack.clock.advance(3.1)
    assert error_of(client.views_open, trigger_id=late, view=make_modal()) == "expired_trigger_id"
    pushed = client.views_push(trigger_id=take(), view=make_modal())["view"]
    assert (pushed["root_view_id"], pushed["previous_view_id"]) == (view["id"], view["id"])
    client.views_update(view_id=view["id"], hash=view["hash"], view=make_modal() | {"blocks": [section("x")]})
    stale = {"view_id": view["id"], "hash": view["hash"], "view": make_modal()}
    assert error_of(client.views_update, **stale) == "hash_conflict"
    assert error_of(client.views_update, view_id="V404", view=make_modal()) == "not_found"
    untitled = {"type": "modal", "blocks": []}
    assert error_of(client.views_open, trigger_id=take(), view=untitled) == "invalid_arguments"
    home = {"type": "home", "blocks": [section("x")]}
    client.views_publish(user_id="U1", view=home)
    client.views_publish(user_id="U1", view=home | {"blocks": [section("y")]})
    assert [len(view.versions) for view in slack.views] == [2, 1, 2]


# Rates and faults


def test_posting_too_fast_to_a_channel_is_rate_limited(slack: StandInSlack, client: WebClient) -> None:
    slack.settings.enforce_rate = True
    for _ in range(3):
        client.chat_postMessage(channel="C1", text="x")
    with pytest.raises(SlackApiError) as caught:
        client.chat_postMessage(channel="C1", text="x")
    assert caught.value.response.status_code == 429
    assert caught.value.response.headers["Retry-After"] == "1"
    assert caught.value.response["error"] == "ratelimited"
    client.chat_postMessage(channel="U1", text="other channels go on")
    slack.clock.advance(1)
    assert client.chat_postMessage(channel="C1", text="x")["ok"]


def test_faults_on_order_come_once_each(slack: StandInSlack, client: WebClient) -> None:
    slack.fail_next("chat.postMessage", error="invalid_blocks")
    slack.fail_next("chat.postMessage", status=500)
    assert error_of(client.chat_postMessage, channel="C1", text="x") == "invalid_blocks"
    with pytest.raises(SlackApiError) as caught:
        client.chat_postMessage(channel="C1", text="x")
    assert caught.value.response.status_code == 500
    client.retry_handlers += [RateLimitErrorRetryHandler(), ServerErrorRetryHandler()]
    slack.fail_next("chat.postMessage", status=429, retry_after=0)
    client.chat_postMessage(channel="C1", text="after a pause")
    slack.fail_next("chat.postMessage", status=503)
    client.chat_postMessage(channel="C1", text="at last")
    assert [post.text for post in slack.posts] == ["after a pause", "at last"]
    errors = [call.error for call in slack.list_calls("chat.postMessage")]
    assert errors == ["invalid_blocks", "internal_error", "ratelimited", None, "service_unavailable", None]
    slack.fail_next("response_url", status=500)
    hook = command_hook(slack)
    assert [hook.send(text="x").status_code for _ in range(2)] == [500, 200]


def test_calls_of_a_method_that_is_held_wait(slack: StandInSlack, client: WebClient) -> None:
    posting = threading.Thread(target=lambda: client.chat_postMessage(channel="C1", text="x"))
    with slack.holding("chat.postMessage"):
        posting.start()
        for _ in range(5):
            client.auth_test()
        assert slack.posts == []
    posting.join()
    assert [post.text for post in slack.posts] == ["x"]


def test_waiting_in_vain_says_what_came_instead(slack: StandInSlack, client: WebClient) -> None:
    error_of(client.chat_postMessage, channel="C2", text="x")
    with pytest.raises(TimeoutError, match=r"1 posts; 0 posts.*chat\.postMessage → not_in_channel"):
        slack.wait_for_posts(1, timeout=0.05)


def test_records_from_many_threads_are_complete(slack: StandInSlack, client: WebClient) -> None:
    def post(number: int) -> None:
        client.chat_postMessage(channel="C1", text=str(number))

    threads = [threading.Thread(target=post, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    posts = slack.wait_for_posts(16)
    assert sorted(int(post.text) for post in posts) == list(range(16))
    assert all(earlier.ts < later.ts for earlier, later in itertools.pairwise(posts))


def test_conversations_of_a_user_are_the_public_ones_and_those_shared_with_the_app(
    slack: StandInSlack, client: WebClient
):
    slack.workspace.add_channel("G2", name="shared", members=["U1", "UBOT"], is_private=True)
    slack.workspace.add_channel("G3", name="group", members=["U1", "UBOT"], is_mpim=True)
    slack.workspace.add_channel("G4", name="theirs", members=["U2", "UBOT"], is_mpim=True)
    types = "public_channel,private_channel,mpim"

    def find(**asked: Any) -> list[list[str]]:
        return [[one["id"] for one in page["channels"]] for page in client.users_conversations(user="U1", **asked)]

    assert find(types=types) == [["C1", "C2", "G2", "G3"]]
    assert find(types=types, limit=3) == [["C1", "C2", "G2"], ["G3"]]
    assert find() == [["C1", "C2"]]
    assert error_of(client.users_conversations, user="U404") == "user_not_found"
    assert error_of(client.users_conversations, user="U1", limit=1_000) == "invalid_limit"
    assert error_of(client.users_conversations, user="U1", types="channels") == "invalid_types"


def test_people_who_come_and_go_are_told_of_where_the_app_is(slack: StandInSlack):
    with delivering_in_process(slack) as heard:
        deliveries = [slack.join_channel("U1", "G1"), slack.join_channel("U2", "C2"), slack.leave_channel("U2", "C1")]
        assert deliveries[:2] == [None, None]
        slack.join_channel("U2", "C1")
        slack.leave_channel("UBOT", "C1")
        slack.wait_quiet(0)
    told = [(event["type"], event.get("user"), event["channel"]) for event in (one["event"] for one in heard)]
    assert told == [
        ("member_left_channel", "U2", "C1"),
        ("member_joined_channel", "U2", "C1"),
        ("channel_left", None, "C1"),
    ]


def test_delivery_in_process_is_acknowledged_with_what_comes_back(slack: StandInSlack):
    with delivering_in_process(slack):
        delivery = slack.send_command("/hark", text="x", user="U1", channel="C1").wait_acked()
    assert (delivery.ack_payload, slack.posts[0].via, slack.posts[0].ephemeral_to) == ({"text": "Yes."}, "ack", "U1")


@contextmanager
def delivering_in_process(slack: StandInSlack) -> Iterator[list[dict[str, Any]]]:
    heard: list[dict[str, Any]] = []

    def take(payload: dict[str, Any]) -> dict[str, Any] | None:
        heard.append(payload)
        return {"text": "Yes."} if "command" in payload else None

    slack.deliver_in_process(take)
    yield heard
