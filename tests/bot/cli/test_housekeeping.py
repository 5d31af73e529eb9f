import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.settings import Settings
from bot.wiring import open_archive
from store.domain.refresh import RefreshKind
from store.refresh.owner import Process
from tests.bot.cli.conftest import Run
from tests.bot.cli.test_main import assert_four_parts

YEARS = timedelta(days=1_000)


@pytest.fixture(autouse=True)
def hashing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HARKBACK_MODEL", "hashing")


@pytest.fixture
def notes(tmp_path: Path, run: Run) -> Path:
    """A file of an old and a new comment, imported as `notes`."""
    path = tmp_path / "notes.jsonl"
    write(path, "The tide is low.")
    assert run("import", path).code == 0
    return path


def write(path: Path, new: str) -> None:
    now = datetime.now(UTC)
    records = [
        {"id": "old", "author": "Ann", "text": "The tide was high.", "date": (now - YEARS).isoformat()},
        {"id": "new", "author": "Ann", "text": new, "date": (now - timedelta(days=1)).isoformat()},
    ]
    path.write_text("".join(json.dumps(record) + "\n" for record in records))


def list_kinds(run: Run) -> list[tuple[str, int]]:
    return [(one["kind"], one["deleted"]) for one in run("refreshes", "--json").json["refreshes"]]


def read_hits(run: Run, question: str) -> list[str]:
    return [hit["comment"]["text"] for hit in run("ask", question, "--json").json["hits"]]


def test_refresh_removes_what_is_too_old_and_keeps_it_away(run: Run, notes: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HARKBACK_RETENTION", "1y")
    first = run("refresh")
    assert (first.code, first.err) == (0, "")
    assert first.out.splitlines()[1:] == ["notes: older than HARKBACK_RETENTION and removed for good: 1"]
    assert (read_hits(run, "tide"), list_kinds(run)) == (
        ["The tide is low."], [("retention", 1), ("refresh", 0), ("import", 0)]
    )  # fmt: skip
    write(notes, "The tide turns.")
    again = run("refresh", "--json").json["reports"][0]
    assert (again["edited"], again["left_out"]) == (1, {"older than HARKBACK_RETENTION": 1})
    assert read_hits(run, "tide") == ["The tide turns."]
    # A rollback does not bring it back either.
    assert run("rollback", "notes").code == 0
    assert read_hits(run, "tide") == ["The tide is low."]
    assert run("import", notes, "--json").json["reports"][0]["left_out"] == {"older than HARKBACK_RETENTION": 1}


def test_refresh_purges_what_is_not_to_be_kept(run: Run, notes: Path, database: Path, monkeypatch: pytest.MonkeyPatch):
    write(notes, "The ferry is late.")
    run("refresh")
    assert b"tide is low" in database.read_bytes()
    monkeypatch.setenv("HARKBACK_KEEP_REMOVED", "0s")
    done = run("rollback", "notes")
    assert (done.code, done.out) == (3, "")
    assert_four_parts(
        done.err, "roll back the source", "'notes'", "edited or removed is not kept any more (HARKBACK_KEEP_REMOVED)",
        "nothing was changed", "choose another",
    )  # fmt: skip
    assert run("refresh").code == 0
    assert b"tide is low" not in database.read_bytes()
    assert read_hits(run, "ferry") == ["The ferry is late."]


@pytest.mark.usefixtures("notes")
def test_what_has_to_wait_is_told_and_fails_nothing(
    run: Run, tmp_path: Path, database: Path, monkeypatch: pytest.MonkeyPatch
):
    other = tmp_path / "other.jsonl"
    other.write_text('{"id": "1", "text": "Here."}\n')
    run("import", other)
    monkeypatch.setenv("HARKBACK_RETENTION", "1y")
    with open_archive(Settings(database_url=f"sqlite:///{database}")) as archive:
        archive.refreshes.begin(archive.get_source("notes"), RefreshKind.IMPORT, Process.current())
        done = run("refresh", "other")
    assert (done.code, done.out.count("\n")) == (0, 1)
    assert done.err.startswith("harkback: left for the next time: cannot change the source: 'notes': ")


@pytest.mark.usefixtures("notes")
def test_what_was_too_old_is_in_the_receipt_as_json(run: Run, monkeypatch: pytest.MonkeyPatch):
    assert list(run("refresh", "--json").json) == ["reports"]
    monkeypatch.setenv("HARKBACK_RETENTION", "1y")
    told = run("refresh", "--json").json
    assert (told["too_old"], [one["source"] for one in told["reports"]]) == ({"notes": 1}, ["notes"])


@pytest.mark.usefixtures("notes")
def test_retention_in_minutes_removes_nothing(run: Run, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HARKBACK_RETENTION", "6m")
    assert run("refresh").code == 2
    monkeypatch.delenv("HARKBACK_RETENTION")
    assert list_kinds(run) == [("import", 0)]
