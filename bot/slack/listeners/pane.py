"""The agent pane: questions to begin with, when it is opened. What is written there are direct messages."""

from typing import Any

from slack_bolt import App

from bot.slack.asking import SlackServices
from bot.slack.payloads import find_team
from bot.slack.viewers import Reader


def register(app: App, services: SlackServices) -> None:
    """Listen for the pane."""

    @app.event("app_home_opened", matchers=[lambda event: event.get("tab") == "messages"])
    def handle_opened(event: dict[str, Any], body: dict[str, Any]) -> None:
        reader, channel = Reader(find_team(body), event["user"]), event["channel"]
        services.submit(f"pane:{body.get('event_id')}", reader, lambda: services.home.suggest(reader, channel))
