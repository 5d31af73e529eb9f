"""A question as words: folded for the patterns that read it, with their places, so that what is left is quoted exactly.

Patterns are matched on `Wording.plain`: the folded words with one space between, no punctuation. Thus nothing that is
understood depends on case, accents, punctuation or spaces. A quoted phrase is one word that no pattern matches.
"""

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import cached_property

from store.text.cleaning import clean_text, collapse_spaces
from store.text.words import STOP_WORDS, fold

# Longer questions add nothing an encoder of 256 tokens would read.
MAX_QUESTION_CHARS = 1_000

# What stands for a quoted phrase in `plain`.
QUOTED = '"'
QUOTATION = r"\"[^\"]*\w[^\"]*\"|“[^“”]*\w[^“”]*”|„[^„“”]*\w[^„“”]*[“”]|«[^«»]*\w[^«»]*»"
_WORD = re.compile(
    rf"(?P<quotation>{QUOTATION})"
    r"|https?://[^\s<>\"]*\w"
    # Two years with a dash between are one word, whatever the spaces: "2009 - 2011".
    r"|(?<![\w-])(?P<years>\d{4}\s*[-–—]\s*\d{4})(?![\w-])"
    # A word may hold marks between two of its letters ("jon's", "mid-2013", "03/2014", "R&D", "hr.example.com"), a
    # comma or colon only between digits. The sign before or after tells "#hr", "@jon", "$2000" and "20%" from words.
    r"|(?:(?<!\w)[#@$€£])?\w+(?:(?:['’.&/_+@-]|(?<=\d)[,:–](?=\d))\w+)*(?:%|\+\+)?"
)
_DASHES = str.maketrans({"’": "'", "–": "-", "—": "-"})

# Words that may follow a name or a date: grammar, not more of the name.
FUNCTION_WORDS = STOP_WORDS | {
    "across", "against", "among", "around", "between", "concerning", "during", "ever", "last", "lately",
    "please", "re", "recently", "regarding", "since", "throughout", "till", "today", "towards", "upon", "versus", "via",
    "vs", "within", "without", "yesterday",
}  # fmt: skip


def word_set(words: str) -> frozenset[str]:
    """Make a set of the words of a text."""
    return frozenset(words.split())


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a question: folded, with its half-open offsets in the text."""

    key: str
    start: int
    end: int


class Wording:
    """Some of the words of a text, in order."""

    def __init__(self, text: str, words: Iterable[Word]) -> None:
        self.text = text
        self.words = tuple(words)

    @cached_property
    def plain(self) -> str:
        """What patterns are matched on."""
        return " ".join(word.key for word in self.words)

    @cached_property
    def starts(self) -> list[int]:
        """Where in `plain` each word starts."""
        position, starts = 0, []
        for word in self.words:
            starts.append(position)
            position += len(word.key) + 1
        return starts

    def key(self, index: int) -> str:
        """Give a word by its place, folded; an empty string beyond either end."""
        return self.words[index].key if 0 <= index < len(self.words) else ""

    def indices(self, start: int, end: int) -> range:
        """Give the places of the words between two offsets of `plain`."""
        return range(bisect_left(self.starts, start), bisect_left(self.starts, max(start, end)))

    def without(self, taken: Collection[int]) -> "Wording":
        """Leave out the words at these places."""
        if not taken:
            return self
        return Wording(self.text, (word for index, word in enumerate(self.words) if index not in taken))

    def part(self, start: int, end: int) -> "Wording":
        """Give the words from one place up to another."""
        return Wording(self.text, self.words[start:end])

    def spell(self, start: int, end: int) -> str:
        """Give the words from one place up to another as they were typed, without the quotes around a phrase."""
        words = self.words[start:end]
        return " ".join(self.text[word.start : word.end].strip('"“”„«»') for word in words)


def tidy_question(question: str) -> str:
    """Cut a question to what is read of it, in composed characters, and settle its spaces."""
    return collapse_spaces(unicodedata.normalize("NFC", clean_text(question[:MAX_QUESTION_CHARS])))


def read_wording(text: str) -> Wording:
    """Give the words of a text."""
    return Wording(text, (Word(_make_key(found), found.start(), found.end()) for found in _WORD.finditer(text)))


def is_function_word(key: str) -> bool:
    """Tell a word that ends a name or a date: none at all, or one of grammar."""
    return not key or key in FUNCTION_WORDS


def has_content(wording: Wording) -> bool:
    """Tell whether any word carries a subject."""
    return any(word.key not in STOP_WORDS for word in wording.words)


# What is dropped where a topic was cut out of a question. A full stop before a word is part of it: ".NET".
_LEFT_EDGE = " ,;:!?…)]}–—-？！，。"
_RIGHT_EDGE = " .,;:!?…([{–—-？！，。"


def spell_topic(every: Wording, kept: Wording) -> str:
    """Write the kept words of a question as they were typed, with the punctuation between those that stood together."""
    if not kept.words:
        return ""
    kept_starts = {word.start for word in kept.words}
    pieces: list[str] = []
    begin: int | None = None
    previous_end = 0
    for index, word in enumerate(every.words):
        if word.start in kept_starts:
            begin = _reach_left(every.text, previous_end, word.start) if begin is None else begin
            following = every.words[index + 1] if index + 1 < len(every.words) else None
            if following is None or following.start not in kept_starts:
                limit = following.start if following else len(every.text)
                pieces.append(every.text[begin : _reach_right(every.text, word.end, limit, is_last=not following)])
                begin = None
        previous_end = word.end
    return " ".join(piece for part in pieces if (piece := part.lstrip(_LEFT_EDGE).rstrip(_RIGHT_EDGE)))


def _reach_left(text: str, limit: int, start: int) -> int:
    """Give where the signs begin that stand right before a word; all of them at the start of the text."""
    return 0 if limit == 0 else max(limit, text.rfind(" ", limit, start) + 1)


def _reach_right(text: str, end: int, limit: int, *, is_last: bool) -> int:
    """Give where the signs end that stand right after a word; all of them at the end of the text."""
    space = text.find(" ", end, limit)
    return limit if is_last or space < 0 else space


def _make_key(found: re.Match[str]) -> str:
    if found["quotation"]:
        return QUOTED
    if found["years"]:
        return re.sub(r"\s", "", found[0]).translate(_DASHES)
    return "".join(fold(found[0]).translate(_DASHES).split()) or QUOTED
