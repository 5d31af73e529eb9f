"""What `serve` says where it cannot; that it serves is seen in tests/scenarios."""

import os
import signal
import socket
from collections.abc import Iterator

import pytest
import uvicorn

from tests.bot.cli.conftest import Run
from tests.fakes.slack import StandInSlack


@pytest.fixture(scope="module")
def running() -> Iterator[StandInSlack]:
    with StandInSlack() as slack:
        yield slack


@pytest.fixture
def slack(running: StandInSlack, monkeypatch: pytest.MonkeyPatch) -> StandInSlack:
    monkeypatch.setenv("SLACK_API_URL", running.api_url)
    monkeypatch.setenv("SLACK_BOT_TOKEN", running.bot_token)
    monkeypatch.setenv("SLACK_SIGNING_SECRET", running.signing_secret)
    return running


def test_serve_without_tokens_names_all_that_is_missing(run: Run):
    done = run("serve")
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("harkback: cannot serve Slack: settings are missing: see README")
    assert [line.split(":")[0].strip() for line in done.err.splitlines()[1:]] == ["SLACK_BOT_TOKEN", "SLACK_APP_TOKEN"]
    assert "SLACK_SIGNING_SECRET" in done.err


@pytest.mark.usefixtures("slack")
def test_serve_without_a_connection_names_what_is_missing(run: Run, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("SLACK_SIGNING_SECRET")
    done = run("serve")
    assert (done.code, "SLACK_APP_TOKEN" in done.err, "SLACK_BOT_TOKEN" in done.err) == (2, True, False)


@pytest.mark.parametrize(
    ("name", "token"), [("SLACK_BOT_TOKEN", "xoxb-wrong-secret"), ("SLACK_APP_TOKEN", "xapp-wrong-secret")]
)
def test_serve_with_a_refused_token_says_so_and_exits_with_3(
    run: Run, slack: StandInSlack, monkeypatch: pytest.MonkeyPatch, name: str, token: str
):
    monkeypatch.setenv(name, token)
    done = run("serve")
    assert (done.code, done.out) == (3, "")
    said = f"harkback: cannot connect to Slack: '{slack.api_url}': invalid_auth: run `harkback doctor`"
    assert said in done.err.splitlines()
    assert token not in done.err


@pytest.mark.usefixtures("slack")
def test_serve_on_a_port_that_is_taken_says_so_and_exits_with_3(run: Run, monkeypatch: pytest.MonkeyPatch):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        monkeypatch.setenv("HARKBACK_PORT", str(taken.getsockname()[1]))
        done = run("serve")
    assert (done.code, done.out) == (3, "")
    assert "cannot listen: the port is taken or not allowed: set HARKBACK_PORT" in done.err


@pytest.mark.usefixtures("slack")
def test_serve_that_is_told_to_end_before_it_listens_ends(run: Run, monkeypatch: pytest.MonkeyPatch):
    class Log:
        def info(self, event: str, **_: object) -> None:
            if event == "serving":
                os.kill(os.getpid(), signal.SIGTERM)

    serve = uvicorn.Server.run

    def run_server(server: uvicorn.Server) -> None:
        # Else it would never end.
        assert server.should_exit
        serve(server)

    monkeypatch.setattr("bot.cli.serve._log", Log())
    monkeypatch.setattr(uvicorn.Server, "run", run_server)
    monkeypatch.setenv("HARKBACK_PORT", "0")
    done = run("serve")
    assert (done.code, done.out) == (0, "")
