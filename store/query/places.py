"""Places in a question: "#hr", "in the HR channel", "on the HCM blog", "in Slack". Only those the archive knows.

A channel is named with "#" or the word "channel": "trends in HR" is not about #hr.
"""

from dataclasses import dataclass

from store.query.known import Known
from store.query.vocabulary import NOUNS_OF_SAYING, TOPIC_PREPOSITIONS
from store.query.wording import Wording, has_content, is_function_word, word_set

_MAX_WORDS = 6
_PREPOSITIONS = word_set("in on at from within across inside")
_ARTICLES = frozenset({"the", "our", "this", "that"})
_CHANNEL = "channel"
# "on" marks both places and topics.
_NO_PLACE = TOPIC_PREPOSITIONS - _PREPOSITIONS


@dataclass(frozen=True, slots=True)
class Places:
    """Sources and channels as the archive spells them, and the places of the words that named them."""

    sources: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    taken: frozenset[int] = frozenset()

    def __or__(self, other: "Places") -> "Places":
        return Places(
            tuple(dict.fromkeys((*self.sources, *other.sources))),
            tuple(dict.fromkeys((*self.channels, *other.channels))),
            self.taken | other.taken,
        )


def find_places(wording: Wording, known: Known) -> Places:
    """Find the places that narrow a question."""
    places = Places()
    index = 0
    while index < len(wording.words):
        found = _find_channel(wording, index, known) or _find_marked(wording, index, known)
        if found:
            places |= found
            index = max(found.taken)
        index += 1
    return places


def _find_channel(wording: Wording, index: int, known: Known) -> Places | None:
    """Find "#hr", with the words around it that go with it."""
    if not wording.key(index).startswith("#"):
        return None
    begin = index - 1 if wording.key(index - 1) in _ARTICLES else index
    begin = begin - 1 if wording.key(begin - 1) == _CHANNEL else begin
    channels = known.find_channels(wording.key(index))
    if not channels or wording.key(begin - 1) in _NO_PLACE:
        return None
    begin = begin - 1 if wording.key(begin - 1) in _PREPOSITIONS else begin
    end = index + 2 if wording.key(index + 1) == _CHANNEL else index + 1
    return Places((), channels, frozenset(range(begin, end)))


def _find_marked(wording: Wording, index: int, known: Known) -> Places | None:
    """Find the place that a preposition marks: the longest name that ends where a name can end."""
    if wording.key(index) not in _PREPOSITIONS:
        return None
    start = index + 2 if wording.key(index + 1) in _ARTICLES else index + 1
    for end in range(min(start + _MAX_WORDS, len(wording.words)), start, -1):
        after = wording.key(end)
        if is_function_word(wording.key(end - 1)) or not (is_function_word(after) or after[0].isdecimal()):
            continue
        taken = frozenset(range(index, end))
        if channels := _find_named_channel(wording, start, end, known):
            return Places((), channels, taken)
        sources = known.find_sources(wording.spell(start, end))
        if sources and not _is_topic(wording, index, end):
            return Places(sources, (), taken)
    return None


def _find_named_channel(wording: Wording, start: int, end: int, known: Known) -> tuple[str, ...]:
    """Find "hr channel" and "channel hr"."""
    if end - start > 1 and wording.key(end - 1) == _CHANNEL:
        return known.find_channels(wording.spell(start, end - 1))
    if end - start > 1 and wording.key(start) == _CHANNEL:
        return known.find_channels(wording.spell(start + 1, end))
    return ()


def _is_topic(wording: Wording, index: int, end: int) -> bool:
    """Tell "thoughts on the HCM blog", which is about it, from "thoughts on the HCM blog about badges"."""
    is_of_noun = wording.key(index) == "on" and wording.key(index - 1) in NOUNS_OF_SAYING
    return is_of_noun and not has_content(wording.part(end, len(wording.words)))
