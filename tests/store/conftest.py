import shutil
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest

from embeddings.hashing import HashingEncoder
from store.archive import Archive

# Every kind of database the archive can stand on: all tests that use `archive` run on each.
DATABASES = ("sqlite",)


@pytest.fixture(scope="session")
def empty_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive without a comment; copied, as migrating afresh takes ten times as long."""
    path = tmp_path_factory.mktemp("empty") / "archive.db"
    Archive.open(f"sqlite:///{path}").close()
    return path


@pytest.fixture(params=DATABASES)
def make_database_url(request: pytest.FixtureRequest, empty_sqlite: Path, tmp_path: Path) -> Callable[[], str]:
    """Give the URL of an empty archive, another at each call."""
    assert request.param == "sqlite"
    numbers = count(1)

    def make() -> str:
        path = shutil.copy(empty_sqlite, tmp_path / f"archive-{next(numbers)}.db")
        return f"sqlite:///{path}"

    return make


@pytest.fixture
def database_url(make_database_url: Callable[[], str]) -> str:
    return make_database_url()


@pytest.fixture
def make_archive(make_database_url: Callable[[], str]) -> Iterator[Callable[[], Archive]]:
    """Open an empty archive, another at each call."""
    opened: list[Archive] = []

    def make() -> Archive:
        opened.append(Archive.open(make_database_url()))
        return opened[-1]

    yield make
    for archive in opened:
        archive.close()


@pytest.fixture
def archive(database_url: str) -> Iterator[Archive]:
    opened = Archive.open(database_url)
    yield opened
    opened.close()


@pytest.fixture
def other_process(database_url: str, archive: Archive) -> Iterator[Archive]:  # noqa: ARG001  # opened after it
    """The same archive through another engine, as another process has it."""
    opened = Archive.open(database_url)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def encoder() -> HashingEncoder:
    return HashingEncoder()
