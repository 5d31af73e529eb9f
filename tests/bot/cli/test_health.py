import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from tests.bot.cli.conftest import Run
from tests.bot.cli.test_main import assert_four_parts


@contextmanager
def serving(trouble: str | None) -> Iterator[int]:
    """Answers as the bot does, on a free port."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, said = {"/healthz": (200, "alive"), "/readyz": (503 if trouble else 200, trouble or "ready")}[
                self.path
            ]
            self.send_response(status)
            self.end_headers()
            self.wfile.write(f"{said}\n".encode())

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.parametrize(
    ("trouble", "live", "ready"),
    [(None, (0, "alive\n"), (0, "ready\n")), ("it is ill", (0, "alive\n"), (1, "it is ill\n"))],
)
@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0"])
def test_health_says_what_the_bot_says(
    run: Run, monkeypatch: pytest.MonkeyPatch, host: str, trouble: str | None, live: object, ready: object
):
    monkeypatch.setenv("HARKBACK_HOST", host)
    # Of somewhere else, and never asked.
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    with serving(trouble) as port:
        monkeypatch.setenv("HARKBACK_PORT", str(port))
        for arguments, expected in (((), live), (("--ready",), ready)):
            done = run("health", *arguments)
            assert ((done.code, done.out), done.err) == (expected, "")


@pytest.mark.parametrize(("host", "shown"), [("::", "[::1]"), ("localhost", "localhost")])
def test_health_where_no_bot_runs_is_told(run: Run, monkeypatch: pytest.MonkeyPatch, host: str, shown: str):
    monkeypatch.setenv("HARKBACK_HOST", host)
    # Nothing can listen there.
    monkeypatch.setenv("HARKBACK_PORT", "0")
    done = run("health")
    assert (done.code, done.out) == (1, "")
    assert_four_parts(done.err)
    assert f"'http://{shown}:0/healthz'" in done.err
