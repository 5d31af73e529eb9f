"""A mention in a channel: answered in its thread, for everyone in the channel to see."""

from typing import Any

from slack_bolt import App

from bot.slack.asking import SlackServices
from bot.slack.messages import Messages
from bot.slack.payloads import Message, find_team


def register(app: App, services: SlackServices) -> None:
    """Listen for mentions."""
    messages = Messages(services)

    @app.event("app_mention", middleware=[messages.make_owing(_read)])
    def handle_mention(event: dict[str, Any], body: dict[str, Any]) -> None:
        message = _read(event, body)
        if message:
            messages.answer(message)


def _read(event: dict[str, Any], body: dict[str, Any]) -> Message | None:
    if event.get("bot_id") or not event.get("user"):
        return None
    return Message(
        team=find_team(body),
        channel=event["channel"],
        user=event["user"],
        ts=event["ts"],
        text=event.get("text", ""),
        thread_ts=event.get("thread_ts") or event["ts"],
        edited_ts=(event.get("edited") or {}).get("ts"),
        has_files=bool(event.get("files")),
    )
