"""A direct message: answered where it stands, for that person's eyes. Other messages are left to their owners."""

from typing import Any

from slack_bolt import App

from bot.slack.asking import SlackServices
from bot.slack.messages import Messages
from bot.slack.payloads import Message


def register(app: App, services: SlackServices) -> None:
    """Listen for direct messages. A mention in a channel is not ours: the mention's listener owns it."""
    messages = Messages(services)

    @app.event("message")
    def handle_direct_message(event: dict[str, Any], body: dict[str, Any]) -> None:
        if event.get("channel_type") != "im":
            return
        message = Message.read(event, body.get("team_id", ""))
        if message:
            messages.answer(message, lambda: services.people.make_viewer(message.team, message.user, message.channel))
