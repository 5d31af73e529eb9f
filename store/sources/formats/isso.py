"""Isso: its database, and the "generic" JSON that it imports and other programs write for it.

The tables are those of `isso/db/comments.py` and `isso/db/threads.py`, the JSON that of the class Generic in
`isso/migrate.py`. Both know pages by their path alone, so comments have links only where a whole address stands there.
The database may come from anyone: nothing but rows of plain tables is read from a copy of it, and no expression that
its schema holds is ever evaluated.
"""

import re
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import unquote_plus

from store.domain.comment import SourceItem, SourceProblem
from store.errors import SourceError
from store.sources.files import SourceFile
from store.sources.format import Format, each
from store.sources.formats.feed_entries import fold_address
from store.sources.head import Head
from store.sources.json import MAX_RECORD_CHARS, JsonRecord
from store.sources.json_records import read_json
from store.sources.markdown import read_markdown
from store.sources.raw import RawComment, as_list, as_object, as_text
from store.text.cleaning import find_http_url
from store.text.slugs import title_of

_MAGIC = b"SQLite format 3\0"
_THREADS = ("id", "uri", "title")
_COMMENTS = ("tid", "id", "parent", "created", "modified", "mode", "text", "author")
_WHY_SKIPPED = {"1": "", "2": "not approved", "4": "deleted"}
_DAMAGED = "the database is damaged: not read on from here"
# What was escaped for an address and never read back: words without a space between them.
_ESCAPED_TITLE = re.compile(r"\w\+[\w%]|%[0-9A-Fa-f]{2}")
_BEFORE_ALL = -(2**63)
_PLAIN_TABLE = re.compile(r"CREATE TABLE\b", re.IGNORECASE)

_Row = dict[str, Any]


class _NoSuchTableError(Exception):
    """The database lacks a table or column, or has something else in its place."""


def recognises(head: Head) -> bool:
    """Tell whether the file is a database with Isso's tables, or a list of threads with comments."""
    if head.data.startswith(_MAGIC):
        return b"tid REFERENCES threads" in head.data and b"remote_addr" in head.data
    return head.json.has(
        "item.id", "item.title", "item.comments", "item.comments.item.text", "item.comments.item.created"
    )


def parse(file: SourceFile) -> Iterator[SourceItem]:
    """Give the comments of a database or of the JSON."""
    if file.read_head().startswith(_MAGIC):
        yield from _read_database(file)
        return
    for record in read_json(file, "item"):
        if isinstance(record, SourceProblem):
            yield record
        else:
            yield from _read_thread(record)


def _read_thread(record: JsonRecord) -> Iterator[SourceItem]:
    if not isinstance(record.value, dict):
        yield SourceProblem(record.place, "it is not a thread: left out")
        return
    thread = record.value
    page, title = as_text(thread.get("id")), _read_title(as_text(thread.get("title")))
    for number, value in enumerate(as_list(thread.get("comments")), start=1):
        written = as_object(value)
        # Numbers are given in each thread anew.
        native_id, parent = (_join(fold_address(page), as_text(written.get(name))) for name in ("id", "parent"))
        place = f"{record.place}, comment {number}"
        yield from _make_comment(written, page, title, native_id, parent, place).finish()


def _join(page: str, number: str) -> str:
    return f"{page}#{number}" if page and number else number


def _read_title(title: str) -> str:
    return unquote_plus(title) if " " not in title.strip() and _ESCAPED_TITLE.search(title) else title


def _make_comment(
    written: _Row, page: str, title: str, native_id: str, parent: str, place: str, skipped: str = ""
) -> RawComment:
    url = find_http_url(page)
    number = as_text(written.get("id"))
    return RawComment(
        id=native_id,
        text=read_markdown(as_text(written.get("text"))),
        thread=fold_address(page),
        title=title.strip() or title_of(page),
        thread_url=url,
        author=written.get("author"),
        published=written.get("created"),
        edited=written.get("modified"),
        # Isso's script gives each comment's element this name.
        url=f"{url}#isso-{number}" if url and number else "",
        parent=parent,
        skipped=skipped,
        place=place,
    )


def _read_database(file: SourceFile) -> Iterator[SourceItem]:
    with _open_copy(file) as connection:
        try:
            pages: dict[Any, tuple[str, str]] = {}
            for row in _scan(connection, "threads", _THREADS):
                if isinstance(row, SourceProblem):
                    yield row
                else:
                    pages[row["id"]] = as_text(row["uri"]), as_text(row["title"])
            for row in _scan(connection, "comments", _COMMENTS):
                yield from (row,) if isinstance(row, SourceProblem) else _read_row(row, pages).finish()
        except _NoSuchTableError as error:
            yield SourceProblem(str(error), "the database lacks a table or column of Isso's: not read on from here")
        except (sqlite3.Error, UnicodeDecodeError):
            # What is broken in the schema comes back in SQLite's messages, which Python reads as UTF-8.
            yield SourceProblem("the database", _DAMAGED)


def _read_row(row: _Row, pages: dict[Any, tuple[str, str]]) -> RawComment:
    page, title = pages.get(row["tid"], ("", ""))
    skipped = _WHY_SKIPPED.get(as_text(row["mode"]), "not approved")
    return _make_comment(row, page, title, as_text(row["id"]), as_text(row["parent"]), "a comment", skipped)


@contextmanager
def _open_copy(file: SourceFile) -> Iterator[sqlite3.Connection]:
    """Open a copy that nothing else changes; SQLite reads files, not streams."""
    with tempfile.TemporaryDirectory(prefix="harkback-") as folder:
        path = Path(folder, "comments.db")
        try:
            with path.open("wb") as copy, file.open() as opened:
                shutil.copyfileobj(opened, copy)
        except OSError as error:
            raise SourceError(
                f"cannot read the file: {file.name!r}: copying it to {folder} fails with {error.strerror}: "
                "check the room there, or set TMPDIR"
            ) from error
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro&immutable=1", uri=True)) as connection:
            _harden(connection)
            yield connection


def _harden(connection: sqlite3.Connection) -> None:
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, MAX_RECORD_CHARS)
    connection.text_factory = lambda raw: raw.decode(errors="replace")
    connection.row_factory = sqlite3.Row
    # Takes effect at the first statement that reads the schema; a damaged one fails there.
    connection.execute("PRAGMA trusted_schema = OFF")


def _scan(connection: sqlite3.Connection, table: str, columns: Sequence[str]) -> Iterator[_Row | SourceProblem]:
    """Give the rows of a plain table by their numbers, each read by itself: one that is broken costs only itself.

    In a damaged tree of pages, rows may come again and again: the order of their numbers shows it.
    """
    _check_table(connection, table, columns)
    # The names are constants of this module. An index could stand in for the table.
    following = f"SELECT rowid FROM {table} NOT INDEXED WHERE rowid > ? ORDER BY rowid LIMIT 1"  # noqa: S608
    reading = f"SELECT {', '.join(columns)} FROM {table} NOT INDEXED WHERE rowid = ?"  # noqa: S608
    number = _BEFORE_ALL
    while found := connection.execute(following, (number,)).fetchone():
        if found[0] <= number:
            raise sqlite3.DatabaseError(_DAMAGED)
        number = found[0]
        try:
            row = connection.execute(reading, (number,)).fetchone()
        except sqlite3.DataError:
            yield SourceProblem(f"{table} {number}", "the record is too long: left out")
            continue
        yield {name: None if row is None or isinstance(row[name], bytes) else row[name] for name in columns}


def _check_table(connection: sqlite3.Connection, table: str, columns: Sequence[str]) -> None:
    """See that it is a table, neither view nor virtual, and that its columns hold what is stored, not computed."""
    kinds = connection.execute("SELECT type, sql FROM sqlite_master WHERE name = ?", (table,)).fetchall()
    if [kind["type"] for kind in kinds] != ["table"] or not _PLAIN_TABLE.match(as_text(kinds[0]["sql"])):
        raise _NoSuchTableError(table)
    known = connection.execute(f"PRAGMA table_xinfo({table})").fetchall()
    stored = {as_text(column["name"]).lower() for column in known if column["hidden"] == 0}
    missing = set(columns) - stored
    if missing:
        raise _NoSuchTableError(f"{table}.{min(missing)}")


FORMAT = Format("isso", recognises, each(parse))
