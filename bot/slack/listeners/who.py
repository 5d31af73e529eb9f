"""*Who said what*: a modal of people instead of discussions, for whoever pressed it; its pages, and each person's."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from slack_bolt import Ack, App

from bot.slack.asking import SlackServices
from bot.slack.payloads import Click
from bot.slack.views.buttons import WHO
from bot.slack.views.modal import ModalView
from bot.slack.views.notices import build_expired
from bot.slack.views.opened import Opened
from bot.slack.views.who import PEOPLE, PERSON, build_said, build_who, name_who, read_page

_ANY_PAGE = re.compile(PEOPLE)


def register(app: App, services: SlackServices) -> None:
    """Listen for the button, and for those in the modal."""

    def build_people(click: Click, opened: Opened) -> ModalView:
        # The press that opens it carries the question, and is for the first page.
        _, offset = read_page(click.value)
        survey = services.answering.survey(opened.asked, services.find_viewer(opened.place(click)))
        return build_who(survey, opened, offset, datetime.now(UTC))

    def build_person(click: Click, opened: Opened) -> ModalView:
        number, offset = read_page(click.value)
        viewer = services.find_viewer(opened.place(click))
        person = services.answering.survey(opened.asked, viewer).find_person(number)
        answer = services.answering.ask_person(replace(opened.asked, offset=offset), viewer, number)
        return build_said(answer, person, opened)

    @app.action(WHO)
    def handle_who(ack: Ack, body: dict[str, Any]) -> None:
        ack()
        click = Click.read(body)
        services.show(click, name_who, lambda: _build(click, build_people))

    @app.action(_ANY_PAGE)
    def handle_people(ack: Ack, body: dict[str, Any]) -> None:
        ack()
        click = Click.read(body)
        services.fill(f"who:{click.trigger_id}", click, lambda: _build(click, build_people))

    @app.action(PERSON)
    def handle_person(ack: Ack, body: dict[str, Any]) -> None:
        ack()
        click = Click.read(body)
        services.fill(f"who:{click.trigger_id}", click, lambda: _build(click, build_person))


def _build(click: Click, build: Callable[[Click, Opened], ModalView]) -> ModalView:
    opened = Opened.by(click)
    return build(click, opened) if opened else ModalView(name_who(), build_expired().blocks)
