"""PostgreSQL: transactions that see one moment, and writers that take turns."""

import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

import psycopg
import stamina
from psycopg import sql
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Engine,
    ExceptionContext,
    Table,
    cast,
    create_engine,
    event,
    func,
    literal_column,
    make_url,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import DBAPIError

from store.db.postgres_errors import explain
from store.db.postgres_vectors import PostgresVectors
from store.db.postgres_words import PostgresWords
from store.errors import ArchiveError

_log = logging.getLogger(__name__)

# The first that is still kept up by its makers, and has everything that is used here.
_OLDEST_SERVER = 14
_VERSION_UNIT = 10_000
_CONNECT_TIMEOUT_SECONDS = 10
# A process answers on several threads, and refreshes beside; a server has 100 connections, unless it was given more.
_POOL_SIZE, _MORE_IN_A_RUSH = 5, 10
_POOL_TIMEOUT_SECONDS = 30
# What a network that is gone without a word is noticed by, within a minute: by who waits to be told something, and by
# who sent something that nobody takes, which the system would try for a quarter of an hour.
KEEPALIVES = {"keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3, "tcp_user_timeout": 30_000}
# How long a write waits for another process's write: longer than any chunk takes.
_LOCK_TIMEOUT = "30s"
# After what time the server takes the turn of a process that stands still within a write, as one does whose machine
# sleeps: sooner than others give up waiting, and many times as long as anything takes between two statements.
_IDLE_TIMEOUT = "20s"
# How long a change of the schema waits for who is at what it changes, a backup, say: everybody else waits behind it.
# Mostly less than the second after which the server looks who wait for each other, and ends one of them, who may be
# answering; but it is then, too, that it sends its own cleaning away.
_HURRY, _PATIENCE = (text(f"SET LOCAL lock_timeout = '{some}ms'") for some in (400, 1_500))
_PATIENT_EVERY, _TOLD_FROM = 4, 2
_PAUSE_SECONDS, _STAND_BACK_SECONDS = 2, 120
# Any number that nobody else uses; the second tells whose turn it is, of those who write to the same schema.
_LOCKS = 0x4861726B
# However the server was set up, times are read as they are written. Compiling statements takes longer than any does.
_SESSION = "SET TIME ZONE 'UTC'; SET datestyle TO ISO; SET jit TO off"
_TAKE_TURN = text(
    "SELECT set_config('lock_timeout', :timeout, true), "
    "set_config('idle_in_transaction_session_timeout', :idle, true), "
    "pg_advisory_xact_lock(:locks, hashtext(concat(current_schema(), ' ', CAST(:turn AS text))))"
).bindparams(timeout=_LOCK_TIMEOUT, idle=_IDLE_TIMEOUT, locks=_LOCKS)
# Of the sequence of a column: nothing where it has given no number yet.
_READ_LAST_ID = text(
    "SELECT pg_sequence_last_value(CAST(pg_get_serial_sequence(quote_ident(:table), :column) AS regclass))"
)
_PUT_LAST_ID = text("SELECT setval(pg_get_serial_sequence(quote_ident(:table), :column), :last_id, :is_given)")

_COUNT_BYTES = (
    "SELECT coalesce(sum(pg_total_relation_size(oid)), 0) FROM pg_class "
    "WHERE relkind = 'r' AND relnamespace = to_regnamespace(quote_ident(current_schema()))"
)
_TABLES = text(
    "SELECT schemaname, tablename, schemaname = current_schema() FROM pg_tables "
    "WHERE schemaname = ANY (current_schemas(false))"
)
_USUAL_SCHEMAS = ("", "$user", "public")
_VERSION_TABLE = "alembic_version"

# How long a server takes to be started again, mostly.
_RESTART_SECONDS = 15
_STARTING = ("starting up", "shutting down", "in recovery mode", "not yet accepting connections")
_AWAY = ("Connection refused", "No such file or directory", "server closed the connection", "Connection reset")


class PostgresDialect(PostgresWords):
    """The port to PostgreSQL."""

    migrates_when_opened = False

    def __init__(self) -> None:
        self.vectors: PostgresVectors | None = PostgresVectors()
        self._was_connected = False

    def make_engine(self, url: str) -> Engine:
        """Make an engine that finds out about connections that have gone before it uses them."""
        parsed = make_url(url).set(drivername="postgresql+psycopg")
        settings: dict[str, Any] = {
            "connect_timeout": _CONNECT_TIMEOUT_SECONDS,
            "application_name": "harkback",
            "client_encoding": "utf8",
            **KEEPALIVES,
        }
        engine = create_engine(
            parsed,
            # Parameters are questions and comments: they stay out of errors, and so out of logs.
            hide_parameters=True,
            pool_pre_ping=True,
            pool_size=_POOL_SIZE,
            max_overflow=_MORE_IN_A_RUSH,
            pool_timeout=_POOL_TIMEOUT_SECONDS,
            connect_args={name: value for name, value in settings.items() if name not in parsed.query},
        )
        event.listen(engine, "connect", _set_up_connection)
        event.listen(engine, "begin", _begin)
        event.listen(engine, "handle_error", _hide_details)
        return engine

    def list_tables(self, connection: Connection) -> set[str]:
        """List the tables of the schema that a URL's search_path names first: a workspace's, where several share."""
        tables = connection.execute(_TABLES).all()
        if others := {schema for schema, name, is_here in tables if name == _VERSION_TABLE and not is_here}:
            raise ArchiveError(
                f"cannot open the archive: {', '.join(sorted(others))!r}: there is another archive in that schema, "
                "which the search_path names as well: name the schema of one archive alone"
            )
        return {name for _, name, is_here in tables if is_here}

    def find_schema(self, connection: Connection) -> str:
        """Find the schema that the search_path names first, of those that are there."""
        return str(connection.scalar(text("SELECT current_schema()")))

    def milliseconds_of(self, time: Any) -> ColumnElement[int]:
        """Reckon from the seconds since 1970, which are exact."""
        return cast(func.floor(func.extract("epoch", time) * 1000 + 0.5), BigInteger)

    def insert_or_ignore(self, connection: Connection, table: Any, rows: Sequence[dict[str, Any]]) -> int:
        """Insert rows, leaving those that are there alone."""
        if not rows:
            return 0
        new: Any = insert(table).on_conflict_do_nothing().returning(literal_column("1"))
        return len(connection.execute(new, rows).all())

    def erase_traces(self, engine: Engine) -> bool:
        """Let the server clear away what was deleted. What its log and its backups hold is not ours to reach."""
        # It cannot be done in a transaction.
        with engine.connect() as connection:
            connection.execution_options(isolation_level="AUTOCOMMIT")
            connection.exec_driver_sql("VACUUM")
        return True

    def read_last_id(self, connection: Connection, table: Table) -> int:
        """Read how far the sequence is that the ids come from."""
        return connection.scalars(_READ_LAST_ID, _name_sequence(table)).one() or 0

    def put_last_id(self, connection: Connection, table: Table, last_id: int) -> None:
        """Set that sequence: it knows nothing of ids that were given in other ways."""
        highest: Any = connection.scalars(select(func.max(table.autoincrement_column))).one()
        last_id = max(last_id, highest or 0)
        connection.execute(_PUT_LAST_ID, {**_name_sequence(table), "last_id": max(last_id, 1), "is_given": last_id > 0})

    def count_bytes(self, connection: Connection) -> int:
        """Count what the tables of the workspace's schema take; the database may hold others'."""
        return int(connection.exec_driver_sql(_COUNT_BYTES).scalar_one())

    def note_filled(self, connection: Connection) -> None:
        """Take the samples that queries are planned by; the server does so by itself only after a while."""
        connection.exec_driver_sql("ANALYZE")

    def change_schema(self, engine: Engine, change: Callable[[Connection], None]) -> None:
        """Stand back where others are at what it changes, and begin again: all who come later wait behind it."""
        for attempt in stamina.retry_context(
            on=_is_held,
            timeout=_STAND_BACK_SECONDS,
            attempts=None,
            wait_initial=_PAUSE_SECONDS,
            wait_max=_PAUSE_SECONDS,
        ):
            if attempt.num == _TOLD_FROM:
                _log.warning(
                    "others use what is to be changed: standing back, and trying again for %s s", _STAND_BACK_SECONDS
                )
            with attempt, self.connect(engine) as connection:
                connection.execution_options(writes=True)
                with connection.begin():
                    connection.execute(_HURRY if attempt.num % _PATIENT_EVERY else _PATIENCE)
                    change(connection)

    def explain(self, error: DBAPIError) -> str:
        """Say what the server said, without what was asked of it, and what to do."""
        return explain(error)

    def connect(self, engine: Engine) -> Connection:
        """Give a connection; a server that was there before, or is just being started, is waited for."""
        for attempt in stamina.retry_context(on=self._is_restart, timeout=_RESTART_SECONDS, attempts=None):
            with attempt:
                connection = engine.connect()
        self._was_connected = True
        return connection

    def _is_restart(self, error: Exception) -> bool:
        if not isinstance(error, DBAPIError):
            return False
        reason = str(error.orig)
        return any(part in reason for part in _STARTING) or (
            self._was_connected and any(part in reason for part in _AWAY)
        )


def _is_held(error: Exception) -> bool:
    return isinstance(error, DBAPIError) and isinstance(
        error.orig, psycopg.errors.LockNotAvailable | psycopg.errors.DeadlockDetected
    )


def _name_sequence(table: Table) -> dict[str, str]:
    assert table.autoincrement_column is not None
    return {"table": table.name, "column": table.autoincrement_column.name}


def _set_up_connection(connection: Any, _record: Any) -> None:
    info = connection.info
    version, encoding = info.server_version // _VERSION_UNIT, info.parameter_status("server_encoding")
    if version < _OLDEST_SERVER:
        raise _refuse(info, f"it is PostgreSQL {version}: use a server of version {_OLDEST_SERVER} or newer")
    if encoding != "UTF8":
        raise _refuse(
            info,
            f"its encoding is {encoding}, in which not every text can be stored: "
            "make another database, with TEMPLATE template0 ENCODING 'UTF8'",
        )
    connection.autocommit = True
    connection.execute(_SESSION)
    _make_schema(connection)
    connection.autocommit = False


def _make_schema(connection: psycopg.Connection[Any]) -> None:
    """Make the schema that the search_path names first: without it, all would go to the next, which is somebody else's.

    Archives of several workspaces share a database so, each in a schema of its own.
    """
    (path,) = connection.execute("SELECT current_setting('search_path')").fetchone() or ("",)
    name = path.split(",")[0].strip().strip('"')
    known = "SELECT FROM pg_namespace WHERE nspname = %s"
    if name not in _USUAL_SCHEMAS and not connection.execute(known, (name,)).fetchone():
        # Another process may make it at the same moment.
        with suppress(psycopg.errors.UniqueViolation):
            connection.execute(sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(sql.Identifier(name)))


def _refuse(info: Any, why: str) -> ArchiveError:
    return ArchiveError(f"cannot open the archive: {f'{info.user}@{info.host}/{info.dbname}'!r}: {why}")


def _begin(connection: Connection) -> None:
    """Set the transaction up that the driver begins with the first statement."""
    options = connection.get_execution_options()
    if options.get("isolation_level") == "AUTOCOMMIT":
        return
    driver: Any = connection.connection.driver_connection
    writes = options.get("writes", False)
    driver.read_only = not writes
    # Who writes sees what those wrote whom they waited for.
    level = psycopg.IsolationLevel.READ_COMMITTED if writes else psycopg.IsolationLevel.REPEATABLE_READ
    driver.isolation_level = level
    if writes:
        connection.execute(_TAKE_TURN, {"turn": options.get("turn", "")})


def _hide_details(context: ExceptionContext) -> None:
    """Leave what a server tells of rows, which is what somebody said, out of an error."""
    orig, error = context.original_exception, context.sqlalchemy_exception
    if isinstance(orig, psycopg.Error) and orig.diag.message_primary and error:
        orig.args = (orig.diag.message_primary,)
        error.args = (f"({type(orig).__name__}) {orig.diag.message_primary}", *error.args[1:])
