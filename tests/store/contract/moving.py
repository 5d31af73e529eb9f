"""Rows for every table there is, of values that databases are known to differ about; and every row of an archive."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from sqlalchemy import Column, Table, insert, select, true
from sqlalchemy.types import Boolean, Float, Integer, LargeBinary

from store.archive import Archive
from store.db.comments import read_words_rows
from store.db.moving import TABLES
from store.db.tables import StateRow, UtcDateTime
from store.text.words import index_terms

ROWS = 7
# More than 32 bits.
FIRST_ID = 2**33
TEXTS = (
    "",
    "Kettles \0 and kites\0",
    "Ünïcødé 🫖 at the harbour \u202e\ufeff \\ ' \" % _ :x",
    "two\r\nlines\tand \x01 \x7f",
    "\ufdd1 \ue000 \U0010ffff",
    " kettle ",
    "NULL",
)
TIMES = (
    datetime(1, 1, 1, 0, 0, 0, 1, UTC),
    datetime(9999, 12, 31, 23, 59, 59, 999_999, UTC),
    datetime(1970, 1, 1, tzinfo=UTC),
    datetime(2026, 3, 29, 2, 30, 0, 10, timezone(timedelta(hours=2))),
    datetime(1899, 12, 31, 23, 59, 59, 500_000, UTC),
    datetime(2026, 11, 29, 1, 2, 3, 4, UTC),
    datetime(2000, 2, 29, tzinfo=UTC),
)
NUMBERS = (0, -1, 2**62, 1, 2**31, -(2**31) - 1, 5)
VALUES: dict[type, Sequence[Any]] = {
    Boolean: [number % 2 == 0 for number in range(ROWS)],
    Integer: NUMBERS,
    Float: (0.1, -1e-300, 1e300, -0.0, 1.0, 5e-324, 2 / 3),
    LargeBinary: [bytes(range(number, 256)) for number in range(ROWS)],
    UtcDateTime: TIMES,
    object: TEXTS,
}
# What the program reads of rows that are just moved.
MEANT = {("encoder", "state"): "retired", ("encoder", "owner"): "", ("comment", "language"): "en"}


def fill(archive: Archive) -> None:
    """Write rows to every table, with the words of comments."""
    with archive.database.writing() as connection:
        for moved in TABLES:
            table = moved.table
            if table.name == StateRow.__tablename__:
                connection.execute(table.update().values(generation=2**40, salt=bytes(range(16))))
            else:
                connection.execute(insert(table), [make_row(table, number) for number in range(ROWS)])
            dialect = archive.database.dialect
            if table.autoincrement_column is not None:
                # The last were removed since.
                dialect.put_last_id(connection, table, FIRST_ID + 1_000)
        archive.database.dialect.put_words(connection, read_words_rows(connection, true()))


def make_row(table: Table, number: int) -> dict[str, Any]:
    return {column.name: make_value(table, column, number) for column in table.columns}


def make_value(table: Table, column: Column[Any], number: int) -> Any:
    if column is table.autoincrement_column or column.foreign_keys:
        return FIRST_ID + number * 3
    if (table.name, column.name) in MEANT:
        return MEANT[table.name, column.name]
    if column.nullable and number % 3 == 0:
        return None
    return next(values[number] for kind, values in VALUES.items() if isinstance(column.type, kind))


def read_all(archive: Archive) -> dict[str, list[tuple[Any, ...]]]:
    """Give every row of every table, and where each word stands."""
    with archive.database.reading() as connection:
        rows = {
            moved.name: sorted((tuple(row) for row in connection.execute(select(moved.table))), key=repr)
            for moved in TABLES
        }
    said = [" ".join(map(str, row)) for name in ("comment", "discussion", "author_alias") for row in rows[name]]
    terms = sorted({term for one in said for language in ("en", None) for term in index_terms(one, language)})
    rows["words"] = [
        (term, *place)
        for term, found in zip(terms, archive.searching.read_postings(terms), strict=True)
        for place in zip(found.comment_ids.tolist(), found.fields.tolist(), found.offsets.tolist(), strict=True)
    ]
    return rows
