"""The stages of a question's way, for whoever wants to see how long each takes; by itself nobody does."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from enum import StrEnum
from functools import wraps
from typing import ParamSpec, TypeVar


class Stage(StrEnum):
    """A part of the way from a delivery to its reply. Some lie within others."""

    # From when something was delivered until that was acknowledged.
    ACK = "ack"
    # In the queue of those who answer.
    WAIT = "wait"
    # All that is done for one delivery after that, until it is done.
    REPLY = "reply"
    UNDERSTAND = "understand"
    ENCODE = "encode"
    # Candidates by words, and by meaning.
    WORDS = "words"
    MEANING = "meaning"
    RANK = "rank"
    EXCERPTS = "excerpts"
    BUILD = "build"
    POST = "post"


Watch = Callable[[Stage], AbstractContextManager[None]]

_P = ParamSpec("_P")
_T = TypeVar("_T")
_NOTHING = nullcontext()
# The last one watches.
_watches: list[Watch] = []


def stage(which: Stage) -> AbstractContextManager[None]:
    """Do something as a stage, with what this gives."""
    return _watches[-1](which) if _watches else _NOTHING


def in_stage(which: Stage) -> Callable[[Callable[_P, _T]], Callable[_P, _T]]:
    """Do all that a function does as a stage."""

    def decorate(function: Callable[_P, _T]) -> Callable[_P, _T]:
        @wraps(function)
        def work(*args: _P.args, **kwargs: _P.kwargs) -> _T:
            with stage(which):
                return function(*args, **kwargs)

        return work

    return decorate


@contextmanager
def watching(watch: Watch) -> Iterator[None]:
    """Let every stage be done within what `watch` gives, in all threads of this process."""
    _watches.append(watch)
    try:
        yield
    finally:
        _watches.remove(watch)
