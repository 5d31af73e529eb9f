"""Rows on their way from one database to another: with their ids, as they are, and in any number of runs.

Every table of the metadata is moved. The word index is derived: it is written with the comments.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from itertools import chain
from typing import Any

from sqlalchemy import Connection, Select, Table, UniqueConstraint, bindparam, delete, func, insert, select, update
from sqlalchemy import tuple_ as group

from store.db.dialect import DatabaseDialect, WordsRow
from store.db.digests import Digester, write_row
from store.db.tables import AuthorAliasRow, CommentRow, DiscussionRow
from store.db.use_tables import WatchRow
from store.domain.moving import Digest

# The beginnings of the names of tables that are no rows of ours, each with the reason that it is not moved.
NOT_MOVED = {
    "alembic_version": "the schema's revision, or what stands for it while an archive is being moved there",
    "comment_words": "the word index, which is written with the comments",
    "comment_postings": "the word index, too",
    "procrastinate_": "the queue of jobs, which not every database has: what waits there is asked for again",
}
# Rows that are written in one transaction, or looked for by one statement.
CHUNK_ROWS = 500

_Key = tuple[Any, ...]
_Values = tuple[Any, ...]


class MovedTable:
    """A table, and how its rows are read, looked for and written."""

    def __init__(self, table: Table) -> None:
        self.table, self.name = table, f"{table.name}"
        self._names = [column.name for column in table.columns]
        self._keys = self._place(table.primary_key.columns)
        unique = [one.columns for one in table.constraints if isinstance(one, UniqueConstraint)]
        self._unique = self._place(chain.from_iterable(unique))

    @cached_property
    def children(self) -> list[tuple["MovedTable", Any]]:
        """The tables that refer to this one, each with the column that does."""
        return [
            (child, key.parent)
            for child in TABLES
            for key in child.table.foreign_keys
            if key.column.table is self.table
        ]

    @property
    def uses_ids_once(self) -> bool:
        """Whether it gives no id again, once that is gone."""
        return bool(self.table.dialect_options["sqlite"]["autoincrement"])

    @property
    def has_words(self) -> bool:
        """Whether the word index is of this table."""
        return self.table is CommentRow.__table__

    def select(self) -> Select[Any]:
        """Give what reads it; of comments, with what their words depend on after the columns."""
        if not self.has_words:
            return select(self.table)
        return (
            select(self.table, AuthorAliasRow.name, DiscussionRow.title)
            .outerjoin(AuthorAliasRow, AuthorAliasRow.id == CommentRow.alias_id)
            .outerjoin(DiscussionRow, DiscussionRow.id == CommentRow.discussion_id)
        )

    def has_any(self, keys: Sequence[_Key]) -> Any:
        """Give the condition that a row has one of these keys."""
        columns = list(self.table.primary_key.columns)
        if len(columns) == 1:
            return columns[0].in_([key for (key,) in keys])
        return group(*columns).in_(keys)

    def update(self) -> Any:
        """Give what writes rows in place of those of the same keys, which are parameters, too."""
        keys = [column == bindparam(f"key_{column.name}") for column in self.table.primary_key.columns]
        return update(self.table).where(*keys).values({name: bindparam(name) for name in self._names})

    def key_of(self, row: _Values) -> _Key:
        """Give a row's key."""
        return tuple(row[place] for place in self._keys)

    def columns_of(self, row: _Values) -> _Values:
        """Give a row without what else is read with it."""
        return row[: len(self._names)]

    def name_values(self, row: _Values) -> dict[str, Any]:
        """Give a row's values by column."""
        return dict(zip(self._names, row, strict=False))

    def name_keys(self, row: _Values) -> dict[str, Any]:
        """Give the values of a row's key, by what the update calls them."""
        return {f"key_{self._names[place]}": row[place] for place in self._keys}

    def can_become(self, row: _Values, other: _Values) -> bool:
        """Tell whether a row can be brought up to date in place.

        Not if something is unique of it that another may have now. And a comment's words are written with it alone.
        """
        if self.has_words:
            return write_row(row) == write_row(other)
        return all(row[place] == other[place] for place in self._unique)

    def _place(self, columns: Any) -> list[int]:
        return [self._names.index(column.name) for column in columns]


# In an order in which whatever a row hangs on comes before it.
TABLES = tuple(MovedTable(table) for table in WatchRow.metadata.sorted_tables)


def count_rows(connection: Connection, moved: MovedTable) -> int:
    """Count the rows of a table."""
    return connection.scalars(select(func.count()).select_from(moved.table)).one()


def read_rows(connection: Connection, moved: MovedTable) -> Iterator[list[_Values]]:
    """Give the rows of a table as they are moved, some at a time."""
    return _read(connection, moved, moved.select())


def digest_rows(connection: Connection, moved: MovedTable, on_rows: Callable[[int], object]) -> Digest:
    """Give the digest of all rows of a table; `on_rows` is told of how many, some at a time."""
    digester = Digester()
    for rows in _read(connection, moved, select(moved.table)):
        digester.add(rows)
        on_rows(len(rows))
    return digester.finish()


def digest_last_ids(connection: Connection, dialect: DatabaseDialect) -> Digest:
    """Give the digest of the highest id that each table ever gave, of those that give none again."""
    digester = Digester()
    digester.add([(one.name, dialect.read_last_id(connection, one.table)) for one in TABLES if one.uses_ids_once])
    return digester.finish()


def copy_last_ids(
    source: Connection, source_dialect: DatabaseDialect, target: Connection, target_dialect: DatabaseDialect
) -> None:
    """Let each table give ids after the highest that it gave in the source."""
    for moved in TABLES:
        if moved.table.autoincrement_column is not None:
            target_dialect.put_last_id(target, moved.table, source_dialect.read_last_id(source, moved.table))


def find_removable(source: Connection, moved: MovedTable, rows: Sequence[_Values]) -> list[_Key]:
    """Give the keys of rows of a target that its source does not have, or that cannot be brought up to date."""
    here = _find(source, moved, rows)
    keys = ((moved.key_of(row), row) for row in rows)
    return [key for key, row in keys if key not in here or not moved.can_become(row, here[key])]


def remove_rows(connection: Connection, dialect: DatabaseDialect, moved: MovedTable, keys: Sequence[_Key]) -> int:
    """Remove rows, and whatever hangs on them; give how many."""
    if not keys:
        return 0
    removed = 0
    for child, column in moved.children:
        hanging = select(*child.table.primary_key.columns).where(column.in_([number for (number,) in keys]))
        removed += remove_rows(connection, dialect, child, [tuple(row) for row in connection.execute(hanging)])
    if moved.has_words:
        dialect.delete_words(connection, [number for (number,) in keys])
    for start in range(0, len(keys), CHUNK_ROWS):
        some = moved.has_any(keys[start : start + CHUNK_ROWS])
        removed += connection.execute(delete(moved.table).where(some)).rowcount
    return removed


def put_rows(
    connection: Connection, dialect: DatabaseDialect, moved: MovedTable, rows: Sequence[_Values], *, is_new: bool
) -> int:
    """Write those rows that are not there, or not as they are, and the words of comments; give how many.

    They are not looked for where the table is new.
    """
    there = {} if is_new else _find(connection, moved, rows)
    found = [(row, there.get(moved.key_of(row))) for row in rows]
    new = [row for row, other in found if other is None]
    changed = [row for row, other in found if other is not None and write_row(row) != write_row(other)]
    if new:
        connection.execute(insert(moved.table), [moved.name_values(row) for row in new])
    if changed:
        connection.execute(moved.update(), [moved.name_values(row) | moved.name_keys(row) for row in changed])
    if moved.has_words:
        dialect.put_words(connection, [_read_words(moved.name_values(row), *row[-2:]) for row in chain(new, changed)])
    return len(new) + len(changed)


def _read_words(comment: dict[str, Any], name: str, title: str) -> WordsRow:
    return WordsRow.read(comment["id"], name, title, comment["text"], comment["language"])


def _find(connection: Connection, moved: MovedTable, rows: Sequence[_Values]) -> dict[_Key, _Values]:
    """Find rows with the keys of these."""
    found = connection.execute(moved.select().where(moved.has_any([moved.key_of(row) for row in rows])))
    return {moved.key_of(tuple(row)): tuple(row) for row in found}


def _read(connection: Connection, moved: MovedTable, statement: Select[Any]) -> Iterator[list[_Values]]:
    if moved.table.autoincrement_column is not None:
        # As they were written, so that those that belong together stay so.
        statement = statement.order_by(moved.table.autoincrement_column)
    found = connection.execute(statement, execution_options={"yield_per": CHUNK_ROWS})
    for part in found.partitions():
        yield [tuple(row) for row in part]
