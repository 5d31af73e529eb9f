"""Whether what was found answers at all: an honest "nothing" is an answer too. Pure."""

import numpy as np

from store.search.fusion import Evidence
from store.search.places import Mask, Values
from store.search.ranking import ANSWER_FLOOR, HIT_FLOOR, NEARBY_LOSS, SHARE_WEIGHT


def measure_relevance(evidence: Evidence, related_similarity: float) -> Values:
    """Give how far each candidate answers by itself: from ANSWER_FLOOR on, it does.

    Args:
        evidence: Of the candidates.
        related_similarity: The cosine from which, for the encoder used, a text is about a question by itself.
    """
    return evidence.meaning / related_similarity + SHARE_WEIGHT * evidence.share


def find_relevant(evidence: Evidence, related_similarity: float, *, considered: Mask, is_strict: bool) -> Mask:
    """Tell which candidates may be shown; none, where not even the best of them answers.

    Args:
        evidence: Of the candidates.
        related_similarity: As in `measure_relevance`.
        considered: Which candidates may be hits at all.
        is_strict: Whether each hit must answer by itself, and not only stand beside one that does.
    """
    relevance = measure_relevance(evidence, related_similarity)
    answering = considered & (relevance >= ANSWER_FLOOR)
    if is_strict or not answering.any():
        return answering
    lent = (evidence.nearby - NEARBY_LOSS - evidence.meaning) / related_similarity
    return considered & (relevance + np.maximum(0.0, lent) >= HIT_FLOOR)
