import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import uvicorn

from bot.web.server import build_web
from tests.bot.cli.conftest import Run
from tests.bot.cli.test_main import assert_four_parts


@contextmanager
def serving(trouble: str | None) -> Iterator[int]:
    """The bot's own HTTP server, on a free port."""
    server = uvicorn.Server(uvicorn.Config(build_web(None, lambda: trouble), port=0, log_config=None))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive()
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
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
