"""A refresh that would remove more than anybody removes at once stops, in whatever way that much is gone."""

import json
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from store.archive import Archive
from store.domain.refresh import RefreshReport, RefreshState
from store.refresh.parts import Part
from store.refresh.pipeline import Importer
from store.refresh.reading import ImportRequest, Reading
from store.refresh.refreshing import Places
from tests.store.factories import make_feed, make_jsonl, read_texts

BEGUN = datetime(2020, 9, 13, tzinfo=UTC)
ACCEPT = "look at the place, and pass --accept-removals if they are to go"
STOPPED = f"3 of 10 comments would be removed, more than 20%: nothing was changed: {ACCEPT}"


@pytest.fixture
def request_(tmp_path: Path) -> ImportRequest:
    return ImportRequest(str(tmp_path / "news.json"), "news", source_name="news")


@pytest.fixture
def places(archive: Archive, request_: ImportRequest) -> Places:
    """Ten comments that were imported."""
    places = Places(archive, lambda: pytest.fail("nothing is fetched"))
    write(request_)
    places.import_place(request_)
    return places


def write(request: ImportRequest, dead: Collection[int] = (), count: int = 10) -> None:
    """Write comments, a day after the other, of which some are marked as removed."""
    records = [
        {
            "id": number,
            "type": "comment",
            "by": f"ann{number}",
            "time": int((BEGUN + timedelta(days=number)).timestamp()),
            "text": f"Text {number}.",
            "parent": 1,
            **({"dead": True} if number in dead else {}),
        }
        for number in range(2, count + 2)
    ]
    Path(request.location).write_text("\n".join(map(json.dumps, records)))


def refresh(places: Places, request: ImportRequest, *, accept_removals: bool = False) -> RefreshReport:
    request = replace(request, is_refresh=True, accept_removals=accept_removals)
    [report] = places.refresh_place(request, [places.archive.get_source("news")])
    return report


def test_refresh_of_which_the_source_itself_removed_much_changes_nothing(
    archive: Archive, places: Places, request_: ImportRequest
):
    write(request_, dead=(2, 3, 4))
    report = refresh(places, request_)
    assert (report.state, report.deleted, report.unchanged) == (RefreshState.STOPPED, 0, 10)
    assert [problem.reason for problem in report.problems] == [STOPPED]
    assert len(read_texts(archive)) == 10
    assert refresh(places, request_, accept_removals=True).deleted == 3
    assert len(read_texts(archive)) == 7


def test_refresh_may_remove_a_fifth_that_the_source_removed(places: Places, request_: ImportRequest):
    write(request_, dead=(2, 3))
    assert refresh(places, request_).deleted == 2
    # That it says so again removes nothing again.
    write(request_, dead=(2, 3, 4))
    assert refresh(places, request_).deleted == 1


def test_what_is_missing_and_what_the_source_removed_count_together(archive: Archive, tmp_path: Path, places: Places):
    request = ImportRequest(str(tmp_path / "takeout.xml"), "news", source_name="news")
    came = [(f"{number}", f"Text {number}.") for number in range(10)]
    archive.delete_comments(archive.get_source("news"), [f"{number}" for number in range(2, 12)])
    Path(request.location).write_text(make_feed(*came))
    places.import_place(request)
    gone = [(native_id, "This comment has been removed by the author.") for native_id, _ in came[:2]]
    Path(request.location).write_text(make_feed(*gone, *came[2:9]))
    assert [problem.reason for problem in refresh(places, request).problems] == [STOPPED]


def test_what_is_too_old_goes_however_much_it_is(archive: Archive, places: Places, request_: ImportRequest):
    write(request_, dead=(11,))
    old = replace(places, retention=datetime.now(UTC) - (BEGUN + timedelta(days=8, hours=12)))
    report = refresh(old, request_)
    assert (report.state, report.deleted) == (RefreshState.DONE, 8)
    assert sorted(read_texts(archive)) == ["news/10", "news/9"]


def test_place_that_is_cut_short_as_it_is_read_removes_nothing(
    archive: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    request = ImportRequest(str(tmp_path / "export.jsonl"), "news", source_name="news")
    records = [{"id": f"{number}", "text": f"Text {number}."} for number in range(10)]
    places = Places(archive, lambda: pytest.fail("nothing is fetched"))
    Path(request.location).write_text(make_jsonl(*records))
    places.import_place(request)
    edited = [{"id": "0", "text": "Edited."}, *records[1:]]
    Path(request.location).write_text(make_jsonl(*edited))
    find_reasons = Importer._find_reasons

    def cut_short(self: Importer, survey: Reading, parts: list[Part]) -> Mapping[str, str]:
        # Whatever writes it begins anew, between the two readings.
        Path(request.location).write_text(make_jsonl(*edited[:5]))
        return find_reasons(self, survey, parts)

    monkeypatch.setattr(Importer, "_find_reasons", cut_short)
    report = refresh(places, request)
    assert (report.state, report.deleted, report.edited) == (RefreshState.DONE, 0, 1)
    assert [(problem.record, problem.reason) for problem in report.problems] == [
        ("5", f"comments did not come as the place was read once more: it changed meanwhile: kept: {ACCEPT}")
    ]
    assert len(read_texts(archive)) == 10
    monkeypatch.undo()
    # The next one sees it as it is.
    assert refresh(places, request).state is RefreshState.STOPPED
    Path(request.location).write_text(make_jsonl(*edited[:9]))
    assert refresh(places, request).deleted == 1
