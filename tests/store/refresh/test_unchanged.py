"""A refresh that finds nothing new: nothing that is searched is written, and nothing is asked for that need not be."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

import pytest
from sqlalchemy import event

from embeddings.hashing import HashingEncoder
from store.archive import Archive
from store.domain.refresh import Progress, Refresh, RefreshReport, RefreshState
from store.errors import RefreshCancelledError
from store.refresh import run
from store.refresh.indexing import index_pending
from store.refresh.reading import ImportRequest
from store.refresh.refreshing import Index, Places
from store.refresh.run import OnProgress
from tests.store.factories import dump, make_jsonl

# That it was looked at, and when; what could not be read of it.
BOOKKEEPING = {"refresh", "source", "place", "problem", "problem_record"}
MAIL = (
    "From ann@list.example Tue Mar 01 10:00:00 2016\nFrom: Ann <ann@list.example>\n"
    "Date: Tue, 01 Mar 2016 10:{0:02}:00 +0000\nMessage-ID: <{0}@list.example>\nSubject: Tea {0}\n\nText {0}.\n\n"
)
CONTENTS = {
    "jsonl": make_jsonl(*({"id": f"{number}", "text": f"Text {number}."} for number in range(60))),
    "mbox": "".join(map(MAIL.format, range(60))),
}


def refuse() -> NoReturn:
    """Open nothing that fetches."""
    raise AssertionError


@pytest.fixture
def places(archive: Archive) -> Places:
    encoder = HashingEncoder()
    return Places(archive, refuse, lambda note: index_pending(archive, lambda: encoder, note))


@pytest.fixture(params=["jsonl", "mbox"])
def request_(request: pytest.FixtureRequest, tmp_path: Path, places: Places) -> ImportRequest:
    """Give what refreshes a source that was just imported from a file."""
    path = tmp_path / f"export.{request.param}"
    path.write_text(CONTENTS[request.param])
    places.import_place(ImportRequest(str(path), "Site", "Site"))
    return ImportRequest(str(path), "Site", "Site", is_refresh=True)


@contextmanager
def noting_writes(archive: Archive) -> Iterator[set[str]]:
    """Note the tables that rows are written to, or removed from."""
    written: set[str] = set()

    def note(_connection: object, cursor: sqlite3.Cursor, statement: str, *_: object) -> None:
        words = statement.split()
        if cursor.rowcount and words[0] in ("INSERT", "UPDATE", "DELETE", "REPLACE"):
            written.add(
                words[words.index("INTO" if "INTO" in words else "FROM" if words[0] == "DELETE" else words[0]) + 1]
            )

    event.listen(archive.database.engine, "after_cursor_execute", note)
    yield written
    event.remove(archive.database.engine, "after_cursor_execute", note)


def refresh(archive: Archive, places: Places, request: ImportRequest, *, is_full: bool) -> RefreshReport:
    [report] = places.refresh_place(request, [archive.get_source("Site")], is_full=is_full)
    return report


@pytest.mark.parametrize("is_full", [False, True])
def test_unchanged_refresh_writes_no_more_than_that_it_was(
    archive: Archive, places: Places, request_: ImportRequest, *, is_full: bool
):
    before = dump(archive)
    with noting_writes(archive) as written:
        report = refresh(archive, places, request_, is_full=is_full)
    assert (report.unchanged, report.added, report.edited, report.deleted) == (60, 0, 0, 0)
    assert "refresh" in written <= BOOKKEEPING
    assert dump(archive) == before


def test_unchanged_file_is_not_opened(
    archive: Archive, places: Places, request_: ImportRequest, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.delattr("store.refresh.refreshing.open_files")
    assert refresh(archive, places, request_, is_full=False).unchanged == 60


def test_file_that_was_touched_is_compared_and_writes_nothing(
    archive: Archive, places: Places, request_: ImportRequest
):
    Path(request_.location).touch()
    before = dump(archive)
    assert refresh(archive, places, request_, is_full=False).unchanged == 60
    assert dump(archive) == before


def test_writes_are_noted(archive: Archive, places: Places, request_: ImportRequest):
    with Path(request_.location).open("a") as file:
        file.write(MAIL.format(60) if request_.location.endswith("mbox") else make_jsonl({"id": "60", "text": "New."}))
    with noting_writes(archive) as written:
        assert refresh(archive, places, request_, is_full=False).added == 1
    assert {"comment", "change", "passage", "text_vector"} <= written


# What an earlier one stored and did not come to


def index_while(archive: Archive, look: Callable[[Refresh], object]) -> Index:
    """Give what indexes, and lets somebody look at the refresh that it is told of when that is half done."""

    def index(note: OnProgress) -> None:
        note(Progress("embedding", 1, 2, seconds={"splitting": 0.5}))
        look(archive.refreshes.list_latest()[0])
        note(Progress("embedding", 2, 2, seconds={"splitting": 0.5}))

    return index


def test_unchanged_refresh_that_embeds_shows_how_far_it_is(
    archive: Archive, places: Places, request_: ImportRequest, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(run, "NOTE_SECONDS", 0.0)
    seen: list[Refresh] = []
    refresh(archive, replace(places, index=index_while(archive, seen.append)), request_, is_full=False)
    [during] = seen
    assert (during.stage, during.done, during.total, during.state) == ("embedding", 1, 2, RefreshState.RUNNING)
    assert {"embedding", "splitting"} < set(archive.refreshes.list_latest()[0].seconds)


def test_unchanged_refresh_that_embeds_can_be_cancelled(
    archive: Archive, places: Places, request_: ImportRequest, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(run, "NOTE_SECONDS", 0.0)
    cancelled = replace(places, index=index_while(archive, lambda one: archive.refreshes.cancel(one.id)))
    with pytest.raises(RefreshCancelledError):
        refresh(archive, cancelled, request_, is_full=False)
    assert archive.refreshes.list_latest()[0].state is RefreshState.CANCELLED
