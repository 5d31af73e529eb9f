"""*Helpful* and *Not helpful*: what somebody says of an answer, and of each excerpt. Thanks are for them alone."""

import re
from dataclasses import replace
from typing import Any

from slack_bolt import Ack, App

from bot.slack.asking import SlackServices
from bot.slack.judging import build_reasons, find_judge
from bot.slack.payloads import Click
from bot.slack.views.buttons import HELPFUL, UNHELPFUL, read_number
from bot.slack.views.feedback import RATE, RATE_HELPFUL, RATE_UNHELPFUL, build_thanks
from bot.slack.views.message import MessageView
from bot.slack.views.modal import ModalView
from bot.slack.views.notices import build_expired
from bot.slack.views.opened import Opened
from bot.slack.views.why import name_why
from store.domain.feedback import Rated

_ANSWER = re.compile(f"{HELPFUL}|{UNHELPFUL}")
_EXCERPT = re.compile(f"{RATE_HELPFUL}|{RATE_UNHELPFUL}")


def register(app: App, services: SlackServices) -> None:
    """Listen for the buttons below an answer, below the thanks, and in the modal."""

    @app.action(_ANSWER)
    def handle_answer(ack: Ack, body: dict[str, Any]) -> None:
        ack()
        click, is_helpful = Click.read(body), body["actions"][0]["action_id"] == HELPFUL

        def work() -> None:
            view = _judge_answer(services, click, is_helpful=is_helpful)
            services.tell(click, view, thread_ts=click.thread_around)

        services.press(f"feedback:{click.trigger_id}", click, work)

    @app.action(RATE)
    def handle_rate(ack: Ack, body: dict[str, Any]) -> None:
        ack()
        click = Click.read(body)
        # The thanks stand elsewhere than the answer: their button says where that is.
        held = replace(click, channel="", metadata=click.value, is_later=True)
        services.show(held, name_why, lambda: build_reasons(services, held))

    @app.action(_EXCERPT)
    def handle_excerpt(ack: Ack, body: dict[str, Any]) -> None:
        ack()
        click, is_helpful = Click.read(body), body["actions"][0]["action_id"] == RATE_HELPFUL

        def build() -> ModalView:
            _judge_comment(services, click, is_helpful=is_helpful)
            return build_reasons(services, click)

        services.fill(f"feedback:{click.trigger_id}", click, build)


def _judge_answer(services: SlackServices, click: Click, *, is_helpful: bool) -> MessageView:
    opened = Opened.by(click)
    if opened is None:
        return build_expired()
    channel = click.channel if click.is_public else ""
    services.overseeing.archive.opinions.judge_answer(find_judge(click, opened), is_helpful=is_helpful, channel=channel)
    return build_thanks(opened, is_helpful=is_helpful)


def _judge_comment(services: SlackServices, click: Click, *, is_helpful: bool) -> None:
    """Note what is said of a comment, if it is one that is shown to whoever says it."""
    opened = Opened.by(click)
    if opened:
        viewer = services.find_viewer(opened.place(click))
        comment = services.answering.find_comment(read_number(click.value), viewer)
        if comment:
            rated = Rated(comment.source, comment.native_id)
            services.overseeing.archive.opinions.judge_comment(find_judge(click, opened), rated, is_helpful=is_helpful)
