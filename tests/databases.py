"""Where the archives of tests are: files of SQLite, or databases of a PostgreSQL server."""

import shutil
from collections.abc import Mapping
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import quote

import pytest
from sqlalchemy import NullPool, create_engine, text

from tests.waiting import PATIENCE_SECONDS

# A file, or the URL of a PostgreSQL database.
ArchivePlace = Path | str
# Every kind of database an archive can stand on, as the parameters of a fixture.
BOTH = ("sqlite", pytest.param("postgres", marks=pytest.mark.postgres))


class Databases(Protocol):
    """Makes places for archives; of files, or as a `PostgresServer` does."""

    def create(self, *, is_empty: bool = False) -> ArchivePlace:
        """Make a place for an archive that holds nothing yet, or where there is not even an archive."""

    def copy(self, place: Any, /) -> ArchivePlace:
        """Make a place that holds what another does, which nobody uses."""

    def drop(self, place: Any, /) -> None:
        """Leave nothing of a place that was made."""


class Files:
    """Archives that are files, each in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = count(1)

    def create(self, *, is_empty: bool = False) -> Path:  # noqa: ARG002  # the program makes what is missing
        place = self._folder / f"{next(self._numbers)}" / "archive.db"
        place.parent.mkdir()
        return place

    def copy(self, place: Path) -> Path:
        return copy_file(place, self.create())

    def drop(self, place: Path) -> None:
        shutil.rmtree(place.parent)


def copy_file(source: Path | None, target: Path) -> Path:
    """Copy an archive with its write-ahead log, as a process that was killed left them; or have none there."""
    for ending in ("", "-wal", "-shm"):
        target.with_name(target.name + ending).unlink(missing_ok=True)
        if source:
            with suppress(FileNotFoundError):
                shutil.copy(source.with_name(source.name + ending), target.with_name(target.name + ending))
    return target


def url_of(place: ArchivePlace) -> str:
    return place if isinstance(place, str) else f"sqlite:///{place}"


def place_in(url: str, *schemas: str) -> str:
    """Give the URL of a workspace's archive in a PostgreSQL database, by the schemas of its search_path."""
    path = ",".join(schemas)
    return f"{url}?options={quote(f'-csearch_path={path}')}"


def execute(place: ArchivePlace, statement: str, values: Mapping[str, Any] | None = None) -> list[tuple[Any, ...]]:
    """Run one statement on an archive of either kind, beside the program; give its rows."""
    patient = {"timeout": PATIENCE_SECONDS} if isinstance(place, Path) else {}
    with create_engine(url_of(place), poolclass=NullPool, connect_args=patient).begin() as connection:
        done = connection.execute(text(statement), values or {})
        return [tuple(row) for row in done] if done.returns_rows else []
