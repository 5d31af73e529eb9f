"""A clock that is set back, or forth: nothing is taken for newer than it is, and nobody for alive or dead by it."""

from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Self

import pytest

from embeddings.hashing import HashingEncoder
from store import archive as archive_module
from store.archive import Archive
from store.domain.refresh import RefreshKind, RefreshReport
from store.errors import SourceBusyError
from store.refresh import reading, refreshing
from store.refresh.indexing import index_pending
from store.refresh.owner import LEASE, Process
from store.refresh.reading import ImportRequest
from store.refresh.refreshing import Places
from store.repositories import refreshes as refreshes_module
from tests.store.contents import check_sound, place_of
from tests.store.factories import make_jsonl, put_source, read_texts

ELSEWHERE = Process("process 17 on elsewhere.example (123)")


class Clock:
    """What the program takes for now is this far from it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.ahead = timedelta()
        clock = self

        class Shifted(datetime):
            @classmethod
            def now(cls, tz: object = None) -> Self:  # type: ignore[override]
                assert tz is UTC
                return datetime.now(UTC) + clock.ahead  # type: ignore[return-value]

        for module in (archive_module, refreshes_module, reading, refreshing):
            monkeypatch.setattr(module, "datetime", Shifted)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


class Blog:
    """A source in a file."""

    def __init__(self, archive: Archive, place: Path) -> None:
        encoder = HashingEncoder()
        self.place = place
        self._archive = archive
        self._places = Places(archive, nullcontext, lambda note: index_pending(archive, lambda: encoder, note))

    def write(self, *ids: int, text: str = "Text") -> None:
        self.place.write_text(make_jsonl(*({"id": f"{number}", "text": f"{text} {number}."} for number in ids)))

    def refresh(self) -> RefreshReport:
        request = ImportRequest(str(self.place), "Blog", source_name="Blog", is_refresh=True)
        source = self._archive.find_source("Blog")
        if source is None:
            [report] = self._places.import_place(request)
        else:
            [report] = self._places.refresh_place(request, [source])
        return report


@pytest.fixture
def blog(archive: Archive, tmp_path: Path) -> Blog:
    made = Blog(archive, tmp_path / "blog.jsonl")
    made.write(*range(10))
    made.refresh()
    return made


@pytest.mark.parametrize("ahead", [timedelta(days=-400), timedelta(hours=-1), timedelta(days=400)])
def test_refresh_after_the_clock_was_set_sees_what_changed(
    archive: Archive, blog: Blog, clock: Clock, ahead: timedelta
):
    clock.ahead = ahead
    assert blog.refresh().unchanged == 10
    blog.write(*range(1, 10), 11, text="Edited")
    report = blog.refresh()
    assert (report.added, report.edited, report.deleted) == (1, 9, 1)
    assert read_texts(archive)["Blog/11"] == "Edited 11."
    clock.ahead = timedelta()
    assert blog.refresh().unchanged == 10
    check_sound(place_of(archive))


def test_refreshes_are_listed_in_the_order_they_ran_whatever_the_clock_said(archive: Archive, blog: Blog, clock: Clock):
    clock.ahead = timedelta(days=-400)
    blog.write(*range(11))
    latest = blog.refresh().refresh_id
    assert [refresh.id for refresh in archive.refreshes.list_latest()] == [latest, 1]


@pytest.mark.parametrize("ahead", [-2 * LEASE, 2 * LEASE])
def test_dead_process_of_another_machine_is_known_for_dead_though_the_clock_was_set(
    archive: Archive, clock: Clock, ahead: timedelta
):
    source = put_source(archive)
    archive.refreshes.begin(source, RefreshKind.REFRESH, ELSEWHERE)
    clock.ahead = ahead
    archive.refreshes.begin(source, RefreshKind.REFRESH, Process.current())
    assert [refresh.state for refresh in archive.refreshes.list_latest()] == ["running", "interrupted"]


def test_process_of_this_machine_is_known_for_alive_though_the_clock_was_set(archive: Archive, clock: Clock):
    source = put_source(archive)
    archive.refreshes.begin(source, RefreshKind.REFRESH, Process.current())
    clock.ahead = timedelta(days=-400)
    with pytest.raises(SourceBusyError):
        archive.refreshes.begin(source, RefreshKind.REFRESH, Process.current())
