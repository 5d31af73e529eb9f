"""Hits by discussion: those of one stand together, where the best of them ranks. Pure."""

from collections import Counter
from collections.abc import Sequence

from store.domain.comment import ArchivedComment
from store.search.ranking import HITS_TOGETHER


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
