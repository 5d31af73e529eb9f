"""SQLite: WAL, FTS5 with author, title, text and what the text quotes as fields."""

import sqlite3
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import stamina
from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    Integer,
    Table,
    cast,
    create_engine,
    event,
    func,
    inspect,
    select,
    text,
)
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.exc import DBAPIError, OperationalError

from store.db.dialect import Field, Postings, WordsRow
from store.errors import ArchiveError

if TYPE_CHECKING:
    from store.db.postgres_vectors import PostgresVectors

# A posting in one number: the comment, the offset in its field, and the field. Reading one number a row is twice as
# fast as reading three. Beyond 2^21 terms a field's offsets are not told apart.
_OFFSET_BITS, _FIELD_BITS = 21, 2
_OFFSET_LIMIT, _FIELDS = 2**_OFFSET_BITS, 2**_FIELD_BITS
# One string, made in one step: for a row of each, a thread with others beside it waits its turn as often.
_READ_POSTINGS = (
    f"SELECT group_concat((doc * {_OFFSET_LIMIT} + min(offset, {_OFFSET_LIMIT - 1})) * {_FIELDS} "  # noqa: S608  # constants
    f"+ CASE col WHEN 'text' THEN {Field.TEXT:d} WHEN 'author' THEN {Field.AUTHOR:d} "
    f"WHEN 'title' THEN {Field.TITLE:d} ELSE {Field.QUOTED:d} END) FROM comment_postings WHERE term = ?"
)
_JULIAN_DAY_OF_1970 = 2_440_587.5
# How long a write waits for another process's write: longer than any chunk takes.
_BUSY_TIMEOUT_MS = 30_000
# SQLite itself would go on writing, to what has no name any more.
FILE_IS_GONE = "the file was removed or replaced while it was in use"
_ADVICE = (
    ("not a database", "name another file; this one is something else"),
    ("malformed", "restore the file from a backup, or import everything into a new one"),
    ("locked", "another process is writing: try again in a moment"),
    ("unable to open", "check that the folder exists and may be written"),
    ("readonly", "check the permissions of the file and its folder"),
    ("full", "free some disk space; nothing that was stored is lost"),
    ("I/O error", "check the disk, which may be full or failing; nothing that was stored is lost"),
    (FILE_IS_GONE, "put it back, or a backup in its place, and run this again"),
)
_COUNT_BYTES = "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size"
# https://www.sqlite.org/autoinc.html#summary: ordinary statements may write it.
_READ_LAST_ID = text("SELECT seq FROM sqlite_sequence WHERE name = :name")
_DELETE_LAST_ID = text("DELETE FROM sqlite_sequence WHERE name = :name")
_PUT_LAST_ID = text("INSERT INTO sqlite_sequence (name, seq) VALUES (:name, :last_id)")
_CHECKPOINT_TIMEOUT_MS = 2_000
# Pages of the word index that are merged at once: some tenths of a second.
_MERGED_PAGES = 1_000
_MERGING = 2


class SqliteDialect:
    """The port to SQLite."""

    migrates_when_opened = True
    vectors: "PostgresVectors | None" = None

    def make_engine(self, url: str) -> Engine:
        """Make an engine whose transactions begin explicitly and whose journal is write-ahead."""
        # Parameters are questions and comments: they stay out of errors, and so out of logs.
        engine = create_engine(url, hide_parameters=True)
        _make_folder(engine.url.database)
        event.listen(engine, "connect", _set_up_connection)
        event.listen(engine, "begin", _begin)
        return engine

    def connect(self, engine: Engine) -> Connection:
        """Give a connection."""
        return engine.connect()

    def change_schema(self, engine: Engine, change: Callable[[Connection], None]) -> None:
        """Write as everybody does: who reads meanwhile sees what was there before."""
        with self.connect(engine) as connection:
            connection.execution_options(writes=True)
            with connection.begin():
                change(connection)

    def explain(self, error: DBAPIError) -> str:
        """Say what SQLite said, and what to do."""
        reason = str(error.orig)
        for part, advice in _ADVICE:
            if part in reason:
                return f"{reason}: {advice}"
        return f"{reason}: run `harkback doctor`"

    def create_words(self, connection: Connection) -> None:
        """Create the FTS5 table, whose rowid is the comment's id, and the view of its postings.

        It is given our own terms: its tokenizer has only to part them at spaces.
        """
        connection.execute(
            text(
                "CREATE VIRTUAL TABLE comment_words "
                "USING fts5(author, title, text, quoted, tokenize = \"ascii tokenchars '+#'\")"
            )
        )
        connection.execute(text("CREATE VIRTUAL TABLE comment_postings USING fts5vocab(comment_words, instance)"))

    def drop_words(self, connection: Connection) -> None:
        """Drop both; the first schema had no view of the postings."""
        connection.execute(text("DROP TABLE IF EXISTS comment_postings"))
        connection.execute(text("DROP TABLE comment_words"))

    def put_words(self, connection: Connection, rows: Sequence[WordsRow]) -> None:
        """Replace the rows of these comments."""
        if not rows:
            return
        connection.execute(
            text(
                "INSERT OR REPLACE INTO comment_words (rowid, author, title, text, quoted) "
                "VALUES (:id, :author, :title, :text, :quoted)"
            ),
            [
                {
                    "id": row.comment_id,
                    "author": " ".join(row.author),
                    "title": " ".join(row.title),
                    "text": " ".join(row.text),
                    "quoted": " ".join(row.quoted),
                }
                for row in rows
            ],
        )

    def delete_words(self, connection: Connection, comment_ids: Collection[int]) -> None:
        """Remove the rows of these comments."""
        if comment_ids:
            connection.execute(
                text("DELETE FROM comment_words WHERE rowid = :id"),
                [{"id": number} for number in comment_ids],
            )

    def read_postings(self, connection: Connection, terms: Sequence[str]) -> list[Postings]:
        """Read the vocabulary's instances, which FTS5 gives without looking at a single row."""
        return [_unpack(connection.exec_driver_sql(_READ_POSTINGS, (term,)).scalar_one()) for term in terms]

    def list_tables(self, connection: Connection) -> set[str]:
        """List the tables of the file."""
        return set(inspect(connection).get_table_names())

    def find_schema(self, connection: Connection) -> str:  # noqa: ARG002  # as the port has it
        """Give nothing: a file is one archive's."""
        return ""

    def milliseconds_of(self, time: Any) -> ColumnElement[int]:
        """Reckon from Julian days: all else that SQLite has is in whole seconds, before 3.42."""
        return cast(func.round((func.julianday(time) - _JULIAN_DAY_OF_1970) * 86_400_000), Integer)

    def insert_or_ignore(self, connection: Connection, table: Any, rows: Sequence[dict[str, Any]]) -> int:
        """Insert rows, leaving those that are there alone."""
        if not rows:
            return 0
        return connection.execute(insert(table).on_conflict_do_nothing(), rows).rowcount

    def erase_traces(self, engine: Engine) -> bool:
        """Merge the word index, write the file anew, and empty the log.

        The word index keeps what was deleted in its older parts until they are merged. (FTS5 can delete at once, by its
        option secure-delete, but only from SQLite 3.42 on, and no older one can read the file then.) Pages keep it
        where SQLite moved rows, even with `secure_delete`: of 200 comments that were removed, 3 were there still.
        """
        _merge_words(engine)
        # It cannot be done in a transaction, and so not on a connection of SQLAlchemy's, whose errors it would give.
        with _wrapping("VACUUM"), closing(engine.raw_connection()) as connection:
            cursor = connection.cursor()
            cursor.execute("VACUUM")
            return _empty_log(cursor)

    def read_last_id(self, connection: Connection, table: Table) -> int:
        """Read what SQLite keeps of a table whose ids are used once; of others it knows what they hold."""
        if not table.dialect_options["sqlite"]["autoincrement"]:
            highest: Any = connection.scalars(select(func.max(table.autoincrement_column))).one()
            return int(highest or 0)
        return connection.scalars(_READ_LAST_ID, {"name": table.name}).one_or_none() or 0

    def put_last_id(self, connection: Connection, table: Table, last_id: int) -> None:
        """Write that down, for tables whose ids are used once; others give what is above those that they hold."""
        if table.dialect_options["sqlite"]["autoincrement"]:
            values = {"name": table.name, "last_id": max(last_id, self.read_last_id(connection, table))}
            connection.execute(_DELETE_LAST_ID, values)
            connection.execute(_PUT_LAST_ID, values)

    def count_bytes(self, connection: Connection) -> int:
        """Count the pages of the file."""
        return int(connection.exec_driver_sql(_COUNT_BYTES).scalar_one())

    def note_filled(self, connection: Connection) -> None:
        """Do nothing: no index is chosen by what tables hold."""


def _make_folder(path: str | None) -> None:
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


@contextmanager
def _wrapping(statement: str) -> Iterator[None]:
    """Give errors of the driver as SQLAlchemy does."""
    try:
        yield
    except sqlite3.Error as error:
        raise OperationalError(statement, None, error) from error


def _empty_log(cursor: Any) -> bool:
    """Empty the write-ahead log; tell whether it is. What readers still need stays in it: that is for the next time."""
    cursor.execute(f"PRAGMA busy_timeout = {_CHECKPOINT_TIMEOUT_MS}")
    is_busy, _, _ = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    cursor.execute(f"PRAGMA busy_timeout = {_BUSY_TIMEOUT_MS}")
    return not is_busy


def _merge_words(engine: Engine) -> None:
    """Merge the parts of the word index to one, some pages at a time."""
    pages = -_MERGED_PAGES
    while _merge_pages(engine, pages):
        pages = _MERGED_PAGES


def _merge_pages(engine: Engine, pages: int) -> bool:
    """Merge some pages of the word index; tell whether there was anything to merge.

    A negative number begins: all parts there are become one (https://www.sqlite.org/fts5.html#the_merge_command).
    """
    with engine.connect() as connection:
        connection.execution_options(writes=True)
        with connection.begin() as transaction:
            driver: Any = connection.connection.driver_connection
            before = driver.total_changes
            merge = text("INSERT INTO comment_words (comment_words, rank) VALUES ('merge', :pages)")
            connection.execute(merge, {"pages": pages})
            # The command counts as a change itself.
            is_merged = driver.total_changes - before >= _MERGING
            if not is_merged:
                transaction.rollback()
            return bool(is_merged)


def _unpack(written: str | None) -> Postings:
    packed = np.fromstring(written or "", np.int64, sep=",")
    # Both are powers of two, and dividing takes ten times as long.
    offsets = (packed >> _FIELD_BITS) & (_OFFSET_LIMIT - 1)
    return Postings(packed >> (_FIELD_BITS + _OFFSET_BITS), packed & (_FIELDS - 1), offsets)


def _set_up_connection(connection: Any, record: Any) -> None:
    # The driver's own transaction handling would commit before DDL: leave transactions to SQLAlchemy's events.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {_BUSY_TIMEOUT_MS}")
    _use_write_ahead_log(cursor)
    cursor.execute("PRAGMA synchronous = NORMAL")
    # What is removed is overwritten, so that it is gone from the file, too.
    cursor.execute("PRAGMA secure_delete = ON")
    cursor.execute("PRAGMA foreign_keys = ON")
    path = cursor.execute("PRAGMA database_list").fetchone()[2]
    record.info["file"] = (path, _identify(path))
    cursor.close()


@stamina.retry(on=sqlite3.OperationalError, timeout=_BUSY_TIMEOUT_MS / 1000, attempts=None, wait_initial=0.02)
def _use_write_ahead_log(cursor: Any) -> None:
    # SQLite does not wait here: when several open a new file at once, one switches and the others are refused.
    cursor.execute("PRAGMA journal_mode = WAL")


def _identify(path: str) -> tuple[int, int] | None:
    """Give what tells a file from any other; None for one that is not there, as the file of a database in memory."""
    try:
        stat = Path(path).stat()
    except OSError:
        return None
    return stat.st_dev, stat.st_ino


def _begin(connection: Connection) -> None:
    # A transaction that will write takes the lock at once: one that reads first and writes later could be refused.
    writes = connection.get_execution_options().get("writes", False)
    path, identity = connection.info["file"]
    if writes and path and _identify(path) != identity:
        raise OperationalError("BEGIN", None, sqlite3.OperationalError(FILE_IS_GONE))
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
