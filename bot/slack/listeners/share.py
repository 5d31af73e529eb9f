"""*Share in channel*: the answer again, for everyone in the channel, with what all of them may see."""

from typing import Any

from slack_bolt import Ack, App

from bot.slack.asking import SlackServices
from bot.slack.delivery import respond
from bot.slack.payloads import Click
from bot.slack.views.buttons import SHARE, Asked
from bot.slack.views.message import MessageView


def register(app: App, services: SlackServices) -> None:
    """Listen for the button."""

    @app.action(SHARE)
    def handle_share(ack: Ack, body: dict[str, Any]) -> None:
        ack()
        click = Click.read(body)

        def build(asked: Asked) -> MessageView:
            return services.build_shared(asked, click.channel, click.user_name)

        def work() -> None:
            respond(click.response_url, services.build_from_button(click.value, build))

        services.submit(f"share:{click.key}", click.reader, work)
