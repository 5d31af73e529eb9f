"""Telling `/hark refresh` from a question: the first word alone is one of a few, and what follows names a source."""

from collections.abc import Sequence
from difflib import get_close_matches
from enum import StrEnum

from bot.slack.views.message import build_label


class Verb(StrEnum):
    """What `/hark` does besides answering."""

    REFRESH = "refresh"
    SOURCES = "sources"
    STATUS = "status"
    PROBLEMS = "problems"


_NAME_CHARS = 100
_NEAREST = 3
_OF_A_SOURCE = (Verb.REFRESH, Verb.PROBLEMS)


def parse_subcommand(text: str) -> tuple[Verb, str] | None:
    """Read a subcommand with what follows it, which is to name a source; None for a question.

    Args:
        text: What was typed. In quotation marks, a verb is a question.
    """
    first, _, rest = text.strip().partition(" ")
    verb = next((verb for verb in Verb if verb == first.lower()), None)
    wanted = rest.strip().strip("\"“”'")
    if verb is None or (wanted and verb not in _OF_A_SOURCE):
        return None
    return verb, wanted


def find_named(wanted: str, names: Sequence[str]) -> str | None:
    """Find the source that is meant, by its name as it is or as messages show it."""
    exact = next((name for name in names if name.casefold() == wanted.casefold()), None)
    return exact or next((name for name in names if _as_shown(name) == _as_shown(wanted)), None)


def list_nearest(wanted: str, names: Sequence[str]) -> list[str]:
    """Give the names of sources that may have been meant, the nearest first."""
    folded = {name.casefold(): name for name in names}
    return [folded[name] for name in get_close_matches(wanted.casefold(), folded, _NEAREST)]


def _as_shown(name: str) -> str:
    return build_label(name, _NAME_CHARS).casefold()
