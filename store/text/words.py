"""Words of a text: tokens as the word index sees them, stop words, stems."""

import re
import threading
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

import snowballstemmer

# Letters and digits, as in the word index: it, too, parts words at an underscore. The typographic apostrophe is meant.
_WORD = re.compile(r"[^\W_]+(?:['\u2019][^\W_]+)?")
_APOSTROPHES = re.compile(r"['\u2019].*$")

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


class _Stemmer(threading.local):
    """A stemmer for each thread: it holds the word it works on, and must not be shared."""

    def __init__(self) -> None:
        self.porter = snowballstemmer.stemmer("porter")


_stemmer = _Stemmer()


def fold(text: str) -> str:
    """Lower the case and drop accents: "Café" and "cafe" are one word."""
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", text).casefold()
    return "".join(char for char in decomposed if not unicodedata.combining(char))


@lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    """Reduce a word to its Porter stem, folded; a possessive ending is dropped."""
    return str(_stemmer.porter.stemWord(_APOSTROPHES.sub("", fold(word))))


def find_words(text: str) -> Iterator[tuple[str, int, int]]:
    """Give each word with its half-open offsets."""
    for found in _WORD.finditer(text):
        yield found[0], found.start(), found.end()


def content_words(text: str) -> list[str]:
    """Give the folded words that carry a subject, each once, in order; all words if there are only stop words."""
    words = [_APOSTROPHES.sub("", fold(word)) for word, _, _ in find_words(text)]
    kept = [word for word in words if word and word not in STOP_WORDS]
    return list(dict.fromkeys(kept or [word for word in words if word]))
