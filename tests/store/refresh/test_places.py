"""Sources that were read from several places: what is gone is missed where the source is refreshed from."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from store.archive import Archive
from store.db.comments import HeldComment
from store.domain.refresh import RefreshReport, RefreshState
from store.domain.source import Source
from store.refresh.pipeline import Importer
from store.refresh.reading import ImportRequest
from tests.store.factories import make_file, make_jsonl, read_texts

OLD = ImportRequest("/old.jsonl", "Blog", source_name="Blog", format_name="jsonl")
NEW = replace(OLD, location="/new.jsonl")
RECORDS = [{"id": f"{number}", "text": f"Text {number}."} for number in range(10)]


def read(archive: Archive, request: ImportRequest, *records: dict[str, str]) -> RefreshReport:
    [report] = Importer(archive, request).run([make_file(make_jsonl(*records))])
    return report


def refresh(archive: Archive, *records: dict[str, str], accept_removals: bool = False) -> RefreshReport:
    return read(archive, replace(NEW, is_refresh=True, accept_removals=accept_removals), *records)


@pytest.fixture
def both(archive: Archive) -> Archive:
    """A source that was read from one place, and then from another, which holds all of that and one more."""
    read(archive, OLD, *RECORDS[:9])
    read(archive, NEW, *RECORDS)
    return archive


def test_comment_of_an_earlier_place_is_missed_in_the_later_one(both: Archive):
    report = refresh(both, *RECORDS[1:])
    assert (report.deleted, report.unchanged, report.problem_count) == (1, 9, 0)
    assert "Blog/0" not in read_texts(both)


def test_comment_that_only_an_earlier_place_had_stays(archive: Archive):
    read(archive, OLD, *RECORDS[:3])
    read(archive, NEW, *RECORDS[2:])
    assert refresh(archive, *RECORDS[3:]).deleted == 1
    assert sorted(read_texts(archive)) == [f"Blog/{number}" for number in (0, 1, 3, 4, 5, 6, 7, 8, 9)]


def test_import_of_less_removes_nothing(both: Archive):
    report = read(both, NEW, *RECORDS[5:])
    assert (report.deleted, report.unchanged, report.problem_count) == (0, 5, 0)
    assert len(read_texts(both)) == 10


def test_import_removes_what_is_gone_if_that_is_asked_for(both: Archive):
    assert read(both, replace(NEW, accept_removals=True), *RECORDS[5:]).deleted == 5


def test_refresh_that_would_remove_much_changes_nothing(both: Archive):
    edited = {"id": "9", "text": "Edited."}
    report = refresh(both, *RECORDS[3:9], edited)
    reason = (
        "3 of 10 comments would be removed, more than 20%: nothing was changed: "
        "look at the place, and pass --accept-removals if they are to go"
    )
    assert (report.state, report.unchanged, report.deleted, report.edited) == (RefreshState.STOPPED, 10, 0, 0)
    assert [problem.reason for problem in report.problems] == [reason]
    assert read_texts(both)["Blog/9"] == "Text 9."
    [last, *_] = both.refreshes.list_latest(both.get_source("Blog"))
    assert (last.state, last.message) == (RefreshState.STOPPED, reason)
    accepted = refresh(both, *RECORDS[3:9], edited, accept_removals=True)
    assert (accepted.state, accepted.deleted, accepted.edited) == (RefreshState.DONE, 3, 1)


def test_refresh_may_remove_a_fifth(both: Archive):
    assert refresh(both, *RECORDS[2:]).deleted == 2


def test_unchanged_refresh_looks_at_everything_once(both: Archive, monkeypatch: pytest.MonkeyPatch):
    looked: list[str] = []
    iterate_held = Archive.iterate_held

    def note(self: Archive, source: Source) -> Iterator[list[HeldComment]]:
        looked.append(source.name)
        return iterate_held(self, source)

    monkeypatch.setattr(Archive, "iterate_held", note)
    assert refresh(both, *RECORDS).unchanged == 10
    assert looked == ["Blog"]


def test_import_that_removes_nothing_does_not_look_for_what_is_gone(both: Archive, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delattr(Archive, "iterate_held")
    assert read(both, NEW, *RECORDS[5:]).unchanged == 5
