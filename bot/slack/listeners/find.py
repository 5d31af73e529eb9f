"""*Find past discussions*, in any message's menu: answered in a modal, for whoever chose it alone.

A modal opens wherever there are messages: in threads, in channels and direct messages that the bot is not in, and where
nobody can write any more. A private answer in the conversation would stand outside of the thread, or not at all.
"""

import re
from dataclasses import replace
from typing import Any

from slack_bolt import Ack, App

from bot.slack.asking import SlackServices
from bot.slack.payloads import Click
from bot.slack.views.buttons import read_button
from bot.slack.views.modal import ModalView
from bot.slack.views.notices import build_expired
from bot.slack.views.past import PAST, build_nothing_said, build_past, name_past
from store.domain.asked import Asked

# The manifest names it.
FIND = "hark_find"

_ANY_BUTTON = re.compile(rf"{PAST}_\w+")


def register(app: App, services: SlackServices) -> None:
    """Listen for the shortcut, and for the buttons of what it opens."""

    def build(click: Click, asked: Asked, channel: str) -> ModalView:
        # Whoever chose it was there a moment ago. What is listed for them has to open later too: one rule is for both.
        viewer = services.find_opener(replace(click, channel=channel, is_later=True))
        return build_past(services.answering.ask(asked, viewer), channel, is_there=channel in viewer.channels)

    @app.message_shortcut(FIND)
    def handle_shortcut(ack: Ack, body: dict[str, Any]) -> None:
        ack()
        click = Click.read(body)

        def build_first() -> ModalView:
            said = services.sayings.read(click.channel, body["message"])
            if said.is_wordless:
                return build_nothing_said()
            return build(click, said.ask(services.people.find_zone(*click.reader)), click.channel)

        services.show(click, name_past, build_first)

    @app.action(_ANY_BUTTON)
    def handle_button(ack: Ack, body: dict[str, Any]) -> None:
        ack()
        click = Click.read(body)

        def build_page() -> ModalView:
            asked = read_button(click.value)
            if asked is None:
                return ModalView(name_past(), build_expired().blocks)
            return build(click, asked, click.metadata)

        services.fill(f"past:{click.trigger_id}", click, build_page)
