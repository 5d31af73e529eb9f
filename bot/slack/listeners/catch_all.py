"""Everything else that arrives: acknowledged, so that Slack does not send it again."""

import re
from typing import Any

from slack_bolt import Ack, App

from bot.slack.asking import SlackServices
from bot.slack.payloads import Click
from bot.slack.views.modal import ModalView
from bot.slack.views.notices import build_expired, name_expired
from bot.translations import speaking

_ANY = re.compile(".*")


def register(app: App, services: SlackServices) -> None:
    """Listen for what no other listener took; register this one last."""

    @app.event(_ANY)
    def handle_event() -> None:
        """Do nothing: Bolt has acknowledged it."""

    @app.action(_ANY)
    def handle_action(ack: Ack, body: dict[str, Any]) -> None:
        ack()
        click = Click.read(body)
        if click.is_in_modal:
            services.show(click, name_expired, _build_expired)
        else:
            services.press(f"expired:{click.trigger_id}", click, lambda: services.tell(click, build_expired()))

    @app.options(_ANY)
    def handle_options(ack: Ack) -> None:
        """Suggest nothing: without an answer, the menu says that something went wrong."""
        ack(options=[])

    @app.shortcut(_ANY)
    def handle_shortcut(ack: Ack, body: dict[str, Any]) -> None:
        ack()
        services.show(Click.read(body), name_expired, _build_expired)

    @app.view(_ANY)
    def handle_submission(ack: Ack, body: dict[str, Any]) -> None:
        with speaking(services.people.find_locale(Click.read(body).reader)):
            ack(response_action="update", view=_build_expired().build())


def _build_expired() -> ModalView:
    """Build a modal that says that what was used is of an older version."""
    return ModalView(name_expired(), build_expired().blocks)
