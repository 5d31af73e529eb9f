import json
from collections.abc import Callable

import pytest
from slack_bolt import App
from slack_sdk import WebClient
from starlette.testclient import TestClient

from bot.web.server import build_web
from tests.fakes.slack.http_mode import build_signed_headers
from tests.fakes.slack.identity import SIGNING_SECRET


def make_client(slack: App | None = None, find_trouble: Callable[[], str | None] = lambda: None) -> TestClient:
    return TestClient(build_web(slack, find_trouble))


@pytest.fixture
def app() -> App:
    """An app that talks to nobody, and answers to no event."""
    client = WebClient(token="xoxb-1", base_url="http://127.0.0.1:9/api/", retry_handlers=[])
    return App(client=client, signing_secret=SIGNING_SECRET, token_verification_enabled=False)


@pytest.mark.parametrize("trouble", [None, "the database cannot be read"])
def test_healthz_is_alive_whatever_is_wrong(trouble: str | None):
    answered = make_client(find_trouble=lambda: trouble).get("/healthz")
    assert (answered.status_code, answered.text) == (200, "alive\n")


def test_readyz_is_ready_without_trouble():
    answered = make_client().get("/readyz")
    assert (answered.status_code, answered.text) == (200, "ready\n")


def test_readyz_says_what_the_trouble_is():
    answered = make_client(find_trouble=lambda: "the database cannot be read").get("/readyz")
    assert (answered.status_code, answered.text) == (503, "the database cannot be read\n")


@pytest.mark.parametrize("path", ["/", "/slack", "/slack/events/", "/healthz/x", "/../etc/passwd", "/metrics"])
def test_unknown_paths_are_not_found(app: App, path: str):
    assert make_client(app).get(path, follow_redirects=False).status_code in {404, 307}
    assert make_client(app).get(path).status_code in {404, 405}


def test_slack_is_not_served_where_socket_mode_is_used():
    assert make_client(None).post("/slack/events", content=b"{}").status_code == 404


def test_slack_events_are_posted(app: App):
    assert make_client(app).get("/slack/events").status_code == 405


def test_slack_bodies_that_are_too_large_are_refused(app: App):
    answered = make_client(app).post("/slack/events", content=b"x" * (2 * 2**20 + 1))
    assert (answered.status_code, answered.text) == (413, "too large\n")


def test_slack_bodies_just_below_that_are_looked_at(app: App):
    body = b"x" * (2 * 2**20)
    assert make_client(app).post("/slack/events", content=body, headers=build_signed_headers(body)).status_code != 413


def test_slack_url_verification_is_answered(app: App):
    body = json.dumps({"type": "url_verification", "challenge": "abc", "token": "t"}).encode()
    headers = build_signed_headers(body) | {"Content-Type": "application/json"}
    answered = make_client(app).post("/slack/events", content=body, headers=headers)
    assert (answered.status_code, answered.json()) == (200, {"challenge": "abc"})


@pytest.mark.parametrize(
    "body",
    [
        b"", b"\xff\xfe\x00", b"{", b"payload=%7B", b"payload=[]", b"null", b"[]", b'"x"', b"1", b"[" * 100_000,
        b'{"enterprise": 5}', b'{"team": []}', b'{"event": "x"}', b'{"authorizations": [1]}',
    ],
)  # fmt: skip
@pytest.mark.parametrize("content_type", ["application/json", "application/x-www-form-urlencoded"])
def test_slack_bodies_of_strangers_never_break_it(app: App, body: bytes, content_type: str):
    answered = make_client(app).post("/slack/events", content=body, headers={"Content-Type": content_type})
    assert answered.status_code in {400, 401}
