from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Protocol

import pytest

from embeddings.hashing import HashingEncoder
from store.archive import Archive
from store.db.use_tables import Row
from tests.databases import BOTH
from tests.postgres import PostgresServer

# For tests of what only a file has.
ON_SQLITE = pytest.mark.parametrize("shelf", ["sqlite"], indirect=True)


class Shelf(Protocol):
    """Archives that are emptied and used again."""

    def take(self) -> Archive:
        """Give an archive with nothing in it, another at each call."""

    def take_back(self) -> None:
        """Empty the archives that were taken."""

    def copy(self, archive: Archive, other: Archive) -> None:
        """Let another archive hold what one holds."""

    def close(self) -> None:
        """Close the archives."""


class SqliteShelf:
    """Archives that are emptied and used again.

    A new engine compiles every statement anew, and a file that is closed is flushed: most of the time a test takes.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._archives: list[Archive] = []
        self._taken = 0
        self._empty = Archive.open(f"sqlite:///{folder}/empty.db")

    def take(self) -> Archive:
        """Give an archive with nothing in it, another at each call."""
        if self._taken == len(self._archives):
            path = self._folder / f"{self._taken}" / "archive.db"
            path.parent.mkdir()
            self._archives.append(Archive.open(f"sqlite:///{path}"))
        self._taken += 1
        return self._archives[self._taken - 1]

    def take_back(self) -> None:
        """Empty the archives that were taken."""
        for archive in self._archives[: self._taken]:
            self.copy(self._empty, archive)
        self._taken = 0

    def copy(self, archive: Archive, other: Archive) -> None:
        """Let another archive hold what one holds."""
        source, target = (one.database.engine.raw_connection() for one in (archive, other))
        with closing(source), closing(target):
            source.driver_connection.backup(target.driver_connection)

    def close(self) -> None:
        for archive in (self._empty, *self._archives):
            archive.close()


class PostgresShelf:
    """Archives in databases of one server, each emptied and used again: its connections stay, with what they know."""

    def __init__(self, server: PostgresServer) -> None:
        self._server = server
        self._archives: list[Archive] = []
        self._taken = 0

    def take(self) -> Archive:
        if self._taken == len(self._archives):
            self._archives.append(Archive.open(self._server.create()))
        self._taken += 1
        return self._archives[self._taken - 1]

    def take_back(self) -> None:
        for archive in self._archives[: self._taken]:
            self._empty(archive)
        self._taken = 0

    def copy(self, archive: Archive, other: Archive) -> None:
        self._empty(other)
        source, target = (one.database.engine.raw_connection() for one in (archive, other))
        # Whoever had that connection last may have read alone.
        target.driver_connection.read_only = False
        with closing(source), closing(target), source.cursor() as read, target.cursor() as written:
            written.execute("DELETE FROM archive_state")
            filled = {table for (table,) in read.execute(_FILLED)}
            for table in (one for one in TABLES if one in filled):
                with read.copy(f"COPY {table} TO STDOUT") as some, written.copy(f"COPY {table} FROM STDIN") as there:
                    for data in some:
                        there.write(data)
            written.execute(_ALIGN)
            target.commit()

    def close(self) -> None:
        for archive in self._archives:
            archive.close()

    def _empty(self, archive: Archive) -> None:
        with closing(archive.database.engine.raw_connection()) as connection:
            connection.driver_connection.read_only = False
            connection.execute(_EMPTY)
            connection.commit()


# As the foreign keys want them to be written.
TABLES = (*(f'"{table.name}"' for table in Row.metadata.sorted_tables), "comment_words", "comment_postings")
NUMBERED = tuple(
    table.name
    for table in Row.metadata.sorted_tables
    if table.autoincrement_column is not None and table.name != "archive_state"
)
# Which tables hold something, and, of those with numbers, which is given next.
_FILLED = " UNION ALL ".join(f"SELECT '{table}' WHERE EXISTS (SELECT FROM {table})" for table in TABLES)
_ALIGN = ";".join(
    f"SELECT setval('{table}_id_seq', coalesce((SELECT max(id) FROM \"{table}\"), 0) + 1, false)" for table in NUMBERED
)
_EMPTY = ";".join(
    (
        *(f"DELETE FROM {table}" for table in reversed(TABLES)),
        *(f"SELECT setval('{table}_id_seq', 1, false)" for table in NUMBERED),
        # As the migrations leave it.
        "INSERT INTO archive_state (id, generation) VALUES (1, 1)",
    )
)


@pytest.fixture(scope="session")
def sqlite_shelf(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SqliteShelf]:
    with closing(SqliteShelf(tmp_path_factory.mktemp("archives"))) as made:
        yield made


@pytest.fixture(scope="session")
def postgres_shelf(postgres: PostgresServer) -> Iterator[PostgresShelf]:
    with closing(PostgresShelf(postgres)) as made:
        yield made


@pytest.fixture(scope="session", params=BOTH)
def shelf(request: pytest.FixtureRequest) -> Shelf:
    """Archives of each kind of database; a module whose tests are about one names that one's shelf as its own."""
    made: Shelf = request.getfixturevalue(f"{request.param}_shelf")
    return made


@pytest.fixture
def make_archive(shelf: Shelf) -> Iterator[Callable[[], Archive]]:
    """Open an empty archive, another at each call."""
    yield shelf.take
    shelf.take_back()


@pytest.fixture
def copy_archive(shelf: Shelf) -> Callable[[Archive, Archive], None]:
    """Let one archive hold what another holds, and nothing else."""
    return shelf.copy


@pytest.fixture
def archive(make_archive: Callable[[], Archive]) -> Archive:
    return make_archive()


@pytest.fixture
def database_url(archive: Archive) -> str:
    """The URL of `archive`."""
    return archive.database.engine.url.render_as_string(hide_password=False)


@pytest.fixture
def other_process(database_url: str) -> Iterator[Archive]:
    """The same archive through another engine, as another process has it."""
    opened = Archive.open(database_url)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def encoder() -> HashingEncoder:
    return HashingEncoder()
