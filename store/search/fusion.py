"""Two lists to one: scores, not ranks, made comparable and added. Pure."""

import math
from collections.abc import Mapping, Sequence


def fuse(lists: Sequence[tuple[Mapping[int, float], float]]) -> dict[int, float]:
    """Add up z-scored lists.

    What a list does not hold counts there as its lowest score: it is no better than that.

    Args:
        lists: Scores by comment id, higher is better, each list with its weight.

    Returns:
        Fused scores by comment id, best first; equal scores by comment id.
    """
    ids = {comment_id for scores, _ in lists for comment_id in scores}
    fused = dict.fromkeys(ids, 0.0)
    for scores, weight in lists:
        standard = standardise(scores)
        lowest = min(standard.values(), default=0.0)
        for comment_id in ids:
            fused[comment_id] += weight * standard.get(comment_id, lowest)
    return dict(sorted(fused.items(), key=lambda item: (-item[1], item[0])))


def standardise(scores: Mapping[int, float]) -> dict[int, float]:
    """Give scores with mean 0 and standard deviation 1; all 0 where they are equal."""
    if not scores:
        return {}
    mean = math.fsum(scores.values()) / len(scores)
    deviation = math.sqrt(math.fsum((score - mean) ** 2 for score in scores.values()) / len(scores))
    # The scores themselves are compared too: of equal ones, the mean may be rounded to another number.
    if deviation == 0 or min(scores.values()) == max(scores.values()):
        return dict.fromkeys(scores, 0.0)
    return {comment_id: (score - mean) / deviation for comment_id, score in scores.items()}
