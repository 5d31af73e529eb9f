"""Choosing what to quote: the one to three sentences of a comment that answer, with the matching words marked."""

import math
import re
import unicodedata
from bisect import bisect_left
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import pairwise
from operator import attrgetter

from store.domain.answer import Excerpt
from store.text.cleaning import collapse_spaces
from store.text.passages import Span, split_sentences
from store.text.quotes import find_quoted
from store.text.words import find_terms

MAX_SENTENCES = 3
# Five excerpts of this length, with all around them, stay far below the 13,200 characters a chat message may hold.
MAX_CHARS = 600
# A sentence more must bring this much more of the question's weight, or fill a very short excerpt.
_WORTH_ADDING = 0.15
# In UTF-8: a Chinese character says as much as three letters.
_SHORT_BYTES = 90
# Words of the question that stand side by side count up to this much more, and half of it at this distance: less
# than a sentence more must bring, so that nearness seldom outweighs a word that is missing.
_NEAR_WORTH = 0.1
_NEAR_CHARS = 30
# Lying in the passage nearest in meaning decides between sentences that hold the same words.
_PASSAGE_WORTH = 0.05
# How far a cut may move to end at a space.
_CUT_CHARS = 40
_ELLIPSIS = "…"
# How a sentence opens that goes on from the one before: alone, it does not say what it speaks of.
_OPENERS = frozenset({
    "also", "and", "because", "but", "he", "hence", "her", "his", "however", "it", "its", "nor", "or", "otherwise",
    "she", "so", "such", "that", "their", "then", "therefore", "these", "they", "this", "those", "though", "thus",
    "which", "yet",
})  # fmt: skip
_OPENER = re.compile(r"[^\w\n]{0,5}([A-Za-z]+)")

# A term of the question where it stands in a text: the term, its start and its end.
_Mark = tuple[str, int, int]


def build_excerpt(
    text: str, weights: Mapping[str, float], start: int = 0, end: int | None = None, language: str | None = None
) -> Excerpt:
    """Quote the sentences that hold most of what was asked.

    Args:
        text: The whole comment.
        weights: Each term of the question with its weight; empty for none.
        start: Where the passage nearest in meaning begins. It decides between sentences that hold the same
            words, and is quoted where no word matches.
        end: Where that passage ends.
        language: The comment's, whose stems the terms are in.
    """
    sentences = split_sentences(text)
    if not sentences:
        return Excerpt("")
    passage = Span(start, len(text) if end is None else end)
    quoted = _find_quoted(text, sentences)
    found = _find_matches(text, sentences, weights, language)
    if found:
        barred = quoted if found.keys() - quoted else set()
        first, last = _best_window(sentences, found, barred, passage, weights)
    else:
        sentences, barred = _clip(text, sentences, quoted, passage)
        first = last = next(place for place in range(len(sentences)) if place not in barred)
    first = _add_context(text, sentences, quoted, first, last)
    first, last = _fill(text, sentences, barred, first, last)
    shown = _quote(text, Span(sentences[first].start, sentences[last].end), found.get(first, ()))
    return Excerpt(shown, find_highlights(shown, weights, language))


def find_highlights(text: str, terms: Collection[str], language: str | None = None) -> tuple[tuple[int, int], ...]:
    """Find the words of a text whose terms are among those given, in order; what touches or overlaps is one."""
    spans: list[tuple[int, int]] = []
    for _, start, end in find_terms(text, terms, language):
        if spans and start <= spans[-1][1]:
            spans[-1] = spans[-1][0], max(end, spans[-1][1])
        else:
            spans.append((start, end))
    return tuple(spans)


def _find_quoted(text: str, sentences: Sequence[Span]) -> set[int]:
    """Find the sentences that lie in quoted lines, by their place."""
    places: set[int] = set()
    for line in find_quoted(text):
        first = bisect_left(sentences, line.start, key=attrgetter("start"))
        places.update(range(first, bisect_left(sentences, line.end, key=attrgetter("start"))))
    return places


def _find_matches(
    text: str, sentences: Sequence[Span], weights: Mapping[str, float], language: str | None
) -> dict[int, list[_Mark]]:
    """Find the question's terms in each sentence that holds any, by its place, in order.

    Of a sentence too long to be shown whole, only those that can be shown together count.
    """
    found: dict[int, list[_Mark]] = {}
    place = 0
    for mark in find_terms(text, weights, language):
        while sentences[place].end <= mark[1]:
            place += 1
        found.setdefault(place, []).append(mark)
    for place, marks in found.items():
        if sentences[place].end - sentences[place].start > MAX_CHARS:
            found[place] = _find_densest(marks, weights)
    return found


def _find_densest(marks: Sequence[_Mark], weights: Mapping[str, float]) -> list[_Mark]:
    """Find the marks that fit into one excerpt and hold most of the question; of equals, the most and the first."""
    held: Counter[str] = Counter()
    best, best_score, first, worth = (0, 1), (0.0, 0), 0, 0.0
    for last, (term, _, end) in enumerate(marks):
        worth += weights[term] if not held[term] else 0.0
        held[term] += 1
        while first < last and end - marks[first][1] > MAX_CHARS - 2 * _CUT_CHARS:
            held[marks[first][0]] -= 1
            worth -= weights[marks[first][0]] if not held[marks[first][0]] else 0.0
            first += 1
        # Rounded: adding and taking away leaves crumbs.
        score = (round(worth, 9), last - first)
        if score > best_score:
            best, best_score = (first, last + 1), score
    return list(marks[slice(*best)])


def _best_window(
    sentences: Sequence[Span],
    found: Mapping[int, Sequence[_Mark]],
    barred: Collection[int],
    passage: Span,
    weights: Mapping[str, float],
) -> tuple[int, int]:
    """Choose the first and last of the sentences that are worth most, each more than one paying for its room."""
    total = sum(weights.values()) or 1.0
    terms = {place: frozenset([term for term, _, _ in marks]) for place, marks in found.items()}
    shares: dict[frozenset[str], float] = {}
    best, best_score = (0, 0), -math.inf
    held: frozenset[str] = frozenset()
    for first, last in _find_windows(sentences, found, barred):
        held = terms[first] if first == last else held | terms[last]
        if held not in shares:
            # Sorted: a sum depends on its order, and equals must be equal.
            shares[held] = sum(weights[term] for term in sorted(held)) / total
        score = shares[held] - _WORTH_ADDING * (last - first)
        # The rest is not worth measuring where it cannot help.
        if score + _NEAR_WORTH + _PASSAGE_WORTH > best_score:
            near = max(_measure_nearness(found.get(place, ()), weights) for place in range(first, last + 1)) / total
            inside = _measure_overlap(sentences[first].start, sentences[last].end, passage)
            score += _NEAR_WORTH * near + _PASSAGE_WORTH * inside
            if score > best_score:
                best, best_score = (first, last), score
    return best


def _find_windows(
    sentences: Sequence[Span], found: Mapping[int, object], barred: Collection[int]
) -> Iterator[tuple[int, int]]:
    """Give the windows that begin and end with a sentence that matches: of each first one, the shortest first."""
    for first in found:
        for last in range(first, min(first + MAX_SENTENCES, len(sentences))):
            if last in barred or (last > first and sentences[last].end - sentences[first].start > MAX_CHARS):
                break
            if last in found:
                yield first, last


def _measure_nearness(marks: Sequence[_Mark], weights: Mapping[str, float]) -> float:
    """Add the weights of a sentence's terms, each by how near the nearest other term stands: 1 side by side."""
    nearest: dict[str, int] = {}
    for (left, _, left_end), (right, right_start, _) in pairwise(marks):
        if left != right:
            chars = right_start - left_end - 1
            for term in (left, right):
                if chars < nearest.get(term, chars + 1):
                    nearest[term] = chars
    return sum(weights[term] / (1 + max(0, chars) / _NEAR_CHARS) for term, chars in nearest.items())


def _measure_overlap(start: int, end: int, passage: Span) -> float:
    """Give how much of a piece lies in a passage: 0 to 1."""
    return max(0, min(end, passage.end) - max(start, passage.start)) / (end - start)


def _clip(text: str, sentences: Sequence[Span], quoted: set[int], passage: Span) -> tuple[list[Span], set[int]]:
    """Give the sentences without what of them lies outside a passage, and those that are not to be shown."""
    inside = [Span(max(span.start, passage.start), min(span.end, passage.end)) for span in sentences]
    outside = {place for place, span in enumerate(inside) if not text[span.start : max(span.start, span.end)].strip()}
    if len(outside) == len(sentences):
        return list(sentences), quoted if len(quoted) < len(sentences) else set()
    clipped = [span if place in outside else inside[place] for place, span in enumerate(sentences)]
    barred = outside | quoted
    return clipped, barred if len(barred) < len(sentences) else outside


def _add_context(text: str, sentences: Sequence[Span], quoted: Collection[int], first: int, last: int) -> int:
    """Give the sentence to begin with: the one before if the first goes on from it, and both have room."""
    opener = _OPENER.match(text, sentences[first].start, sentences[first].end)
    if not opener or opener[1].lower() not in _OPENERS:
        return first
    before = first - 1
    # A passage may begin inside a sentence: what stands before that is no sentence.
    is_next = first > 0 and not text[sentences[before].end : sentences[first].start].strip()
    is_allowed = before not in quoted or first in quoted
    return before if is_next and is_allowed and _is_showable(sentences, before, last) else first


def _fill(text: str, sentences: Sequence[Span], barred: Collection[int], first: int, last: int) -> tuple[int, int]:
    """Add neighbours, those after first, to what is too short to tell much."""
    while len(text[sentences[first].start : sentences[last].end].encode(errors="replace")) < _SHORT_BYTES:
        if last + 1 not in barred and _is_showable(sentences, first, last + 1):
            last += 1
        elif first - 1 not in barred and _is_showable(sentences, first - 1, last):
            first -= 1
        else:
            break
    return first, last


def _is_showable(sentences: Sequence[Span], first: int, last: int) -> bool:
    """Tell whether there are such sentences, few and short enough."""
    return (
        0 <= first <= last < len(sentences)
        and last - first < MAX_SENTENCES
        and sentences[last].end - sentences[first].start <= MAX_CHARS
    )


def _quote(text: str, span: Span, marks: Sequence[_Mark]) -> str:
    """Put a piece of a text on one line; what is too long is cut around the marks, at spaces."""
    if span.end - span.start <= MAX_CHARS:
        return collapse_spaces(text[span.start : span.end])
    room = MAX_CHARS - 2 * len(_ELLIPSIS)
    held = Span(marks[0][1], marks[-1][2]) if marks else Span(span.start, span.start)
    lead = max(0, room - (held.end - held.start)) // 3
    start = max(span.start, min(held.start - lead, span.end - room))
    end = start + room
    if start > span.start:
        start = _find_cut_after(text, start, min(start + _CUT_CHARS, held.start))
    if end < span.end:
        end = _find_cut_before(text, max(end - _CUT_CHARS, held.end), end)
    shown = collapse_spaces(text[start:end])
    return (_ELLIPSIS if start > span.start else "") + shown + (_ELLIPSIS if end < span.end else "")


def _find_cut_after(text: str, start: int, end: int) -> int:
    """Give where to begin: after the first space, or else at the first character that is no mark of another."""
    space = text.find(" ", start, end)
    if space >= 0:
        return space + 1
    return next((place for place in range(start, end) if not _is_mark(text[place])), start)


def _find_cut_before(text: str, start: int, end: int) -> int:
    """Give where to end: before the last space, or else before the last character that no mark follows."""
    space = text.rfind(" ", start, end + 1)
    if space >= 0:
        return space
    return next((place for place in range(end, start, -1) if not _is_mark(text[place])), end)


def _is_mark(char: str) -> bool:
    return unicodedata.category(char).startswith("M")
