"""*Pause*, *Go on* and *Remove* of a standing question, wherever it is shown; what came of it is for who pressed."""

import re
from dataclasses import replace
from typing import Any

from slack_bolt import Ack, App

from bot.slack.asking import SlackServices
from bot.slack.delivery import respond
from bot.slack.payloads import Click
from bot.slack.views.home import Notice
from bot.slack.views.message import MessageView
from bot.slack.views.watches import PAUSE, REMOVE, RESUME

_ANY = re.compile(f"{PAUSE}|{RESUME}|{REMOVE}")


def register(app: App, services: SlackServices) -> None:
    """Listen for the buttons."""
    watching = services.watching

    @app.action(_ANY)
    def handle_watch(ack: Ack, body: dict[str, Any]) -> None:
        ack()
        click, action = Click.read(body), body["actions"][0]["action_id"]

        def build() -> MessageView:
            return replace(watching.press(click, action), replaces=click.is_ephemeral)

        # The same button may be pressed again, after another.
        key = f"watch:{click.trigger_id}"
        services.submit(key, click.reader, lambda: _show(services, click, services.guard(build)))


def _show(services: SlackServices, click: Click, view: MessageView) -> None:
    """Show what came of a press where that was; in App Home nothing can be responded to."""
    if click.response_url:
        respond(click.response_url, view)
    else:
        services.home.show(click.reader, Notice(view.text))
