import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.settings import Settings
from bot.wiring import open_archive
from store.archive import Archive
from store.domain.refresh import Progress, RefreshCounts, RefreshKind, RefreshState
from store.refresh.owner import Process
from store.refresh.run import RefreshRun
from tests.bot.cli.conftest import Run
from tests.bot.cli.test_main import assert_four_parts
from tests.fakes.web import Answer, LocalServer, drip, send
from tests.store.sources.making import make_entry, make_feed
from tests.waiting import wait_until

NOBODY = Process("process 4194305 on elsewhere (1)")
KEYS = [
    "id", "source", "kind", "state", "undoes", "begun", "ended", "seen", "by", "stage", "done", "total", "added",
    "edited", "unchanged", "deleted", "skipped", "problem_count", "seconds", "message",
]  # fmt: skip


@pytest.fixture
def notes(tmp_path: Path, run: Run) -> Path:
    """A file of two comments, imported as the source `notes`, changed, and refreshed."""
    path = tmp_path / "notes.jsonl"
    write(path, "The tide is high.", "The harbour is closed.")
    assert run("import", path).code == 0
    write(path, "The tide is low.", "The harbour is closed.", "The ferry is late.")
    assert run("refresh").code == 0
    return path


def write(path: Path, *texts: str) -> None:
    records = [{"id": str(number), "author": "Ann", "text": text} for number, text in enumerate(texts)]
    path.write_text("".join(json.dumps(record) + "\n" for record in records))


@contextmanager
def opening(database: Path) -> Iterator[Archive]:
    with open_archive(Settings(database_url=f"sqlite:///{database}")) as archive:
        yield archive


@pytest.fixture(autouse=True)
def hashing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HARKBACK_MODEL", "hashing")


@pytest.mark.usefixtures("notes")
def test_refreshes_json_tells_everything_latest_first(run: Run):
    done = run("refreshes", "--json")
    latest, first = done.json["refreshes"]
    assert (done.code, done.err, list(latest), list(first)) == (0, "", KEYS, KEYS)
    assert datetime.fromisoformat(latest["begun"]) < datetime.fromisoformat(latest["ended"]) <= datetime.now(UTC)
    assert set(latest["seconds"]) == {"reading", "planning", "storing", "splitting", "embedding", "indexing"}
    assert latest["by"] == Process.current().name
    counts = ("id", "source", "kind", "state", "added", "edited", "unchanged", "deleted", "skipped", "problem_count")
    assert [tuple(one[name] for name in counts) for one in (latest, first)] == [
        (2, "notes", "refresh", "done", 1, 1, 1, 0, 0, 0),
        (1, "notes", "import", "done", 2, 0, 0, 0, 0, 0),
    ]


@pytest.mark.usefixtures("notes")
def test_refreshes_table_has_a_row_each(run: Run):
    done = run("refreshes")
    rows = [[cell.strip() for cell in line.strip("│").split("│")] for line in done.out.splitlines() if "notes" in line]
    assert [row[:4] + row[6:] for row in rows] == [
        ["2", "notes", "refresh", "done", "1", "1", "0", "1", "0", "0", ""],
        ["1", "notes", "import", "done", "2", "0", "0", "0", "0", "0", ""],
    ]


@pytest.mark.usefixtures("notes")
def test_refreshes_of_a_source_and_the_latest_alone(run: Run, tmp_path: Path):
    other = tmp_path / "other.jsonl"
    write(other, "Elsewhere.")
    run("import", other)
    assert [one["source"] for one in run("refreshes", "--json").json["refreshes"]] == ["other", "notes", "notes"]
    assert [one["id"] for one in run("refreshes", "notes", "--json").json["refreshes"]] == [2, 1]
    assert [one["id"] for one in run("refreshes", "notes", "--limit", "1", "--json").json["refreshes"]] == [2]


def test_refreshes_of_an_unknown_source(run: Run):
    done = run("refreshes", "nowhere")
    assert (done.code, done.out) == (3, "")
    assert_four_parts(done.err, "find the source", "'nowhere'", "none of that name", "see `harkback sources`")


def test_refreshes_of_an_empty_archive_say_what_to_do(run: Run):
    done = run("refreshes")
    assert (done.code, done.out) == (
        0, "Nothing was refreshed yet: bring an archive in with `harkback import FILE_OR_URL`.\n"
    )  # fmt: skip
    assert run("refreshes", "--json").json == {"refreshes": []}


@pytest.mark.usefixtures("notes")
def test_refreshes_tell_how_far_one_at_work_is_and_by_whom(run: Run, database: Path):
    with opening(database) as archive, RefreshRun(archive, archive.get_source("notes"), RefreshKind.REFRESH) as at_work:
        at_work.tally.added = 7
        at_work.note(Progress("reading", 1_500, 4_000))
        [listed, *_] = run("refreshes", "--json").json["refreshes"]
        [row] = [line for line in run("refreshes").out.splitlines() if "running" in line]
    assert (listed["state"], listed["ended"], listed["added"]) == ("running", None, 7)
    assert (listed["stage"], listed["done"], listed["total"]) == ("reading", 1_500, 4_000)
    assert f"reading, 1,500 of about 4,000, by {Process.current().name}" in row


@pytest.mark.usefixtures("notes")
def test_refresh_whose_process_is_dead_is_shown_as_interrupted(run: Run, database: Path):
    with opening(database) as archive:
        begin_dead(archive)
    [listed, *_] = run("refreshes", "--json").json["refreshes"]
    assert (listed["state"], listed["ended"]) == ("interrupted", listed["seen"])
    assert "running" not in run("refreshes").out


def begin_dead(archive: Archive) -> int:
    """Begin a refresh in the name of a process that was seen an hour ago."""
    number = archive.refreshes.begin(archive.get_source("notes"), RefreshKind.REFRESH, NOBODY)
    connection = archive.database.engine.raw_connection()
    connection.execute("UPDATE refresh SET seen_at = '2020-01-01 00:00:00' WHERE id = ?", (number,))  # type: ignore[attr-defined]
    connection.commit()
    connection.close()
    return number


@pytest.mark.usefixtures("notes")
def test_cancelling_asks_a_refresh_to_end(run: Run, database: Path):
    with opening(database) as archive:
        number = archive.refreshes.begin(archive.get_source("notes"), RefreshKind.REFRESH, Process.current())
        done = run("refreshes", "--cancel", str(number))
        again = run("refreshes", "--cancel", str(number))
        assert archive.refreshes.get(number).state is RefreshState.CANCELLING
    assert (done.code, done.err) == (0, "")
    assert done.out == "It ends after what it is just writing: refresh 3 of notes.\n"
    assert (again.code, again.out) == (0, done.out)


FEED = make_feed(make_entry()).encode()


@pytest.mark.parametrize("answer", [drip, send(status=503, Retry_After="600")], ids=["page", "wait"])
def test_cancelling_ends_a_refresh_that_hangs_on_a_page(
    run: Run, database: Path, monkeypatch: pytest.MonkeyPatch, answer: Answer
):
    monkeypatch.setenv("HARKBACK_FETCH_PRIVATE_ADDRESSES", "true")
    with LocalServer() as server:
        assert run("import", server.answer("/feed", send(FEED)), "--source", "Blog").code == 0
        server.answer("/feed", answer, send(FEED))

        def cancel() -> None:
            wait_until(lambda: len(server.asked) == 2, "the second request")
            with opening(database) as archive:
                archive.refreshes.cancel(archive.refreshes.list_at_work()[0].id)

        threading.Thread(target=cancel).start()
        done = run("refresh", "Blog")
    [latest, _] = run("refreshes", "--json").json["refreshes"]
    assert (done.code, latest["state"], len(server.asked)) == (3, "cancelled", 2)
    assert_four_parts(done.err, "go on with the source", "'Blog'", "it was cancelled", "run it again")


@pytest.mark.usefixtures("notes")
def test_command_that_the_lock_names_ends_the_refresh_that_holds_it(run: Run, database: Path):
    with opening(database) as archive:
        source = archive.get_source("notes")
        number = archive.refreshes.begin(source, RefreshKind.REFRESH, Process.current())
        refused = run("refresh", "notes")
        assert refused.code == 3
        named = refused.err.partition("`harkback ")[2].partition("`")[0]
        assert run(*named.split()).code == 0
        assert archive.refreshes.get(number).state is RefreshState.CANCELLING
        archive.refreshes.end(number, RefreshState.CANCELLED, RefreshCounts(), {})
    assert run("refresh", "notes").code == 0


@pytest.mark.usefixtures("notes")
def test_cancelling_what_has_ended_says_how_it_ended(run: Run):
    done = run("refreshes", "--cancel", "2")
    assert (done.code, done.out) == (3, "")
    assert_four_parts(
        done.err, "cancel", "refresh 2 of 'notes'", "it is not at work: done since", "`harkback refreshes`"
    )


@pytest.mark.usefixtures("notes")
def test_cancelling_what_nobody_is_at_any_more_says_so(run: Run, database: Path):
    with opening(database) as archive:
        number = begin_dead(archive)
        done = run("refreshes", "--cancel", str(number))
        assert archive.refreshes.get(number).state is RefreshState.RUNNING
    assert done.code == 3
    assert_four_parts(done.err, "cancel", "it is not at work: interrupted since 2020-01-01 00:00 UTC")


def test_cancelling_what_never_was_says_so(run: Run):
    done = run("refreshes", "--cancel", "99")
    assert (done.code, done.out) == (3, "")
    assert_four_parts(done.err, "find the refresh", "99", "none has that number", "see `harkback refreshes`")
