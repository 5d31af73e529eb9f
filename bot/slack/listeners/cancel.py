"""*Cancel*: ends a refresh, if whoever presses it may; the message then shows how it ended, whoever began it when."""

from typing import Any

from slack_bolt import Ack, App

from bot.slack.asking import SlackServices
from bot.slack.delivery import Place
from bot.slack.payloads import Click
from bot.slack.views.notices import build_expired
from bot.slack.views.refresh import CANCEL, read_job


def register(app: App, services: SlackServices) -> None:
    """Listen for the button."""
    overseeing = services.overseeing

    @app.action(CANCEL)
    def handle_cancel(ack: Ack, body: dict[str, Any]) -> None:
        ack()
        click = Click.read(body)

        def work() -> None:
            job = read_job(click.value)
            if job is None:
                services.tell(click, build_expired())
            elif not overseeing.admins.include(click.team, click.user):
                services.tell(click, overseeing.build_refused(click.team))
            else:
                overseeing.cancel(job, Place(click.channel, ts=click.message_ts))

        # The same button may be pressed again, as after a restart.
        services.press(f"cancel:{click.trigger_id}", click, work)
