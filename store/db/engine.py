"""Opening a database: which dialect, what is wrong with it, and transactions."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from sqlalchemy import URL, Connection, Engine, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from store.db.dialect import DatabaseDialect
from store.db.sqlite import SqliteDialect
from store.errors import ArchiveError, ConnectionLostError

if TYPE_CHECKING:
    from store.db.postgres_vectors import PostgresVectors

_Row = TypeVar("_Row")
_Asked = ParamSpec("_Asked")
_Read = TypeVar("_Read")
_SHOWN_CHARS = 80


def _make_postgres() -> DatabaseDialect:
    # Its driver is imported where it is used.
    from store.db.postgres import PostgresDialect  # noqa: PLC0415

    return PostgresDialect()


_DIALECTS: dict[str, Callable[[], DatabaseDialect]] = {"sqlite": SqliteDialect, "postgresql": _make_postgres}


class Database:
    """An engine and its dialect. Read and write transactions; driver errors become ours here."""

    def __init__(self, url: str) -> None:
        try:
            backend = make_url(url).get_backend_name()
            self.dialect: DatabaseDialect = _DIALECTS[backend]()
            self.engine: Engine = self.dialect.make_engine(url)
        except (ArgumentError, ValueError, KeyError, NoSuchModuleError, ImportError) as error:
            raise ArchiveError(
                f"cannot open the archive: {hide_password(url)!r}: this is not a database URL this program knows: "
                "give one like sqlite:////path/to/archive.db or postgresql+psycopg://user:password@host/name"
            ) from error

    @property
    def place(self) -> str:
        """The database's URL without a password."""
        return _show(self.engine.url)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Read in one transaction: everything read is of one moment."""
        with self._translated(), self.dialect.connect(self.engine) as connection, connection.begin():
            yield connection

    def count_bytes(self) -> int:
        """Count the bytes that the archive takes, its indexes included."""
        with self.reading() as connection:
            return self.dialect.count_bytes(connection)

    def reading_some(
        self, read: Callable[[Connection, int], list[_Row]], last: Callable[[_Row], int]
    ) -> Iterator[list[_Row]]:
        """Read rows some at a time, each in a transaction of its own.

        Args:
            read: Gives some rows whose ids are above one, in order; none when there are no more.
            last: Gives a row's id.
        """
        after = 0
        while True:
            with self.reading() as connection:
                some = read(connection, after)
            if not some:
                return
            yield some
            after = last(some[-1])

    @contextmanager
    def writing(self, turn: str = "") -> Iterator[Connection]:
        """Write in one transaction: all of it happens or none. Who writes waits for who is at it.

        So whoever follows ids, or the archive's generation, sees them come in the order in which they were given.

        Args:
            turn: What nobody follows may have a turn of its own, named by what it is about, where the database knows
                such: then it waits for those alone who write of the same.
        """
        with self._translated(), self.dialect.connect(self.engine) as connection:
            connection.execution_options(writes=True, turn=turn)
            with connection.begin():
                yield connection

    def change_schema(self, change: Callable[[Connection], None]) -> None:
        """Do what changes the schema, in one transaction; it may be begun again."""
        with self._translated():
            self.dialect.change_schema(self.engine, change)

    def erase_traces(self) -> bool:
        """Leave nothing of what was deleted in the files; False while another process keeps some of it there."""
        with self._translated():
            return self.dialect.erase_traces(self.engine)

    def index_vectors(self, vectors: "PostgresVectors", encoder_id: int, dim: int) -> bool:
        """Let the database find near vectors of an encoder by an index; tell whether it does."""
        with self._translated():
            return vectors.create_index(self.engine, encoder_id, dim)

    def drop_vector_indexes(self) -> None:
        """Drop the indexes that the database found near vectors by, of encoders that have gone."""
        if self.dialect.vectors:
            with self._translated():
                self.dialect.vectors.drop_indexes(self.engine)

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except DBAPIError as error:
            kind = ConnectionLostError if error.connection_invalidated else ArchiveError
            raise kind(f"cannot use the archive: {self.place!r}: {self.dialect.explain(error)}") from error
        except PoolTimeoutError as error:
            raise ArchiveError(
                f"cannot use the archive: {self.place!r}: all connections of this process have been in use for too "
                "long: try again in a moment"
            ) from error
        except UnicodeEncodeError as error:
            # A file name or argument that is not in the system's encoding.
            raise ArchiveError(
                f"cannot use the archive: {self.place!r}: {error.object[:_SHOWN_CHARS]!r} holds what is no character "
                "and cannot be stored: give it another name"
            ) from error


def again(read: Callable[_Asked, _Read]) -> Callable[_Asked, _Read]:
    """Let something that only reads be done once more where its server went in the middle, and may be back."""

    @wraps(read)
    def read_again(*args: _Asked.args, **kwargs: _Asked.kwargs) -> _Read:
        try:
            return read(*args, **kwargs)
        except ConnectionLostError:
            return read(*args, **kwargs)

    return read_again


def hide_password(url: str) -> str:
    """Give a database URL that may be shown."""
    try:
        return _show(make_url(url))
    except (ArgumentError, ValueError):
        # Passwords stand before the host's @, whatever else is wrong.
        return f"…{url[url.rindex('@') :]}" if "@" in url else url


def _show(url: URL) -> str:
    hidden = {name: "hidden" for name in url.query if "password" in name}
    return url.update_query_dict(hidden).render_as_string(hide_password=True)
