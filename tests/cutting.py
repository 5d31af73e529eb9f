"""A way to a server that is cut again and again, as by a network or a proxy between that is started anew."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from sqlalchemy import make_url

_PIECE_BYTES = 65_536


class Way:
    """Passes on what both sides say, until it is cut. While it is closed, nobody is let in."""

    def __init__(self, listening: socket.socket, port: int) -> None:
        self._listening = listening
        self._server = ("127.0.0.1", port)
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._lock = threading.Lock()
        self.is_open = True
        self.passed_bytes = 0

    def url(self, url: str) -> str:
        """Give the URL of a database of that server by this way."""
        host, port = self._listening.getsockname()
        return make_url(url).set(host=host, port=port).render_as_string(hide_password=False)

    def cut(self) -> int:
        """Cut every connection, in the middle of whatever is said; how many there were."""
        with self._lock:
            pairs, self._pairs = self._pairs, []
        for one in (one for pair in pairs for one in pair):
            # Whoever reads it wakes up.
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()
        return len(pairs)

    def serve(self) -> None:
        """Let whoever comes through, each on threads of its own."""
        while True:
            try:
                client, _ = self._listening.accept()
            except OSError:
                return
            if not self.is_open:
                client.close()
                continue
            server = socket.create_connection(self._server)
            with self._lock:
                self._pairs.append((client, server))
            for one, other in ((client, server), (server, client)):
                threading.Thread(target=self._pass_on, args=(one, other), daemon=True).start()

    def _pass_on(self, one: socket.socket, other: socket.socket) -> None:
        with suppress(OSError):
            while piece := one.recv(_PIECE_BYTES):
                other.sendall(piece)
                self.passed_bytes += len(piece)
        for side in (one, other):
            with suppress(OSError):
                side.shutdown(socket.SHUT_RDWR)


@contextmanager
def cutting(url: str) -> Iterator[Way]:
    """Open a way to the server of a database."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        way = Way(listening, make_url(url).port or 0)
        threading.Thread(target=way.serve, daemon=True).start()
        try:
            yield way
        finally:
            # Who waits for somebody to come does not notice that it is closed.
            listening.shutdown(socket.SHUT_RDWR)
            way.cut()
