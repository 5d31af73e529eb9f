"""Events over a websocket that this process opens itself: Slack's Socket Mode.

https://docs.slack.dev/apis/events-api/using-socket-mode/ tells of it. slack_sdk (3.48) reads it, too, but its reader
calls itself for each frame that has come already: after some hundred at once it fails, and the connection is dead
for a minute. Its reader by websocket-client opens two connections for one that ends, and never sees one that died.
"""

import json
import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any

import structlog
from slack_bolt import App
from slack_bolt.adapter.socket_mode.internals import run_bolt_app, send_response
from slack_sdk.socket_mode.client import BaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from websockets.exceptions import ConnectionClosed, WebSocketException
from websockets.protocol import State
from websockets.sync.client import ClientConnection, connect

_log = structlog.get_logger(__name__)

# So many deliveries are acknowledged side by side; answering has threads of its own.
_HANDLERS = 10
# A connection that does not answer a ping in time is dead, whatever the system thinks of it.
_PING_EVERY_SECONDS, _PONG_WITHIN_SECONDS = 10.0, 20.0
_OPEN_SECONDS = 10.0
# Without an answer to our goodbye the connection is let go.
_CLOSE_SECONDS = 2.0
# What is longer than anything Slack sends is not read into memory.
_MAX_BYTES = 16 * 2**20
# Between attempts to connect: twice as long after each that failed, up to the limit, and not all processes at once.
_FIRST_WAIT_SECONDS, _LONGEST_WAIT_SECONDS = 0.5, 30.0


class SocketModeError(OSError):
    """Slack's websocket cannot be opened."""


class SocketMode:
    """Takes what Slack delivers to an app over one connection after another.

    Attributes:
        connections: How many were opened until now.
    """

    def __init__(self, app: App, token: str) -> None:
        self.connections = 0
        self._app = app
        self._token = token
        self._handlers = ThreadPoolExecutor(_HANDLERS, thread_name_prefix="event")
        self._replacing = threading.Lock()
        self._closing = threading.Event()
        self._link: _Link | None = None
        # Attempts since the last connection that Slack greeted.
        self._failures = 0

    @property
    def is_connected(self) -> bool:
        """Whether Slack can deliver now."""
        link = self._link
        return link is not None and link.is_open

    def connect(self) -> None:
        """Open the first connection; others follow by themselves whenever one ends.

        Raises:
            SlackClientError: Slack refuses the token, or is not there.
            SocketModeError: Its websocket is not.
        """
        self._begin(self._open())

    def close(self) -> None:
        """Take nothing more, acknowledge what was taken, and let the connection go."""
        self._closing.set()
        self._handlers.shutdown()
        if self._link:
            self._link.close()

    def _open(self) -> "_Link":
        url = str(self._app.client.apps_connections_open(app_token=self._token)["url"])
        closing = ExitStack()
        try:
            websocket = closing.enter_context(
                connect(
                    url,
                    compression=None,
                    open_timeout=_OPEN_SECONDS,
                    ping_interval=_PING_EVERY_SECONDS,
                    ping_timeout=_PONG_WITHIN_SECONDS,
                    close_timeout=_CLOSE_SECONDS,
                    max_size=_MAX_BYTES,
                )
            )
        except WebSocketException as error:
            raise SocketModeError(str(error)) from error
        return _Link(self, websocket, closing, self._app.logger)

    def _begin(self, link: "_Link") -> None:
        self.connections += 1
        self._link = link
        if self._closing.is_set():
            link.close()
        threading.Thread(target=self._read, args=(link,), name="socket mode", daemon=True).start()

    def _read(self, link: "_Link") -> None:
        """Hand on what comes until the connection ends, then see that there is another."""
        try:
            for text in link.websocket:
                self._take(link, json.loads(text))
        except ConnectionClosed as error:
            _log.warning("the connection to Slack broke", reason=str(error))
        except Exception:  # noqa: BLE001  # whatever it was, there has to be another connection
            _log.exception("the connection to Slack is not understood")
        link.close()
        self._replace(link)

    def _take(self, link: "_Link", message: dict[str, Any]) -> None:
        kind = message.get("type")
        if kind == "hello":
            self._failures = 0
            _log.info("connected to Slack")
        elif kind == "disconnect":
            # Slack ends this one within seconds, and may deliver by it until then.
            _log.info("Slack asks for another connection", reason=message.get("reason"))
            threading.Thread(target=self._replace, args=(link,), name="next connection", daemon=True).start()
        elif (request := SocketModeRequest.from_dict(message)) and not self._closing.is_set():
            self._submit(link, request)

    def _submit(self, link: "_Link", request: SocketModeRequest) -> None:
        try:
            self._handlers.submit(self._handle, link, request)
        except RuntimeError:
            _log.info("came too late: Slack delivers it again", type=request.type)

    def _handle(self, link: "_Link", request: SocketModeRequest) -> None:
        try:
            send_response(link, request, run_bolt_app(self._app, request), time.time())
        except ConnectionClosed:
            _log.warning("cannot acknowledge, as the connection ended: Slack delivers it again", type=request.type)
        except Exception:  # noqa: BLE001  # a thread of the pool would keep it to itself
            _log.exception("a delivery could not be handled", type=request.type)

    def _replace(self, link: "_Link") -> None:
        """Open another connection in place of this one, trying until there is one."""
        with self._replacing:
            while self._link is link and not self._closing.wait(self._find_wait()):
                self._failures += 1
                try:
                    self._begin(self._open())
                except Exception as error:  # noqa: BLE001  # whatever it was: without another one the bot is deaf
                    _log.error(  # the stack would be the library's, once in half a minute
                        "cannot connect to Slack: trying again: see `harkback doctor` if it stays so",
                        error=type(error).__name__,
                        attempts=self._failures,
                    )

    def _find_wait(self) -> float:
        if not self._failures:
            return 0.0
        longest = min(_FIRST_WAIT_SECONDS * 2.0 ** (self._failures - 1), _LONGEST_WAIT_SECONDS)
        return longest * random.uniform(0.5, 1.0)  # noqa: S311  # spreads attempts, hides nothing

    def send(self, link: "_Link", text: str) -> None:
        """Send by the connection that something came by, or by the next where that has ended."""
        try:
            link.websocket.send(text)
        except ConnectionClosed:
            current = self._link
            if current is None or current is link:
                raise
            current.websocket.send(text)


class _Link(BaseSocketModeClient):
    """A connection, as slack_bolt acknowledges by it."""

    def __init__(self, owner: SocketMode, websocket: ClientConnection, closing: ExitStack, logger: Any) -> None:
        self.websocket = websocket
        self._closing = closing
        self.logger = logger
        self._owner = owner

    @property
    def is_open(self) -> bool:
        return self.websocket.state is State.OPEN

    def close(self) -> None:
        self._closing.close()

    def send_message(self, message: str) -> None:
        self._owner.send(self, message)
