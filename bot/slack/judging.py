"""Why hits are there, and what somebody says of each: what the listeners of both have in common."""

from dataclasses import replace

from bot.slack.asking import SlackServices
from bot.slack.payloads import Click
from bot.slack.views.buttons import build_value
from bot.slack.views.modal import ModalView
from bot.slack.views.notices import build_expired
from bot.slack.views.opened import Opened
from bot.slack.views.why import build_why, name_why
from store.repositories.feedback import Judge


def find_judge(click: Click, opened: Opened) -> Judge:
    """Tell who judges what: every page of an answer is the same one.

    Of a question that was read out of a message no words are kept: its place tells it from others.
    """
    asked = replace(opened.asked, offset=0)
    kept = replace(asked, question="") if asked.chosen.beside else asked
    return Judge(click.team, click.user, build_value(kept))


def build_reasons(services: SlackServices, click: Click) -> ModalView:
    """Build the modal that a press below an answer, or in that modal, shows to whoever pressed."""
    opened = Opened.by(click)
    if opened is None:
        return ModalView(name_why(), build_expired().blocks)
    answer = services.find_answer(opened.asked, services.find_viewer(opened.place(click)), is_again=True)
    said = services.overseeing.archive.opinions.read_own(find_judge(click, opened))
    return build_why(answer, said, opened)
