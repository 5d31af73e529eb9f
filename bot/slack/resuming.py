"""Answering what is owed an answer: whoever was to give it was killed, or Slack did not take it."""

import json
from typing import Any

from bot.slack.asking import SlackServices
from bot.slack.commands import Commands
from bot.slack.messages import Messages
from bot.slack.payloads import COMMAND_KEY, Command, Message
from bot.telemetry.metrics import count_resumed
from bot.telemetry.requests import Surface, handling


def resume(services: SlackServices) -> None:
    """Answer all that is owed an answer for so long that nobody can be at it any more."""
    for key, written in services.replies.find_owed():
        with handling(Surface.RESUMED):
            if _answer(services, key, json.loads(written)):
                count_resumed()


def _answer(services: SlackServices, key: str, written: dict[str, Any]) -> bool:
    if key.startswith(f"{COMMAND_KEY}:"):
        return Commands(services).answer(Command(**written))
    return Messages(services).answer(Message(**written))
