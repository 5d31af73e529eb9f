"""*Why these?*: a modal that says for each hit of a page why it is there, for whoever pressed it."""

from typing import Any

from slack_bolt import Ack, App

from bot.slack.asking import SlackServices
from bot.slack.judging import build_reasons
from bot.slack.payloads import Click
from bot.slack.views.buttons import WHY
from bot.slack.views.why import name_why


def register(app: App, services: SlackServices) -> None:
    """Listen for the button."""

    @app.action(WHY)
    def handle_why(ack: Ack, body: dict[str, Any]) -> None:
        ack()
        click = Click.read(body)
        services.show(click, name_why, lambda: build_reasons(services, click))
