"""Structured logs on stderr: no token stands in them, and nothing that people ask or write."""

import json
import logging
import re
import sys
from collections.abc import Collection, MutableMapping
from functools import partial
from typing import Any

import structlog

_SECRET = re.compile(r"(?:xox[a-z]?-|xapp-|Bearer\s+|v0=)[\w.%-]{6,}")
# Addresses that carry a secret in their path or query.
_SECRET_URL = re.compile(
    r"(wss?://[^\s?\"'\\]+\?|https?://[^\s/\"'\\]*slack\.com/(?:commands|actions|app)/)[^\s\"'\\]+"
)
# A password in any address.
_PASSWORD = re.compile(r"([a-z][a-z\d+.-]*://[^\s/:@\"'\\]*):[^\s/@\"'\\]+@", re.IGNORECASE)
_MASKED = "[masked]"
# What holds words of people wherever it is passed along. `question` is logged where an admin wants that, and only so.
_WORDS = frozenset({"blocks", "body", "excerpt", "message", "payload", "text", "topic", "view"})
# Others' details may hold whatever was delivered or found, as those of websockets and of Slack's libraries do.
_OURS = ("bot.", "embeddings.", "store.")


def mask_secrets(text: str) -> str:
    """Give text without tokens and without URLs that let others act for the app."""
    text = _SECRET.sub(_MASKED, text)
    text = _PASSWORD.sub(rf"\1:{_MASKED}@", text)
    return _SECRET_URL.sub(lambda found: found[1] + _MASKED, text)


def set_up_logs(level: str, log_format: str, secrets: Collection[str] = ()) -> None:
    """Send our own and the libraries' logs to stderr in one form, less what is secret."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    renderer: Any = (
        structlog.processors.JSONRenderer() if log_format == "json" else structlog.dev.ConsoleRenderer(colors=False)
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                _leave_words_out,
                renderer,
                partial(_mask_line, [form for one in secrets for form in _write(one)]),
            ],
        )
    )
    handler.addFilter(_is_not_talk)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for noisy in ("httpx", "httpcore", "uvicorn.access", "sentence_transformers", "urllib3", "alembic", "apscheduler"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    # What it ignores while it ends is of an error that we tell of, without what it says of rows: what somebody said.
    logging.getLogger("psycopg").setLevel(logging.ERROR)
    # What fails in the end is told by who tried; this would show statements, and addresses with the keys in them.
    logging.getLogger("stamina").setLevel(logging.CRITICAL)
    # What becomes of a job is told where it is done: this would tell what it was given, and who asked.
    logging.getLogger("procrastinate").setLevel(logging.CRITICAL)


def _is_not_talk(record: logging.LogRecord) -> bool:
    # Bolt sets the levels of its loggers itself, to the root's.
    return record.levelno >= logging.INFO or record.name.startswith(_OURS)


def _leave_words_out(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for name in _WORDS.intersection(event):
        event[name] = _MASKED
    return event


def _write(secret: str) -> tuple[str, str, str]:
    """Give how a value may be written in a line."""
    return secret, json.dumps(secret)[1:-1], repr(secret)[1:-1]


def _mask_line(secrets: Collection[str], _logger: Any, _method: str, line: Any) -> str:
    # As rendered, so that nothing inside a value or an exception is missed.
    for secret in secrets:
        line = line.replace(secret, _MASKED)
    return mask_secrets(line)
