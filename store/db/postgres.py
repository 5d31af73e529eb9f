"""PostgreSQL: transactions that see one moment, and writers that take turns."""

from collections.abc import Sequence
from typing import Any

import psycopg
import stamina
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Engine,
    ExceptionContext,
    cast,
    create_engine,
    event,
    func,
    literal_column,
    make_url,
    text,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import DBAPIError

from store.db.postgres_errors import explain
from store.db.postgres_vectors import PostgresVectors
from store.db.postgres_words import PostgresWords
from store.errors import ArchiveError

# The first that is still kept up by its makers, and has everything that is used here.
_OLDEST_SERVER = 14
_VERSION_UNIT = 10_000
_CONNECT_TIMEOUT_SECONDS = 10
# A process answers on several threads, and refreshes beside; a server has 100 connections, unless it was given more.
_POOL_SIZE, _MORE_IN_A_RUSH = 5, 10
_POOL_TIMEOUT_SECONDS = 30
# What a network that is gone without a word is noticed by, within a minute.
_KEEPALIVES = {"keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3}
# How long a write waits for another process's write: longer than any chunk takes.
_LOCK_TIMEOUT = "30s"
# Any number that nobody else uses; the second tells whose turn it is.
_LOCKS = 0x4861726B
# However the server was set up, times are read as they are written. Compiling statements takes longer than any does.
_SESSION = "SET TIME ZONE 'UTC'; SET datestyle TO ISO; SET jit TO off"
_TAKE_TURN = text(
    "SELECT set_config('lock_timeout', :timeout, true), pg_advisory_xact_lock(:locks, hashtext(:turn))"
).bindparams(timeout=_LOCK_TIMEOUT, locks=_LOCKS)

# How long a server takes to be started again, mostly.
_RESTART_SECONDS = 15
_STARTING = ("starting up", "shutting down", "not yet accepting connections")
_AWAY = ("Connection refused", "No such file or directory", "server closed the connection", "Connection reset")


class PostgresDialect(PostgresWords):
    """The port to PostgreSQL."""

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
            **_KEEPALIVES,
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
    connection.autocommit = False


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
