"""Several kinds of evidence to one score: scores, not ranks, made comparable and added. Pure."""

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from store.search import ranking
from store.search.places import Mask, Values

# How many scores are looked at together to find the highest: sorting a million takes ten times as long.
_GROUP = 128


@dataclass(frozen=True, slots=True)
class Evidence:
    """What speaks for each candidate: arrays of one length, higher is better.

    Attributes:
        places: The candidates' places, ascending.
        words: How well the comment's own words match, standardised.
        context: The same with the words of its neighbours; equal to `words` in a pile.
        meaning: Cosine of its best passage.
        nearby: Best cosine among it and the candidates around it; its own in a pile.
        opening: Cosine of its discussion's first comment, as far as it is above a floor; 0 in a pile.
        opener: Whether it is that first comment.
        named: Whether the question names its author.
        closeness: How close the question's words stand together in it, standardised.
        within: Whether it is what the question was narrowed to; False throughout where it was not.
        share: What part of the question's words it holds, by rarity: 0 to 1. Not part of the score.
        spans: Shape (candidates, 2): where its best passage lies in its text.
    """

    places: NDArray[np.int64]
    words: Values
    context: Values
    meaning: Values
    nearby: Values
    opening: Values
    opener: Mask
    named: Mask
    closeness: Values
    within: Mask
    share: Values
    spans: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Weights:
    """How much each kind of evidence counts; see `ranking` for how each was set."""

    words: float = ranking.WORDS_WEIGHT
    context: float = ranking.CONTEXT_WEIGHT
    meaning: float = ranking.MEANING_WEIGHT
    nearby: float = ranking.NEARBY_WEIGHT
    opening: float = ranking.OPENING_WEIGHT
    opener: float = ranking.OPENER_WEIGHT
    named: float = ranking.NAMED_WEIGHT
    closeness: float = ranking.CLOSENESS_WEIGHT
    within: float = ranking.WITHIN_WEIGHT


def fuse(evidence: Evidence, weights: Weights = Weights()) -> Values:
    """Add up the evidence for each candidate. How close words stand counts for the best so far alone."""
    kinds = [field.name for field in fields(weights) if field.name != "closeness"]
    scores = np.zeros(len(evidence.places))
    for kind in kinds:
        scores += getattr(weights, kind) * np.asarray(getattr(evidence, kind), np.float64)
    top = find_best(scores, ranking.CLOSE_TOP)
    scores[top] += weights.closeness * evidence.closeness[top]
    return scores


def find_best(scores: Values, count: int) -> NDArray[np.int64]:
    """Give the numbers of the highest scores, best first; of equal ones the lower number."""
    numbers = _leave_high(scores, count)
    if len(numbers) > count > 0:
        left = scores[numbers]
        numbers = numbers[left >= np.partition(left, -count)[-count]]
    return numbers[np.lexsort((numbers, -scores[numbers]))][: max(count, 0)]


def _leave_high(scores: Values, count: int) -> NDArray[np.int64]:
    """Give the numbers of some scores among which are the highest: of many, few more than are wanted.

    Of groups of _GROUP, as many have a score that reaches what the last wanted group's highest is.
    """
    groups = len(scores) // _GROUP
    if not 0 < 2 * count < groups:
        return np.arange(len(scores))
    highest = scores[: groups * _GROUP].reshape(_GROUP, groups).max(axis=0)
    return np.flatnonzero(scores >= np.partition(highest, -count)[-count])


def standardise(scores: Values, depth: int, chosen: NDArray[np.int64] | None = None) -> Values:
    """Give scores, from 0, in standard deviations from the mean of the `depth` highest; all 0 where those are equal.

    Where fewer are above 0, zeros stand in: a question that few comments match at all tells those few apart clearly.

    Args:
        scores: Of all there are.
        depth: How many of them are taken.
        chosen: The numbers of those to give; None for all.
    """
    top = take_top(scores, depth)
    given = scores if chosen is None else scores[chosen]
    # Equal scores are compared themselves: their mean may be rounded to another number.
    return np.zeros_like(given) if top.min() == top.max() else (given - top.mean()) / top.std()


def take_top(scores: Values, depth: int) -> Values:
    """Give the `depth` highest scores above zero, best first, filled up with zeros."""
    found = scores[scores > 0]
    best = found[find_best(found, depth)]
    return np.concatenate([best, np.zeros(depth - len(best))])
