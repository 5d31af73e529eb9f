"""Telling `/hark refresh` from a question: the first word alone is one of a few, and what follows names a source."""

from collections.abc import Callable, Iterable
from enum import StrEnum


class Verb(StrEnum):
    """What `/hark` does besides answering."""

    REFRESH = "refresh"
    SOURCES = "sources"
    STATUS = "status"
    PROBLEMS = "problems"


_OF_A_SOURCE = (Verb.REFRESH, Verb.PROBLEMS)


def parse_subcommand(text: str, list_names: Callable[[], Iterable[str]]) -> tuple[Verb, str] | None:
    """Read a subcommand with the source it names, if it names one; None for a question.

    Args:
        text: What was typed. In quotation marks, a verb is a question.
        list_names: Gives the names of the sources that whoever typed it may know of.
    """
    first, _, rest = text.strip().partition(" ")
    verb = next((verb for verb in Verb if verb == first.lower()), None)
    wanted = rest.strip().strip("\"“”'").casefold()
    if verb is None or not wanted:
        return (verb, "") if verb else None
    if verb not in _OF_A_SOURCE:
        return None
    name = next((name for name in list_names() if name.casefold() == wanted), None)
    return (verb, name) if name else None
