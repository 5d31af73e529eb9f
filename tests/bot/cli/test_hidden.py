from pathlib import Path

import pytest

from bot.settings import Settings
from bot.wiring import open_archive
from tests.bot.cli.conftest import Run
from tests.bot.cli.test_main import assert_four_parts

RECORDS = (
    '{"id": "1", "text": "Wikis are gardens.", "thread": "t1", "title": "On wikis", "url": "https://g.example/1"}\n'
    '{"id": "2", "text": "Weeds, too.", "thread": "t1", "title": "On wikis"}\n'
    '{"id": "3", "text": "Wikis need rain.", "thread": "t2"}\n'
)


@pytest.fixture(autouse=True)
def _archive(run: Run, tmp_path: Path, database: Path) -> None:
    """An archive of which an admin hid a discussion."""
    (tmp_path / "garden.jsonl").write_text(RECORDS)
    run("import", tmp_path / "garden.jsonl")
    with open_archive(Settings(database_url=f"sqlite:///{database}", model="hashing")) as archive:
        archive.hiding.hide(archive.read_comments([1])[1].discussion_id, "U1")


def ask(run: Run) -> list[str]:
    return sorted(hit["comment"]["id"] for hit in run("ask", "wikis", "--json").json["hits"])


def test_hidden_lists_what_is_hidden_by_whom(run: Run):
    assert ask(run) == ["3"]
    done = run("hidden")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("1  On wikis (garden, 2 comments")
    assert done.out.endswith(" UTC by U1\n")
    [found] = run("hidden", "--json").json["hidden"]
    assert (found["id"], found["source"], found["comments"], found["hidden_by"]) == (1, "garden", 2, "U1")
    assert found["discussion"]["title"] == "On wikis"


def test_hidden_show_lets_it_be_found_again(run: Run):
    done = run("hidden", "--show", "1")
    assert (done.code, done.err, done.out[:21]) == (0, "", "Shown again: 1  On wi")
    assert ask(run) == ["1", "2", "3"]
    assert run("hidden").out == "Nothing is hidden.\n"
    assert run("hidden", "--json").json == {"hidden": []}


def test_hidden_show_as_json_tells_what_is_shown(run: Run):
    assert [one["id"] for one in run("hidden", "--show", "1", "--json").json["shown"]] == [1]


def test_hidden_show_of_what_is_not_hidden_is_told_about(run: Run):
    done = run("hidden", "--show", "7")
    assert done.code == 3
    assert_four_parts(done.err, "cannot show a discussion again", "7", "none that is hidden", "see `harkback hidden`")


def test_hidden_stays_hidden_when_it_is_imported_again(run: Run, tmp_path: Path):
    (tmp_path / "garden.jsonl").write_text(RECORDS.replace("gardens", "wild gardens"))
    run("import", tmp_path / "garden.jsonl")
    assert ask(run) == ["3"]
