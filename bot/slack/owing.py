"""What is owed an answer: noted before Slack is told that it came, and given later if Slack does not take it."""

import json
from collections.abc import Callable
from dataclasses import asdict
from typing import TypeVar

import structlog

from bot.slack.asking import PutOffError, SlackServices
from bot.slack.delivery import is_passing
from bot.slack.payloads import Command, Message
from bot.slack.refusals import describe_error
from bot.slack.views.message import MessageView
from store.errors import StoreError
from store.repositories.replies import Replies

_log = structlog.get_logger(__name__)

_T = TypeVar("_T")


def note_owed(
    replies: Replies, key: str, asked: Message | Command, is_wanted: Callable[[], bool] = lambda: True
) -> None:
    """Note that something is owed an answer, if it is to have one."""
    try:
        if is_wanted():
            replies.owe(key, json.dumps(asdict(asked)))
    except StoreError as error:
        _log.warning("a question is lost if the process ends before it is answered", reason=str(error))


def submit_once(services: SlackServices, key: str, work: Callable[[], None]) -> bool:
    """Answer something in the pool, and tell whether it was taken.

    What waits there already is left to wait: delivered or owed again, it would only make the wait longer.
    """
    waiting = services.waiting
    if key in waiting:
        return False
    waiting.add(key)

    def answer() -> None:
        try:
            work()
        finally:
            waiting.discard(key)

    services.pool.submit(answer)
    return True


def deliver_owed(services: SlackServices, key: str, view: MessageView, send: Callable[[MessageView], _T]) -> _T:
    """Deliver an answer; what Slack has not taken for hours ends with a sentence that something went wrong.

    Raises:
        PutOffError: Slack does not take it for now.
        SlackApiError: Slack refuses it.
        OSError: Slack is not reached, and has not been for hours.
    """
    try:
        return send(view)
    except Exception as error:
        if not is_passing(error):
            raise
        if services.replies.may_wait(key):
            raise PutOffError(describe_error(error)["error"]) from error
        return send(services.guard(_make_failing(error)))


def _make_failing(error: Exception) -> Callable[[], MessageView]:
    def fail() -> MessageView:
        raise error

    return fail
