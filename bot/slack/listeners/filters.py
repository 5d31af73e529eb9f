"""*Filters*: a modal to narrow an answer with, or, by the shortcut, to ask with. The answer comes where it belongs."""

import re
from contextlib import suppress
from dataclasses import replace
from typing import Any

import structlog
from slack_bolt import Ack, App
from slack_sdk.errors import SlackApiError

from bot.slack.asking import SlackServices
from bot.slack.delivery import DeliveryError
from bot.slack.payloads import Click, Submission
from bot.slack.views.buttons import FILTERS, build_value, read_button
from bot.slack.views.filters import (
    ASK_SHORTCUT,
    FILTERED,
    MAX_OPTIONS,
    SUGGEST,
    Filled,
    apply_filled,
    build_filters_modal,
    build_options,
    find_kind,
    find_mistakes,
    name_asking,
    name_filters_modal,
    read_filled,
    read_metadata,
)
from bot.slack.views.modal import ModalView
from bot.slack.views.notices import build_expired
from bot.telemetry.requests import make_reference
from bot.translations import speaking
from store.domain.asked import Asked
from store.domain.query import NOTHING_CHOSEN, Query
from store.domain.viewer import Viewer

_log = structlog.get_logger(__name__)

_ANY_NAMES = re.compile(rf"{SUGGEST}_\w+")


def register(app: App, services: SlackServices) -> None:
    """Listen for the button and the shortcut, for what is typed of a name, and for what was filled in."""

    @app.action(FILTERS)
    def handle_filters(ack: Ack, body: dict[str, Any]) -> None:
        ack()
        click = Click.read(body)
        services.show(click, name_filters_modal, lambda: _build(services, click, read_button(click.value)))

    @app.shortcut(ASK_SHORTCUT)
    def handle_shortcut(ack: Ack, body: dict[str, Any]) -> None:
        ack()
        click = Click.read_shortcut(body)

        def build() -> ModalView:
            return _build(services, click, Asked("", zone=services.people.find_zone(click.team, click.user)))

        services.show(click, name_asking, build)

    @app.options(_ANY_NAMES)
    def handle_names(ack: Ack, body: dict[str, Any]) -> None:
        names: list[str] = []
        try:
            names = _suggest(services, body)
        except Exception:  # noqa: BLE001  # without an answer in three seconds it says that something went wrong
            _log.exception("names could not be suggested", reference=make_reference())
        ack(options=build_options(names))

    @app.view(FILTERED)
    def handle_filled(ack: Ack, body: dict[str, Any]) -> None:
        sent = Submission.read(body)
        held, filled = read_metadata(sent.metadata, sent.team, sent.user), read_filled(sent.values)
        with speaking(services.people.find_locale(sent.reader)):
            if held is None:
                ack(response_action="update", view=ModalView(name_filters_modal(), build_expired().blocks).build())
                return
            asked, click = held
            mistakes = find_mistakes(filled, asked.zone)
        if mistakes:
            ack(response_action="errors", errors=mistakes)
            return
        ack()
        services.press(f"filters:{sent.view_id}", click, lambda: _answer(services, click, asked, filled))


def _build(services: SlackServices, click: Click, asked: Asked | None) -> ModalView:
    if asked is None:
        return ModalView(name_filters_modal(), build_expired().blocks)
    viewer = services.find_viewer(click)
    shown = _find_shown(services, viewer, asked)
    return build_filters_modal(asked, shown, services.answering.find_languages(viewer), click)


def _find_shown(services: SlackServices, viewer: Viewer, asked: Asked) -> Query:
    """Tell what stands in the modal to begin with."""
    return services.answering.understand(asked, viewer) if asked.question else NOTHING_CHOSEN


def _suggest(services: SlackServices, body: dict[str, Any]) -> list[str]:
    """Give names that those who will see the answer may know of."""
    typed = Click.read(body)
    held, kind = read_metadata(typed.metadata, typed.team, typed.user), find_kind(body["action_id"])
    if held is None or kind is None:
        return []
    _, click = held
    viewer = services.find_viewer(click)
    return services.answering.suggest(kind, body.get("value", ""), viewer, MAX_OPTIONS)


def _answer(services: SlackServices, click: Click, asked: Asked, filled: Filled) -> str | None:
    chosen = apply_filled(filled, asked, _find_shown(services, services.find_viewer(click), asked))
    services.note_asked(chosen, click.reader)
    value = build_value(chosen)
    with suppress(DeliveryError, SlackApiError):
        return services.answer_click(replace(click, value=value))
    # The private message has gone, and its address with it, or the channel is closed: a direct message reaches them.
    return services.answer_click(replace(click, value=value, channel=click.user, thread_ts=None, is_ephemeral=False))
