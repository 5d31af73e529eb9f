"""A reply in a channel's thread that mentions nobody: answered if it goes on from what the bot was asked there.

Every message of every channel that the bot is in comes here: most are let go without asking Slack or the database.
"""

from dataclasses import replace
from typing import Any

from slack_bolt import App

from bot.slack.asking import SlackServices
from bot.slack.messages import Messages
from bot.slack.payloads import Message, find_team
from store.query.follow_up import may_follow_up

_CHANNEL_TYPES = ("channel", "group", "mpim")


def register(app: App, services: SlackServices) -> None:
    """Listen for replies in threads; register this before what listens for all messages."""
    messages = Messages(services)

    def read(event: dict[str, Any], body: dict[str, Any]) -> Message | None:
        message = Message.read(event, find_team(body))
        if message is None or message.user == services.bot_user or not may_follow_up(message.text):
            return None
        # That is a mention too, and its listener's.
        return None if f"<@{services.bot_user}" in message.text else replace(message, is_addressed=False)

    @app.event("message", matchers=[_is_reply], middleware=[messages.make_owing(read)])
    def handle_reply(event: dict[str, Any], body: dict[str, Any]) -> None:
        message = read(event, body)
        if message:
            messages.answer(message)


def _is_reply(event: dict[str, Any]) -> bool:
    said = event.get("message") or event
    thread_ts = said.get("thread_ts")
    return event.get("channel_type") in _CHANNEL_TYPES and bool(thread_ts) and thread_ts != said.get("ts")
