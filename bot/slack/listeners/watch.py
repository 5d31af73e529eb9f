"""*Pause*, *Go on* and *Remove* of a standing question, wherever it is shown; what came of it is for who pressed."""

import re
from dataclasses import replace
from typing import Any

from slack_bolt import Ack, App

from bot.slack.asking import SlackServices
from bot.slack.payloads import Click
from bot.slack.views.watches import PAUSE, REMOVE, RESUME

_ANY = re.compile(f"{PAUSE}|{RESUME}|{REMOVE}")


def register(app: App, services: SlackServices) -> None:
    """Listen for the buttons."""
    watching = services.watching

    @app.action(_ANY)
    def handle_watch(ack: Ack, body: dict[str, Any]) -> None:
        ack()
        click, action = Click.read(body), body["actions"][0]["action_id"]

        def work() -> None:
            services.tell(click, replace(watching.press(click, action), replaces=click.is_ephemeral))

        # The same button may be pressed again, after another.
        services.press(f"watch:{click.trigger_id}", click, work)
