"""*Share in channel*: the answer again, for everyone in the channel, with what all of them may see."""

from typing import Any

import structlog
from slack_bolt import Ack, App
from slack_sdk.errors import SlackApiError

from bot.slack.asking import SlackServices
from bot.slack.delivery import DeliveryError, share, tell
from bot.slack.payloads import Click
from bot.slack.views.buttons import SHARE
from bot.slack.views.message import MessageView
from bot.slack.views.notices import build_cannot_share
from store.domain.asked import Asked

_log = structlog.get_logger(__name__)


def register(app: App, services: SlackServices) -> None:
    """Listen for the button."""

    @app.action(SHARE)
    def handle_share(ack: Ack, body: dict[str, Any]) -> None:
        ack()
        click = Click.read(body)

        def build(asked: Asked) -> MessageView:
            return services.build_shared(asked, click.channel, click.user_name)

        def work() -> None:
            view = services.build_from_button(click.value, build)
            try:
                share(services.client, click.channel, click.response_url, view)
            except (DeliveryError, SlackApiError) as error:
                _log.warning("an answer could not be shared", error=str(error))
                tell(services.client, click.user, click.response_url, build_cannot_share())

        services.submit(f"share:{click.key}", click.reader, work)
