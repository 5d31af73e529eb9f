"""Moving an archive to another database, in any number of runs, and comparing two.

The source is only read, all of it as it was at one moment. The target is no archive to anybody until it holds the same
as the source, which is found by reading both: what one run leaves undone, the next one goes on with.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from sqlalchemy import Connection, make_url
from sqlalchemy.exc import ArgumentError

from store.db import encoders, migrate, moving, refreshes
from store.db.digests import Digester
from store.db.engine import Database, hide_password
from store.db.moving import TABLES, MovedTable
from store.db.tables import StateRow
from store.domain.moving import ComparedTable, Digest, MoveReport
from store.domain.refresh import Progress
from store.errors import ArchiveError, MoveError
from store.repositories.refreshes import Owner

# What is compared besides tables.
LAST_IDS = "last ids"
_LOOKING, _COPYING = "Looking at what is there", "Copying"
_READING_SOURCE, _READING_TARGET = "Reading the source again", "Reading the target"
_MARK_CHARS = 24

OnProgress = Callable[[Progress], object]


def move(source_url: str, target_url: str, owner: Owner, on_progress: OnProgress = lambda _: None) -> MoveReport:
    """Copy an archive to a database that holds none, or go on with that, and compare both.

    From the moment on that both hold the same, the target is an archive. Until then another run goes on: after it was
    stopped, or where the source was written to meanwhile.

    Raises:
        MoveError: It cannot be done, or not now, or it stopped halfway.
        ArchiveError: One of them cannot be opened.
    """
    began = time.perf_counter()
    with _opening(source_url) as source, closing(Database(target_url)) as target:
        _refuse_empty(source)
        migrate.prepare(source)
        _refuse_newer(source)
        with source.reading() as connection:
            _refuse_at_work(source, connection, owner)
        is_new = _begin(source, target)
        try:
            report = _Move(source, target, on_progress).run(owner)
            if report.is_same:
                _end(target, is_new=is_new)
        except ArchiveError as error:
            raise MoveError(f"{error}; then run this again: it goes on where it was") from error
    return replace(report, seconds=round(time.perf_counter() - began, 3))


def compare(source_url: str, target_url: str, on_progress: OnProgress = lambda _: None) -> MoveReport:
    """Tell what two databases hold; nothing is written.

    Raises:
        MoveError: One of them holds no archive.
        ArchiveError: One of them cannot be opened.
    """
    began = time.perf_counter()
    with _opening(source_url) as source, _opening(target_url) as target:
        for database in (source, target):
            if migrate.find_move(database) is None:
                _refuse_empty(database)
                _refuse_newer(database)
        report = _compare(source, target, on_progress)
    return replace(report, seconds=round(time.perf_counter() - began, 3))


class _Move:
    """One run."""

    def __init__(self, source: Database, target: Database, on_progress: OnProgress) -> None:
        self._source, self._target = source, target
        self._on_progress = on_progress
        # What the source held when it was copied.
        self._copied: dict[str, Digest] = {}

    def run(self, owner: Owner) -> MoveReport:
        """Let the target hold what the source holds at this moment, and compare it with what that holds then."""
        with self._source.reading() as snapshot:
            _refuse_at_work(self._source, snapshot, owner)
            removed = sum(self._remove(snapshot, moved) for moved in reversed(TABLES))
            written = sum(self._copy(snapshot, moved) for moved in TABLES)
            self._copy_last_ids(snapshot)
        report = _compare(self._source, self._target, self._on_progress)
        tables = tuple(
            replace(table, is_newer=not table.is_same and table.target == self._copied[table.name])
            for table in report.tables
        )
        return replace(report, tables=tables, written=written, removed=removed)

    def _remove(self, snapshot: Connection, moved: MovedTable) -> int:
        """Remove what an earlier run wrote, and is not so any more."""
        removed = 0
        with self._target.reading() as connection:
            counter = _Counter(self._on_progress, _LOOKING, moved, moving.count_rows(connection, moved))
        for rows in self._read_target(moved):
            keys = moving.find_removable(snapshot, moved, rows)
            if keys:
                with self._target.writing() as connection:
                    removed += moving.remove_rows(connection, self._target.dialect, moved, keys)
            counter.add(len(rows))
        return removed

    def _read_target(self, moved: MovedTable) -> Iterator[list[tuple[object, ...]]]:
        # On its own, so that what goes wrong with the source meanwhile is not taken for the target's.
        with self._target.reading() as connection:
            yield from moving.read_rows(connection, moved)

    def _copy(self, snapshot: Connection, moved: MovedTable) -> int:
        written, digester = 0, Digester()
        with self._target.reading() as connection:
            is_new = moving.count_rows(connection, moved) == 0
        counter = _Counter(self._on_progress, _COPYING, moved, moving.count_rows(snapshot, moved))
        for rows in moving.read_rows(snapshot, moved):
            with self._target.writing() as connection:
                written += moving.put_rows(connection, self._target.dialect, moved, rows, is_new=is_new)
            digester.add([moved.columns_of(row) for row in rows])
            counter.add(len(rows))
        self._copied[moved.name] = digester.finish()
        return written

    def _copy_last_ids(self, snapshot: Connection) -> None:
        with self._target.writing() as connection:
            moving.copy_last_ids(snapshot, self._source.dialect, connection, self._target.dialect)
        self._copied[LAST_IDS] = moving.digest_last_ids(snapshot, self._source.dialect)


class _Counter:
    """Tells how many rows of a table are done."""

    def __init__(self, on_progress: OnProgress, what: str, moved: MovedTable, total: int) -> None:
        self._on_progress, self._what, self._name = on_progress, what, moved.name
        self._done, self._total = 0, total

    def add(self, rows: int) -> None:
        """Count rows that are done."""
        self._done += rows
        self._on_progress(Progress(self._name, self._done, self._total, self._what))


def _compare(source: Database, target: Database, on_progress: OnProgress) -> MoveReport:
    read_at = datetime.now(UTC)
    digests: list[dict[str, Digest]] = []
    for database, what in ((source, _READING_SOURCE), (target, _READING_TARGET)):
        with database.reading() as connection:
            digests.append(_digest(connection, database, what, on_progress))
    tables = tuple(ComparedTable(name, digests[0][name], digests[1][name]) for name in digests[0])
    return MoveReport(source.place, target.place, tables, read_at)


def _digest(connection: Connection, database: Database, what: str, on_progress: OnProgress) -> dict[str, Digest]:
    """Give the digest of each table, by name."""
    digests: dict[str, Digest] = {}
    for moved in TABLES:
        counter = _Counter(on_progress, what, moved, moving.count_rows(connection, moved))
        digests[moved.name] = moving.digest_rows(connection, moved, counter.add)
    return {**digests, LAST_IDS: moving.digest_last_ids(connection, database.dialect)}


@contextmanager
def _opening(url: str) -> Iterator[Database]:
    """Open a database that is there; nothing is made.

    Raises:
        MoveError: It is a file that is not there.
    """
    path = _find_path(url)
    if path and not path.exists():
        raise MoveError(
            f"cannot move the archive: {hide_password(url)!r}: there is no such file: name one that is there"
        )
    with closing(Database(url)) as database:
        yield database


def _find_path(url: str) -> Path | None:
    """Find the file that a URL names, if it does."""
    try:
        parsed = make_url(url)
    except ArgumentError:
        # Whoever opens it says what is wrong.
        return None
    return Path(parsed.database) if parsed.get_backend_name() == "sqlite" and parsed.database else None


def _refuse_empty(database: Database) -> None:
    if migrate.find_revision(database) is None:
        raise MoveError(f"cannot move the archive: {database.place!r}: it holds none: name the database that does")


def _refuse_newer(database: Database) -> None:
    """Refuse a schema of which this program does not know everything, though it can use it."""
    found = migrate.check(database)
    if found != migrate.HEAD:
        raise MoveError(
            f"cannot move the archive: {database.place!r}: its schema is {found}, newer than this program's "
            f"{migrate.HEAD}: use the version of harkback that wrote it"
        )


def _begin(source: Database, target: Database) -> bool:
    """Take a target for a source; tell whether nothing was moved there yet.

    Raises:
        MoveError: It is the source itself, holds something, or is another source's.
    """
    if _identify(source) == _identify(target):
        raise MoveError(f"cannot move the archive: {target.place!r}: it is there already: name another database")
    # By the schema, too: what was begun by a program of another one has other tables.
    mark = sha256(f"{migrate.HEAD} {_identify(source)}".encode()).hexdigest()[:_MARK_CHARS]
    begun = migrate.find_move(target)
    if begun == mark:
        return False
    if begun is not None:
        raise MoveError(
            f"cannot move the archive: {target.place!r}: part of another one is there, or what another version of "
            "harkback began to move: name an empty database"
        )
    _make_schema(target)
    migrate.begin_move(target, mark)
    return True


def _identify(database: Database) -> str:
    """Give what tells an archive's place from any other, whoever opens it."""
    url = database.engine.url
    if path := _find_path(url.render_as_string()):
        return str(path.resolve())
    # Whatever the URL says of it: a user may have a schema of their own.
    with database.reading() as connection:
        schema = database.dialect.find_schema(connection)
    return str((url.host or url.query.get("host"), url.port, url.database, schema))


def _make_schema(target: Database) -> None:
    """Make the schema in a database that has none.

    Raises:
        MoveError: It holds an archive.
    """
    found = migrate.find_revision(target)
    if found is None:
        migrate.upgrade(target)
    with target.reading() as connection:
        # The one row of its state is there from the beginning.
        held = found not in (None, migrate.HEAD) or any(
            moving.count_rows(connection, moved) for moved in TABLES if moved.name != StateRow.__tablename__
        )
    if held:
        raise MoveError(
            f"cannot move the archive: {target.place!r}: it holds an archive: name an empty database, or add --verify "
            "to compare the two"
        )


def _refuse_at_work(database: Database, connection: Connection, owner: Owner) -> None:
    """Refuse to copy what somebody is just changing."""
    now = datetime.now(UTC)
    for refresh in refreshes.read_at_work(connection):
        if owner.is_alive(refresh.owner, refresh.seen_at, now):
            raise MoveError(
                f"cannot move the archive: {database.place!r}: {refresh.owner} is at work on {refresh.source!r} "
                f"({refresh.kind} {refresh.id}): wait until it ends, or cancel it with "
                f"`harkback refreshes --cancel {refresh.id}`"
            )
    for one in encoders.read_encoders(connection):
        if one.owner and owner.is_alive(one.owner, one.seen_at or now, now):
            raise MoveError(
                f"cannot move the archive: {database.place!r}: {one.owner} is changing it to {one.name!r}: "
                "wait until it ends, or stop it"
            )


def _end(target: Database, *, is_new: bool) -> None:
    """Make the target an archive."""
    with target.writing() as connection:
        target.dialect.note_filled(connection)
    if not is_new:
        # What an earlier run wrote, and was removed since, may be what somebody wanted to be forgotten.
        target.erase_traces()
    migrate.end_move(target)
