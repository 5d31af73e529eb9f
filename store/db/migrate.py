"""Bringing a database's schema up to date, or saying clearly why not."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, inspect

from store.db.engine import Database
from store.errors import SchemaError

_FOLDER = Path(__file__).parent / "migrations"
# Alembic's own; it stays, empty, when everything is taken back.
_VERSION_TABLE = "alembic_version"


def upgrade(database: Database, revision: str = "head") -> None:
    """Bring the schema to a revision; does nothing, and takes no lock, where it is there already.

    Raises:
        SchemaError: The schema is newer than this program, or the database holds something else.
    """
    with database.reading() as connection:
        current = _current(connection)
        _refuse_foreign(connection, current, database.place)
    scripts = ScriptDirectory(str(_FOLDER))
    if current == scripts.get_current_head():
        return
    try:
        if current is not None:
            scripts.get_revision(current)
    except CommandError as error:
        raise SchemaError(
            f"cannot open the archive: {database.place!r}: its schema is {current}, newer than this program knows: "
            "upgrade harkback to at least the version that wrote it"
        ) from error
    _run(database, command.upgrade, revision)


def downgrade(database: Database, revision: str) -> None:
    """Take the schema back to an earlier revision ("base" for none)."""
    _run(database, command.downgrade, revision)


def _run(database: Database, action: object, revision: str) -> None:
    with database.writing() as connection:
        config = Config()
        config.set_main_option("script_location", str(_FOLDER))
        config.attributes["connection"] = connection
        config.attributes["dialect"] = database.dialect
        assert callable(action)
        action(config, revision)


def _current(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _refuse_foreign(connection: Connection, current: str | None, place: str) -> None:
    tables = set(inspect(connection).get_table_names()) - {_VERSION_TABLE}
    if current is None and tables:
        raise SchemaError(
            f"cannot open the archive: {place!r}: it holds tables that are not Harkback's "
            f"({', '.join(sorted(tables)[:3])}): name another database, or an empty one"
        )
