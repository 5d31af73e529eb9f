"""Pages of an answer."""

import pytest

from store.domain.answer import Answer, Coverage, Excerpt, Hit, Outcome, group_by_discussion
from store.domain.asked import Asked
from store.domain.comment import ArchivedComment
from store.domain.query import Query


def make_hit(rank: int, discussion_id: int) -> Hit:
    comment = ArchivedComment(
        id=rank,
        native_id=f"c{rank}",
        author="Rosa",
        text="Hello.",
        url="",
        published=None,
        source="Blog",
        channel="",
        discussion_id=discussion_id,
        discussion_title="",
        discussion_url="",
    )
    return Hit(rank=rank, score=1 / rank, comment=comment, excerpt=Excerpt("Hello."))


def make_answer(*hits: Hit, total: int, offset: int = 0) -> Answer:
    return Answer(Asked("hello?", offset), Query("hello"), Outcome.ANSWERED, hits, total, Coverage(9, 1, None))


@pytest.mark.parametrize(("total", "offset", "expected"), [(5, 0, 2), (5, 2, 4), (2, 0, None), (4, 2, None)])
def test_next_page_starts_after_this_one(total: int, offset: int, expected: int | None):
    assert make_answer(make_hit(1, 1), make_hit(2, 1), total=total, offset=offset).next_offset == expected


def test_answer_without_hits_has_no_next_page():
    answer = make_answer(total=0)

    assert (answer.next_offset, list(group_by_discussion(answer.hits))) == (None, [])


def test_hits_of_a_discussion_come_together_in_order():
    hits = [make_hit(1, 7), make_hit(2, 7), make_hit(3, 5)]

    assert list(group_by_discussion(make_answer(*hits, total=3).hits)) == [(hits[0], hits[1]), (hits[2],)]
