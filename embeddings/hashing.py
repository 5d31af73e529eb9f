"""A deterministic encoder without a model: words are hashed to directions, texts are their weighted sum.

Two texts are as similar as the words they share, so tests and tiny machines get meaningful results at once.
"""

import hashlib
import math
import re
from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from embeddings.encoder import EncoderId

_WORD = re.compile(r"\w+")
# Endings dropped so that "unconferences" and "unconference" share a direction.
_ENDING = re.compile(r"(?:ings?|ed|es|s|e)$")
_SHORTEST_STEM = 4
_DIM = 128


class HashingEncoder:
    """Encodes a text as the sum of its words' directions, each drawn from the word's own hash."""

    max_tokens = 256
    related_similarity = 0.5

    def __init__(self, dim: int = _DIM) -> None:
        self.id = EncoderId(model="hashing", revision="1", dim=dim, how="words")
        self.name = "hashing" if dim == _DIM else f"hashing:{dim}"
        self._directions: dict[str, NDArray[np.float32]] = {}

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Count the words of each text."""
        return [len(_WORD.findall(text)) for text in texts]

    def encode_comments(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Encode texts to shape (len(texts), dim), unit length; a text without words becomes a fixed vector."""
        if not texts:
            return np.zeros((0, self.id.dim), dtype=np.float32)
        return np.stack([self._encode(text) for text in texts])

    def encode_question(self, text: str) -> NDArray[np.float32]:
        """Encode one question to shape (dim,), unit length."""
        return self._encode(text)

    def encode_questions(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Encode questions as comments are: to shape (len(texts), dim), unit length."""
        return self.encode_comments(texts)

    def _encode(self, text: str) -> NDArray[np.float32]:
        counts = Counter(_stem(word) for word in _WORD.findall(text.casefold()))
        # Longer words weigh more: they carry the subject, short ones the grammar.
        total = sum(
            (self._direction(word) * (math.sqrt(count) * min(len(word), 8) ** 2) for word, count in counts.items()),
            start=np.zeros(self.id.dim, dtype=np.float32),
        )
        norm = float(np.linalg.norm(total))
        return self._direction("") if norm == 0 else (total / norm).astype(np.float32)

    def _direction(self, word: str) -> NDArray[np.float32]:
        if word not in self._directions:
            seed = int.from_bytes(hashlib.sha256(word.encode()).digest()[:8])
            drawn = np.random.default_rng(seed).standard_normal(self.id.dim).astype(np.float32)
            self._directions[word] = drawn / np.linalg.norm(drawn)
        return self._directions[word]


def _stem(word: str) -> str:
    shortened = _ENDING.sub("", word)
    return shortened if len(shortened) >= _SHORTEST_STEM else word
