"""Bringing a database's schema up to date, or saying clearly why not."""

import re
from pathlib import Path

from sqlalchemy import Connection, text

from store.db.engine import Database
from store.errors import SchemaError

# The newest revision there is a file for: what a database is at unless it is new or old.
HEAD = "0009"

_FOLDER = Path(__file__).parent / "migrations"
# Alembic's own; it stays, empty, when everything is taken back.
_VERSION_TABLE = "alembic_version"
# A revision that only adds to the schema is named "0012_fits_0009": programs of schema 0009 and later can use it, too,
# and so go on while newer ones take their place. One named "0012" takes something away: older programs are refused.
_EXPANDING = re.compile(r"[0-9]{4}_fits_([0-9]{4})")
# What stands for the revision while an archive is being moved here, with what tells which one. No program, old or new,
# takes that for an archive.
_MOVING = "moving_"


def prepare(database: Database) -> None:
    """Make sure that this program can use the schema as it opens a database; an empty one gets it.

    SQLite's is brought up to date. A database that many processes share is migrated by one command alone, when somebody
    wants it.

    Raises:
        SchemaError: The schema cannot be used.
    """
    current = find_revision(database)
    if current is not None and not database.dialect.migrates_when_opened:
        _refuse_older(database, current)
    _upgrade_from(database, current, "head")


def check(database: Database) -> str:
    """Give the revision of a schema that this program can use as it is.

    Raises:
        SchemaError: It is older, or newer than this program can use, or the database holds something else or nothing.
    """
    current = find_revision(database)
    if current is None:
        raise SchemaError(f"cannot open the archive: {database.place!r}: it holds none yet: run `harkback db upgrade`")
    _refuse_older(database, current)
    return current


def upgrade(database: Database, revision: str = "head") -> None:
    """Bring the schema to a revision; does nothing, and takes no lock, where it is at the newest already, or newer.

    Raises:
        SchemaError: The schema is newer than this program can use, or the database holds something else.
    """
    _upgrade_from(database, find_revision(database), revision)


def find_revision(database: Database) -> str | None:
    """Find the revision of a schema; None where the database is empty.

    Raises:
        SchemaError: The schema is newer than this program can use, or the database holds something else.
    """
    with database.reading() as connection:
        tables = database.dialect.list_tables(connection)
        current = _read_revision(connection) if _VERSION_TABLE in tables else None
    if current is not None and current.startswith(_MOVING):
        raise SchemaError(
            f"cannot open the archive: {database.place!r}: not all of it has been moved there yet: "
            "run the same `harkback db move` again, to its end"
        )
    foreign = tables - {_VERSION_TABLE}
    if current is None and foreign:
        raise SchemaError(
            f"cannot open the archive: {database.place!r}: it holds tables that are not Harkback's "
            f"({', '.join(sorted(foreign)[:3])}): name another database, or an empty one"
        )
    if current is not None and not _is_known(current) and not _is_usable(current):
        raise SchemaError(
            f"cannot open the archive: {database.place!r}: its schema is {current}, newer than this program knows: "
            "upgrade harkback to at least the version that wrote it"
        )
    return current


def find_move(database: Database) -> str | None:
    """Find what tells which archive is being moved here; None where none is."""
    with database.reading() as connection:
        has_any = _VERSION_TABLE in database.dialect.list_tables(connection)
        current = (_read_revision(connection) if has_any else None) or ""
    return current.removeprefix(_MOVING) if current.startswith(_MOVING) else None


def begin_move(database: Database, which: str) -> None:
    """Note in place of the revision which archive is being moved here: until that ends, nobody takes it for one."""
    _write_revision(database, f"{_MOVING}{which}")


def end_move(database: Database) -> None:
    """Note that all of an archive is here."""
    _write_revision(database, HEAD)


def _upgrade_from(database: Database, current: str | None, revision: str) -> None:
    if current is None or _is_older(current):
        _run(database, "upgrade", revision)


def _refuse_older(database: Database, current: str) -> None:
    if _is_older(current):
        raise SchemaError(
            f"cannot open the archive: {database.place!r}: its schema is {current}, older than this program's {HEAD}: "
            "run `harkback db upgrade`"
        )


def _is_known(revision: str) -> bool:
    return revision == HEAD or any(_FOLDER.glob(f"versions/{revision}_*.py"))


def _is_older(revision: str) -> bool:
    return revision != HEAD and _is_known(revision)


def _is_usable(revision: str) -> bool:
    """Tell whether a newer schema says that this program can use it."""
    expanding = _EXPANDING.fullmatch(revision)
    return expanding is not None and expanding[1] <= HEAD[: len(expanding[1])]


def downgrade(database: Database, revision: str) -> None:
    """Take the schema back to an earlier revision ("base" for none)."""
    _run(database, "downgrade", revision)


def _run(database: Database, action: str, revision: str) -> None:
    # A fifth of a second to import, which only a new or an old database has to wait for.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    def change(connection: Connection) -> None:
        config = Config()
        config.set_main_option("script_location", str(_FOLDER))
        config.attributes["connection"] = connection
        config.attributes["dialect"] = database.dialect
        getattr(command, action)(config, revision)

    database.change_schema(change)


def _read_revision(connection: Connection) -> str | None:
    return connection.execute(text(f"SELECT version_num FROM {_VERSION_TABLE}")).scalar()  # noqa: S608  # a constant


def _write_revision(database: Database, revision: str) -> None:
    with database.writing() as connection:
        statement = text(f"UPDATE {_VERSION_TABLE} SET version_num = :revision")  # noqa: S608  # a constant
        connection.execute(statement, {"revision": revision})
