"""Structured logs on stderr. Tokens are masked wherever they appear."""

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

_SECRET = re.compile(r"(?:xox[a-z]?-|xapp-|Bearer\s+|v0=)[\w.%-]{6,}")
# Addresses that carry a secret in their path or query.
_SECRET_URL = re.compile(r"(wss?://[^\s?]+\?)\S+|(https?://[^\s/]*slack\.com/(?:commands|actions|app)/)\S+")
_MASKED = "[masked]"


def mask_secrets(text: str) -> str:
    """Give text without tokens and without URLs that let others act for the app."""
    text = _SECRET.sub(_MASKED, text)
    return _SECRET_URL.sub(lambda found: (found[1] or found[2]) + _MASKED, text)


def set_up_logs(level: str, log_format: str) -> None:
    """Send our own and the libraries' logs to stderr in one form."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        _mask_event,
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
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for noisy in ("httpx", "httpcore", "uvicorn.access", "sentence_transformers", "urllib3", "alembic"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    # At debug these write every message a person sent.
    for talkative in ("slack_bolt", "slack_sdk"):
        logging.getLogger(talkative).setLevel(max(logging.INFO, logging.getLevelName(level.upper())))


def _mask_event(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    return {key: mask_secrets(value) if isinstance(value, str) else value for key, value in event.items()}
