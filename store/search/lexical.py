"""Candidates by words, and how much of the question's words a comment holds."""

import math
from collections.abc import Mapping, Sequence

from store.archive import Archive
from store.search.audience import Audience
from store.search.ranking import CANDIDATES
from store.text.words import content_words, find_words, stem


def find_by_words(archive: Archive, words: Sequence[str], audience: Audience) -> dict[int, float]:
    """Give the scores of the comments that hold any of the words, by comment id, best first."""
    matches = archive.find_by_words(words, audience.filter_ids, CANDIDATES)
    return {match.comment_id: match.score for match in matches}


def weigh_words(archive: Archive, topic: str, comments: int) -> dict[str, float]:
    """Weigh the topic's stems by how rare they are in the archive.

    The weight is BM25's inverse document frequency, ln(1 + (N - n + .5) / (n + .5)): always above zero.
    """
    words = content_words(topic)
    counts = archive.count_comments_with(words)
    weights: dict[str, float] = {}
    for word, count in zip(words, counts, strict=True):
        rarity = math.log(1 + max(comments - count, 0) / (count + 0.5) + 0.5 / (count + 0.5))
        weights[stem(word)] = max(rarity, weights.get(stem(word), 0.0))
    return weights


def share_of_words(weights: Mapping[str, float], *texts: str) -> float:
    """Give the share, by weight, of the stems that stand in any of the texts: 0 to 1."""
    total = sum(weights.values())
    if not total:
        return 0.0
    held = {stem(word) for text in texts for word, _, _ in find_words(text)} & weights.keys()
    return sum(weights[word] for word in sorted(held)) / total
