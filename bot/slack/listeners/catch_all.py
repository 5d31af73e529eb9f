"""Everything else that arrives: acknowledged, so that Slack does not send it again."""

import re
from typing import Any

from slack_bolt import Ack, App

from bot.slack.asking import SlackServices
from bot.slack.delivery import respond
from bot.slack.views.notices import build_expired

_ANY = re.compile(".*")


def register(app: App, services: SlackServices) -> None:
    """Listen for what no other listener took; register this one last."""

    @app.event(_ANY)
    def handle_event() -> None:
        """Do nothing: Bolt has acknowledged it."""

    @app.action(_ANY)
    def handle_action(ack: Ack, body: dict[str, Any]) -> None:
        ack()
        url = body.get("response_url", "")
        if url:
            services.submit(f"expired:{body.get('trigger_id')}", lambda: respond(url, build_expired()))
