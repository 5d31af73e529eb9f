from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text

from store.db import migrate
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
