"""Telling `/hark refresh` from a question: the first word alone is one of a few, and what follows may name something.

All that there are stand in one table, which the help is made of.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum

from rapidfuzz import process
from rapidfuzz.distance import OSA

from bot.slack.views.message import build_label
from bot.translations import say
from store.query.interrogative import is_question
from store.query.wording import is_function_word, read_wording


class Verb(StrEnum):
    """What `/hark` does besides answering."""

    HELP = "help"
    SOURCES = "sources"
    REFRESH = "refresh"
    STATUS = "status"
    PROBLEMS = "problems"
    FOLLOW_UPS = "follow-ups"
    SUGGESTIONS = "suggestions"
    WATCH = "watch"
    WATCHES = "watches"
    UNWATCH = "unwatch"
    ABOUT_ME = "about-me"
    FORGET_ME = "forget-me"


@dataclass(frozen=True, slots=True)
class Subcommand:
    """A word that does something; `explain` says what, in its reader's language.

    `follows` is an expression for what may stand after it; anything else makes a question of it.
    """

    verb: Verb
    explain: Callable[[], str]
    is_for_admins: bool = False
    follows: str = ""


ON, OFF = "on", "off"
_ANYTHING = r"[\s\S]+"
_SWITCH = f"{ON}|{OFF}"

# In the order in which the help lists them.
SUBCOMMANDS = (
    Subcommand(Verb.SOURCES, lambda: say("what I search for you")),
    Subcommand(
        Verb.WATCH,
        lambda: say("with a question: tell you what is new about it; with `in this channel` after it, tell all here"),
        follows=_ANYTHING,
    ),
    Subcommand(Verb.WATCHES, lambda: say("what you watch")),
    Subcommand(Verb.UNWATCH, lambda: say("with a question: watch it no more"), follows=_ANYTHING),
    Subcommand(Verb.ABOUT_ME, lambda: say("what others can find of what you wrote")),
    Subcommand(Verb.FORGET_ME, lambda: say("remove what you wrote")),
    Subcommand(Verb.HELP, lambda: say("this")),
    Subcommand(Verb.STATUS, lambda: say("how the archive is"), is_for_admins=True),
    Subcommand(Verb.REFRESH, lambda: say("bring it up to date"), is_for_admins=True, follows=_ANYTHING),
    Subcommand(Verb.PROBLEMS, lambda: say("what could not be read"), is_for_admins=True, follows=_ANYTHING),
    Subcommand(
        Verb.FOLLOW_UPS,
        lambda: say("whether I answer on in threads of this channel, `on` or `off`"),
        is_for_admins=True,
        follows=_SWITCH,
    ),
    Subcommand(
        Verb.SUGGESTIONS,
        lambda: say("whether I suggest past discussions in this channel, `on` or `off`"),
        is_for_admins=True,
        follows=_SWITCH,
    ),
)

# Whoever begins so knows nothing of the bot yet. In quotation marks, any of it is a question.
_GREETING = (
    r"(?:hi|hello|hey|good (?:morning|afternoon|evening)|hallo|moin|servus|guten (?:morgen|tag|abend))\b"
    r"(?: (?:there|harkback|all|zusammen))?"
)
_HELP = (
    r"help(?: me)?|what (?:can|do) you do|(?:what|who) are you|how (?:does this work|do i use this|do i ask)"
    r"|hilfe|hilf mir|was (?:kannst|machst) du|wer bist du|wie (?:geht|funktioniert) das"
)
_ASKING_FOR_HELP = re.compile(rf"\W*(?:{_GREETING}[\s,.!]*)?(?:{_HELP})?[\s?!.]*", re.IGNORECASE)
_NAME_CHARS = 100
_NEAREST = 3
# One letter that is wrong, missing, too many or in its neighbour's place; in a long word, two.
_LONG_WORD_CHARS = 8


def parse_subcommand(text: str) -> tuple[Verb, str] | None:
    """Read a subcommand with what follows it; None for a question.

    Args:
        text: What was typed. In quotation marks, a verb is a question.
    """
    first, _, rest = text.strip().partition(" ")
    known = next((one for one in SUBCOMMANDS if one.verb == first.lower()), None)
    wanted = rest.strip()
    if known is None or (wanted and not re.fullmatch(known.follows, wanted, re.IGNORECASE)):
        return None
    return known.verb, wanted


def is_misplaced(text: str, list_names: Callable[[], Sequence[str]]) -> bool:
    """Tell whether what somebody wrote to the bot is a subcommand, which has its place after `/hark`.

    Where people talk, a question may begin with the same word: "watch out for what?", "problems with badges".

    Args:
        text: What was written.
        list_names: Gives the names of sources that may be meant.
    """
    found = parse_subcommand(text)
    if found is None:
        return False
    verb, wanted = found
    if verb is Verb.WATCH and wanted:
        # Who says what to look for begins with that.
        begins_so = not is_function_word(read_wording(wanted).key(0))
        return begins_so and "\n" not in wanted and not is_question(text)
    if verb in (Verb.REFRESH, Verb.PROBLEMS) and wanted:
        return find_named(wanted.strip("\"“”'"), list_names()) is not None
    return True


def is_asking_for_help(text: str) -> bool:
    """Tell whether somebody only greets the bot, or asks what it is for."""
    return bool(_ASKING_FOR_HELP.fullmatch(text))


def find_slip(text: str) -> str | None:
    """Find the subcommand that a text is very near to, and is not, with what follows it."""
    first, _, rest = text.strip().partition(" ")
    wanted = rest.strip()
    return _find_near(text.strip(), SUBCOMMANDS) or _find_near_with(first, wanted)


def _find_near_with(word: str, wanted: str) -> str | None:
    """Find the subcommand that a word is near to before what is meant for one; questions have words near to them."""
    # "Problem solving" is no slip of an admin.
    some = [one for one in SUBCOMMANDS if not (one.is_for_admins and one.follows == _ANYTHING)]
    verb = _find_near(word, [one for one in some if re.fullmatch(one.follows, wanted, re.IGNORECASE)])
    # With another letter in it, "watch" is a word of its own.
    is_other = verb is not None and len(word) == len(verb) and sorted(word.lower()) != sorted(verb)
    return f"{verb} {wanted}" if verb and not is_other else None


def _find_near(text: str, some: Sequence[Subcommand]) -> str | None:
    """Find the subcommand that a text is nearest to, and is not. Hardly anybody misses the first letter."""
    typed = text.lower()
    slips = 2 if len(typed) >= _LONG_WORD_CHARS else 1
    near = [str(one.verb) for one in some if one.verb[0] == typed[:1]]
    found = process.extractOne(typed, near, scorer=OSA.distance, score_cutoff=slips)
    return found[0] if found and found[1] else None


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
