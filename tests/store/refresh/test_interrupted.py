"""A refresh that dies after any of its commits, or cannot make any of them, and is run again, equals one run."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, event
from sqlalchemy.exc import OperationalError

from embeddings.hashing import HashingEncoder
from store.archive import Archive
from store.errors import ArchiveError
from store.refresh import indexing, reading
from store.refresh.indexing import index_pending
from store.refresh.owner import Process
from store.refresh.reading import ImportRequest
from store.refresh.refreshing import Places
from tests.store.contents import State, check_sound, place_of, read_last_refresh, read_state
from tests.store.factories import KilledError, make_jsonl

MOST_COMMITS = 200


def make_record(number: int, **changed: str) -> dict[str, str]:
    return {
        "id": f"{number}",
        "text": f"Text {number} of the wiki.",
        "author": f"Person {number % 5}",
        "thread": f"t{number // 3}",
        "title": f"Discussion {number // 3}",
        **changed,
    }


OLD = [make_record(number) for number in range(30)]
NEW = [
    *(make_record(number) for number in range(4, 20)),
    *(make_record(number, title="Another title") for number in range(20, 24)),
    *(make_record(number, text=f"Edited {number}.", author="Somebody new") for number in range(24, 30)),
    *(make_record(number, channel="new") for number in range(40, 48)),
]


@dataclass
class Commits:
    """Counts the commits of what was written, and does something just before one."""

    made: int = 0
    disturb: Callable[[int], object] = lambda _: None

    def note(self, connection: Connection) -> None:
        if connection.get_execution_options().get("writes"):
            self.disturb(self.made + 1)
            self.made += 1

    @contextmanager
    def watching(self, archive: Archive) -> Iterator["Commits"]:
        engine = archive.database.engine
        event.listen(engine, "commit", self.note)
        try:
            yield self
        finally:
            event.remove(engine, "commit", self.note)


def dying_at(number: int) -> Callable[[int], None]:
    """From a commit on nothing is committed any more, whatever tries to."""

    def disturb(commit: int) -> None:
        if commit >= number:
            raise KilledError

    return disturb


def failing_at(number: int) -> Callable[[int], None]:
    """One commit fails, and none after it."""
    left = [number]

    def disturb(commit: int) -> None:
        if left == [commit]:
            left.clear()
            raise OperationalError("COMMIT", None, sqlite3.OperationalError("disk I/O error"))

    return disturb


@dataclass(frozen=True)
class Ground:
    """An archive of what a place held first, and what a refresh makes of it now."""

    archive: Archive
    base: Archive
    copy: Callable[[Archive, Archive], None]
    places: Places
    request: ImportRequest
    base_refresh: int
    after: State

    def reset(self) -> None:
        """Take the archive back to what the place held first."""
        self.copy(self.base, self.archive)

    def refresh(self) -> None:
        sources = [summary.source for summary in self.archive.list_sources()]
        self.places.refresh_place(self.request, sources)


@pytest.fixture
def ground(
    make_archive: Callable[[], Archive],
    copy_archive: Callable[[Archive, Archive], None],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Ground:
    monkeypatch.setattr(reading, "CHUNK_COMMENTS", 5)
    monkeypatch.setattr(indexing, "CHUNK_COMMENTS", 6)
    # What died was this process.
    monkeypatch.setattr(Process, "is_alive", lambda *_: False)
    archive, base, place, encoder = make_archive(), make_archive(), tmp_path / "export.jsonl", HashingEncoder()
    request = ImportRequest(str(place), "export", source_name="export")
    places = Places(archive, nullcontext, lambda note: index_pending(archive, lambda: encoder, note))
    place.write_text(make_jsonl(*OLD))
    places.import_place(request)
    place.write_text(make_jsonl(*NEW))
    refreshed = ImportRequest(str(place), "export", source_name="export", is_refresh=True)
    copy_archive(archive, base)
    first = Ground(archive, base, copy_archive, places, refreshed, 0, {})
    last = read_last_refresh(place_of(archive))
    first.refresh()
    after = read_state(place_of(archive), last)
    assert [len(after[name]) for name in ("comments", "former comments", "changes")] == [34, 14, 0]
    return replace(first, base_refresh=last, after=after)


def check(ground: Ground, number: int) -> None:
    """Run the refresh again, and compare."""
    ground.refresh()
    check_sound(place_of(ground.archive))
    state = read_state(place_of(ground.archive), ground.base_refresh)
    assert [name for name in state if state[name] != ground.after[name]] == [], number


@pytest.mark.parametrize(
    ("make_disturbance", "error"), [(dying_at, KilledError), (failing_at, ArchiveError)], ids=["dies", "fails"]
)
def test_refresh_interrupted_at_each_commit_and_run_again_equals_one_run(
    ground: Ground, make_disturbance: Callable[[int], Any], error: type[BaseException]
):
    for number in range(1, MOST_COMMITS):
        ground.reset()
        with Commits(disturb=make_disturbance(number)).watching(ground.archive) as commits:
            try:
                ground.refresh()
            except error:
                pass
            else:
                # It has no more commits.
                break
        check(ground, number)
    assert commits.made == number - 1 > 10


def test_refresh_interrupted_notes_how_it_ended(ground: Ground):
    ground.reset()
    with Commits(disturb=dying_at(5)).watching(ground.archive), pytest.raises(KilledError):
        ground.refresh()
    with Commits(disturb=failing_at(5)).watching(ground.archive), pytest.raises(ArchiveError):
        ground.refresh()
    ground.refresh()
    last, failed, died, _ = ground.archive.refreshes.list_latest()
    assert (last.state, failed.state, died.state) == ("done", "failed", "interrupted")
    assert "disk I/O error" in failed.message
    assert isinstance(died.ended_at, datetime)
