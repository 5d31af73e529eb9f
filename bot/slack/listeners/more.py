"""*More*: the next page, seen by whoever sees the page before it. The button carries all that is needed."""

from typing import Any

from slack_bolt import Ack, App

from bot.slack.asking import SlackServices
from bot.slack.delivery import Place, post_or_respond, respond
from bot.slack.payloads import Click
from bot.slack.views.answer import MORE
from bot.slack.views.message import MessageView
from store.domain.viewer import Viewer


def register(app: App, services: SlackServices) -> None:
    """Listen for the button."""

    @app.action(MORE)
    def handle_more(ack: Ack, body: dict[str, Any]) -> None:
        ack()
        click = Click.read(body)

        def build(question: str, offset: int) -> MessageView:
            if click.is_private:
                viewer = services.people.make_viewer(click.team, click.user, click.channel)
            else:
                viewer = Viewer.channel_audience(click.channel)
            return services.ask(question, viewer, offset, can_share=click.is_ephemeral)

        def work() -> str | None:
            view = services.build_from_button(click.value, build)
            if click.is_ephemeral:
                respond(click.response_url, view)
                return None
            place = post_or_respond(services.client, Place(click.channel, click.thread_ts), click.response_url, view)
            return str(place) if place else None

        services.submit(f"more:{click.key}", work)
