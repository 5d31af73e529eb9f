"""`/hark QUESTION`: answered privately, with a button to share the answer; or `/hark refresh` and the like."""

from typing import Any

from slack_bolt import Ack, App

from bot.slack.asking import SlackServices
from bot.slack.commands import Commands
from bot.slack.payloads import Command

COMMAND = "/hark"


def register(app: App, services: SlackServices) -> None:
    """Listen for the command."""
    commands = Commands(services)

    @app.command(COMMAND)
    def handle_command(ack: Ack, body: dict[str, Any]) -> None:
        command = Command.read(body)
        commands.owe(command)
        ack()
        commands.answer(command, body["response_url"])
