"""Choosing what to quote: the one to three sentences of a comment that answer, with the matching words marked."""

from collections.abc import Mapping

from store.domain.answer import Excerpt
from store.text.cleaning import collapse_spaces
from store.text.passages import Span, split_sentences
from store.text.words import find_words, stem

MAX_SENTENCES = 3
# Five excerpts of this length, with all around them, stay far below the 13,200 characters a chat message may hold.
MAX_CHARS = 600
# A sentence more must bring this much more of the question's weight, or fill a very short excerpt.
_WORTH_ADDING = 0.15
_SHORT_CHARS = 90
_ELLIPSIS = "…"


def build_excerpt(text: str, weights: Mapping[str, float], start: int = 0, end: int | None = None) -> Excerpt:
    """Quote the sentences that hold most of what was asked.

    Args:
        text: The whole comment.
        weights: Each stem of the question with its weight; empty for none.
        start: Where to look first when no word matches: the passage nearest in meaning.
        end: Where that passage ends.
    """
    sentences = split_sentences(text)
    if not sentences:
        return Excerpt("")
    matches = [_matched(text, sentence, weights) for sentence in sentences]
    if not any(matches):
        sentences = _clip(sentences, start, len(text) if end is None else end) or sentences
        matches = [frozenset()] * len(sentences)
    first, last = _best_window(sentences, matches, weights)
    shown = collapse_spaces(text[sentences[first].start : sentences[last].end])
    shown = _fit(shown, weights)
    return Excerpt(shown, find_highlights(shown, weights))


def find_highlights(text: str, stems: Mapping[str, float]) -> tuple[tuple[int, int], ...]:
    """Find the words of a text whose stems are among those given, in order."""
    return tuple((start, end) for word, start, end in find_words(text) if stem(word) in stems)


def _clip(sentences: list[Span], start: int, end: int) -> list[Span]:
    """Give what of the sentences lies in a passage, which may begin or end inside a long one."""
    inside = (Span(max(span.start, start), min(span.end, end)) for span in sentences)
    return [span for span in inside if span.start < span.end]


def _matched(text: str, span: Span, weights: Mapping[str, float]) -> frozenset[str]:
    return frozenset(stem(word) for word, _, _ in find_words(text[span.start : span.end])) & weights.keys()


def _best_window(sentences: list[Span], matches: list[frozenset[str]], weights: Mapping[str, float]) -> tuple[int, int]:
    """Take the sentence with most weight (the first of equals), then add neighbours while they bring something."""
    total = sum(weights.values()) or 1.0

    def worth(found: frozenset[str]) -> float:
        return sum(weights[word] for word in sorted(found)) / total

    first = last = max(range(len(sentences)), key=lambda place: (worth(matches[place]), -place))
    held = matches[first]
    while last - first + 1 < MAX_SENTENCES:
        length = sentences[last].end - sentences[first].start
        after, before = last + 1, first - 1
        gains = [
            (worth(held | matches[place]) - worth(held), place == after, place)
            for place in (after, before)
            if 0 <= place < len(sentences)
            and max(last, place) >= min(first, place)
            and sentences[max(last, place)].end - sentences[min(first, place)].start <= MAX_CHARS
        ]
        if not gains:
            break
        gain, _, place = max(gains)
        if gain < _WORTH_ADDING and length >= _SHORT_CHARS:
            break
        first, last, held = min(first, place), max(last, place), held | matches[place]
    return first, last


def _fit(text: str, weights: Mapping[str, float]) -> str:
    """Cut an over-long sentence around its first matching word, at spaces."""
    if len(text) <= MAX_CHARS:
        return text
    marks = find_highlights(text, weights)
    middle = marks[0][0] if marks else 0
    start = max(0, min(middle - MAX_CHARS // 3, len(text) - MAX_CHARS + 2))
    end = start + MAX_CHARS - 2 * len(_ELLIPSIS)
    if start > 0:
        start = max(start, text.find(" ", start, start + 40) + 1)
    if end < len(text):
        space = text.rfind(" ", end - 40, end)
        end = space if space > start else end
    return (_ELLIPSIS if start else "") + text[start:end].strip() + (_ELLIPSIS if end < len(text) else "")
