import json
from pathlib import Path

import pytest

from bot.settings import Settings
from bot.wiring import open_archive
from store.domain.refresh import RefreshKind
from store.refresh.owner import Process
from tests.bot.cli.conftest import Run
from tests.bot.cli.test_main import assert_four_parts
from tests.bot.cli.test_refreshes import KEYS


@pytest.fixture(autouse=True)
def hashing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HARKBACK_MODEL", "hashing")


@pytest.fixture
def notes(tmp_path: Path, run: Run) -> Path:
    """A file of two comments, imported as the source `notes 1`, changed, and refreshed."""
    path = tmp_path / "notes.jsonl"
    write(path, "The tide is high.", "The harbour is closed.")
    assert run("import", path, "--source", "notes 1").code == 0
    write(path, "The tide is low.", "The harbour is closed.", "The ferry is late.")
    assert run("refresh").code == 0
    return path


def write(path: Path, *texts: str) -> None:
    records = [{"id": str(number), "author": "Ann", "text": text} for number, text in enumerate(texts)]
    path.write_text("".join(json.dumps(record) + "\n" for record in records))


def read_hits(run: Run, question: str) -> list[str]:
    return [hit["comment"]["text"] for hit in run("ask", question, "--json").json["hits"]]


@pytest.mark.usefixtures("notes")
def test_rollback_says_what_it_did_and_how_to_undo_it(run: Run):
    done = run("rollback", "notes 1")
    assert (done.code, done.err) == (0, "")
    said, advice = done.out.splitlines()
    assert said.startswith("notes 1 is what it was before refresh 2 of 20")
    assert said.endswith(" UTC: 1 removed, 0 brought back, 1 put back as they were, 1 unchanged")
    assert read_hits(run, "tide") == ["The tide is high."]
    assert advice.endswith("undo this with `harkback rollback 'notes 1' 3`")
    assert run("rollback", "notes 1", "3").code == 0
    assert read_hits(run, "tide") == ["The tide is low."]


@pytest.mark.usefixtures("notes")
def test_rollback_json_is_what_is_listed_of_it(run: Run):
    done = run("rollback", "notes 1", "2", "--json")
    shown = done.json["rollback"]
    assert (done.code, done.err, list(shown)) == (0, "", KEYS)
    assert (shown["kind"], shown["state"], shown["undoes"], shown["deleted"]) == ("rollback", "done", 2, 1)
    assert shown == run("refreshes", "--json").json["refreshes"][0]
    assert "back to before 2" in run("refreshes").out


@pytest.mark.usefixtures("notes")
def test_source_is_left_alone_after_a_rollback_until_it_is_named(run: Run):
    run("rollback", "notes 1")
    left = run("refresh")
    assert (left.code, left.out) == (0, "")
    assert left.err == "harkback: left alone: 'notes 1': it was rolled back: refresh it by its name\n"
    assert read_hits(run, "tide") == ["The tide is high."]
    named = run("refresh", "notes 1", "--json").json["reports"][0]
    assert (named["added"], named["edited"]) == (1, 1)
    assert read_hits(run, "tide") == ["The tide is low."]
    again = run("refresh")
    assert (again.code, again.err) == (0, "")


@pytest.mark.usefixtures("notes")
def test_rollback_of_a_source_at_work_says_who_is_at_it(run: Run, database: Path):
    with open_archive(Settings(database_url=f"sqlite:///{database}")) as archive:
        archive.refreshes.begin(archive.get_source("notes 1"), RefreshKind.REFRESH, Process.current())
        done = run("rollback", "notes 1")
    assert (done.code, done.out) == (3, "")
    assert_four_parts(done.err, "change the source", "'notes 1'", "has been at it since", "refreshes --cancel 3")


@pytest.mark.usefixtures("notes")
def test_rollback_that_cannot_be_says_why_and_what_to_do(run: Run):
    done = run("rollback", "notes 1", "77")
    assert (done.code, done.out) == (3, "")
    assert_four_parts(done.err, "find the refresh", "77", "none has that number", "see `harkback refreshes`")
    run("refresh")
    done = run("rollback", "notes 1", "3")
    assert (done.code, done.out) == (3, "")
    assert_four_parts(
        done.err, "roll back the source", "'notes 1'", "refresh 3 changed nothing", "see `harkback refreshes 'notes 1'`"
    )


def test_rollback_of_an_unknown_source(run: Run):
    done = run("rollback", "nowhere")
    assert (done.code, done.out) == (3, "")
    assert_four_parts(done.err, "find the source", "'nowhere'", "see `harkback sources`")


@pytest.mark.parametrize("arguments", [(), ("notes", "two"), ("notes", "1", "2")])
def test_rollback_usage_errors(run: Run, arguments: tuple[str, ...]):
    done = run("rollback", *arguments)
    assert (done.code, done.out) == (2, "")
    assert "Usage: harkback rollback" in done.err


@pytest.mark.parametrize("named", [(), ("tea",)])
def test_source_is_left_alone_after_a_rollback_though_another_shares_its_place(
    run: Run, tmp_path: Path, named: tuple[str, ...]
):
    path = tmp_path / "both.jsonl"

    def write_both(text: str) -> None:
        records = [{"id": source, "source": source, "text": text} for source in ("tea", "coffee")]
        path.write_text("".join(json.dumps(record) + "\n" for record in records))

    write_both("A pot of it.")
    run("import", path)
    write_both("A cup of it.")
    run("refresh")
    run("rollback", "coffee")
    write_both("A jar of it.")
    done = run("refresh", *named)
    assert (done.code, done.out.startswith("tea (jsonl): 0 new, 1 edited")) == (0, True)
    assert done.err == "harkback: left alone: 'coffee': it was rolled back: refresh it by its name\n"
    assert set(read_hits(run, "of it")) == {"A jar of it.", "A pot of it."}
    run("refresh", "coffee")
    assert set(read_hits(run, "of it")) == {"A jar of it."}
