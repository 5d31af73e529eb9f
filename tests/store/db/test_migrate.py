from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, inspect, text

from store.archive import Archive
from store.db import migrate
from store.db.engine import Database
from store.db.tables import Row
from store.errors import SchemaError
from tests.store.factories import make_comment, put_comments

REVISIONS = [script.revision for script in ScriptDirectory(str(migrate._FOLDER)).walk_revisions()][::-1]


def test_head_is_the_newest_migration():
    assert REVISIONS[-1] == migrate.HEAD


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Database]:
    """A database with nothing in it."""
    database = Database(f"sqlite:///{tmp_path}/fresh.db")
    yield database
    database.close()


def read_tables(database: Database) -> set[str]:
    with database.reading() as connection:
        return set(inspect(connection).get_table_names())


def describe_table(connection: Connection, name: str) -> dict[str, Any]:
    """Give everything that makes a table: what `compare_metadata` looks at, and what it leaves out."""
    found = inspect(connection)
    made_by = connection.execute(text("SELECT sql FROM sqlite_master WHERE name = :name"), {"name": name}).scalar_one()
    return {
        "columns": {
            column["name"]: (str(column["type"]), column["nullable"], column["primary_key"])
            for column in found.get_columns(name)
        },
        "key": found.get_pk_constraint(name),
        "foreign keys": sorted(map(str, found.get_foreign_keys(name))),
        "unique": sorted(map(str, found.get_unique_constraints(name))),
        "indexes": sorted(map(str, found.get_indexes(name))),
        "ids used once": "AUTOINCREMENT" in made_by,
    }


def test_migrations_make_the_schema_of_the_tables(fresh: Database):
    migrate.upgrade(fresh)
    plain = create_engine("sqlite://")
    with fresh.reading() as migrated, plain.begin() as connection:
        Row.metadata.create_all(connection)
        names = sorted(Row.metadata.tables)
        assert {name: describe_table(migrated, name) for name in names} == {
            name: describe_table(connection, name) for name in names
        }


def test_migrations_leave_alembic_nothing_to_do(fresh: Database):
    migrate.upgrade(fresh)
    with fresh.reading() as connection:
        # The word index is the dialect's own: no table of the metadata.
        context = MigrationContext.configure(
            connection,
            opts={
                "compare_type": True,
                "include_name": lambda name, kind, _: kind != "table" or not name.startswith("comment_words"),
            },
        )
        assert compare_metadata(context, Row.metadata) == []


def test_migrations_make_no_table_but_ours(fresh: Database):
    migrate.upgrade(fresh)
    made = {name for name in read_tables(fresh) if not name.startswith("comment_words_")}
    assert made == {*Row.metadata.tables, "comment_words", "alembic_version"}


@pytest.mark.parametrize("revision", [*REVISIONS[:-1], "base"])
def test_migrations_go_down_and_up_again(fresh: Database, revision: str):
    migrate.upgrade(fresh)
    with fresh.reading() as connection:
        before = {name: describe_table(connection, name) for name in Row.metadata.tables}
    migrate.downgrade(fresh, revision)
    if revision == "base":
        assert read_tables(fresh) == {"alembic_version"}
    migrate.upgrade(fresh)
    with fresh.reading() as connection:
        assert {name: describe_table(connection, name) for name in Row.metadata.tables} == before
    archive = Archive(fresh)
    put_comments(archive, make_comment())
    assert [match.comment_id for match in archive.find_by_words(["harbour"], None, 10)] == [1]


def test_migrations_have_one_line_of_descent():
    scripts = ScriptDirectory(str(migrate._FOLDER))
    assert len(scripts.get_heads()) == 1
    assert [script.down_revision for script in scripts.walk_revisions()][::-1] == [None, *REVISIONS[:-1]]


def test_upgrade_of_an_up_to_date_archive_changes_nothing(fresh: Database):
    migrate.upgrade(fresh)
    put_comments(Archive(fresh), make_comment())
    with fresh.reading() as connection:
        before = connection.execute(text("SELECT * FROM sqlite_master")).all()
    migrate.upgrade(fresh)
    with fresh.reading() as connection:
        assert connection.execute(text("SELECT * FROM sqlite_master")).all() == before
    assert Archive(fresh).list_sources()[0].comments == 1


def test_upgrade_by_many_at_once_makes_one_schema(tmp_path: Path):
    url = f"sqlite:///{tmp_path}/together.db"

    def open_it(_: int) -> int:
        archive = Archive.open(url)
        generation = archive.read_generation()
        archive.close()
        return generation

    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(open_it, range(6))) == [0] * 6


def test_upgrade_refuses_a_newer_schema(fresh: Database):
    migrate.upgrade(fresh)
    with fresh.writing() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(SchemaError) as raised:
        migrate.upgrade(fresh)
    assert str(raised.value) == (
        f"cannot open the archive: {fresh.place!r}: its schema is 9999, newer than this program knows: "
        "upgrade harkback to at least the version that wrote it"
    )


def test_upgrade_refuses_a_database_of_something_else(fresh: Database):
    with fresh.writing() as connection:
        for name in ("urls", "visits", "downloads", "meta"):
            connection.execute(text(f"CREATE TABLE {name} (id INTEGER)"))
    with pytest.raises(SchemaError) as raised:
        migrate.upgrade(fresh)
    assert str(raised.value) == (
        f"cannot open the archive: {fresh.place!r}: it holds tables that are not Harkback's "
        "(downloads, meta, urls): name another database, or an empty one"
    )
    assert read_tables(fresh) == {"urls", "visits", "downloads", "meta"}


def test_upgrade_refuses_another_program_that_migrates_alike(fresh: Database):
    with fresh.writing() as connection:
        connection.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32))"))
        connection.execute(text("CREATE TABLE invoice (id INTEGER)"))
    with pytest.raises(SchemaError, match=r"tables that are not Harkback's \(invoice\)"):
        migrate.upgrade(fresh)


def test_failed_migration_leaves_the_database_as_it_was(fresh: Database, monkeypatch: pytest.MonkeyPatch):
    def fail(_self: object, _connection: Connection) -> None:
        raise RuntimeError

    # The last step of the first migration.
    monkeypatch.setattr(type(fresh.dialect), "create_words", fail)
    with pytest.raises(RuntimeError):
        migrate.upgrade(fresh)
    assert read_tables(fresh) == set()
