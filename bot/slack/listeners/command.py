"""`/hark QUESTION`: answered privately, with a button to share the answer; or `/hark refresh` and the like."""

import threading
from contextvars import copy_context
from typing import Any

from slack_bolt import Ack, App

from bot.slack.asking import SlackServices
from bot.slack.commands import Commands
from bot.slack.payloads import Command

COMMAND = "/hark"

# Slack tells whoever typed it that it failed if it is not told within three seconds that it came.
_PATIENCE_SECONDS = 1.0


def register(app: App, services: SlackServices) -> None:
    """Listen for the command."""
    commands = Commands(services)

    @app.command(COMMAND)
    def handle_command(ack: Ack, body: dict[str, Any]) -> None:
        command = Command.read(body)
        owing = threading.Thread(target=copy_context().run, args=(commands.owe, command))
        owing.start()
        owing.join(_PATIENCE_SECONDS)
        ack()
        commands.answer(command, body["response_url"])
