"""Structured logs on stderr. Tokens are masked wherever they appear."""

import logging
import re
import sys
from typing import Any

import structlog

_SECRET = re.compile(r"(?:xox[a-z]?-|xapp-|Bearer\s+|v0=)[\w.%-]{6,}")
# Addresses that carry a secret in their path or query.
_SECRET_URL = re.compile(
    r"(wss?://[^\s?\"'\\]+\?|https?://[^\s/\"'\\]*slack\.com/(?:commands|actions|app)/)[^\s\"'\\]+"
)
_MASKED = "[masked]"


def mask_secrets(text: str) -> str:
    """Give text without tokens and without URLs that let others act for the app."""
    text = _SECRET.sub(_MASKED, text)
    return _SECRET_URL.sub(lambda found: found[1] + _MASKED, text)


def set_up_logs(level: str, log_format: str) -> None:
    """Send our own and the libraries' logs to stderr in one form."""
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
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer, _mask_line],
        )
    )
    handler.addFilter(_is_not_talk)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for noisy in ("httpx", "httpcore", "uvicorn.access", "sentence_transformers", "urllib3", "alembic", "apscheduler"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    # What becomes of a job is told where it is done: this would tell what it was given, and who asked.
    logging.getLogger("procrastinate").setLevel(logging.CRITICAL)


def _is_not_talk(record: logging.LogRecord) -> bool:
    # At debug these write every message a person sent. (Bolt sets the levels of its loggers itself, to the root's.)
    return record.levelno >= logging.INFO or not record.name.startswith(("slack_bolt", "slack_sdk"))


def _mask_line(_logger: Any, _method: str, line: Any) -> str:
    # As rendered, so that nothing inside a value or an exception is missed.
    return mask_secrets(line)
