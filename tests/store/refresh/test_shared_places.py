"""Several sources that are read from one place, as records may name theirs: each is followed, whatever came of it."""

import time
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from store.archive import Archive
from store.domain.refresh import Progress, RefreshReport, RefreshState
from store.errors import RefreshCancelledError
from store.refresh.reading import ImportRequest
from store.refresh.refreshing import Places
from store.refresh.run import OnProgress
from tests.store.factories import make_jsonl, read_texts

OURS = [{"id": f"{number}", "text": f"Ours {number}."} for number in range(10)]
THEIRS = [{"id": f"t{number}", "text": f"Theirs {number}.", "source": "Theirs"} for number in range(3)]


@pytest.fixture
def request_(tmp_path: Path) -> ImportRequest:
    return ImportRequest(str(tmp_path / "ours.jsonl"), "ours")


def write(request: ImportRequest, *records: dict[str, str]) -> None:
    Path(request.location).write_text(make_jsonl(*records))


@pytest.fixture
def places(archive: Archive, request_: ImportRequest) -> Places:
    """Two sources that were imported from one file."""
    write(request_, *OURS, *THEIRS)
    places = Places(archive, lambda: pytest.fail("nothing is fetched"))
    places.import_place(request_)
    return places


def refresh(
    places: Places, request: ImportRequest, *names: str, accept_removals: bool = False
) -> dict[str, RefreshReport]:
    sources = [places.archive.get_source(name) for name in names]
    request = replace(request, is_refresh=True, accept_removals=accept_removals)
    return {report.source: report for report in places.refresh_place(request, sources)}


def test_source_of_which_nothing_came_is_not_emptied(archive: Archive, places: Places, request_: ImportRequest):
    write(request_, *OURS)
    reports = refresh(places, request_, "ours", "Theirs")
    assert {name: (one.state, one.deleted) for name, one in reports.items()} == {
        "ours": (RefreshState.DONE, 0),
        "Theirs": (RefreshState.STOPPED, 0),
    }
    [problem] = reports["Theirs"].problems
    assert problem.reason.startswith("3 of 3 comments would be removed, more than 20%: nothing was changed: ")
    assert len(read_texts(archive)) == 13


def test_source_of_which_nothing_came_is_emptied_if_that_is_asked_for(
    archive: Archive, places: Places, request_: ImportRequest
):
    write(request_, *OURS)
    reports = refresh(places, request_, "ours", "Theirs", accept_removals=True)
    assert {name: (one.state, one.deleted, one.unchanged) for name, one in reports.items()} == {
        "ours": (RefreshState.DONE, 0, 10),
        "Theirs": (RefreshState.DONE, 3, 0),
    }
    assert len(read_texts(archive)) == 10


def test_place_that_holds_nothing_any_more_empties_none_of_its_sources(
    archive: Archive, places: Places, request_: ImportRequest
):
    write(request_, {"id": "new", "text": "Another.", "source": "Another"})
    reports = refresh(places, request_, "ours", "Theirs")
    assert {name: one.state for name, one in reports.items()} == {
        "Another": RefreshState.DONE,
        "ours": RefreshState.STOPPED,
        "Theirs": RefreshState.STOPPED,
    }
    assert len(read_texts(archive)) == 14


def test_held_source_has_no_refresh_where_nothing_came(archive: Archive, places: Places, request_: ImportRequest):
    Path(request_.location).write_text('{"id": "1"}\n')
    request = replace(request_, left_alone=("ours",), format_name="jsonl")
    assert refresh(places, request, "Theirs")["Theirs"].state is RefreshState.STOPPED
    assert len(archive.refreshes.list_latest(archive.get_source("ours"))) == 1


def test_either_source_may_be_cancelled_while_both_are_embedded(
    archive: Archive, request_: ImportRequest, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("store.refresh.run.NOTE_SECONDS", 0)
    write(request_, *OURS, *THEIRS)
    shown = []

    def index(note: OnProgress) -> None:
        note(Progress("embedding", 1, 13))
        assert {one.source: one.stage for one in archive.refreshes.list_latest()} == {
            "ours": "embedding",
            "Theirs": "embedding",
        }
        [theirs] = archive.refreshes.list_latest(archive.get_source("Theirs"))
        assert archive.refreshes.cancel(theirs.id)
        note(Progress("embedding", 2, 13))
        pytest.fail("it went on")

    places = Places(archive, lambda: pytest.fail("nothing is fetched"), index)
    with pytest.raises(RefreshCancelledError):
        places.import_place(request_, shown.append)
    assert {one.source: one.state for one in archive.refreshes.list_latest()} == {
        "ours": RefreshState.CANCELLED,
        "Theirs": RefreshState.CANCELLED,
    }
    assert [one.source for one in shown if one.stage == "embedding"] == ["ours", "ours"]
    assert len(read_texts(archive)) == 13


def test_time_is_counted_for_the_stage_that_it_was_spent_in_whichever_source_it_was_for(
    archive: Archive, request_: ImportRequest, monkeypatch: pytest.MonkeyPatch
):
    seconds = [0.0]
    put_comments = Archive.put_comments

    def put(self: Archive, *arguments: Any) -> None:
        seconds[0] += 10
        put_comments(self, *arguments)

    def index(_: OnProgress) -> None:
        seconds[0] += 100

    monkeypatch.setattr(Archive, "put_comments", put)
    clock = SimpleNamespace(perf_counter=lambda: seconds[0], monotonic=time.monotonic)
    monkeypatch.setattr("store.refresh.run.time", clock)
    write(request_, *OURS, *THEIRS)
    Places(archive, lambda: pytest.fail("nothing is fetched"), index).import_place(request_)
    assert {one.source: one.seconds for one in archive.refreshes.list_latest()} == {
        name: {"planning": 0, "storing": 20, "embedding": 100, "reading": 0} for name in ("ours", "Theirs")
    }
