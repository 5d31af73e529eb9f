"""A direct message: answered where it stands, for that person's eyes. Other messages are left to their owners."""

from typing import Any

from slack_bolt import App

from bot.slack.asking import SlackServices
from bot.slack.messages import Messages
from bot.slack.payloads import Message, find_team


def register(app: App, services: SlackServices) -> None:
    """Listen for direct messages. A mention in a channel is not ours: the mention's listener owns it."""
    messages = Messages(services)

    @app.event("message", middleware=[messages.make_owing(_read)])
    def handle_direct_message(event: dict[str, Any], body: dict[str, Any]) -> None:
        message = _read(event, body)
        if message:
            messages.answer(message)


def _read(event: dict[str, Any], body: dict[str, Any]) -> Message | None:
    return Message.read(event, find_team(body)) if event.get("channel_type") == "im" else None
