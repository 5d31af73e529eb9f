"""Opening a database: which dialect, what is wrong with it, and transactions."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from sqlalchemy import Connection, Engine, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError

from store.db.sqlite import FILE_IS_GONE, SqliteDialect
from store.errors import ArchiveError

if TYPE_CHECKING:
    from store.db.dialect import DatabaseDialect

_Row = TypeVar("_Row")
_SHOWN_CHARS = 80
_DIALECTS: dict[str, type[SqliteDialect]] = {"sqlite": SqliteDialect}


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
                "give one like sqlite:////path/to/archive.db"
            ) from error
        _make_folder(url)

    @property
    def place(self) -> str:
        """The database's URL without a password."""
        return self.engine.url.render_as_string(hide_password=True)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Read in one transaction: everything read is of one moment."""
        with self._translated(), self.engine.connect() as connection, connection.begin():
            yield connection

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
    def writing(self) -> Iterator[Connection]:
        """Write in one transaction: all of it happens or none."""
        with self._translated(), self.engine.connect() as connection:
            connection.execution_options(writes=True)
            with connection.begin():
                yield connection

    def erase_traces(self) -> bool:
        """Leave nothing of what was deleted in the files; False while another process keeps some of it there."""
        with self._translated():
            return self.dialect.erase_traces(self.engine)

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except DBAPIError as error:
            raise ArchiveError(f"cannot use the archive: {self.place!r}: {_explain(error)}") from error
        except UnicodeEncodeError as error:
            # A file name or argument that is not in the system's encoding.
            raise ArchiveError(
                f"cannot use the archive: {self.place!r}: {error.object[:_SHOWN_CHARS]!r} holds what is no character "
                "and cannot be stored: give it another name"
            ) from error


def hide_password(url: str) -> str:
    """Give a database URL that may be shown."""
    try:
        return make_url(url).render_as_string(hide_password=True)
    except (ArgumentError, ValueError):
        # Passwords stand before the host's @, whatever else is wrong.
        return f"…{url[url.rindex('@') :]}" if "@" in url else url


def _explain(error: DBAPIError) -> str:
    reason = str(error.orig)
    for part, advice in (
        ("not a database", "name another file; this one is something else"),
        ("malformed", "restore the file from a backup, or import everything into a new one"),
        ("locked", "another process is writing: try again in a moment"),
        ("unable to open", "check that the folder exists and may be written"),
        ("readonly", "check the permissions of the file and its folder"),
        ("full", "free some disk space; nothing that was stored is lost"),
        ("I/O error", "check the disk, which may be full or failing; nothing that was stored is lost"),
        (FILE_IS_GONE, "put it back, or a backup in its place, and run this again"),
    ):
        if part in reason:
            return f"{reason}: {advice}"
    return f"{reason}: run `harkback doctor`"


def _make_folder(url: str) -> None:
    path = make_url(url).database
    if not path or path.startswith((":memory:", "file:")):
        return
    try:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        # An archive may hold what few may see: only its owner reads the file.
        Path(path).touch(mode=0o600, exist_ok=True)
    except OSError as error:
        raise ArchiveError(
            f"cannot open the archive: {path!r}: {error.strerror}: name a database in a folder that may be written"
        ) from error
