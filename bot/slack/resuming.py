"""Answering what is owed an answer: whoever was to give it was killed, or Slack did not take it."""

import json
from typing import Any

import structlog

from bot.slack.asking import SlackServices
from bot.slack.commands import Commands
from bot.slack.messages import Messages
from bot.slack.payloads import COMMAND_KEY, Command, Message
from bot.telemetry.metrics import count_resumed
from bot.telemetry.requests import Surface, handling

_log = structlog.get_logger(__name__)


def resume(services: SlackServices) -> None:
    """Answer all that is owed an answer for so long that nobody can be at it any more."""
    for key, written in services.replies.find_owed():
        with handling(Surface.RESUMED):
            try:
                is_taken = _answer(services, key, json.loads(written))
            except (TypeError, ValueError):
                # Another version wrote it, and those behind it are owed theirs.
                _log.warning("what is owed an answer cannot be read, and is left", kind=key.partition(":")[0])
            else:
                if is_taken:
                    count_resumed()


def _answer(services: SlackServices, key: str, written: dict[str, Any]) -> bool:
    if key.startswith(f"{COMMAND_KEY}:"):
        return Commands(services).answer(Command(**written))
    return Messages(services).answer(Message(**written))
