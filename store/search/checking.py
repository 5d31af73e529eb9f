"""Whether what came from the file beside an archive is the archive's, which alone is the truth."""

import numpy as np
from numpy.typing import NDArray

from embeddings.rows import Rows
from store.repositories.searching import Searching, Totals

# Passages that are compared with the archive's, with their vectors; the newest is among them.
_COMPARED = 64


def count_totals(comment_ids: NDArray[np.int64], passage_ids: NDArray[np.int64]) -> Totals:
    """Give what is to be compared with what the archive holds."""
    return Totals(len(comment_ids), int(comment_ids.sum()), len(passage_ids), int(passage_ids.sum()))


def are_same(searching: Searching, encoder_key: str, passages: NDArray[np.int64], vectors: Rows) -> bool:
    """Tell whether some passages and their vectors are those of the archive, as far as they are still in it.

    Args:
        searching: Where to look.
        encoder_key: Whose they are.
        passages: Shape (n, 4): id, comment, start, end.
        vectors: Theirs.
    """
    numbers = (
        np.unique(np.linspace(0, len(passages) - 1, _COMPARED).astype(np.int64)) if len(passages) else passages[:, 0]
    )
    chosen, taken = passages[numbers].tolist(), vectors.take(numbers)
    known = searching.read_passages(encoder_key, [number for number, *_ in chosen])
    return all(
        known.get(number, (*place, vector.tobytes())) == (*place, vector.tobytes())
        for (number, *place), vector in zip(chosen, taken, strict=True)
    )
