"""Candidates by words, and how much of the question's words a comment holds."""

import math
import re
from collections.abc import Mapping, Sequence

from store.archive import Archive
from store.db.dialect import Narrowing
from store.search.audience import Audience
from store.search.ranking import CANDIDATES
from store.text.words import content_words, fold, stem


def find_by_words(
    archive: Archive, words: Sequence[str], audience: Audience, narrowing: Narrowing | None = None
) -> dict[int, float]:
    """Give the scores of the comments that hold any of the words, by comment id, best first."""
    matches = archive.find_by_words(words, audience.filter_ids, CANDIDATES, narrowing)
    return {match.comment_id: match.score for match in matches}


def weigh_words(archive: Archive, topic: str, audience: Audience) -> dict[str, float]:
    """Weigh the topic's stems by how rare they are in what the audience may see.

    The weight is BM25's inverse document frequency, ln(1 + (N - n + .5) / (n + .5)): always above zero.
    """
    words = content_words(topic)
    comments = audience.coverage.comments
    counts = archive.count_comments_with(words, audience.filter_ids)
    weights: dict[str, float] = {}
    for word, count in zip(words, counts, strict=True):
        rarity = math.log(1 + max(comments - count, 0) / (count + 0.5) + 0.5 / (count + 0.5))
        weights[stem(word)] = max(rarity, weights.get(stem(word), 0.0))
    return weights


class WordShare:
    """Measures how much of a question's words a comment holds.

    Args:
        weights: The weight of each of the question's stems.
    """

    def __init__(self, weights: Mapping[str, float]) -> None:
        self._weights = weights
        self._total = sum(weights.values())
        # A stem and its words agree but for the stem's last letter (file, filing; pony, poni). Looking for that
        # beginning and stemming just what has it is ten times as fast as stemming every word of a text.
        beginnings = sorted({re.escape(word[: max(1, len(word) - 1)]) for word in weights})
        self._candidates = re.compile(rf"(?<![^\W_])(?:{'|'.join(beginnings)})[^\W_]*") if beginnings else None

    def measure(self, *texts: str) -> float:
        """Give the share, by weight, of the stems that stand in any of the texts: 0 to 1."""
        if self._candidates is None or not self._total:
            return 0.0
        found = {stem(word) for text in texts for word in self._candidates.findall(fold(text))}
        return sum(self._weights[word] for word in sorted(found & self._weights.keys())) / self._total
