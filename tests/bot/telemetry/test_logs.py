import json
import logging
import sys

import pytest
import structlog

from bot.telemetry.logs import mask_secrets, set_up_logs

SECRETS = [
    "xoxb-1-2-aBcDeFgH",
    "xoxp-99-aBcDeFgH",
    "xapp-1-A0-7-deadbeef",
    "xoxe.xoxb-1-aBcDeFgH",
    "Bearer abcdefghijkl",
    "v0=0123456789abcdef0123456789abcdef",
    "wss://wss-primary.slack.com/link/?ticket=abcdef&app_id=x",
    "https://hooks.slack.com/commands/T1/2/abcdef",
    "https://hooks.slack.com/actions/T1/2/abcdef",
    "https://hooks.slack.com/app/T1/2/abcdef",
    "postgresql+psycopg://hark:aBcDeFgH@db.example/archive",
    "https://user:deadbeef@feeds.example/x",
]
TELLTALES = ["aBcDeFgH", "deadbeef", "abcdef"]


@pytest.fixture(params=["text", "json"])
def log_format(request: pytest.FixtureRequest) -> str:
    chosen: str = request.param
    return chosen


@pytest.mark.parametrize("secret", SECRETS)
def test_mask_secrets_hides_each_kind(secret: str):
    masked = mask_secrets(f"before {secret} after")
    assert masked.startswith("before ")
    assert masked.endswith(" after")
    assert "[masked]" in masked
    assert [part for part in TELLTALES if part in masked] == []


def test_mask_secrets_leaves_other_text_alone():
    text = "answered xoxo to https://blog.example/app/x in 0.3 s, v0 of it"
    assert mask_secrets(text) == text


@pytest.mark.parametrize("secret", SECRETS)
def test_logs_mask_secrets_in_events_values_and_nested_values(
    secret: str, log_format: str, capsys: pytest.CaptureFixture[str]
):
    set_up_logs("info", log_format)
    structlog.get_logger("ours").info(f"with {secret}", value=secret, nested={"headers": [{"Authorization": secret}]})
    logging.getLogger("theirs").warning("with %s", {"token": secret})
    logged = capsys.readouterr().err
    assert logged.count("[masked]") >= 4
    assert [part for part in TELLTALES if part in logged] == []


def test_logs_hold_nothing_of_what_the_database_was_given(log_format: str, capsys: pytest.CaptureFixture[str]):
    set_up_logs("debug", log_format)
    for name in ("psycopg", "psycopg.pool", "procrastinate.worker"):
        logging.getLogger(name).warning("error ignored terminating: Key (name)=(what Ann said) already exists.")
    assert capsys.readouterr().err == ""


def fail() -> None:
    raise RuntimeError("outer xapp-1-A0-7-deadbeef") from ValueError("inner xoxb-1-aBcDeFgH")


def test_logs_mask_secrets_in_exceptions_ours_and_theirs(log_format: str, capsys: pytest.CaptureFixture[str]):
    set_up_logs("info", log_format)
    try:
        fail()
    except RuntimeError:
        structlog.get_logger("ours").exception("failed")
        logging.getLogger("theirs").exception("failed too")
        logging.getLogger("theirs").critical("and once more", exc_info=sys.exc_info())
    logged = capsys.readouterr().err
    assert logged.count("RuntimeError") >= 3
    assert logged.count("ValueError") >= 3
    assert [part for part in TELLTALES if part in logged] == []


def test_logs_json_is_one_object_a_line_even_when_masked(capsys: pytest.CaptureFixture[str]):
    set_up_logs("info", "json")
    for secret in SECRETS:
        structlog.get_logger("ours").info("event", value=secret, after="kept")
        logging.getLogger("theirs").info("%s and more", secret)
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert len(lines) == 2 * len(SECRETS)
    assert {line["after"] for line in lines[::2]} == {"kept"}
    assert {line["level"] for line in lines} == {"info"}
    assert {line["logger"] for line in lines} == {"ours", "theirs"}


def test_logs_go_to_stderr_and_only_from_their_level_on(capsys: pytest.CaptureFixture[str]):
    set_up_logs("warning", "text")
    structlog.get_logger("ours").info("too quiet")
    structlog.get_logger("ours").warning("loud enough")
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "loud enough" in captured.err
    assert "too quiet" not in captured.err


def test_logs_mask_what_is_known_to_be_secret_whatever_it_looks_like(
    log_format: str, capsys: pytest.CaptureFixture[str]
):
    secrets = ["8f742231b10e8888abcd99yyyzzz85a5", 'quoted "and" \\ odd é']
    set_up_logs("info", log_format, secrets)
    structlog.get_logger("ours").info(f"with {secrets[0]}", value=secrets[1], nested=[{"x": secrets[0]}])
    logging.getLogger("theirs").warning("with %s and %s", *secrets)
    logged = capsys.readouterr().err
    assert logged.count("[masked]") == 5
    assert ("8f7422" in logged, "odd" in logged) == (False, False)


@pytest.mark.parametrize("name", ["text", "blocks", "body", "payload", "view", "topic", "excerpt", "message"])
def test_logs_leave_out_what_holds_words_of_people(name: str, log_format: str, capsys: pytest.CaptureFixture[str]):
    set_up_logs("info", log_format)
    structlog.get_logger("ours").info("sent", **{name: {"deep": "my salary"}}, hits=3)
    logged = capsys.readouterr().err
    assert ("salary" in logged, "[masked]" in logged, "hits" in logged) == (False, True, True)


def test_logs_hold_a_question_where_an_admin_wants_that(capsys: pytest.CaptureFixture[str]):
    set_up_logs("info", "text")
    structlog.get_logger("bot.answering").info("answered", question="what about kites?")
    assert "what about kites?" in capsys.readouterr().err


@pytest.mark.parametrize(
    "name", ["slack_bolt", "slack_sdk", "slack_bolt.App", "slack_sdk.web.client", "websockets.client", "theirs", "bots"]
)
def test_logs_at_debug_still_keep_what_people_write_out(
    name: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    set_up_logs("debug", "text")
    monkeypatch.setattr(logging.getLogger(name), "level", logging.DEBUG)  # as Bolt does with its own
    logging.getLogger(name).manager._clear_cache()  # type: ignore[attr-defined]
    logging.getLogger(name).debug("Received: what was said about my salary")
    structlog.get_logger("bot.slack.asking").debug("our own detail")
    logged = capsys.readouterr().err
    assert "salary" not in logged
    assert "our own detail" in logged
