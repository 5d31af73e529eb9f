"""What only discussions tell: how near the turns around a comment are, and the one that opened them. Pure."""

import numpy as np
from numpy.typing import NDArray

from store.db.readers import PlaceColumn
from store.search.places import Places, Values
from store.search.ranking import NEARBY_TURNS, OPENING_FLOOR


def find_nearby(places: Places, chosen: NDArray[np.int64], meaning: Values) -> Values:
    """Give the best cosine among each candidate and those within NEARBY_TURNS of it in its discussion.

    Args:
        places: Where comments stand.
        chosen: The candidates' places, ascending.
        meaning: Their cosines.
    """
    discussions = places.rows[chosen, PlaceColumn.DISCUSSION]
    best = meaning.copy()
    # No more than NEARBY_TURNS others can stand before a candidate within its reach.
    for step in range(1, min(NEARBY_TURNS, len(chosen) - 1) + 1):
        is_near = (
            (chosen[step:] - chosen[:-step] <= NEARBY_TURNS)
            & (discussions[step:] == discussions[:-step])
            & places.is_ordered[chosen[step:]]
        )
        best[step:] = np.where(is_near, np.maximum(best[step:], meaning[:-step]), best[step:])
        best[:-step] = np.where(is_near, np.maximum(best[:-step], meaning[step:]), best[:-step])
    return best


def measure_opening(places: Places, chosen: NDArray[np.int64], cosines: Values) -> Values:
    """Give how far the cosine of each candidate's opening comment is above the floor; 0 in piles.

    Args:
        places: Where comments stand.
        chosen: The candidates' places.
        cosines: The cosine of each one's opening comment.
    """
    return np.where(places.is_ordered[chosen], np.maximum(0.0, cosines - OPENING_FLOOR), 0.0)
