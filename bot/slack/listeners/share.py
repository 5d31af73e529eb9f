"""*Share in channel*: the answer again, for everyone in the channel, with what all of them may see."""

from typing import Any

from slack_bolt import Ack, App

from bot.slack.asking import SlackServices
from bot.slack.delivery import respond
from bot.slack.payloads import Click
from bot.slack.views.answer import SHARE, read_button
from bot.slack.views.message import MessageView
from bot.slack.views.notices import build_expired


def register(app: App, services: SlackServices) -> None:
    """Listen for the button."""

    @app.action(SHARE)
    def handle_share(ack: Ack, body: dict[str, Any]) -> None:
        ack()
        click = Click.read(body)

        def build() -> MessageView:
            held = read_button(click.value)
            if held is None:
                return build_expired()
            question, offset = held
            return services.build_shared(question, click.channel, offset, click.user_name)

        services.submit(f"share:{click.key}", lambda: respond(click.response_url, services.guard(build)))
