"""The order in which hits are shown: by discussion or, where the question says so, by time. Pure."""

import math
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta

from store.domain.comment import ArchivedComment
from store.domain.query import TimeOrder
from store.search.ranking import HITS_TOGETHER, RECENT_WEIGHT, RECENT_YEARS

_YEAR = timedelta(days=365.25)


def arrange(ranked: Sequence[tuple[ArchivedComment, float]], order: TimeOrder) -> list[tuple[ArchivedComment, float]]:
    """Order relevant hits, best first as they come, as the question asks for."""
    if order in (TimeOrder.OLDEST, TimeOrder.NEWEST):
        return _sort_by_time(ranked, newest_first=order is TimeOrder.NEWEST)
    if order is TimeOrder.RECENT:
        return group_by_discussion(_lift_recent(ranked))
    return group_by_discussion(ranked)


def _sort_by_time(
    ranked: Sequence[tuple[ArchivedComment, float]], *, newest_first: bool
) -> list[tuple[ArchivedComment, float]]:
    """Sort by time, undated ones last; of the same time, the better first."""

    def place(hit: tuple[ArchivedComment, float]) -> tuple[bool, float]:
        published = hit[0].published
        seconds = published.timestamp() if published else 0.0
        return published is None, -seconds if newest_first else seconds

    return sorted(ranked, key=place)


def _lift_recent(ranked: Sequence[tuple[ArchivedComment, float]]) -> list[tuple[ArchivedComment, float]]:
    """Lift comments by how near they are to the newest of the hits."""
    newest = max((comment.published for comment, _ in ranked if comment.published), default=None)
    if newest is None:
        return list(ranked)

    def lifted(comment: ArchivedComment, score: float) -> float:
        if comment.published is None:
            return score
        years = (newest - comment.published) / _YEAR
        return score + RECENT_WEIGHT * math.exp2(-years / RECENT_YEARS)

    return sorted(((comment, lifted(comment, score)) for comment, score in ranked), key=lambda hit: -hit[1])


def group_by_discussion(
    ranked: Sequence[tuple[ArchivedComment, float]],
) -> list[tuple[ArchivedComment, float]]:
    """Order hits by discussion, best discussion first, a few of each at a time.

    When every discussion has had its turn, the next few of each follow in the same order.
    """
    place: dict[int, int] = {}
    taken: Counter[int] = Counter()
    turns = []
    for hit in ranked:
        discussion = hit[0].discussion_id
        turns.append((taken[discussion] // HITS_TOGETHER, place.setdefault(discussion, len(place))))
        taken[discussion] += 1
    order = sorted(range(len(ranked)), key=turns.__getitem__)
    return [ranked[number] for number in order]
