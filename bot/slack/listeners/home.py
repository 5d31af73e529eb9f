"""App Home: shown when it is opened, and again with what came of what somebody did there.

An answer comes as a direct message: there it stays, and all that can be done with an answer can be done with it.
"""

from collections.abc import Callable
from typing import Any

import structlog
from slack_bolt import Ack, App
from slack_sdk.errors import SlackClientError

from bot.slack.asking import SlackServices
from bot.slack.delivery import Place, post
from bot.slack.payloads import Click, find_team
from bot.slack.viewers import Reader
from bot.slack.views.home import AGAIN, ASK, FORGET_QUESTIONS, READ_ANSWER, REFRESH, Notice
from bot.slack.views.message import MessageView
from bot.translations import say
from store.domain.asked import Asked

_log = structlog.get_logger(__name__)


def register(app: App, services: SlackServices) -> None:
    """Listen for App Home and what is in it."""
    home = services.home

    @app.event("app_home_opened", matchers=[lambda event: event.get("tab") == "home"])
    def handle_opened(event: dict[str, Any], body: dict[str, Any]) -> None:
        reader = Reader(find_team(body), event["user"])
        services.submit(f"home:{body.get('event_id')}", reader, lambda: home.show(reader))

    @app.action(ASK)
    def handle_ask(ack: Ack, body: dict[str, Any]) -> None:
        ack()
        click = Click.read(body)

        def build(question: str) -> MessageView:
            viewer = services.people.make_viewer(*click.reader, "")
            asked = Asked(question, zone=services.people.find_zone(*click.reader))
            return services.find_misplaced(question, click.reader, viewer) or services.ask_alone(asked, click.reader)

        _answer(services, click, lambda: services.build_reply(click.reader, click.value, build, place=""))

    @app.action(AGAIN)
    def handle_again(ack: Ack, body: dict[str, Any]) -> None:
        ack()
        click = Click.read(body)

        def build(asked: Asked) -> MessageView:
            return services.ask_alone(asked, click.reader)

        _answer(services, click, lambda: services.build_from_button(click.value, build))

    @app.action(FORGET_QUESTIONS)
    def handle_forget(ack: Ack, body: dict[str, Any]) -> None:
        ack()
        click = Click.read(body)

        def forget() -> Notice:
            home.recent.erase(click.team, click.user)
            return Notice(say("What you asked lately is forgotten."))

        _act(services, click, forget)

    @app.action(REFRESH)
    def handle_refresh(ack: Ack, body: dict[str, Any]) -> None:
        ack()
        click = Click.read(body)
        _act(services, click, lambda: home.refresh(click.reader))

    @app.action(READ_ANSWER)
    def handle_read(ack: Ack) -> None:
        """Do nothing: Slack follows the link."""
        ack()


def _answer(services: SlackServices, click: Click, build: Callable[[], MessageView]) -> None:
    def answer() -> Notice:
        view = build()
        try:
            place = post(services.client, Place(click.user), view)
        except (SlackClientError, OSError) as error:
            _log.warning("an answer could not be written to somebody", error=type(error).__name__)
            return Notice(view.text)
        said = say("I answered among our messages: {answer}", answer=view.text.partition("\n")[0])
        return Notice(said, services.home.find_link(place.channel, place.ts or ""))

    _act(services, click, answer)


def _act(services: SlackServices, click: Click, act: Callable[[], Notice]) -> None:
    """Do something once, and show what came of it."""
    services.press(f"home:{click.trigger_id}", click, lambda: services.home.show(click.reader, act()))
