import gc
import sqlite3
from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion

from bot.cli.main import _import
from bot.settings import Settings, environment_name
from tests.bot.cli.conftest import Run

VERBS = (
    "ask", "authors", "db", "demo", "doctor", "evaluate", "feedback", "forget", "health", "hidden", "import", "jobs",
    "problems", "refresh", "refreshes", "reindex", "rollback", "serve", "sources", "worker",
)  # fmt: skip


@pytest.mark.parametrize("verb", ["harkback", *VERBS])
def test_help_text(run: Run, verb: str, snapshot: SnapshotAssertion, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("COLUMNS", "80")
    done = run(*([] if verb == "harkback" else [verb]), "--help")
    assert (done.code, done.err) == (0, "")
    assert done.out == snapshot


def test_help_is_shown_where_nothing_is_asked_for(run: Run):
    done = run()
    assert (done.code, done.out, done.err.strip()) == (2, "", run("--help").out.strip())


def test_help_of_the_root_names_every_verb(run: Run):
    listed = run("--help").out.partition("Commands:")[2]
    assert tuple(line.split()[0] for line in listed.splitlines() if line.strip()) == VERBS


def test_help_of_serve_names_every_setting(run: Run):
    listed = {line.strip() for line in run("serve", "--help").out.splitlines()}
    assert {environment_name(name) for name in Settings.model_fields} <= listed


def test_version_is_the_distributions(run: Run):
    assert run("--version").out.startswith("harkback, version ")


@pytest.mark.parametrize(
    "arguments",
    [
        ("unknown",),
        ("--unknown",),
        ("ask",),
        ("ask", "one", "two"),
        ("ask", "x", "--limit", "0"),
        ("ask", "x", "--limit", "101"),
        ("ask", "x", "--limit", "many"),
        ("ask", "x", "--without", "moods"),
        ("import",),
        ("sources", "extra"),
    ],
)
def test_usage_errors_exit_with_2_and_say_how(run: Run, database: Path, arguments: tuple[str, ...]):
    done = run(*arguments)
    assert (done.code, done.out) == (2, "")
    assert "Usage: harkback" in done.err
    assert "--help' for help" in done.err
    assert not database.exists()


def test_settings_errors_exit_with_2_and_name_all(run: Run, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HARKBACK_PORT", "eighty")
    monkeypatch.setenv("SLACK_APP_TOKEN", "hunter2")
    done = run("sources")
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("harkback: cannot use the settings: ")
    assert "  HARKBACK_PORT: " in done.err
    assert "  SLACK_APP_TOKEN: " in done.err
    assert "hunter2" not in done.err
    assert "eighty" not in done.err


@pytest.mark.usefixtures("archive")
def test_database_option_wins_over_the_environment(run: Run, tmp_path: Path):
    elsewhere = f"sqlite:///{tmp_path}/elsewhere.db"
    assert run("--database", elsewhere, "sources", "--json").json == {"sources": []}
    assert len(run("sources", "--json").json["sources"]) == 1


def assert_four_parts(err: str, *parts: str) -> None:
    """What failed, the thing, why, and what to do: on one line, in order."""
    assert err.startswith("harkback: cannot ")
    assert err.count("\n") == 1
    places = [err.find(part) for part in parts]
    assert -1 not in places
    assert places == sorted(places)


def test_database_that_is_none_is_told_about(run: Run, database: Path):
    database.write_text("This is a letter to the editor, not a database, however long it may be.\n" * 20)
    done = run("sources")
    assert (done.code, done.out) == (3, "")
    assert_four_parts(done.err, "use the archive", database.name, "file is not a database", "name another file")


def test_database_in_a_place_that_cannot_be_is_told_about(run: Run, database: Path):
    database.mkdir()
    done = run("ask", "unconferences")
    assert (done.code, done.out) == (3, "")
    assert_four_parts(done.err, "use the archive", database.name, "unable to open", "check that the folder exists")


def test_database_of_a_newer_program_is_told_about(run: Run, archive: Path):
    with sqlite3.connect(archive) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    done = run("ask", "unconferences")
    assert (done.code, done.out) == (3, "")
    assert_four_parts(done.err, "open the archive", archive.name, "9999, newer than this program", "upgrade harkback")


def test_database_of_another_program_is_told_about_and_gets_no_tables(run: Run, database: Path):
    with sqlite3.connect(database) as connection:
        connection.execute("CREATE TABLE recipes (name TEXT)")
    done = run("sources")
    assert (done.code, done.out) == (3, "")
    assert_four_parts(done.err, "open the archive", database.name, "not Harkback's (recipes)", "name another database")
    assert connection.execute("SELECT name FROM sqlite_master").fetchall() == [("recipes",)]
    connection.close()


@pytest.mark.parametrize("url", ["mysql://u:hunter2@db.example/x", "nonsense://u:hunter2@x"])
def test_database_of_an_unknown_kind_is_told_about_without_its_password(run: Run, url: str):
    done = run("--database", url, "sources")
    assert (done.code, done.out) == (3, "")
    assert_four_parts(done.err, "open the archive", "this is not a database URL this program knows", "give one like")
    assert "hunter2" not in done.err


@pytest.mark.parametrize("verb", ["ask", "import", "refresh", "sources"])
def test_stopping_says_that_what_was_done_is_kept(run: Run, verb: str, monkeypatch: pytest.MonkeyPatch):
    def interrupt(_: Settings) -> None:
        raise KeyboardInterrupt

    module = {"import": "import_"}.get(verb, verb)
    monkeypatch.setattr(f"bot.cli.{module}.open_archive", interrupt)
    done = run(*{"ask": ("ask", "x"), "import": ("import", "x")}.get(verb, (verb,)))
    assert done.code == 130
    assert done.err.strip() == "stopped: what was done is kept; run the same command again to go on"


def test_module_that_cannot_be_imported_leaves_garbage_to_be_looked_for():
    with pytest.raises(ModuleNotFoundError):
        _import("bot.cli.nothing")
    assert gc.isenabled()
