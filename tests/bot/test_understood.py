from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from bot.understood import describe_query, name_filters
from store.domain.query import Filter, Query, TimeOrder


def day(year: int, month: int = 1, date: int = 1) -> datetime:
    return datetime(year, month, date, tzinfo=UTC)


@pytest.mark.parametrize(
    ("query", "said"),
    [
        (Query("badges"), ""),
        (Query("badges", authors=("Jon", "Mei")), "Understood: about “badges”, by Jon or Mei."),
        (Query("", authors=("Jon",)), "Understood: everything, by Jon."),
        (Query("badges", sources=("HCM",), channels=("hr",)), "Understood: about “badges”, in HCM, in #hr."),
        (Query('"pay bands"', authors=("Jon",)), "Understood: about “pay bands”, by Jon."),
        (Query('"pay" or "badges"', authors=("Jon",)), 'Understood: about “"pay" or "badges"”, by Jon.'),
        (Query("x", not_by=("Jon", "Mei")), "Understood: about “x”, by anyone but Jon or Mei."),
        (Query("x", after=day(2010)), "Understood: about “x”, since 2010-01-01."),
        (Query("x", before=day(2010)), "Understood: about “x”, until 2009-12-31."),
        (Query("x", after=day(2010), before=day(2011)), "Understood: about “x”, from 2010-01-01 to 2010-12-31."),
        (Query("x", after=day(2010), before=day(2010, 1, 2)), "Understood: about “x”, on 2010-01-01."),
        (Query("x", after=day(2010), sources=("HCM",)), "Understood: about “x”, since 2010-01-01, in HCM."),
        (Query("x", order=TimeOrder.OLDEST), "Understood: about “x”, oldest first."),
        (Query("x", order=TimeOrder.RECENT), "Understood: about “x”, recent ones first."),
    ],
)
def test_describe_query_says_what_the_question_was_narrowed_to(query: Query, said: str):
    assert describe_query(query) == said


@pytest.mark.parametrize(
    ("query", "without", "said"),
    [
        (Query("x"), [Filter.AUTHORS], "Understood: about “x”, by anyone."),
        (Query("x", authors=("Jon",)), [Filter.DATES], "Understood: about “x”, by Jon, at any time."),
        (Query("", authors=("Jon",)), [Filter.TOPIC], "Understood: everything, by Jon."),
        (Query("x"), [Filter.LANGUAGES], "Understood: about “x”, in any language."),
        (Query("x"), [Filter.CHANNELS, Filter.SOURCES], "Understood: about “x”, in any source, in any channel."),
        # What would have left nothing was not taken away.
        (Query("", authors=("Jon",)), [Filter.AUTHORS], "Understood: everything, by Jon."),
    ],
)
def test_describe_query_says_what_was_taken_away(query: Query, without: list[Filter], said: str):
    assert describe_query(query, without) == said


def test_dates_are_told_by_the_days_of_whoever_asked():
    zone = ZoneInfo("Asia/Tokyo")
    may = Query(
        "x", after=datetime(2019, 4, 30, 15, tzinfo=UTC), before=datetime(2019, 5, 31, 15, tzinfo=UTC), zone=zone
    )
    assert describe_query(may) == "Understood: about “x”, from 2019-05-01 to 2019-05-31."


def test_name_filters_gives_the_words_of_each_in_order():
    query = Query("x", ("Jon", "Mei"), after=day(2010), sources=("HCM",), channels=("hr", "it"), languages=("de", "nl"))
    assert name_filters(query) == [
        (Filter.TOPIC, "about “x”"),
        (Filter.AUTHORS, "by Jon or Mei"),
        (Filter.DATES, "since 2010-01-01"),
        (Filter.SOURCES, "in HCM"),
        (Filter.CHANNELS, "in #hr or #it"),
        (Filter.LANGUAGES, "in German or Dutch"),
    ]


def test_name_filters_of_a_query_that_is_not_narrowed_gives_its_topic():
    assert name_filters(Query("x")) == [(Filter.TOPIC, "about “x”")]
