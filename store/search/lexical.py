"""Evidence by words: BM25 over author, title and text, the same with the turns around, and how close words stand."""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from store.db.dialect import Field, Postings
from store.db.readers import LANGUAGE_CODES
from store.repositories.searching import Searching
from store.search.fusion import take_top
from store.search.places import Mask, Places, Values, spread
from store.search.ranking import (
    BM25_LENGTH,
    BM25_SATURATION,
    CANDIDATES,
    CLOSE_TERMS,
    CONTEXT_SHARE,
    FIRST_SENTENCE,
    LONG_TERMS,
    QUOTED_SHARE,
)
from store.stages import Stage, in_stage
from store.text.passages import split_sentences
from store.text.words import find_terms, has_stems, question_forms, question_terms

# More than any offset.
_OFFSETS = 2**22


# The places, fields and offsets of a term.
Found = tuple[NDArray[np.int64], NDArray[np.integer[Any]], NDArray[np.integer[Any]]]
# For each language, by its code, the forms of each term.
Forms = Mapping[str, Mapping[str, frozenset[str]]]


@dataclass(frozen=True, slots=True)
class Terms:
    """A question's terms in order, how often each counts, and whether it may be a name.

    `forms` has for each language with stems of its own what a term is there: what comments in it are searched for. All
    others are searched for the terms themselves.
    """

    terms: tuple[str, ...]
    emphasis: tuple[float, ...]
    is_name: tuple[bool, ...]
    forms: Forms = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class WordEvidence:
    """What words say of every place.

    Attributes:
        own: BM25 of the comment's author, title and text.
        context: BM25 of the same with the words of the turns around, and their length.
        share: What part of the question's terms, by rarity, stands in the comment: 0 to 1.
        named: Whether a capitalised word of the question is part of the author's name.
        rarities: Each term's inverse document frequency.
        keys: For each term, where it stands in texts: place * _OFFSETS + offset, in no order.
    """

    own: Values
    context: Values
    share: Values
    named: Mask
    rarities: dict[str, float]
    keys: dict[str, NDArray[np.int64]]


def read_terms(topic: str, languages: Collection[str] = ()) -> Terms:
    """Read the terms of a topic, in each of some languages; those of the first of several sentences count more."""
    terms = question_terms(topic)
    sentences = split_sentences(topic)
    first = set(question_terms(topic[: sentences[0].end])) if len(sentences) > 1 else set()
    capitalised = {term for term, start, _ in find_terms(topic) if topic[start].isupper()}
    return Terms(
        tuple(terms),
        tuple(FIRST_SENTENCE if term in first else 1.0 for term in terms),
        tuple(term in capitalised for term in terms),
        read_forms(topic, languages),
    )


def read_forms(topic: str, languages: Collection[str]) -> Forms:
    """Give what the terms of a topic are in each of some languages that has stems of its own."""
    return {language: question_forms(topic, language) for language in languages if has_stems(language)}


def weigh_forms(weights: Mapping[str, float], forms: Forms, language: str | None) -> Mapping[str, float]:
    """Give the terms to look for in a comment of a language with their weights."""
    there = forms.get(language or "")
    if there is None:
        return weights
    weighed: dict[str, float] = {}
    for term, weight in weights.items():
        weighed |= {form: max(weight, weighed.get(form, 0.0)) for form in there.get(term, ())}
    return weighed


@in_stage(Stage.WORDS)
def find_words(searching: Searching, places: Places, terms: Terms, allowed: Mask) -> WordEvidence:
    """Score every place by a question's terms.

    The scores are BM25 with the inverse document frequency ln(1 + (N - n + .5) / (n + .5)), which is above zero even
    for words that most comments hold. Only comments that the audience may see count, in anything.

    Args:
        searching: Where the postings are.
        places: The comments.
        terms: What to look for.
        allowed: Shape (places,): what the audience may see.
    """
    count = len(places)
    evidence = WordEvidence(np.zeros(count), np.zeros(count), np.zeros(count), np.zeros(count, np.bool_), {}, {})
    total = int(np.count_nonzero(allowed))
    own_mean, context_mean = _find_means(places, allowed, is_all=total == count)
    standing = _Standing(searching, places, terms, allowed, is_all=total == count)
    for term, emphasis, is_name in zip(terms.terms, terms.emphasis, terms.is_name, strict=True):
        found, fields, offsets = standing.find(term)
        counted = np.where(fields == Field.QUOTED, QUOTED_SHARE, 1.0)
        holders, frequencies = _add_up(found, counted, count)
        rarity = math.log(1 + (total - len(holders) + 0.5) / (len(holders) + 0.5))
        evidence.rarities[term] = rarity
        if not len(found):
            continue
        # Only where a term is, or next to it, does it say anything: of a million places, mostly of few.
        near, around = _add_up_around(places, holders, frequencies)
        own_norm = _normalise(places.words[holders], own_mean)
        context_norm = _normalise(places.context_words[near], context_mean)
        evidence.own[holders] += emphasis * rarity * _saturate(frequencies, own_norm)
        evidence.context[near] += emphasis * rarity * _saturate(around, context_norm)
        evidence.share[holders] += rarity
        if is_name:
            evidence.named[found[fields == Field.AUTHOR]] = True
        in_text = fields == Field.TEXT
        if in_text.any():
            evidence.keys[term] = found[in_text] * _OFFSETS + offsets[in_text]
    evidence.share[:] /= sum(evidence.rarities.values()) or 1.0
    return evidence


def _add_up(found: NDArray[np.int64], counted: Values, count: int) -> tuple[NDArray[np.int64], Values]:
    """Give the places that were found, each once, and what is counted of each in all."""
    # Those of one comment come together, but where its author has the term, and its text what that is in its language.
    starts = np.flatnonzero(np.diff(found, prepend=-1) != 0)
    holders, frequencies = found[starts], np.add.reduceat(counted, starts) if len(starts) else counted
    is_holder = np.zeros(count, np.bool_)
    is_holder[holders] = True
    if np.count_nonzero(is_holder) == len(holders):
        return holders, frequencies
    once, numbers = np.unique(holders, return_inverse=True)
    return once, np.bincount(numbers, frequencies).astype(np.float64)


def _add_up_around(places: Places, holders: NDArray[np.int64], frequencies: Values) -> tuple[NDArray[np.int64], Values]:
    """Give the places that hold a term or have neighbours that do, ascending, and how often, in both, it stands."""
    around = places.add_up_neighbours(holders, CONTEXT_SHARE * frequencies)
    around[holders] += frequencies
    near = np.flatnonzero(around > 0)
    return near, around[near]


class _Standing:
    """Where a question's terms stand: in each comment by the stems of its language."""

    def __init__(self, searching: Searching, places: Places, terms: Terms, allowed: Mask, *, is_all: bool) -> None:
        self._places, self._allowed, self._forms, self._is_all = places, allowed, terms.forms, is_all
        forms = chain.from_iterable(chain.from_iterable(one.values()) for one in terms.forms.values())
        wanted = tuple(dict.fromkeys(chain(terms.terms, forms)))
        self._postings = dict(zip(wanted, searching.read_postings(wanted), strict=True))
        # Next to each other: a common word's comments are looked up a hundred thousand at a time.
        self._languages = places.languages.astype(np.int8) if terms.forms else places.languages

    def find(self, term: str) -> Found:
        """Give the places, fields and offsets of a term in all its forms; each is one word, and stands once."""
        forms = {term: {code for code in LANGUAGE_CODES if code not in self._forms}}
        for language, there in self._forms.items():
            for form in there[term]:
                forms.setdefault(form, set()).add(language)
        if len(forms) == 1:
            # The same in every language.
            return self._find_seen(self._postings[term])
        parts = [
            self._find_seen(self._postings[form], languages, has_names=form == term)
            for form, languages in forms.items()
        ]
        places, fields, offsets = (np.concatenate(some) for some in zip(*parts, strict=True))
        return places, fields, offsets

    def _find_seen(
        self, postings: Postings, languages: Collection[str] | None = None, *, has_names: bool = True
    ) -> Found:
        """Give postings that the audience may see: in comments of some languages, and in names, which have none."""
        found = self._places.find(postings.comment_ids)
        seen = found >= 0
        if not self._is_all:
            seen[seen] = self._allowed[found[seen]]
        if languages is not None:
            is_meant = np.array([code in languages for code in LANGUAGE_CODES])
            is_name = postings.fields == Field.AUTHOR
            seen &= is_meant[self._languages[found]] & ~is_name | (is_name & has_names)
        if seen.all():
            return found, postings.fields, postings.offsets
        return found[seen], postings.fields[seen], postings.offsets[seen]


def measure_closeness(
    evidence: WordEvidence, terms: Sequence[str], places: Places, chosen: NDArray[np.int64]
) -> Values:
    """Measure how close terms that follow each other in the question stand in the texts of some places.

    Each pair gives the lesser rarity of its two over the square root of their distance in terms, up to CLOSE_TERMS. The
    sum is in standard deviations of the words' own scores, and counts in full for texts of LONG_TERMS or more.
    """
    closeness = np.zeros(len(chosen))
    is_chosen = np.zeros(len(places), np.bool_)
    is_chosen[chosen] = True
    keys = {term: np.sort(some[is_chosen[some // _OFFSETS]]) for term, some in evidence.keys.items()}
    for first, second in pairwise(terms):
        if len(keys.get(first, ())) and len(keys.get(second, ())):
            distances = _measure_distances(keys[first], keys[second], chosen)
            rarity = min(evidence.rarities[first], evidence.rarities[second])
            closeness += np.where(distances <= CLOSE_TERMS, rarity / np.sqrt(np.maximum(distances, 1)), 0.0)
    deviation = float(take_top(evidence.own, CANDIDATES).std())
    return closeness * np.minimum(1, places.words[chosen] / LONG_TERMS) / (deviation or 1.0)


def _measure_distances(first: NDArray[np.int64], second: NDArray[np.int64], chosen: NDArray[np.int64]) -> Values:
    """Give the least distance between two terms, by their keys, ascending, in each chosen place.

    It is infinite where one is missing.
    """
    least = np.full(len(chosen), np.inf)
    begin, end = np.searchsorted(first, chosen * _OFFSETS), np.searchsorted(first, (chosen + 1) * _OFFSETS)
    which = np.repeat(np.arange(len(chosen)), end - begin)
    keys = first[spread(begin, end)]
    after = np.searchsorted(second, keys)
    for neighbour in (after - 1, after):
        inside = (neighbour >= 0) & (neighbour < len(second))
        others = second[np.where(inside, neighbour, 0)]
        same = inside & (others // _OFFSETS == keys // _OFFSETS)
        np.minimum.at(least, which[same], np.abs(others - keys)[same])
    return least


def _find_means(places: Places, allowed: Mask, *, is_all: bool) -> tuple[float, float]:
    """Give how many terms a comment has on average that the audience may see: its own, and with its neighbours'."""
    if is_all:
        return places.mean_words
    words, around = places.words[allowed], places.context_words[allowed]
    return (float(words.mean()), float(around.mean())) if len(words) else (0.0, 0.0)


def _normalise(lengths: NDArray[Any], mean: float) -> Values:
    return BM25_SATURATION * (1 - BM25_LENGTH + BM25_LENGTH * lengths / (mean or 1.0))


def _saturate(frequencies: Values, norm: Values) -> Values:
    return frequencies * (BM25_SATURATION + 1) / (frequencies + norm)
