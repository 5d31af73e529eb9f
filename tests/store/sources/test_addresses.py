from datetime import UTC, datetime, timedelta, timezone

import pytest

from store.sources.addresses import change_query, read_path, read_query, write_time


@pytest.mark.parametrize(
    ("url", "changes", "changed"),
    [
        ("https://x.example/a", {"page": "2"}, "https://x.example/a?page=2"),
        ("https://x.example/a?", {"page": "2"}, "https://x.example/a?page=2"),
        ("https://x.example/a?page=1&b=%2F+c&b=2&flag&d[]=1#e", {"page": "2"}, "https://x.example/a?b=%2F+c&b=2&flag&d[]=1&page=2#e"),
        ("https://x.example/?rest_route=/wp/v2/comments", {"after": "2019-03-01T12:00:00Z"}, "https://x.example/?rest_route=/wp/v2/comments&after=2019-03-01T12:00:00Z"),
        ("https://x.example/a?x=1", {"x": "a b&c"}, "https://x.example/a?x=a%20b%26c"),
    ],
)  # fmt: skip
def test_query_is_changed_and_the_rest_stays(url: str, changes: dict[str, str], changed: str):
    assert change_query(url, changes) == changed


def test_query_is_read_by_name():
    assert read_query("https://x.example/a?b=%2F+c&flag&e=1&e=2") == {"b": "/ c", "flag": "", "e": "2"}


@pytest.mark.parametrize("url", ["http://[x", "", "x"])
def test_what_is_no_address_asks_for_nothing(url: str):
    assert read_query(url) == {}
    assert read_path(url) in ("", "x")


def test_time_is_written_in_utc():
    moment = datetime(2019, 3, 1, 12, 30, 59, 999, tzinfo=timezone(timedelta(hours=2)))
    assert write_time(moment) == "2019-03-01T10:30:59Z"
    assert write_time(moment.astimezone(UTC)) == "2019-03-01T10:30:59Z"
