from datetime import UTC, datetime

import pytest

from bot.understood import describe_query
from store.domain.query import Query, TimeOrder


def day(year: int, month: int = 1, date: int = 1) -> datetime:
    return datetime(year, month, date, tzinfo=UTC)


@pytest.mark.parametrize(
    ("query", "said"),
    [
        (Query("badges"), ""),
        (Query("badges", authors=("Jon", "Mei")), "Understood: about “badges”, by Jon or Mei."),
        (Query("", authors=("Jon",)), "Understood: everything, by Jon."),
        (Query("badges", sources=("HCM",), channels=("hr",)), "Understood: about “badges”, in HCM, in #hr."),
        (Query("x", after=day(2010)), "Understood: about “x”, since 2010-01-01."),
        (Query("x", before=day(2010)), "Understood: about “x”, until 2009-12-31."),
        (Query("x", after=day(2010), before=day(2011)), "Understood: about “x”, from 2010-01-01 to 2010-12-31."),
        (Query("x", after=day(2010), before=day(2010, 1, 2)), "Understood: about “x”, on 2010-01-01."),
        (Query("x", order=TimeOrder.OLDEST), "Understood: about “x”, oldest first."),
        (Query("x", order=TimeOrder.RECENT), "Understood: about “x”, recent ones first."),
    ],
)
def test_describe_query_says_what_the_question_was_narrowed_to(query: Query, said: str):
    assert describe_query(query) == said
