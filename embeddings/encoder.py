"""What an encoder is: text in, unit-length float32 vectors out. Holds no implementation."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class EncoderId:
    """Tells which vectors may be compared: those whose ids are equal.

    Arithmetic precision is left out on purpose: bfloat16 and float32 vectors of one model agree to a
    cosine above 0.9996 and may stand side by side.
    """

    model: str
    revision: str
    dim: int
    how: str

    @property
    def key(self) -> str:
        """One line that is equal exactly when the ids are."""
        return f"{self.model}@{self.revision}:{self.dim}:{self.how}"


class Encoder(Protocol):
    """Turns text into vectors of unit length."""

    @property
    def id(self) -> EncoderId:
        """Identity of the vectors this encoder makes."""

    @property
    def name(self) -> str:
        """What it is loaded by."""

    @property
    def max_tokens(self) -> int:
        """Longest text, in this encoder's tokens, that is read whole; the rest would be cut."""

    @property
    def related_similarity(self) -> float:
        """Cosine from which a text is, for this encoder, about the question even without a shared word."""

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Count the tokens of each text, in the order given, special tokens included."""

    def encode_comments(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Encode pieces of comments.

        Returns:
            Shape (len(texts), dim), unit length, in the order given.
        """

    def encode_question(self, text: str) -> NDArray[np.float32]:
        """Encode one question.

        Returns:
            Shape (dim,), unit length.
        """

    def encode_questions(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Encode many questions at once, as `encode_question` does one; rounding may differ in the last digits.

        Returns:
            Shape (len(texts), dim), unit length, in the order given.
        """
