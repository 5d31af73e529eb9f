"""From a ranking of comments to what is shown: the same once, several people first, by discussion or time. Pure."""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import chain

from store.domain.comment import ANONYMOUS, ArchivedComment
from store.domain.query import TimeOrder
from store.search.ranking import (
    AUTHOR_HITS,
    DISCUSSION_HITS,
    MIX_REACH,
    PAGE_HITS,
    RECENT_WEIGHT,
    RECENT_YEARS,
    SAME_MAX_CHARS,
    SAME_SHARE,
    SAME_TERMS,
)
from store.text.quotes import split_quoted
from store.text.words import index_terms

_YEAR = timedelta(days=365.25)


@dataclass(frozen=True, slots=True)
class Ranked:
    """A comment with its score, and the same comment elsewhere: folded into it, in the order they were ranked."""

    comment: ArchivedComment
    score: float
    also: tuple[ArchivedComment, ...] = ()


def arrange(ranked: Sequence[Ranked], order: TimeOrder, *, is_of_authors: bool = False) -> list[Ranked]:
    """Order relevant hits, best first as they come, as the question asks for.

    Args:
        ranked: The hits.
        order: What the question says about time.
        is_of_authors: Whether the question asks for certain authors: then nobody makes room for others.
    """
    if order in (TimeOrder.OLDEST, TimeOrder.NEWEST):
        # Sorted first: of the same comment twice, the one that comes first by time is the hit.
        return fold_same(_sort_by_time(ranked, newest_first=order is TimeOrder.NEWEST))
    folded = fold_same(ranked)
    if order is TimeOrder.RECENT:
        folded = _lift_recent(folded)
    return group_pages(mix(folded, by_author=not is_of_authors))


def fold_same(hits: Iterable[Ranked]) -> list[Ranked]:
    """Fold what is the same comment again, or nothing but a quotation of it, into the hit that comes first."""
    kept: list[tuple[Ranked, _Print]] = []
    for hit in hits:
        own = _take_print(hit.comment)
        for number, (first, print_) in enumerate(kept):
            if _is_same(own, print_):
                kept[number] = (replace(first, also=(*first.also, hit.comment, *hit.also)), print_)
                break
        else:
            kept.append((hit, own))
    return [hit for hit, _ in kept]


@dataclass(frozen=True, slots=True)
class _Print:
    """What is compared of a comment: its author, its own terms, and each three of them that follow each other."""

    author: str
    terms: tuple[str, ...]
    shingles: frozenset[tuple[str, ...]]


def _take_print(comment: ArchivedComment) -> _Print:
    # What has no words, as emoji have none, is compared as it stands.
    own, _ = split_quoted(comment.text[:SAME_MAX_CHARS])
    terms = tuple(index_terms(own)) or (own,)
    return _Print(comment.author, terms, frozenset(zip(terms, terms[1:], terms[2:], strict=False)))


def _is_same(one: _Print, other: _Print) -> bool:
    if one.terms == other.terms and one.author == other.author:
        return True
    least, most = len(one.shingles), len(other.shingles)
    if least > most:
        least, most = most, least
    # Short remarks are alike without being the same: "I agree with that".
    if least < SAME_TERMS or least < SAME_SHARE * most:
        return False
    return len(one.shingles & other.shingles) >= SAME_SHARE * most


def mix(ranked: Sequence[Ranked], *, by_author: bool = True) -> list[Ranked]:
    """Let no discussion, and no author, have more than so many of the first page's hits, if others are near enough."""
    rest = list(ranked)
    first: list[Ranked] = []
    taken: Counter[object] = Counter()

    def has_room(hit: Ranked) -> bool:
        # Whoever gives no name may be anybody.
        is_anybody = not by_author or hit.comment.author == ANONYMOUS
        is_full = taken[hit.comment.discussion_id] >= DISCUSSION_HITS
        return not is_full and (is_anybody or taken[hit.comment.author] < AUTHOR_HITS)

    while rest and len(first) < PAGE_HITS:
        near = (hit for hit in rest if hit.score >= rest[0].score - MIX_REACH and has_room(hit))
        best = next(near, rest[0])
        rest.remove(best)
        first.append(best)
        taken.update((best.comment.discussion_id, best.comment.author))
    return first + rest


def group_pages(ranked: Sequence[Ranked]) -> list[Ranked]:
    """Put hits of one discussion together on each page, best discussion first; every hit stays on its page."""
    grouped: list[Ranked] = []
    for start in range(0, len(ranked), PAGE_HITS):
        by_discussion: dict[int, list[Ranked]] = {}
        for hit in ranked[start : start + PAGE_HITS]:
            by_discussion.setdefault(hit.comment.discussion_id, []).append(hit)
        grouped += chain.from_iterable(by_discussion.values())
    return grouped


def _sort_by_time(ranked: Sequence[Ranked], *, newest_first: bool) -> list[Ranked]:
    """Sort by time, undated ones last; of the same time, the better first."""

    def place(hit: Ranked) -> tuple[bool, float]:
        published = hit.comment.published
        seconds = published.timestamp() if published else 0.0
        return published is None, -seconds if newest_first else seconds

    return sorted(ranked, key=place)


def _lift_recent(ranked: Sequence[Ranked]) -> list[Ranked]:
    """Lift comments by how near they are to the newest of the hits."""
    newest = max((hit.comment.published for hit in ranked if hit.comment.published), default=None)
    if newest is None:
        return list(ranked)

    def lift(hit: Ranked) -> Ranked:
        if hit.comment.published is None:
            return hit
        years = (newest - hit.comment.published) / _YEAR
        return replace(hit, score=hit.score + RECENT_WEIGHT * math.exp2(-years / RECENT_YEARS))

    return sorted(map(lift, ranked), key=lambda hit: -hit.score)
