"""What is owed an answer: noted before Slack is told that it came, and given later if Slack does not take it."""

import json
import threading
from collections.abc import Callable
from contextvars import copy_context
from dataclasses import asdict
from datetime import timedelta
from typing import TypeVar

import structlog

from bot.slack.asking import PutOffError, SlackServices
from bot.slack.delivery import is_passing
from bot.slack.payloads import Command, Message
from bot.slack.refusals import describe_error
from bot.slack.views.message import MessageView
from bot.telemetry.metrics import count_failed
from bot.telemetry.requests import make_reference
from store.errors import StoreError
from store.repositories.replies import Replies

_log = structlog.get_logger(__name__)

_T = TypeVar("_T")

# Slack takes what it is not told about within three seconds for lost, and whoever typed a command is told so.
_NOTE_SECONDS = 1.0


def note_owed(
    replies: Replies, key: str, asked: Message | Command, is_wanted: Callable[[], bool] = lambda: True
) -> None:
    """Note that something is owed an answer, if it is to have one; Slack waits for that, but not for long."""

    def note() -> None:
        try:
            if is_wanted():
                replies.owe(key, json.dumps(asdict(asked)))
        except StoreError as error:
            _log.warning("a question is lost if the process ends before it is answered", reason=str(error))

    noting = threading.Thread(target=copy_context().run, args=(note,), daemon=True)
    noting.start()
    noting.join(_NOTE_SECONDS)


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
        except Exception as error:  # noqa: BLE001  # nothing stands above a thread of the pool
            count_failed(is_told=False)
            _log.exception("a reply could not be given", reference=make_reference(), **describe_error(error))
        finally:
            waiting.discard(key)

    services.pool.submit(answer)
    return True


def deliver_owed(
    services: SlackServices,
    key: str,
    view: MessageView,
    send: Callable[[MessageView], _T],
    patience: timedelta | None = None,
) -> _T:
    """Deliver an answer; what Slack has not taken for so long ends with a sentence that something went wrong.

    Raises:
        PutOffError: Slack does not take it for now.
        SlackApiError: Slack refuses it.
        OSError: Slack is not reached, and has not been for so long.
    """
    try:
        return send(view)
    except Exception as error:
        if not is_passing(error):
            raise
        if services.replies.may_wait(key, patience):
            raise PutOffError(describe_error(error)["error"]) from error
        return send(services.guard(_make_failing(error)))


def _make_failing(error: Exception) -> Callable[[], MessageView]:
    def fail() -> MessageView:
        raise error

    return fail
