"""*Forget me* and *Keep it*, and what an admin decides: *Approve* and *Decline*."""

from collections.abc import Callable
from typing import Any

from slack_bolt import Ack, App

from bot.slack.asking import SlackServices
from bot.slack.delivery import Place, post
from bot.slack.overseeing import Caller
from bot.slack.payloads import Click
from bot.slack.viewers import Reader
from bot.slack.views.message import MessageView
from bot.slack.views.notices import build_expired
from bot.slack.views.own import APPROVE, DECLINE, FORGET, KEEP, build_kept, read_decision


def register(app: App, services: SlackServices) -> None:
    """Listen for the buttons."""
    own = services.own

    @app.action(FORGET)
    def handle_forget(ack: Ack, body: dict[str, Any]) -> None:
        ack()
        click = Click.read(body)

        def work() -> None:
            caller = Caller(click.team, click.user, services.find_viewer(click))
            services.tell(click, own.confirm(caller))

        services.press(f"forget-me:{click.trigger_id}", click, work)

    @app.action(KEEP)
    def handle_keep(ack: Ack, body: dict[str, Any]) -> None:
        ack()
        click = Click.read(body)
        services.press(f"keep-me:{click.trigger_id}", click, lambda: services.tell(click, build_kept()))

    @app.action(APPROVE)
    def handle_approve(ack: Ack, body: dict[str, Any]) -> None:
        ack()
        _decide(services, Click.read(body), own.approve)

    @app.action(DECLINE)
    def handle_decline(ack: Ack, body: dict[str, Any]) -> None:
        ack()
        _decide(services, Click.read(body), own.decline)


def _decide(services: SlackServices, click: Click, decide: Callable[[Reader, str], MessageView]) -> None:
    def work() -> None:
        found = read_decision(click.value)
        if found is None or found[0] != click.team:
            services.tell(click, build_expired())
        elif not services.overseeing.admins.include(click.team, click.user):
            services.tell(click, services.overseeing.build_refused(click.team))
        elif click.channel:
            post(services.client, Place(click.channel, ts=click.message_ts), decide(click.reader, found[1]))
        else:
            services.tell(click, decide(click.reader, found[1]))

    services.press(f"removal:{click.trigger_id}", click, work)
