"""Dates as archives write them."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.sources.dates import parse_date

EXPECTED = datetime(2014, 5, 1, 17, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "2014-05-01T10:00:00.000-07:00",
        "2014-05-01T17:00:00Z",
        " 2014-05-01 17:00 \n",
        "20140501T170000Z",
        "Thu, 01 May 2014 10:00:00 -0700",
        "1 May 2014 17:00:00 GMT",
        "1398963600",
        "1398963600.0",
    ],
)
def test_date_is_read(text: str):
    assert parse_date(text) == EXPECTED


def test_date_without_a_time_is_midnight():
    assert parse_date("2014-05-01") == datetime(2014, 5, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "soon", "May 2014", "2014", "12", "0", "-1398963600", "2014-13-01", "2014-02-30",
        "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "1969-12-31", "2201-01-01",
        "1e400", "nan", "inf", "1398963600000", "\ud800", "²", "2014-05-01T10:00:00+99:99",
    ],
)  # fmt: skip
def test_what_is_no_date_of_a_comment_is_none(text: str):
    assert parse_date(text) is None


@given(st.text() | st.from_regex(r"\A[\d :T+.,-]{0,30}\Z") | st.floats().map(str))
def test_any_text_is_a_utc_date_or_none(text: str):
    found = parse_date(text)

    assert found is None or (found.utcoffset() == timedelta() and 1970 <= found.year <= 2200)
