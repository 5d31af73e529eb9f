"""Which comments may answer a question, and what speaks for each: lists by words and by meaning, put side by side."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from store.repositories.searching import Searching
from store.search.discussion import find_nearby, measure_opening
from store.search.fusion import Evidence, find_best, standardise
from store.search.index import Nearest
from store.search.lexical import Terms, WordEvidence, find_words, measure_closeness
from store.search.places import Mask, Places, Values
from store.search.ranking import CANDIDATES
from store.search.searched import Searched
from store.stages import Stage, in_stage, stage

_THREADS = ThreadPoolExecutor(thread_name_prefix="words")


@dataclass(frozen=True, slots=True)
class Found:
    """The candidates' evidence, in the archive as it was searched, and how rare each term of the question is there."""

    snapshot: Searched
    evidence: Evidence
    rarities: Mapping[str, float]


def find_candidates(
    searching: Searching,
    snapshot: Searched,
    terms: Terms,
    topic: str,
    allowed: Mask,
    within: Mask | None,
    *,
    is_within_only: bool = False,
) -> Found:
    """Find the best comments by words, by words in context and by meaning, and weigh all evidence for each.

    Words are looked for beside meaning, in a thread of their own, unless finding the nearest takes every core.

    Args:
        searching: Where the postings are.
        snapshot: The archive in memory.
        terms: The question's terms.
        topic: What is asked about.
        allowed: Shape (places,): what the audience may see. Nothing else counts in any way.
        within: Shape (places,): what the question is narrowed to; None for nothing. Its best are candidates, and so
            are the best of all.
        is_within_only: Whether those alone are candidates.
    """
    masks = [allowed, *([] if within is None else [allowed & within])][is_within_only:]
    by_words = partial(_find_by_words, searching, snapshot.places, terms, allowed, masks)
    beside = None if snapshot.takes_every_core else _THREADS.submit(copy_context().run, by_words)
    with stage(Stage.ENCODE):
        vector = snapshot.encoder.encode_question(topic)
    near = [_find_nearest(snapshot, vector, mask) for mask in masks]
    words, highest = beside.result() if beside else by_words()
    chosen = np.unique(np.concatenate([*near, *highest]))
    openings = snapshot.places.openings[chosen]
    with stage(Stage.MEANING):
        nearest = snapshot.measure(vector, np.unique(np.concatenate([chosen, openings])))
    is_within = np.zeros(len(chosen), np.bool_) if within is None else within[chosen]
    return Found(snapshot, _weigh(snapshot, words, terms, chosen, nearest, is_within), words.rarities)


def _find_by_words(
    searching: Searching, places: Places, terms: Terms, allowed: Mask, masks: Sequence[Mask]
) -> tuple[WordEvidence, list[NDArray[np.int64]]]:
    """Give what words say of every place, and the best of each mask by them, and by them in context."""
    words = find_words(searching, places, terms, allowed)
    return words, [_find_highest(scores, mask) for mask in masks for scores in (words.own, words.context)]


def _weigh(
    snapshot: Searched, words: WordEvidence, terms: Terms, chosen: NDArray[np.int64], nearest: Nearest, within: Mask
) -> Evidence:
    places = snapshot.places
    meaning = _look_up(nearest, chosen)
    own, context = (standardise(scores, CANDIDATES, chosen) for scores in (words.own, words.context))
    is_ordered = places.is_ordered[chosen]
    return Evidence(
        places=chosen,
        words=own,
        context=np.where(is_ordered, context, own),
        meaning=meaning,
        nearby=find_nearby(places, chosen, meaning),
        opening=measure_opening(places, chosen, _look_up(nearest, places.openings[chosen])),
        opener=is_ordered & (places.openings[chosen] == chosen),
        named=words.named[chosen],
        closeness=measure_closeness(words, terms.terms, places, chosen),
        within=within,
        share=words.share[chosen],
        spans=_look_up_spans(nearest, chosen),
    )


@in_stage(Stage.MEANING)
def _find_nearest(snapshot: Searched, vector: NDArray[np.float32], mask: Mask) -> NDArray[np.int64]:
    return snapshot.find_nearest(vector, CANDIDATES, mask)


def _find_highest(scores: Values, mask: Mask) -> NDArray[np.int64]:
    """Give the places of the highest scores above zero."""
    places = np.flatnonzero(mask & (scores > 0))
    return places[find_best(scores[places], CANDIDATES)]


def _look_up(nearest: Nearest, places: NDArray[np.int64]) -> Values:
    """Give the cosines of some places; 0 for those that are not embedded yet."""
    numbers, is_known = _locate(nearest, places)
    return np.where(is_known, nearest.similarities[numbers] if len(nearest.places) else 0.0, 0.0).astype(np.float64)


def _look_up_spans(nearest: Nearest, places: NDArray[np.int64]) -> NDArray[np.int64]:
    """Give where the best passages of some places lie; (0, 0) for those that are not embedded yet."""
    numbers, is_known = _locate(nearest, places)
    spans = nearest.spans[numbers] if len(nearest.places) else np.zeros((len(places), 2), np.int64)
    return np.where(is_known[:, None], spans, 0)


def _locate(nearest: Nearest, places: NDArray[np.int64]) -> tuple[NDArray[np.int64], Mask]:
    if not len(nearest.places):
        return np.zeros(len(places), np.int64), np.zeros(len(places), np.bool_)
    numbers = np.minimum(np.searchsorted(nearest.places, places), len(nearest.places) - 1)
    return numbers, nearest.places[numbers] == places
