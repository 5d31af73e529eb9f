"""*Share in channel*: the answer again, for everyone in the channel, with what all of them may see."""

from typing import Any

import structlog
from slack_bolt import Ack, App
from slack_sdk.errors import SlackApiError

from bot.slack.asking import SlackServices, UndoneError, get_asked
from bot.slack.delivery import DeliveryError, share
from bot.slack.payloads import Click
from bot.slack.views.buttons import SHARE
from bot.slack.views.notices import build_cannot_share

_log = structlog.get_logger(__name__)


def register(app: App, services: SlackServices) -> None:
    """Listen for the button."""

    @app.action(SHARE)
    def handle_share(ack: Ack, body: dict[str, Any]) -> None:
        ack()
        click = Click.read(body)

        def work() -> None:
            view = services.build_shared(get_asked(click), click.channel, click.user_name)
            if not view.for_channel:
                raise UndoneError(view)
            try:
                share(services.client, click.channel, click.response_url, view)
            except (DeliveryError, SlackApiError) as error:
                _log.warning("an answer could not be shared", error=str(error))
                raise UndoneError(build_cannot_share()) from error

        services.press(f"share:{click.key}", click, work)
