from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.dialects import sqlite

from store.db.tables import Row, UtcDateTime

DIALECT = sqlite.dialect()


@given(
    value=st.datetimes(
        min_value=datetime(1900, 1, 1),  # noqa: DTZ001  # hypothesis adds the zone
        max_value=datetime(2100, 1, 1),  # noqa: DTZ001
        timezones=st.integers(-840, 840).map(lambda minutes: timezone(timedelta(minutes=minutes))),
    )
)
def test_time_comes_back_as_the_same_moment_in_utc(value: datetime):
    bound = UtcDateTime().process_bind_param(value, DIALECT)
    assert bound is not None
    # SQLite keeps no zone.
    found = UtcDateTime().process_result_value(bound.replace(tzinfo=None), DIALECT)
    assert found == value
    assert found.tzinfo == UTC


def test_time_that_keeps_its_zone_comes_back_in_utc():
    stored = datetime(2019, 7, 1, 12, tzinfo=timezone(timedelta(hours=2)))
    found = UtcDateTime().process_result_value(stored, DIALECT)
    assert (found, found.tzinfo) == (datetime(2019, 7, 1, 10, tzinfo=UTC), UTC)


def test_time_without_zone_is_refused():
    with pytest.raises(ValueError, match="without a zone reached the database: 2019-07-01T12:00:00"):
        UtcDateTime().process_bind_param(datetime(2019, 7, 1, 12), DIALECT)  # noqa: DTZ001  # the point


def test_no_time_stays_none():
    assert UtcDateTime().process_bind_param(None, DIALECT) is None
    assert UtcDateTime().process_result_value(None, DIALECT) is None


def test_constraints_have_names():
    unnamed = [
        f"{table.name}: {constraint}"
        for table in Row.metadata.sorted_tables
        for constraint in (*table.constraints, *table.indexes)
        if not constraint.name
    ]
    assert unnamed == []
