from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from embeddings.hashing import HashingEncoder
from store.archive import Archive

# Every kind of database the archive can stand on: all tests that use `archive` run on each.
DATABASES = ("sqlite",)


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


@pytest.fixture(scope="session", params=DATABASES)
def shelf(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SqliteShelf]:
    assert request.param == "sqlite"
    with closing(SqliteShelf(tmp_path_factory.mktemp("archives"))) as made:
        yield made


@pytest.fixture
def make_archive(shelf: SqliteShelf) -> Iterator[Callable[[], Archive]]:
    """Open an empty archive, another at each call."""
    yield shelf.take
    shelf.take_back()


@pytest.fixture
def copy_archive(shelf: SqliteShelf) -> Callable[[Archive, Archive], None]:
    """Let one archive hold what another holds, and nothing else."""
    return shelf.copy


@pytest.fixture
def archive(make_archive: Callable[[], Archive]) -> Archive:
    return make_archive()


@pytest.fixture
def database_url(archive: Archive) -> str:
    """The URL of `archive`."""
    return archive.database.place


@pytest.fixture
def other_process(database_url: str) -> Iterator[Archive]:
    """The same archive through another engine, as another process has it."""
    opened = Archive.open(database_url)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def encoder() -> HashingEncoder:
    return HashingEncoder()
