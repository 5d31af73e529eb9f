"""A web server on this machine that answers as it is told, and remembers what it was asked."""

import socket
import struct
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

from tests.waiting import PATIENCE_SECONDS

Answer = Callable[[BaseHTTPRequestHandler], None]


@dataclass(frozen=True)
class Asked:
    """One request. `path` goes on with the query; `headers` have lower-case names."""

    path: str
    headers: Mapping[str, str]


class LocalServer(ThreadingHTTPServer):
    """Answers each path by what it holds for it, in turn, the last one ever after; what it does not know, by 404.

    A path that is told without a query answers with any query. `released` ends what hangs.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers: dict[str, list[Answer]] = {}
        self.asked: list[Asked] = []
        self.released = threading.Event()
        self._thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.01})

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.released.set()
        self.shutdown()
        self._thread.join()
        self.server_close()

    @property
    def paths(self) -> list[str]:
        """What was asked for."""
        return [asked.path for asked in self.asked]

    def url(self, path: str, host: str = "127.0.0.1") -> str:
        """Give the address of a path."""
        return f"http://{host}:{self.server_address[1]}{path}"

    def answer(self, path: str, *answers: Answer) -> str:
        """Answer a path from now on; give its address."""
        self.answers[path] = list(answers)
        return self.url(path)

    def find_answer(self, path: str) -> Answer:
        """Take the answer whose turn it is."""
        answers = self.answers.get(path) or self.answers.get(path.partition("?")[0]) or [send(status=404)]
        return answers.pop(0) if len(answers) > 1 else answers[0]


class _Handler(BaseHTTPRequestHandler):
    server: LocalServer

    def do_GET(self) -> None:
        self.server.asked.append(Asked(self.path, {name.lower(): value for name, value in self.headers.items()}))
        self.server.find_answer(self.path)(self)

    def log_message(self, *_: Any) -> None:
        pass


def send(body: bytes | str = b"", status: int = 200, **headers: str) -> Answer:
    """Answer with a body; of headers' names, `_` stands for `-`."""
    data = body.encode() if isinstance(body, str) else body

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in {"Content_Length": str(len(data)), **headers}.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(data)

    return answer


def send_tagged(body: bytes | str, etag: str, **headers: str) -> Answer:
    """Answer with a body, or that it is what it was where it is asked for under this ETag."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        if handler.headers.get("If-None-Match") == etag:
            send(status=304, ETag=etag)(handler)
        else:
            send(body, ETag=etag, **headers)(handler)

    return answer


def redirect(url: str) -> Answer:
    """Send elsewhere."""
    return send(status=302, Location=url)


def hang(handler: BaseHTTPRequestHandler) -> None:
    """Say nothing."""
    handler.server.released.wait(PATIENCE_SECONDS)  # type: ignore[attr-defined]


def drip(handler: BaseHTTPRequestHandler) -> None:
    """Send a byte every now and then, never slow enough for a time-out between two."""
    handler.send_response(200)
    handler.end_headers()
    # Whoever asked may have gone.
    with suppress(ConnectionError):
        while not handler.server.released.wait(0.02):  # type: ignore[attr-defined]
            handler.wfile.write(b"x")


def reset(body: bytes | str) -> Answer:
    """Send the beginning of a page, and reset the connection."""
    data = body.encode() if isinstance(body, str) else body

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(data)))
        handler.end_headers()
        handler.wfile.write(data[: len(data) // 2])
        handler.wfile.flush()
        # Closed without lingering, what was not read is thrown away with a reset (socket(7)).
        handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        handler.close_connection = True
        handler.connection.shutdown(socket.SHUT_RD)
        handler.connection.close()

    return answer
