"""Calendar arithmetic."""

from datetime import date, datetime

import pytest

from store.query.spans import Span, find_easter, shift_months, span_holiday, span_months, span_unit, take_third, widen


def make_span(start: str, end: str) -> Span:
    return Span(datetime.fromisoformat(start), datetime.fromisoformat(end))


@pytest.mark.parametrize(
    "sunday", [date(1999, 4, 4), date(2000, 4, 23), date(2008, 3, 23), date(2011, 4, 24), date(2038, 4, 25)]
)
def test_easter_is_where_the_calendars_have_it(sunday: date):
    assert find_easter(sunday.year) == sunday


@pytest.mark.parametrize(
    ("name", "span"),
    [
        ("easter", make_span("2011-04-22", "2011-04-26")),
        ("thanksgiving", make_span("2011-11-24", "2011-11-28")),
        ("christmas", make_span("2011-12-24", "2011-12-27")),
        ("new year", make_span("2010-12-31", "2011-01-02")),
    ],
)
def test_holiday_is_its_days(name: str, span: Span):
    assert span_holiday(2011, name) == span


@pytest.mark.parametrize(
    ("months", "moved"),
    [(1, "2024-02-29"), (-11, "2023-02-28"), (12, "2025-01-31"), (-1, "2023-12-31"), (10, "2024-11-30")],
)
def test_months_are_moved_to_a_day_that_is_there(months: int, moved: str):
    assert shift_months(datetime(2024, 1, 31), months) == datetime.fromisoformat(moved)  # noqa: DTZ001


@pytest.mark.parametrize(
    ("unit", "span"),
    [
        ("day", make_span("2026-11-23", "2026-11-24")),
        ("week", make_span("2026-11-23", "2026-11-30")),
        ("month", make_span("2026-11-01", "2026-12-01")),
        ("quarter", make_span("2026-10-01", "2027-01-01")),
        ("year", make_span("2026-01-01", "2027-01-01")),
        ("decade", make_span("2020-01-01", "2030-01-01")),
    ],
)
def test_unit_is_the_calendars(unit: str, span: Span):
    assert span_unit(datetime(2026, 11, 23, 12, 30), unit) == span  # noqa: DTZ001


def test_thirds_are_whole_months_or_ten_days():
    assert take_third(span_months(2012, 1, 12), 1) == make_span("2012-05-01", "2012-09-01")
    assert take_third(span_months(2012, 1, 3), 2) == make_span("2012-03-01", "2012-04-01")
    assert take_third(span_months(2012, 2), 2) == make_span("2012-02-21", "2012-03-01")
    with pytest.raises(ValueError, match="too short"):
        take_third(make_span("2012-01-02", "2012-01-09"), 0)


def test_around_is_a_week_at_least():
    assert widen(make_span("2012-12-24", "2012-12-25")) == make_span("2012-12-17", "2013-01-01")


def test_spans_narrow_each_other_and_cover_both():
    one, other = make_span("2011-01-01", "2012-01-01"), make_span("2011-06-01", "2013-01-01")

    assert one.intersect(other) == make_span("2011-06-01", "2012-01-01")
    assert one.intersect(Span()) == one
    assert one.intersect(make_span("2012-01-01", "2013-01-01")) is None
    assert one.cover(other) == make_span("2011-01-01", "2013-01-01")
    assert one.cover(Span(one.start)) == Span(one.start)
