"""StandInSlack: what tests use. It puts the parts together and lets a test play everyone but the app."""

from __future__ import annotations

import asyncio
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Self

from starlette.applications import Starlette
from starlette.routing import Route, WebSocketRoute

from tests.fakes.slack import identity
from tests.fakes.slack.chat import Chat
from tests.fakes.slack.conversations import Conversations
from tests.fakes.slack.deliveries import Courier, Delivery, Transport
from tests.fakes.slack.events import Events
from tests.fakes.slack.failures import Failures
from tests.fakes.slack.history import History
from tests.fakes.slack.http_mode import HttpMode, build_signed_headers
from tests.fakes.slack.in_process import InProcess
from tests.fakes.slack.people import People
from tests.fakes.slack.posting import Posting
from tests.fakes.slack.records import ApiError, Call, Post, Update, View
from tests.fakes.slack.response_urls import ResponseUrls
from tests.fakes.slack.server import ServerThread
from tests.fakes.slack.socket_mode import SocketMode
from tests.fakes.slack.state import Clock, Settings, State
from tests.fakes.slack.views import Views
from tests.fakes.slack.web_api import WebApi
from tests.waiting import PATIENCE_SECONDS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from tests.fakes.slack.identity import Json
    from tests.fakes.slack.in_process import Handle
    from tests.fakes.slack.workspace import Workspace


class StandInSlack(People):
    """A small honest Slack on loopback: Web API, Socket Mode, HTTP deliveries.

    Use it as a context manager. What a test plays (``send_mention``, ``click``, …) is in ``People``.

    Args:
        deliver_to: The app's Slack URL for HTTP mode; None for Socket Mode.
        reads_channels: Whether the app has subscribed to ``message.*`` of its channels.
        enforce_rate: Whether ``chat.postMessage`` is limited to about one a second in each channel.
        ack_seconds: How long an ack may take: with Slack itself 3 seconds, but slow machines are no fault of the app's.
        redelivery_delays: Seconds between a failed attempt and the next.
        scopes: The app's scopes; ``identity.DEFAULT_SCOPES`` where None.
    """

    bot_token = identity.BOT_TOKEN
    app_token = identity.APP_TOKEN
    signing_secret = identity.SIGNING_SECRET
    bot_user_id = identity.BOT_USER_ID
    bot_id = identity.BOT_ID
    app_id = identity.APP_ID
    team_id = identity.TEAM_ID

    def __init__(
        self,
        *,
        deliver_to: str | None = None,
        reads_channels: bool = False,
        enforce_rate: bool = False,
        ack_seconds: float = PATIENCE_SECONDS,
        redelivery_delays: Iterable[float] = (0.0, 60.0, 300.0),
        scopes: Iterable[str] | None = None,
    ) -> None:
        self.settings = Settings(
            deliver_to=deliver_to,
            reads_channels=reads_channels,
            enforce_rate=enforce_rate,
            ack_seconds=ack_seconds,
            redelivery_delays=tuple(redelivery_delays),
        )
        state = State(self.settings)
        if scopes is not None:
            self.settings.scopes = set(scopes)
        self._failures = Failures()
        self._socket_mode = SocketMode(state)
        self._http_mode = HttpMode(state)
        self._in_process: InProcess | None = None
        self._courier = Courier(state, self._choose_transport)
        events = Events(state, self._courier)
        posting = Posting(state, events)
        response_urls = ResponseUrls(state, posting, self._failures)
        super().__init__(state, self._courier, events, response_urls)
        self._courier.on_acked = self._take_ack
        self._web_api = WebApi(state, self._failures, self._socket_mode)
        self._views = Views(state)
        for group in (Chat(state, posting), Conversations(state), History(state), self._views):
            self._web_api.methods.update(group.methods)
        self._server = ServerThread(self._build_app(), self._http_mode.close)
        state.base_url = f"http://127.0.0.1:{self._server.port}"

    def __enter__(self) -> Self:
        self._server.start()
        self._courier.start(self._server.loop)
        return self

    def __exit__(self, *_: object) -> None:
        self._server.stop()

    @property
    def api_url(self) -> str:
        """The Web API's base address, for ``SLACK_API_URL``."""
        return f"{self._state.base_url}/api/"

    @property
    def workspace(self) -> Workspace:
        """The people, channels and messages; add and change them at will."""
        return self._state.workspace

    @property
    def clock(self) -> Clock:
        """The time for trigger ids, response_urls and rates: ``clock.advance(seconds)``."""
        return self._state.clock

    @property
    def scopes(self) -> set[str]:
        """The app's scopes, as ``x-oauth-scopes`` tells them."""
        return self.settings.scopes

    @scopes.setter
    def scopes(self, scopes: Iterable[str]) -> None:
        self.settings.scopes = set(scopes)

    @property
    def deliver_to(self) -> str | None:
        """The app's Slack URL for HTTP mode; None for Socket Mode."""
        return self.settings.deliver_to

    @deliver_to.setter
    def deliver_to(self, url: str | None) -> None:
        self.settings.deliver_to = url

    @property
    def posts(self) -> list[Post]:
        """The messages that the app posted so far, in order."""
        return list(self._state.posts)

    @property
    def updates(self) -> list[Update]:
        """The changes and deletions that the app made so far, in order."""
        return list(self._state.updates)

    @property
    def calls(self) -> list[Call]:
        """All requests so far, refused ones too, in order."""
        return list(self._state.calls)

    @property
    def deliveries(self) -> list[Delivery]:
        """Everything sent to the app so far, echoes of its own posts too, in order."""
        return list(self._state.deliveries)

    @property
    def views(self) -> list[View]:
        """The modals and App Homes so far, as they stand now."""
        return list(self._state.views.values())

    @property
    def connection_count(self) -> int:
        """How many Socket Mode connections there are."""
        return self._state.connection_count

    def list_calls(self, method: str) -> list[Call]:
        """Return the calls of one method (or of ``response_url``) so far."""
        return [call for call in self.calls if call.method == method]

    def wait_for_posts(self, count: int, timeout: float = PATIENCE_SECONDS) -> list[Post]:
        """Wait until the app has posted this many messages in all, and return them."""
        self._state.wait_for(lambda: len(self._state.posts) >= count, timeout, f"{count} posts")
        return self.posts

    def wait_for_updates(self, count: int, timeout: float = PATIENCE_SECONDS) -> list[Update]:
        """Wait until the app has made this many changes in all, and return them."""
        self._state.wait_for(lambda: len(self._state.updates) >= count, timeout, f"{count} updates")
        return self.updates

    def wait_for_calls(self, method: str, count: int = 1, timeout: float = PATIENCE_SECONDS) -> list[Call]:
        """Wait until a method has been called this often in all, refusals included, and return the calls."""
        self._state.wait_for(lambda: len(self.list_calls(method)) >= count, timeout, f"{count} calls of {method}")
        return self.list_calls(method)

    def wait_for(
        self, is_reached: Callable[[], bool], timeout: float = PATIENCE_SECONDS, what: str = "a condition"
    ) -> None:
        """Wait for any condition; it is looked at after each change of the records, and again and again."""
        self._state.wait_for(is_reached, timeout, what)

    def wait_quiet(self, seconds: float = 0.5, timeout: float = PATIENCE_SECONDS) -> None:
        """Wait until every delivery is settled and nothing has come for a while: before saying "no more"."""
        deadline = time.monotonic() + timeout
        while True:
            with self._state.changed:
                self._state.wait_for(self._is_settled, deadline - time.monotonic(), "all deliveries to settle")
                left = self._state.changed_at + seconds - time.monotonic()
            if left <= 0:
                return
            time.sleep(left)

    def wait_connected(self, count: int = 1, timeout: float = PATIENCE_SECONDS) -> None:
        """Wait until there are this many Socket Mode connections."""
        self._state.wait_for(lambda: self.connection_count >= count, timeout, f"{count} connections")

    def forget_all_but(self, count: int) -> None:
        """Drop all but the latest records, messages and views of each kind: for runs of an hour."""
        self._state.forget_all_but(count)

    def drop_connections(self, *, notice: bool = False) -> None:
        """Close all websockets, after a ``disconnect`` message (``refresh_requested``) where asked for."""
        dropping = self._socket_mode.drop(notice=notice)
        asyncio.run_coroutine_threadsafe(dropping, self._server.loop).result(PATIENCE_SECONDS)

    def fail_next(
        self,
        method: str,
        *,
        error: str | None = None,
        status: int | None = None,
        retry_after: int = 1,
        times: int = 1,
    ) -> None:
        """Let the next calls of a method (or uses of ``response_url``) fail, without any effect.

        Args:
            method: Such as ``chat.postMessage``.
            error: Slack's error code; alone, it comes with HTTP 200.
            status: The HTTP status, such as 500, or 429, which comes with ``Retry-After``.
            retry_after: Its seconds.
            times: How many calls fail.
        """
        self._failures.order(method, error=error, status=status, retry_after=retry_after, times=times)

    @contextmanager
    def holding(self, *methods: str) -> Iterator[None]:
        """Let calls of some methods (or uses of ``response_url``) wait for the end of the block."""
        self.settings.held |= set(methods)
        try:
            yield
        finally:
            self.settings.held -= set(methods)

    def add_method(self, name: str, answer: Callable[[Json], Json]) -> None:
        """Teach the Web API a method, from parameters to the reply's fields; raise ApiError to refuse."""
        self._web_api.methods[name] = answer

    def verify_url(self) -> bool:
        """Send ``url_verification`` over HTTP, and tell whether the challenge came back."""
        verifying = self._http_mode.verify_url()
        return asyncio.run_coroutine_threadsafe(verifying, self._server.loop).result(PATIENCE_SECONDS)

    @staticmethod
    def signed_headers(body: bytes, timestamp: float | None = None, secret: str | None = None) -> dict[str, str]:
        """Build Slack's signature headers; give an old timestamp or a wrong secret to make bad ones."""
        return build_signed_headers(body, timestamp, secret)

    def deliver_in_process(self, handle: Handle) -> None:
        """Hand deliveries to a function from now on, which gives what the ack carries."""
        self._in_process = InProcess(handle)

    def _choose_transport(self) -> Transport:
        if self._in_process is not None:
            return self._in_process
        return self._socket_mode if self.settings.deliver_to is None else self._http_mode

    def _is_settled(self) -> bool:
        return all(delivery.is_settled for delivery in self._state.deliveries)

    def _take_ack(self, delivery: Delivery) -> None:
        """Do what an ack says, where it can say something."""
        if delivery.payload.get("type") == "view_submission":
            self._views.take_reply(delivery)
        else:
            self._post_ack_reply(delivery)

    def _post_ack_reply(self, delivery: Delivery) -> None:
        """Post what a command's ack says, as Slack does."""
        reply = delivery.ack_payload
        if delivery.kind != "slash_commands" or not isinstance(reply, dict) or not (set(reply) & {"text", "blocks"}):
            return
        try:
            channel, user = delivery.payload["channel_id"], delivery.payload["user_id"]
            with self._state.changed:
                self._response_urls.post_reply(channel, user, reply, via="ack")
        except ApiError as error:
            delivery.reply_error = error.error
            self._state.touch()

    def _build_app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/api/{method:path}", self._web_api.endpoint, methods=["GET", "POST"]),
                Route("/hooks/{path:path}", self._response_urls.endpoint, methods=["POST"]),
                WebSocketRoute("/link/", self._socket_mode.endpoint),
            ]
        )
