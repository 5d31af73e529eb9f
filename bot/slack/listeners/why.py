"""*Why these?*: a modal that says for each hit of a page why it is there, for whoever pressed it."""

from typing import Any

from slack_bolt import Ack, App

from bot.slack.asking import SlackServices
from bot.slack.payloads import Click
from bot.slack.views.buttons import WHY, read_button
from bot.slack.views.modal import ModalView
from bot.slack.views.notices import build_expired
from bot.slack.views.why import build_why, name_why


def register(app: App, services: SlackServices) -> None:
    """Listen for the button."""

    @app.action(WHY)
    def handle_why(ack: Ack, body: dict[str, Any]) -> None:
        ack()
        click = Click.read(body)

        def build() -> ModalView:
            asked = read_button(click.value)
            if asked is None:
                return ModalView(name_why(), build_expired().blocks)
            return build_why(services.find_answer(asked, services.find_viewer(click)))

        services.show(click, name_why(), build)
