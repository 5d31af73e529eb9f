"""*✕ by Laura*: the answer without a filter, seen by whoever sees the narrower one. A private answer is replaced."""

import re
from typing import Any

from slack_bolt import Ack, App

from bot.slack.asking import SlackServices
from bot.slack.payloads import Click
from bot.slack.views.buttons import WITHOUT

_ANY_FILTER = re.compile(rf"{WITHOUT}_\w+")


def register(app: App, services: SlackServices) -> None:
    """Listen for the buttons of all filters."""

    @app.action(_ANY_FILTER)
    def handle_without(ack: Ack, body: dict[str, Any]) -> None:
        ack()
        click = Click.read(body)
        services.press_for_all(f"without:{click.key}", click, lambda: services.answer_click(click, replaces=True))
