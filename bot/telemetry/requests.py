"""What was delivered, from its arrival to the reply: one id in all that is logged of it, and where it came from."""

import secrets
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar, copy_context
from enum import StrEnum
from typing import Any, ParamSpec, TypeVar

from structlog.contextvars import bound_contextvars, get_contextvars

_P = ParamSpec("_P")
_T = TypeVar("_T")


class Surface(StrEnum):
    """Where something was asked or pressed."""

    MENTION = "mention"
    DIRECT_MESSAGE = "direct_message"
    THREAD = "thread"
    COMMAND = "command"
    BUTTON = "button"
    MODAL = "modal"
    SHORTCUT = "shortcut"
    MENU = "menu"
    REACTION = "reaction"
    HOME = "home"
    # What was owed for over a minute.
    RESUMED = "resumed"
    OTHER = "other"


_surface: ContextVar[Surface] = ContextVar("surface", default=Surface.OTHER)


@contextmanager
def handling(surface: Surface) -> Iterator[None]:
    """Do what comes of one delivery, under an id of its own; whatever is submitted to a CarryingPool has it too."""
    before = _surface.set(surface)
    try:
        with bound_contextvars(request=_make_id()):
            yield
    finally:
        _surface.reset(before)


def find_surface() -> Surface:
    """Give where what is being handled came from."""
    return _surface.get()


def find_request() -> str:
    """Find the id of what is being handled; empty for nothing."""
    return str(get_contextvars().get("request", ""))


def make_reference() -> str:
    """Give an id that a person can read out and an admin can find in the log: that of what is being handled, if any."""
    return find_request() or _make_id()


class CarryingPool(ThreadPoolExecutor):
    """A pool whose work belongs to the delivery that it was submitted for.

    Args:
        threads: How many.
        name: What their names begin with.
        note_wait: Told how many seconds each piece of work waited.
    """

    def __init__(self, threads: int, name: str, note_wait: Callable[[float], None] = lambda _: None) -> None:
        super().__init__(threads, thread_name_prefix=name)
        self._note_wait = note_wait

    def submit(self, fn: Callable[_P, _T], /, *args: _P.args, **kwargs: _P.kwargs) -> Future[_T]:
        """Submit work, in the context of whoever does so."""
        submitted = time.perf_counter()

        def work() -> _T:
            self._note_wait(time.perf_counter() - submitted)
            return fn(*args, **kwargs)

        return super().submit(copy_context().run, work)


# By the type of an event, and by that of anything else.
_OF_EVENT = {
    "app_mention": Surface.MENTION,
    "message": Surface.THREAD,
    "reaction_added": Surface.REACTION,
    "app_home_opened": Surface.HOME,
}
_OF_PAYLOAD = {
    "block_actions": Surface.BUTTON,
    "block_suggestion": Surface.MENU,
    "message_action": Surface.SHORTCUT,
    "shortcut": Surface.SHORTCUT,
    "view_submission": Surface.MODAL,
}


def read_surface(body: Any) -> Surface:
    """Tell where what Slack delivers comes from; anything may be in it, as long as it is not known to be Slack's."""
    if not isinstance(body, dict):
        return Surface.OTHER
    if "command" in body:
        return Surface.COMMAND
    event = body.get("event")
    if not isinstance(event, dict):
        return _OF_PAYLOAD.get(str(body.get("type")), Surface.OTHER)
    surface = _OF_EVENT.get(str(event.get("type")), Surface.OTHER)
    is_direct = surface is Surface.THREAD and event.get("channel_type") == "im"
    return Surface.DIRECT_MESSAGE if is_direct else surface


def _make_id() -> str:
    return secrets.token_hex(4)
