"""What a search asks of an archive as it is at one moment, wherever its vectors are. No code."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from embeddings.encoder import Encoder
from store.search.index import Nearest
from store.search.places import Mask, Places


class Searched(Protocol):
    """An archive at one moment. `encoder` is what made its vectors, and alone may be asked for that of a question."""

    @property
    def version(self) -> int:
        """The archive's generation."""

    @property
    def places(self) -> Places:
        """Where comments stand."""

    @property
    def encoder(self) -> Encoder:
        """What made the vectors."""

    @property
    def passage_count(self) -> int:
        """How many passages are in memory, each with its vector; none where the database searches them."""

    @property
    def takes_every_core(self) -> bool:
        """Whether finding the nearest does, so that nothing is won by doing something else meanwhile."""

    def count_bytes(self) -> int:
        """Count the bytes that all of this takes in memory, less room that is not used yet."""

    def find_nearest(self, question: NDArray[np.float32], count: int, allowed: Mask) -> NDArray[np.int64]:
        """Give the places of the passages nearest to a question.

        Args:
            question: Shape (dim,), unit length.
            count: How many passages at most.
            allowed: Shape (places,): others are never considered.
        """

    def measure(self, question: NDArray[np.float32], places: NDArray[np.int64]) -> Nearest:
        """Give how near some places are; those without vectors are left out. Places come in order, each once."""


class Index(Protocol):
    """An archive, brought up to date by what changed. Safe from many threads."""

    encoder: Encoder

    @property
    def snapshot(self) -> Searched:
        """What it took in last."""

    def prepare(self) -> None:
        """Begin with what is still to be done for questions to be quick, if anything is; called again and again."""

    def follow(self) -> Searched:
        """Take in what was written and let go of what was removed since the last time, by any process."""
