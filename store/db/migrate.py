"""Bringing a database's schema up to date, or saying clearly why not."""

from pathlib import Path

from sqlalchemy import Connection, inspect, text

from store.db.engine import Database
from store.errors import SchemaError

# The newest revision there is a file for: what a database is at unless it is new or old.
HEAD = "0009"

_FOLDER = Path(__file__).parent / "migrations"
# Alembic's own; it stays, empty, when everything is taken back.
_VERSION_TABLE = "alembic_version"


def upgrade(database: Database, revision: str = "head") -> None:
    """Bring the schema to a revision; does nothing, and takes no lock, where it is at the newest already.

    Raises:
        SchemaError: The schema is newer than this program, or the database holds something else.
    """
    with database.reading() as connection:
        tables = set(inspect(connection).get_table_names())
        current = _read_revision(connection) if _VERSION_TABLE in tables else None
    if current == HEAD:
        return
    foreign = tables - {_VERSION_TABLE}
    if current is None and foreign:
        raise SchemaError(
            f"cannot open the archive: {database.place!r}: it holds tables that are not Harkback's "
            f"({', '.join(sorted(foreign)[:3])}): name another database, or an empty one"
        )
    if current is not None and not list(_FOLDER.glob(f"versions/{current}_*.py")):
        raise SchemaError(
            f"cannot open the archive: {database.place!r}: its schema is {current}, newer than this program knows: "
            "upgrade harkback to at least the version that wrote it"
        )
    _run(database, "upgrade", revision)


def downgrade(database: Database, revision: str) -> None:
    """Take the schema back to an earlier revision ("base" for none)."""
    _run(database, "downgrade", revision)


def _run(database: Database, action: str, revision: str) -> None:
    # A fifth of a second to import, which only a new or an old database has to wait for.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    with database.writing() as connection:
        config = Config()
        config.set_main_option("script_location", str(_FOLDER))
        config.attributes["connection"] = connection
        config.attributes["dialect"] = database.dialect
        getattr(command, action)(config, revision)


def _read_revision(connection: Connection) -> str | None:
    return connection.execute(text(f"SELECT version_num FROM {_VERSION_TABLE}")).scalar()  # noqa: S608  # a constant
