"""A Starlette application on 127.0.0.1 in a thread of its own."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from typing import TYPE_CHECKING

import uvicorn

from tests.waiting import PATIENCE_SECONDS

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.applications import Starlette

_STOP_SECONDS = 2.0
_POLL_SECONDS = 0.002


class _PromptServer(uvicorn.Server):
    """Uvicorn without its polling: it takes 0.2 s to stop, which each test would wait for."""

    async def main_loop(self) -> None:
        self._stopping = asyncio.Event()
        await self.on_tick(0)
        await self._stopping.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for server in self.servers:
            server.close()
        for each in sockets or []:
            each.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        if self.server_state.tasks:
            await asyncio.wait(self.server_state.tasks, timeout=_STOP_SECONDS)
        for connection in list(self.server_state.connections):
            connection.transport.abort()
        await asyncio.sleep(_POLL_SECONDS)  # lets the transports close

    def stop(self) -> None:
        """Leave ``main_loop``; call it on the server's event loop."""
        self._stopping.set()


class ServerThread:
    """Serves an application until stopped; the port is known, and bound, from the start.

    Args:
        app: What to serve.
        on_stop: Awaited on the server's event loop once it has stopped serving.
    """

    def __init__(self, app: Starlette, on_stop: Callable[[], Awaitable[None]]) -> None:
        self._on_stop = on_stop
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self._socket.bind(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        config = uvicorn.Config(app, log_config=None, access_log=False, lifespan="off")
        self._server = _PromptServer(config)
        self._thread = threading.Thread(target=self._run, name="stand-in-slack", daemon=True)
        self._loop: asyncio.AbstractEventLoop | None = None

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        """The event loop that serves."""
        if self._loop is None:
            raise RuntimeError("the server has not been started")
        return self._loop

    def start(self) -> None:
        """Start to serve, and return once it does."""
        self._thread.start()
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not self._server.started:
            if not self._thread.is_alive() or time.monotonic() > deadline:
                raise RuntimeError("the stand-in Slack did not start")
            time.sleep(_POLL_SECONDS)

    def stop(self) -> None:
        """Stop to serve, and return once the thread has ended."""
        self.loop.call_soon_threadsafe(self._server.stop)
        self._thread.join(PATIENCE_SECONDS)
        self._socket.close()

    def _run(self) -> None:
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        await self._server.serve(sockets=[self._socket])
        await self._on_stop()
