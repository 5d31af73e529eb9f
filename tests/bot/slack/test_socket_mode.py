"""Socket Mode over real websockets: whatever becomes of a connection, what Slack delivers is taken."""

import json
import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from slack_bolt import App
from slack_sdk.errors import SlackApiError
from slack_sdk.web import WebClient
from websockets.sync.server import ServerConnection, serve

from bot.slack import socket_mode
from bot.slack.socket_mode import SocketMode, SocketModeError
from tests.fakes.slack import StandInSlack
from tests.scenarios.room import MEMBER

MANY = 2_000
SECONDS = 60


def make_app(slack: StandInSlack) -> tuple[App, list[str]]:
    """Make an app that notes the texts it is sent."""
    app = App(client=WebClient(token=slack.bot_token, base_url=slack.api_url), request_verification_enabled=False)
    texts: list[str] = []

    @app.event("message")
    def _(event: dict[str, str]) -> None:
        texts.append(event["text"])

    return app, texts


@contextmanager
def taking(slack: StandInSlack, app: App) -> Iterator[SocketMode]:
    socket = SocketMode(app, slack.app_token)
    socket.connect()
    slack.wait_connected()
    yield socket
    socket.close()


@contextmanager
def serving_links(slack: StandInSlack, serve_link: Callable[[ServerConnection], None]) -> Iterator[None]:
    """Let the stand-in's websockets be others, which a test serves by hand."""
    with serve(serve_link, "127.0.0.1", 0) as server:
        port = server.socket.getsockname()[1]
        slack.add_method("apps.connections.open", lambda _: {"url": f"ws://127.0.0.1:{port}/"})
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield
        server.shutdown()
        thread.join()


def make_envelope(number: int) -> str:
    event = {"type": "message", "channel_type": "im", "channel": "D1", "user": MEMBER, "text": str(number), "ts": "1.0"}
    payload = {"type": "event_callback", "team_id": "T1", "event": event}
    return json.dumps({"type": "events_api", "envelope_id": str(number), "payload": payload})


@contextmanager
def make_slack(**options: Any) -> Iterator[StandInSlack]:
    with StandInSlack(**options) as slack:
        slack.workspace.add_user(MEMBER)
        slack.workspace.add_channel("C1", name="one", members=[MEMBER, slack.bot_user_id])
        yield slack


@pytest.fixture
def slack() -> Iterator[StandInSlack]:
    with make_slack(redelivery_delays=(0.0, 0.2, 0.5, 1.0)) as slack:
        yield slack


def test_thousands_of_deliveries_that_have_come_at_once_are_all_acknowledged(slack: StandInSlack):
    acknowledged: list[str] = []
    all_came = threading.Event()

    def serve_link(link: ServerConnection) -> None:
        link.send('{"type": "hello"}')
        for number in range(MANY):
            link.send(make_envelope(number))
        for text in link:
            acknowledged.append(json.loads(text)["envelope_id"])
            if len(acknowledged) == MANY:
                all_came.set()

    app, texts = make_app(slack)
    with serving_links(slack, serve_link):
        socket = SocketMode(app, slack.app_token)
        socket.connect()
        assert all_came.wait(SECONDS)
        assert socket.connections == 1
        socket.close()
    app.listener_runner.listener_executor.shutdown()
    assert sorted(acknowledged, key=int) == [str(number) for number in range(MANY)]
    assert sorted(texts, key=int) == [str(number) for number in range(MANY)]


@pytest.mark.parametrize("notice", [True, False])
def test_connections_that_end_are_followed_by_others_and_nothing_is_lost(*, notice: bool):
    with make_slack(ack_seconds=0.5, redelivery_delays=[0.1] * 100) as slack:
        lose_connections(slack, notice=notice)


def lose_connections(slack: StandInSlack, *, notice: bool) -> None:
    app, texts = make_app(slack)
    with taking(slack, app) as socket:
        for round_number in range(5):
            sent = [slack.send_direct_message(user=MEMBER, text=f"{round_number}-{number}") for number in range(4)]
            slack.drop_connections(notice=notice)
            slack.wait_connected()
            for delivery in sent:
                delivery.wait_acked(timeout=SECONDS)
        assert socket.is_connected
        assert socket.connections == 6
    app.listener_runner.listener_executor.shutdown()
    assert set(texts) == {f"{round_number}-{number}" for round_number in range(5) for number in range(4)}


def test_connection_that_answers_no_ping_is_replaced(slack: StandInSlack, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(socket_mode, "_PING_EVERY_SECONDS", 0.1)
    monkeypatch.setattr(socket_mode, "_PONG_WITHIN_SECONDS", 0.3)
    links: list[ServerConnection] = []
    second, over = threading.Event(), threading.Event()

    def serve_link(link: ServerConnection) -> None:
        links.append(link)
        link.send('{"type": "hello"}')
        if len(links) == 1:
            link.protocol.receive_data = lambda _: None  # type: ignore[method-assign]  # as if nothing came
        else:
            second.set()
        over.wait(SECONDS)

    with serving_links(slack, serve_link):
        socket = SocketMode(make_app(slack)[0], slack.app_token)
        socket.connect()
        assert second.wait(SECONDS)
        socket.close()
        over.set()
        for link in links:
            link.socket.close()


def test_connections_that_slack_does_not_greet_are_tried_ever_more_slowly(
    slack: StandInSlack, monkeypatch: pytest.MonkeyPatch
):
    waits: list[float] = []
    find_wait = SocketMode._find_wait
    tried, greeted = threading.Event(), threading.Event()

    def note_wait(self: SocketMode) -> float:
        waits.append(find_wait(self))
        return 0.0

    def serve_link(link: ServerConnection) -> None:
        if len(waits) < 8:
            link.send('{"type": "disconnect", "reason": "too_many_websockets"}')
            return
        tried.set()
        link.send('{"type": "hello"}')
        greeted.wait(SECONDS)

    monkeypatch.setattr(SocketMode, "_find_wait", note_wait)
    with serving_links(slack, serve_link):
        socket = SocketMode(make_app(slack)[0], slack.app_token)
        socket.connect()
        assert tried.wait(SECONDS)
        greeted.set()
        socket.close()
    longest = [0.0, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0]
    assert all(most / 2 <= wait <= most for wait, most in zip(waits, longest, strict=False))


def test_slack_that_cannot_be_reached_is_tried_until_it_can(slack: StandInSlack, caplog: pytest.LogCaptureFixture):
    app, texts = make_app(slack)
    with taking(slack, app) as socket:
        slack.fail_next("apps.connections.open", error="internal_error", times=2)
        slack.drop_connections()
        with caplog.at_level(logging.ERROR):
            slack.wait_connected(timeout=SECONDS)
        slack.send_direct_message(user=MEMBER, text="there again").wait_acked(timeout=SECONDS)
        assert socket.is_connected
    app.listener_runner.listener_executor.shutdown()
    assert texts == ["there again"]


def test_first_connection_that_fails_says_why(slack: StandInSlack):
    app, _ = make_app(slack)
    slack.fail_next("apps.connections.open", error="invalid_auth")
    with pytest.raises(SlackApiError, match="invalid_auth"):
        SocketMode(app, slack.app_token).connect()
    refusing = slack.api_url.replace("http", "ws").replace("/api/", "/link/?ticket=1")
    slack.add_method("apps.connections.open", lambda _: {"url": refusing})
    with pytest.raises(SocketModeError, match="403"):
        SocketMode(app, slack.app_token).connect()


def test_close_acknowledges_what_was_taken(slack: StandInSlack):
    app, _ = make_app(slack)
    taken, may_end = threading.Event(), threading.Event()

    @app.command("/slow")
    def _(ack: Callable[[], None]) -> None:
        taken.set()
        may_end.wait(SECONDS)
        ack()

    with taking(slack, app) as socket:
        delivery = slack.send_command("/slow", text="", user=MEMBER, channel="C1")
        assert taken.wait(SECONDS)
        closing = threading.Thread(target=socket.close)
        closing.start()
        may_end.set()
        closing.join()
        delivery.wait_acked(timeout=SECONDS)
    assert len(delivery.attempts) == 1
    assert not socket.is_connected
