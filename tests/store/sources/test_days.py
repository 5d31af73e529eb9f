"""Days as discussions."""

from datetime import UTC, datetime, timedelta, timezone

from store.sources.days import day_of


def test_day_is_a_discussion_of_its_channel():
    assert day_of("C1", "#general", datetime(2017, 5, 11, 9, 30, tzinfo=UTC)) == (
        "C1:2017-05-11",
        "#general, 11 May 2017",
    )


def test_day_is_that_of_utc():
    late = datetime(2017, 5, 11, 1, 0, tzinfo=timezone(timedelta(hours=2)))

    assert day_of("C1", "Bench Club", late) == ("C1:2017-05-10", "Bench Club, 10 May 2017")


def test_what_has_no_date_belongs_to_the_channel():
    assert day_of("C1", "#general", None) == ("C1", "#general")


def test_channel_without_a_name_shows_the_day_alone():
    assert day_of("C1", "", datetime(2017, 5, 11, tzinfo=UTC)) == ("C1:2017-05-11", "11 May 2017")
