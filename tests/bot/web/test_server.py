import json
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from slack_bolt import App, BoltResponse
from slack_sdk import WebClient
from starlette.testclient import TestClient

from bot.telemetry.readiness import Readiness
from bot.web.server import Metrics, build_web, is_loopback
from store.errors import ArchiveError
from tests.fakes.slack.http_mode import build_signed_headers
from tests.fakes.slack.identity import SIGNING_SECRET

# As many as starlette has for what is not on its event loop.
_WEB_THREADS = 40
METRICS = Metrics(lambda: b"harkback_x 1\n", is_local=True)
TOKEN = "a-token-of-some-length"


def make_client(
    slack: App | None = None, check: Callable[[], str] = lambda: "can be read", metrics: Metrics = METRICS
) -> TestClient:
    # A client at 127.0.0.1, as whoever looks from this machine is.
    web = build_web(slack, Readiness({"database": check}), metrics)
    return TestClient(web, base_url="http://127.0.0.1:8080")


def fail() -> str:
    raise ArchiveError("cannot use the archive: '/var/lib/harkback/archive.db': disk I/O error")


@pytest.fixture
def app() -> App:
    """An app that talks to nobody, and answers to no event."""
    client = WebClient(token="xoxb-1", base_url="http://127.0.0.1:9/api/", retry_handlers=[])
    return App(client=client, signing_secret=SIGNING_SECRET, token_verification_enabled=False)


@pytest.mark.parametrize("check", [lambda: "can be read", fail])
def test_healthz_is_alive_whatever_is_wrong(check: Callable[[], str]):
    answered = make_client(check=check).get("/healthz")
    assert (answered.status_code, answered.text) == (200, "alive\n")


def test_healthz_answers_while_every_thread_waits(app: App, monkeypatch: pytest.MonkeyPatch):
    may_end, waiting = threading.Event(), threading.Semaphore(0)

    def hang(_: object) -> BoltResponse:
        waiting.release()
        may_end.wait()
        return BoltResponse(status=200)

    monkeypatch.setattr(app, "dispatch", hang)
    with make_client(app) as client, ThreadPoolExecutor(_WEB_THREADS) as senders:
        sent = [senders.submit(client.post, "/slack/events", content=b"{}") for _ in range(_WEB_THREADS)]
        try:
            for _ in range(_WEB_THREADS):
                assert waiting.acquire(timeout=30)
            assert client.get("/healthz").text == "alive\n"
            assert client.get("/readyz").status_code == 200
        finally:
            may_end.set()
        assert [one.result().status_code for one in sent] == [200] * _WEB_THREADS


def test_readyz_says_what_was_found_of_each():
    answered = make_client().get("/readyz")
    told = {"ready": True, "checks": {"database": {"is_good": True, "detail": "can be read"}}}
    assert (answered.status_code, answered.json()) == (200, told)


def test_readyz_says_what_the_trouble_is_and_no_more():
    answered = make_client(check=fail).get("/readyz")
    told = {"ready": False, "checks": {"database": {"is_good": False, "detail": "cannot be read"}}}
    assert (answered.status_code, answered.json()) == (503, told)


def test_metrics_without_a_token_are_shown_on_this_machine():
    answered = make_client().get("/metrics")
    assert (answered.status_code, answered.text) == (200, "harkback_x 1\n")
    assert answered.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"


@pytest.mark.parametrize("host", ["rebound.example", "10.0.0.7:8080", "127.0.0.1.example"])
def test_metrics_without_a_token_are_not_shown_under_another_name(host: str):
    answered = make_client().get("/metrics", headers={"Host": host})
    assert (answered.status_code, "harkback_x" in answered.text) == (401, False)


def test_metrics_without_a_token_are_not_shown_on_a_port_that_others_reach():
    answered = make_client(metrics=Metrics(METRICS.build)).get("/metrics")
    assert (answered.status_code, answered.headers["www-authenticate"]) == (401, "Bearer")
    assert answered.text.startswith("cannot show the metrics: set HARKBACK_METRICS_TOKEN")


@pytest.mark.parametrize("is_local", [True, False])
def test_metrics_with_a_token_are_shown_to_who_sends_it_alone(*, is_local: bool):
    client = make_client(metrics=Metrics(METRICS.build, TOKEN, is_local))
    sent = {"Authorization": f"Bearer {TOKEN}", "Host": "bot.example"}
    assert client.get("/metrics", headers=sent).text == "harkback_x 1\n"
    for header in ({}, {"Authorization": "Bearer "}, {"Authorization": f"Bearer {TOKEN}x"}, {"Authorization": "x\xe9"}):
        answered = client.get("/metrics", headers={name: value.encode("latin-1") for name, value in header.items()})
        assert (answered.status_code, "harkback_x" in answered.text) == (401, False)


@pytest.mark.parametrize(
    ("host", "is_ours"),
    [
        ("127.0.0.1", True), ("127.8.8.8", True), ("::1", True), ("localhost", True),
        ("0.0.0.0", False), ("::", False), ("10.0.0.7", False), ("bot.example", False), ("", False),
    ],
)  # fmt: skip
def test_loopback_is_told_from_what_others_reach(host: str, *, is_ours: bool):
    assert is_loopback(host) is is_ours


@pytest.mark.parametrize("path", ["/", "/slack", "/slack/events/", "/healthz/x", "/../etc/passwd", "/metrics/x"])
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
