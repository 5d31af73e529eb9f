"""Languages in a question: "… about mentoring in German", "in Dutch or French", "comments in German about mentoring".

Only those the archive holds a fair share of, and only where nothing follows that a language could describe: "in German
schools" is a topic.
"""

from dataclasses import dataclass

from store.query.known import Known
from store.query.vocabulary import NOUNS_OF_SAYING, PAST_OF_SAYING, TOPIC_PREPOSITIONS
from store.query.wording import Wording

_JOINS = frozenset({"and", "or"})
_SAYING = NOUNS_OF_SAYING | PAST_OF_SAYING


@dataclass(frozen=True, slots=True)
class Languages:
    """Languages by their codes, and the places of the words that named them."""

    languages: tuple[str, ...] = ()
    taken: frozenset[int] = frozenset()


def find_languages(wording: Wording, known: Known) -> Languages:
    """Find the languages that narrow a question; the last that are named."""
    for index in reversed(range(len(wording.words))):
        if wording.key(index) == "in" and (found := _find_named(wording, index, known)):
            return found
    return Languages()


def _find_named(wording: Wording, index: int, known: Known) -> Languages | None:
    end = index + 2 if wording.key(index + 1) == "the" else index + 1
    languages: list[str] = []
    while found := known.find_languages(wording.key(end), is_certain=False):
        languages += found
        end += 2 if wording.key(end + 1) in _JOINS else 1
    if not languages or wording.key(end - 1) in _JOINS:
        return None
    end += wording.key(end) in {"language", "languages"}
    after = end + (wording.key(end) == "please")
    if after == len(wording.words):
        return Languages(tuple(dict.fromkeys(languages)), frozenset(range(index, after)))
    if wording.key(end) in TOPIC_PREPOSITIONS and wording.key(index - 1) in _SAYING:
        return Languages(tuple(dict.fromkeys(languages)), frozenset(range(index, end)))
    return None
