from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from store.domain.comment import ArchivedComment
from store.search.discussion import group_by_discussion
from store.search.ranking import HITS_TOGETHER

Hits = list[tuple[ArchivedComment, float]]


def make_hits(*discussions: int) -> Hits:
    """Make ranked hits, each of a discussion."""
    return [
        (ArchivedComment(number, f"{number}", "Ann", "", "", None, "Blog", "", discussion, "", ""), 1.0 / number)
        for number, discussion in enumerate(discussions, start=1)
    ]


def ids(hits: Hits) -> list[int]:
    return [comment.id for comment, _ in hits]


def test_group_puts_hits_of_one_discussion_together():
    assert ids(group_by_discussion(make_hits(1, 2, 1, 2))) == [1, 3, 2, 4]


def test_group_lets_others_have_their_turn_first():
    # Five hits of one discussion: two, then the other's one, then the rest by twos.
    assert ids(group_by_discussion(make_hits(1, 1, 1, 2, 1, 1))) == [1, 2, 4, 3, 5, 6]


def test_group_gives_discussions_by_their_best():
    assert ids(group_by_discussion(make_hits(3, 1, 2, 2, 1, 3))) == [1, 6, 2, 5, 3, 4]


def test_group_of_nothing_is_nothing():
    assert group_by_discussion([]) == []


@given(st.lists(st.integers(1, 4), max_size=20))
def test_group_loses_and_adds_nothing(discussions: list[int]):
    hits = make_hits(*discussions)
    grouped = group_by_discussion(hits)
    assert sorted(ids(grouped)) == ids(hits)
    assert {comment.id: score for comment, score in grouped} == {comment.id: score for comment, score in hits}
    assert ids(grouped[:1]) == ids(hits[:1])


@given(st.lists(st.integers(1, 4), max_size=20))
def test_group_keeps_the_order_within_a_discussion(discussions: list[int]):
    grouped = [comment for comment, _ in group_by_discussion(make_hits(*discussions))]
    for discussion in set(discussions):
        mine = [comment.id for comment in grouped if comment.discussion_id == discussion]
        assert mine == sorted(mine)


@given(st.lists(st.integers(1, 4), max_size=20))
def test_group_lets_no_discussion_run_ahead(discussions: list[int]):
    left, taken = Counter(discussions), Counter[int]()
    for comment, _ in group_by_discussion(make_hits(*discussions)):
        turn = taken[comment.discussion_id] // HITS_TOGETHER
        behind = [other for other in left if left[other] and taken[other] // HITS_TOGETHER < turn]
        assert behind == []
        taken[comment.discussion_id] += 1
        left[comment.discussion_id] -= 1
