from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from syrupy.assertion import SnapshotAssertion

from store.db import migrate, moving
from store.db.engine import Database
from tests.bot.cli.conftest import Run
from tests.bot.cli.test_main import assert_four_parts

Change = Callable[[str], None]


@pytest.fixture
def change(database: Path) -> Change:
    """Makes the archive one of another schema, by the revision's name alone."""

    def change_revision(revision: str) -> None:
        with closing(Database(f"sqlite:///{database}")) as opened, opened.writing() as connection:
            connection.execute(text("UPDATE alembic_version SET version_num = :revision"), {"revision": revision})

    return change_revision


def test_upgrade_makes_the_schema_and_then_has_nothing_to_do(run: Run):
    done = run("db", "upgrade")
    assert (done.code, done.out, done.err) == (0, f"The schema was made: {migrate.HEAD}.\n", "")
    done = run("db", "upgrade")
    assert (done.code, done.out) == (0, f"The schema is up to date: {migrate.HEAD}.\n")


def test_upgrade_says_from_where_to_where(run: Run, database: Path):
    with closing(Database(f"sqlite:///{database}")) as opened:
        migrate.upgrade(opened, "0003")
    done = run("db", "upgrade", "--check")
    assert (done.code, done.out) == (3, "")
    assert_four_parts(done.err)
    assert f"its schema is 0003, older than this program's {migrate.HEAD}: run `harkback db upgrade`" in done.err
    done = run("db", "upgrade")
    assert (done.code, done.out) == (0, f"The schema was brought from 0003 to {migrate.HEAD}.\n")
    assert run("db", "upgrade", "--check").out == f"The schema is up to date: {migrate.HEAD}.\n"


def test_upgrade_check_of_an_empty_database_exits_with_3(run: Run):
    done = run("db", "upgrade", "--check")
    assert (done.code, done.out) == (3, "")
    assert_four_parts(done.err)
    assert "it holds none yet: run `harkback db upgrade`" in done.err


@pytest.mark.usefixtures("archive")
def test_upgrade_leaves_a_newer_schema_that_this_program_can_use(run: Run, change: Change):
    newer = f"9999_fits_{migrate.HEAD[:4]}"
    change(newer)
    for arguments in ((), ("--check",)):
        done = run("db", "upgrade", *arguments)
        assert (done.code, done.err) == (0, "")
        assert done.out == (
            f"The schema is {newer}, newer than this program's {migrate.HEAD}, which can use it: nothing to do.\n"
        )
    assert run("ask", "unconferences", "--json").json["outcome"] == "answered"


@pytest.mark.usefixtures("archive")
def test_upgrade_refuses_a_newer_schema_that_it_does_not_know(run: Run, change: Change):
    change("9999")
    done = run("db", "upgrade")
    assert (done.code, done.out) == (3, "")
    assert_four_parts(done.err)


def test_db_alone_is_a_question_of_usage(run: Run, database: Path):
    done = run("db")
    assert (done.code, done.out) == (2, "")
    assert "upgrade" in done.err
    assert not database.exists()


def test_move_copies_an_archive_that_answers_the_same(run: Run, archive: Path, tmp_path: Path):
    here, there = f"sqlite:///{archive}", f"sqlite:///{tmp_path}/there.db"
    done = run("db", "move", here, there)
    assert (done.code, done.err) == (0, "")
    comments = next(line.split() for line in done.out.splitlines() if line.startswith("comment "))
    assert comments[1] == comments[2] != "0"
    assert comments[3] == comments[4]
    assert f"Moved to {there}: " in done.out
    assert run("--database", there, "ask", "unconferences", "--json") == run("ask", "unconferences", "--json")


def test_move_verify_compares_and_exits_with_1_if_they_differ(run: Run, archive: Path, tmp_path: Path):
    here, there = f"sqlite:///{archive}", f"sqlite:///{tmp_path}/there.db"
    receipt = run("db", "move", here, there, "--json").json
    assert (receipt["source"], receipt["target"], receipt["is_same"]) == (here, there, True)
    done = run("db", "move", here, there, "--verify")
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines()[-1].startswith("Both hold the same, as of ")
    with closing(Database(there)) as opened, opened.writing() as connection:
        connection.execute(text("UPDATE discussion SET title = 'Another' WHERE id = 1"))
    done = run("db", "move", here, there, "--verify", "--json")
    assert done.code == 1
    assert [table["name"] for table in done.json["tables"] if not table["is_same"]] == ["discussion"]
    assert_four_parts(done.err)


def test_move_to_what_holds_an_archive_exits_with_3(run: Run, archive: Path, tmp_path: Path):
    here, there = f"sqlite:///{archive}", f"sqlite:///{tmp_path}/there.db"
    assert run("db", "move", here, there).code == 0
    done = run("db", "move", here, there)
    assert (done.code, done.out) == (3, "")
    assert_four_parts(done.err)


def test_move_of_what_is_written_to_meanwhile_says_so_and_goes_on(
    run: Run, archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    here, there = f"sqlite:///{archive}", f"sqlite:///{tmp_path}/there.db"
    copy_last_ids = moving.copy_last_ids

    def write_and_copy(*arguments: Any) -> None:
        copy_last_ids(*arguments)
        with closing(Database(here)) as opened, opened.writing() as connection:
            connection.execute(text("UPDATE source SET is_held = 1"))

    with monkeypatch.context() as patch:
        patch.setattr(moving, "copy_last_ids", write_and_copy)
        done = run("db", "move", here, there)
    assert done.code == 1
    assert_four_parts(done.err)
    assert "it was written to meanwhile (source): stop what writes to it, and run the same again" in done.err
    assert "differs" in done.out
    done = run("--database", there, "ask", "unconferences")
    assert (done.code, done.out) == (3, "")
    assert_four_parts(done.err)
    assert run("db", "move", here, there).code == 0
    assert run("--database", there, "ask", "unconferences").code == 0


@pytest.mark.parametrize("urls", [("archive.db", "sqlite:///there.db"), ("sqlite:///archive.db", "there")])
def test_move_of_what_is_no_url_is_a_question_of_usage(run: Run, tmp_path: Path, urls: tuple[str, str]):
    done = run("db", "move", *urls)
    assert (done.code, done.out) == (2, "")
    assert "it is not a database URL" in done.err
    assert list(tmp_path.iterdir()) == []


def test_move_help(run: Run, snapshot: SnapshotAssertion, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("COLUMNS", "80")
    assert run("db", "move", "--help").out == snapshot
