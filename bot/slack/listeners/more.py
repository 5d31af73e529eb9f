"""*More*: the next page, seen by whoever sees the page before it. The button carries all that is needed."""

from typing import Any

from slack_bolt import Ack, App

from bot.slack.asking import SlackServices
from bot.slack.payloads import Click
from bot.slack.views.buttons import MORE


def register(app: App, services: SlackServices) -> None:
    """Listen for the button."""

    @app.action(MORE)
    def handle_more(ack: Ack, body: dict[str, Any]) -> None:
        ack()
        click = Click.read(body)
        services.press_for_all(f"more:{click.key}", click, lambda: services.answer_click(click))
