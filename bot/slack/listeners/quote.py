"""*Quote*, in a hit's menu: a quote card for whoever chose it, of a comment that they see in the message."""

from typing import Any

from slack_bolt import Ack, App

from bot.quoting import quote_comment
from bot.slack.asking import SlackServices
from bot.slack.payloads import Click
from bot.slack.views.menu import HIT_MENU, HitAction, find_action, read_comment_id
from bot.slack.views.modal import ModalView
from bot.slack.views.quote import build_gone, build_quote, name_quote


def register(app: App, services: SlackServices) -> None:
    """Listen for the choice; each of a hit's menu has a listener of its own."""

    @app.action(HIT_MENU, matchers=[lambda body: find_action(body) == HitAction.QUOTE])
    def handle_quote(ack: Ack, body: dict[str, Any]) -> None:
        ack()
        click = Click.read(body)

        def build() -> ModalView:
            # An id out of a menu is never trusted: what may be seen is asked anew.
            comment = services.answering.find_comment(read_comment_id(click.value), services.find_opener(click))
            return build_quote(quote_comment(comment)) if comment else build_gone()

        services.show(click, name_quote, build)
