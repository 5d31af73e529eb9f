"""A mention in a channel: answered in its thread, for everyone in the channel to see."""

from typing import Any

from slack_bolt import App

from bot.slack.asking import SlackServices
from bot.slack.messages import Messages
from bot.slack.payloads import Message
from store.domain.viewer import Viewer


def register(app: App, services: SlackServices) -> None:
    """Listen for mentions."""
    messages = Messages(services)

    @app.event("app_mention")
    def handle_mention(event: dict[str, Any], body: dict[str, Any]) -> None:
        if event.get("bot_id") or not event.get("user"):
            return
        channel = event["channel"]
        message = Message(
            team=body.get("team_id") or event.get("team", ""),
            channel=channel,
            user=event["user"],
            ts=event["ts"],
            text=event.get("text", ""),
            thread_ts=event.get("thread_ts") or event["ts"],
            edited_ts=(event.get("edited") or {}).get("ts"),
            has_files=bool(event.get("files")),
        )
        messages.answer(message, lambda: Viewer.channel_audience(channel))
