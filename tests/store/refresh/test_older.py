"""Exports that are older than what is stored, or cut short: nothing newer is lost or taken back by them."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from store.archive import Archive
from store.domain.refresh import RefreshReport, RefreshState
from store.refresh.pipeline import Importer
from store.refresh.plan import is_older
from store.refresh.reading import ImportRequest
from tests.store.factories import NOON, make_comment, make_feed, make_file, make_jsonl, read_texts

REQUEST = ImportRequest("/chat.json", "Blog", source_name="Blog")
LATER = NOON + timedelta(days=1)
OLDER = "older than what is known: kept the newer: if it is right, pass --accept-removals"
Read = Callable[..., RefreshReport]


def make_record(number: int, text: str = "", *, day: int = 0, edited: int = 0) -> dict[str, Any]:
    when = NOON + timedelta(days=day or number)
    changed = {"edited": (NOON + timedelta(days=edited)).isoformat()} if edited else {}
    return {"id": f"{number}", "text": text or f"Text {number}.", "date": when.isoformat(), **changed}


RECORDS = [make_record(number) for number in range(1, 11)]


@pytest.fixture
def read(archive: Archive) -> Read:
    """Read a file of records at a place: refreshed, if it was read before and nothing else is asked for."""

    def run(
        *records: dict[str, Any],
        location: str = "/chat.jsonl",
        is_refresh: bool | None = None,
        accept_removals: bool = False,
        content: str = "",
    ) -> RefreshReport:
        known = archive.find_source("Blog")
        is_known = known is not None and archive.refreshes.find_place(known, location) is not None
        request = replace(
            REQUEST,
            location=location,
            is_refresh=is_known if is_refresh is None else is_refresh,
            accept_removals=accept_removals,
        )
        [report] = Importer(archive, request).run([make_file(content or make_jsonl(*records), location)])
        return report

    return run


@pytest.mark.parametrize(
    ("published", "edited", "older"),
    [
        (NOON, None, False),
        (NOON, LATER, True),
        (LATER, None, True),
        (None, None, False),
        (None, NOON, False),
        (NOON - timedelta(1), NOON - timedelta(1), False),
    ],
)
def test_comment_is_older_than_an_edit_that_is_known(
    published: datetime | None, edited: datetime | None, *, older: bool
):
    assert is_older(make_comment(published=NOON), published, edited) is older
    assert not is_older(make_comment(published=None), published, edited)
    assert not is_older(make_comment(published=NOON, edited=LATER), published, edited)


def test_export_that_is_older_changes_nothing(archive: Archive, read: Read):
    read(*RECORDS)
    older = [make_record(1, "As it was."), *RECORDS[1:9]]
    report = read(*older)
    reason = (
        "the newest comment is of 2019-03-10 12:00 UTC, and there was one of 2019-03-11 12:00 UTC: it may be an older "
        "export: nothing was changed: look at the place, and pass --accept-removals if they are to go"
    )
    assert (report.state, report.unchanged, report.deleted) == (RefreshState.STOPPED, 10, 0)
    assert [problem.reason for problem in report.problems] == [reason]
    assert read_texts(archive)["Blog/1"] == "Text 1."
    accepted = read(*older, accept_removals=True)
    assert (accepted.state, accepted.deleted, accepted.edited) == (RefreshState.DONE, 1, 1)
    # What was accepted is what is there now.
    assert (read(*older).state, read(*RECORDS).added) == (RefreshState.DONE, 1)


def make_records(count: int) -> list[dict[str, Any]]:
    return [make_record(number) for number in range(1, count + 1)]


@pytest.mark.parametrize(
    ("held", "removed", "state"),
    [
        (28, 1, RefreshState.DONE),
        (28, 2, RefreshState.STOPPED),
        (100, 2, RefreshState.DONE),
        (100, 3, RefreshState.STOPPED),
        (300, 3, RefreshState.DONE),
        (300, 4, RefreshState.STOPPED),
    ],
)
def test_few_of_the_latest_that_are_gone_are_removed(
    archive: Archive, read: Read, held: int, removed: int, state: RefreshState
):
    records = make_records(held)
    read(*records)
    report = read(*records[:-removed])
    gone = removed if state is RefreshState.DONE else 0
    assert (report.state, report.deleted, len(read_texts(archive))) == (state, gone, held - gone)


def test_latest_that_is_gone_goes_with_others(read: Read):
    records = make_records(28)
    read(*records)
    edited = make_record(20, "Edited.", edited=26)
    report = read(*records[:3], *records[4:19], edited, *records[20:-1])
    assert (report.state, report.deleted, report.edited) == (RefreshState.DONE, 2, 1)


def test_latest_that_the_source_says_is_gone_goes(archive: Archive):
    request = replace(REQUEST, location="/feed.xml", is_refresh=True)
    texts = [f"Text {number}." for number in range(1, 11)]
    for latest in (texts[-1], "This comment has been removed by the author."):
        days = iter(range(1, 11))
        feed = make_feed(*((f"{number}", said) for number, said in enumerate([*texts[:-1], latest])))
        dated = re.sub("2019-03-01", lambda _, days=days: f"2019-03-{next(days):02}", feed)
        [report] = Importer(archive, request).run([make_file(dated, "/feed.xml")])
    assert (report.state, report.deleted, len(read_texts(archive))) == (RefreshState.DONE, 1, 9)


def test_comment_that_comes_back_is_of_an_older_export(archive: Archive, read: Read):
    records = make_records(28)
    read(*records)
    read(*records[:13], *records[14:], make_record(29))
    assert read(*records[:13], *records[14:]).state is RefreshState.DONE
    read(*records[:13], *records[14:], make_record(29))
    assert (read(*records).state, "Blog/14" in read_texts(archive)) == (RefreshState.STOPPED, False)


def test_time_that_has_not_come_makes_nothing_older(archive: Archive, read: Read):
    far = 365 * 1_000
    read(*make_records(28), make_record(29, day=far))
    report = read(*make_records(28), make_record(30))
    assert (report.state, report.added, report.deleted) == (RefreshState.DONE, 1, 1)
    assert "Blog/29" not in read_texts(archive)


def test_edit_counts_as_news(read: Read):
    read(*RECORDS[:9], make_record(10, day=1, edited=30))
    assert read(*RECORDS).state is RefreshState.STOPPED
    assert read(*RECORDS, make_record(11, day=40)).state is RefreshState.DONE


def test_export_of_the_same_age_may_lack_something(read: Read):
    read(*RECORDS)
    assert read(*RECORDS[1:]).deleted == 1


def test_records_without_dates_are_of_no_age(read: Read):
    undated = [{"id": f"{number}", "text": "One."} for number in range(10)]
    read(*undated)
    assert read(*undated[:9]).deleted == 1


@pytest.mark.parametrize("location", ["/chat.jsonl", "/backup.jsonl"])
def test_older_export_takes_no_edit_back(archive: Archive, read: Read, location: str):
    read(*RECORDS[:9], make_record(10, "Edited.", edited=20))
    report = read(*RECORDS, location=location, is_refresh=False)
    assert (report.added, report.edited, report.unchanged, report.skipped) == (0, 0, 10, 1)
    assert report.left_out == ((OLDER, 1),)
    assert read_texts(archive)["Blog/10"] == "Edited."
    newer = read(*RECORDS[:9], make_record(10, "Edited again.", edited=21), location=location, is_refresh=False)
    assert (newer.edited, read_texts(archive)["Blog/10"]) == (1, "Edited again.")


def test_older_export_is_taken_if_that_is_asked_for(archive: Archive, read: Read):
    read(*RECORDS[:9], make_record(10, "Edited.", edited=20))
    assert read(*RECORDS, is_refresh=False, accept_removals=True).edited == 1
    assert read_texts(archive)["Blog/10"] == "Text 10."


def test_comment_that_fewer_may_see_is_hidden_by_any_export(archive: Archive, read: Read):
    read(make_record(1, "Edited.", edited=20), is_refresh=False)
    hidden = {**make_record(1), "channel": "board", "visibility": "nobody"}
    [report] = Importer(archive, replace(REQUEST, location="/old.jsonl", include_private=True)).run(
        [make_file(make_jsonl(hidden), "/old.jsonl")]
    )
    assert report.edited == 1
    assert read(make_record(1), is_refresh=False).left_out == ()
    assert read(make_record(1, edited=20), is_refresh=False).edited == 1


class TestCutShort:
    """Remark42's backup has a comment a line; Blogger's is one document."""

    def write(self, *numbers: int, broken: int = 0) -> str:
        records = [
            {
                "id": f"c{number}",
                "pid": "",
                "text": f"<p>Text {number}.</p>",
                "user": {"name": "Ann", "id": "github_1"},
                "locator": {"site": "boats", "url": "https://blog.example/on-boats/"},
                "time": (NOON + timedelta(minutes=20 - number)).isoformat(),
            }
            for number in numbers
        ]
        lines = [json.dumps({"version": 1, "users": [], "posts": []}), *map(json.dumps, records)]
        return "\n".join([*lines, *['{"id": "broken", "text": 5'] * broken]) + "\n"

    def test_what_could_not_be_read_twice_is_not_gone_the_second_time(self, archive: Archive, read: Read):
        read(content=self.write(*range(1, 11)))
        for _ in range(3):
            report = read(content=self.write(*range(1, 10), broken=1))
            assert (report.deleted, report.unchanged) == (0, 9)
            assert "more could not be read than usual" in report.problems[-1].reason
        assert len(read_texts(archive)) == 10
        assert read(content=self.write(*range(1, 10), broken=1), accept_removals=True).deleted == 1

    def test_what_can_usually_not_be_read_hides_nothing_that_is_gone(self, read: Read):
        read(content=self.write(*range(1, 11), broken=2))
        assert read(content=self.write(*range(1, 10), broken=2)).deleted == 1
        assert read(content=self.write(*range(1, 9), broken=1)).deleted == 1

    def test_more_that_cannot_be_read_is_usual_where_nothing_is_missing(self, read: Read):
        read(content=self.write(*range(1, 11)))
        read(content=self.write(*range(1, 11), broken=2))
        assert read(content=self.write(*range(1, 10), broken=2)).deleted == 1

    @pytest.mark.parametrize("times", [1, 2])
    def test_file_that_ends_too_early_says_nothing_of_what_is_gone(self, archive: Archive, times: int):
        whole = make_feed(*((f"{number}", f"Text {number}.") for number in range(1, 11)))
        request = replace(REQUEST, location="/feed.xml", is_refresh=True)
        for content in (whole, *[whole[: whole.rindex("<content")]] * times):
            [report] = Importer(archive, request).run([make_file(content, "/feed.xml")])
        assert (report.deleted, len(read_texts(archive))) == (0, 10)
        place = archive.refreshes.find_place(archive.get_source("Blog"), "/feed.xml")
        assert place is not None
        assert (place.stamp, place.problem_count) == ("", 0)


def test_whole_reading_is_told_from_one_that_missed_something(archive: Archive, read: Read):
    read(*RECORDS)
    before = archive.refreshes.find_place(archive.get_source("Blog"), "/chat.jsonl")
    assert before is not None
    assert before.full_at == before.read_at <= datetime.now(UTC)
