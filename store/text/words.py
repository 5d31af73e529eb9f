"""Words of a text: stop words, stems, and the terms that the word index is given.

What the index holds was made here: a change to a term, a stem or what is quoted needs a migration that fills the index
anew, as 0002 does, or comments stored before are not found by what changed.
"""

import re
import threading
import unicodedata
from collections.abc import Container, Iterator, Mapping
from functools import lru_cache
from itertools import accumulate, pairwise
from typing import Any

import snowballstemmer

# The typographic apostrophe is meant.
_APOSTROPHES = re.compile(r"['\u2019].*$")
_APOSTROPHE = re.compile(r"['\u2019]")
# What follows an apostrophe in English without being a word: a possessive, or what is left of a verb.
# Anything else is one: l'école, O'Farrell.
_ENDINGS = frozenset({"s", "t", "re", "ve", "ll", "d", "m"})

# Letters of scripts that put no space between words, without their digits. Korean does put spaces, but joins so
# much to a word that its syllables tell more. Bopomofo stands in for Han.
_UNSPACED = (
    "\u0e01-\u0e3a\u0e40-\u0e4e"  # Thai
    "\u0e81-\u0ecf\u0edc-\u0edf"  # Lao
    "\u1000-\u103f\u104c-\u108f\u109a-\u109d\ua9e0-\ua9ef\ua9fa-\ua9fe\uaa60-\uaa7f"  # Myanmar
    "\u1780-\u17d3\u17d7-\u17dd"  # Khmer
    "\u1100-\u11ff\u3131-\u318e\ua960-\ua97f\uac00-\ud7ff\uffa0-\uffdc"  # Hangul
    "\u3041-\u309f\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff\uff66-\uff9f\U0001aff0-\U0001b16f"  # kana
    "\u3005-\u3007\u3021-\u3029\u3038-\u303c\u3105-\u312f\u31a0-\u31bf"  # Han's marks and numerals, Bopomofo
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"  # Han
)
# Where the combining marks of living scripts stand.
_MARK_PLACES = (range(0x300, 0x3100), range(0xA66F, 0xABEE), range(0xFE20, 0xFE30))
_MARKS = "".join(
    char for place in _MARK_PLACES for char in map(chr, place) if unicodedata.category(char).startswith("M")
)
# Joiners, keycaps and variants say how the character before looks: they are kept in a word, not in its term.
_SHAPES = "\u200d\u20dd-\u20e4\ufe00-\ufe0f\U000e0100-\U000e01ef"
# Letters that end the character before them: sara am, half-width voicing marks, vowels and finals of a syllable.
_FINALS = "\u0e33\u0eb3\uff9e\uff9f\u1160-\u11ff\ud7b0-\ud7fb"
_SPACED = rf"[^\W_{_UNSPACED}]+(?:[{_MARKS}{_SHAPES}]+[^\W_{_UNSPACED}]*)*"
# A letter before ++ or # is a language: C++, C#, F#.
_TERM = re.compile(
    rf"[A-Za-z](?:\+\+|#)|{_SPACED}(?:['\u2019]{_SPACED}){{0,2}}|(?P<run>[{_UNSPACED}][{_UNSPACED}{_MARKS}{_SHAPES}]*)"
)
# The same where there is nothing but ASCII: several times as fast.
_ASCII_TERM = re.compile(r"[A-Za-z](?:\+\+|#)|[A-Za-z0-9]+(?:'[A-Za-z0-9]+){0,2}")
# With as many marks as any language has: without an end, one could be as long as a text.
_CHARACTER = re.compile(rf".[{_MARKS}{_SHAPES}{_FINALS}]{{0,15}}")
# What folding leaves that is no part of a term: the slash of a fraction, spaces and brackets, marks without a letter.
_NOT_TERM = re.compile(rf"^[{_MARKS}]+|[^\w{_MARKS}]+|[_{_SHAPES}]+")
# Longer words are no words; PostgreSQL refuses a term of more than 2,046 bytes.
_MAX_TERM_CHARS = 100

ENGLISH = "en"
# The languages that Snowball has stems for, by ISO 639-1 code.
_ALGORITHMS: Mapping[str, str] = {
    "ar": "arabic", "ca": "catalan", "cs": "czech", "da": "danish", "de": "german", "el": "greek", ENGLISH: "english",
    "eo": "esperanto", "es": "spanish", "et": "estonian", "eu": "basque", "fa": "persian", "fi": "finnish",
    "fr": "french", "ga": "irish", "hi": "hindi", "hu": "hungarian", "hy": "armenian", "id": "indonesian",
    "it": "italian", "lt": "lithuanian", "ne": "nepali", "nl": "dutch", "no": "norwegian", "pl": "polish",
    "pt": "portuguese", "ro": "romanian", "ru": "russian", "sr": "serbian", "sv": "swedish", "ta": "tamil",
    "tr": "turkish",
}  # fmt: skip

# Words that carry grammar, not subject. Kept short: a stop word can never be searched for.
# fmt: off
STOP_WORDS = frozenset({
    "a", "about", "after", "again", "all", "also", "am", "an", "and", "any", "anybody", "anyone",
    "anything", "are", "as", "at", "be", "because", "been", "before", "being", "but", "by", "can",
    "could", "did", "do", "does", "doing", "done", "for", "from", "further", "get", "got", "had", "has",
    "have", "having", "he", "her", "here", "hers", "him", "his", "how", "i", "if", "in", "into", "is",
    "it", "its", "just", "like", "me", "more", "most", "my", "no", "nor", "not", "of", "off", "on",
    "once", "one", "only", "or", "other", "our", "ours", "out", "over", "own", "really", "s", "she",
    "should", "so", "some", "somebody", "someone", "something", "such", "t", "than", "that", "the",
    "their", "theirs", "them", "then", "there", "these", "they", "this", "those", "through", "to",
    "too", "under", "until", "up", "us", "very", "was", "we", "were", "what", "when", "where", "which",
    "while", "who", "whom", "whose", "why", "will", "with", "would", "you", "your", "yours",
})
# fmt: on


class _Stemmers(threading.local):
    """Stemmers by language, for each thread: one holds the word it works on, and must not be shared."""

    def __init__(self) -> None:
        self._made: dict[str, Any] = {}

    def stem(self, word: str, language: str) -> str:
        if language not in self._made:
            self._made[language] = snowballstemmer.stemmer(_ALGORITHMS[language])
        return str(self._made[language].stemWord(word))


_stemmers = _Stemmers()


def has_stems(language: str | None) -> bool:
    """Tell whether words of a language have stems of their own; those of others are stemmed as English."""
    return language in _ALGORITHMS and language != ENGLISH


def fold(text: str) -> str:
    """Lower the case and drop accents: "Café" and "cafe" are one word."""
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", text).casefold()
    return "".join(char for char in decomposed if not unicodedata.combining(char))


@lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    """Reduce a word to its English Snowball stem (Porter2), folded; a possessive ending is dropped."""
    return _stemmers.stem(_APOSTROPHES.sub("", fold(word)), ENGLISH)


def find_terms(
    text: str, among: Container[str] | None = None, language: str | None = None
) -> Iterator[tuple[str, int, int]]:
    """Give each term that the word index holds of a text, with half-open offsets, in order.

    A word is one term, its stem; where scripts put no space between words, each two characters that stand
    together are one. A word that mixes such a script with another is parted where the script changes.

    Args:
        text: Any text.
        among: The terms to give, of those that there are; None for all.
        language: Whose stems words have; English ones if it is not known or has none. The terms of a text are as many
            in every language, and stand at the same places.
    """
    pattern = _ASCII_TERM if text.isascii() else _TERM
    for found in pattern.finditer(text):
        if found.lastgroup:
            terms = _find_bigrams(found[0], found.start())
            yield from terms if among is None else (term for term in terms if term[0] in among)
        else:
            for term in _word_terms(found[0][:_MAX_TERM_CHARS], language):
                if among is None or term in among:
                    yield term, found.start(), found.end()


def index_terms(text: str, language: str | None = None) -> list[str]:
    """Give the terms of a text, in order, as often as they stand there, in the stems of a language."""
    language = language if has_stems(language) else None
    if not text.isascii():
        return [term for term, _, _ in find_terms(text, None, language)]
    words = _ASCII_TERM.findall(text.lower())
    return [term for word in words for term in _word_terms(word[:_MAX_TERM_CHARS], language)]


def question_terms(text: str) -> list[str]:
    """Give the terms that carry a subject, each once, in order; all terms if there are only stop words."""
    found = [(term, _APOSTROPHES.sub("", fold(text[start:end]))) for term, start, end in find_terms(text)]
    kept = [term for term, word in found if word not in STOP_WORDS]
    return list(dict.fromkeys(kept or [term for term, _ in found]))


def question_forms(text: str, language: str) -> dict[str, frozenset[str]]:
    """Give what each term of a question is in the stems of another language."""
    terms = dict.fromkeys(question_terms(text))
    forms: dict[str, set[str]] = {term: set() for term in terms}
    for (term, _, _), (form, _, _) in zip(find_terms(text), find_terms(text, None, language), strict=True):
        if term in terms:
            forms[term].add(form)
    return {term: frozenset(some) for term, some in forms.items()}


@lru_cache(maxsize=50_000)
def _word_terms(word: str, language: str | None) -> tuple[str, ...]:
    """Stem a word, or both words of one with an apostrophe that is not English grammar."""
    pieces = _APOSTROPHE.split(word)
    if pieces[-1].lower() in _ENDINGS and len(pieces) > 1:
        pieces.pop()
    if language is not None and has_stems(language):
        terms = (_stem_in(piece, language) for piece in pieces)
    else:
        terms = (stem(_fold_term(piece)) for piece in pieces)
    return tuple(term for term in terms if term)


def _stem_in(word: str, language: str) -> str:
    """Stem a word of another language than English, and fold only then: endings have accents, as "organização" has."""
    folded = _fold_term(word)
    stemmed = _stemmers.stem(unicodedata.normalize("NFC", word).lower(), language) if folded else ""
    return _fold_term(stemmed) or folded


def _find_bigrams(run: str, offset: int) -> Iterator[tuple[str, int, int]]:
    characters = _CHARACTER.findall(run)
    places = list(accumulate(map(len, characters), initial=offset))
    folded = [place for place in zip(map(_fold_character, characters), places, places[1:], strict=False) if place[0]]
    if len(folded) == 1:
        yield folded[0]
    for (first, start, _), (second, _, end) in pairwise(folded):
        yield first + second, start, end


@lru_cache(maxsize=20_000)
def _fold_character(character: str) -> str:
    return _fold_term(character)


def _fold_term(text: str) -> str:
    """Fold a word or character to what may stand in a term: letters, digits, and marks after them."""
    return text.lower() if text.isascii() else _NOT_TERM.sub("", fold(text))[:_MAX_TERM_CHARS]
