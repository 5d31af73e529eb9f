"""The stages of a question's way, for whoever wants to see how long each takes; by itself nobody does."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from enum import StrEnum


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

# The last one watches.
_watches: list[Watch] = []


@contextmanager
def stage(which: Stage) -> Iterator[None]:
    """Do something as a stage; as a decorator, all of a function."""
    if not _watches:
        yield
        return
    with _watches[-1](which):
        yield


@contextmanager
def watching(watch: Watch) -> Iterator[None]:
    """Let every stage be done within what `watch` gives, in all threads of this process."""
    _watches.append(watch)
    try:
        yield
    finally:
        _watches.remove(watch)
