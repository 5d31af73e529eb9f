"""*Read around it*, in a hit's menu, and the buttons of what that opens: for the eyes of whoever chose it alone."""

import re
from typing import Any

from slack_bolt import Ack, App

from bot.slack.asking import SlackServices
from bot.slack.payloads import Click
from bot.slack.views.menu import HIT_MENU, HitAction, find_action, read_comment_id
from bot.slack.views.modal import ModalView
from bot.slack.views.reading import READ, build_reading, build_unreadable, name_reading, parse_spot
from store.domain.reading import Spot

_ANY_BUTTON = re.compile(rf"{READ}_\w+")


def register(app: App, services: SlackServices) -> None:
    """Listen for the choice and the buttons."""

    def build(click: Click, spot: Spot | None) -> ModalView:
        if spot is None:
            return build_unreadable()
        part = services.answering.read_part(spot, services.find_opener(click))
        return build_reading(part, spot, click.channel or click.metadata)

    @app.action(HIT_MENU, matchers=[lambda body: find_action(body) == HitAction.READ])
    def handle_read(ack: Ack, body: dict[str, Any]) -> None:
        ack()
        click = Click.read(body)
        services.show(click, name_reading, lambda: build(click, Spot(read_comment_id(click.value))))

    @app.action(_ANY_BUTTON)
    def handle_button(ack: Ack, body: dict[str, Any]) -> None:
        ack()
        click = Click.read(body)
        services.fill(f"read:{click.trigger_id}", click, lambda: build(click, parse_spot(click.value)))
