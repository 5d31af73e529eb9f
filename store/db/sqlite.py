"""SQLite: WAL, FTS5 with author, title and text as fields."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import (
    Connection,
    Engine,
    Float,
    Integer,
    column,
    create_engine,
    event,
    func,
    literal_column,
    select,
    table,
    text,
)
from sqlalchemy.dialects.sqlite import insert

from store.db.dialect import Narrowing, WordMatch, WordsRow
from store.db.narrowed import select_comment_ids
from store.text.words import fold

_WORDS = table("comment_words", column("rowid", Integer))
_MATCHES = text("comment_words MATCH :query")
# bm25 weighs author, title and text alike: a name or title that matches is rarer than a word of the text that does,
# and BM25's own length normalisation already favours these short fields.
_DISTANCE = literal_column("bm25(comment_words, 1.0, 1.0, 1.0)", Float).label("distance")
_FIND = select(_WORDS.c.rowid, _DISTANCE).where(_MATCHES).order_by(_DISTANCE, _WORDS.c.rowid)
_COUNT = select(func.count()).select_from(_WORDS).where(_MATCHES)
# How long a write waits for another process's write: longer than any chunk takes.
_BUSY_TIMEOUT_MS = 30_000


class SqliteDialect:
    """The port to SQLite."""

    def make_engine(self, url: str) -> Engine:
        """Make an engine whose transactions begin explicitly and whose journal is write-ahead."""
        # Parameters are questions and comments: they stay out of errors, and so out of logs.
        engine = create_engine(url, hide_parameters=True)
        event.listen(engine, "connect", _set_up_connection)
        event.listen(engine, "begin", _begin)
        return engine

    def create_words(self, connection: Connection) -> None:
        """Create the FTS5 table; its rowid is the comment's id."""
        connection.execute(
            text(
                "CREATE VIRTUAL TABLE comment_words USING fts5"
                "(author, title, text, tokenize = 'porter unicode61 remove_diacritics 2')"
            )
        )

    def drop_words(self, connection: Connection) -> None:
        """Drop the FTS5 table."""
        connection.execute(text("DROP TABLE comment_words"))

    def put_words(self, connection: Connection, rows: Sequence[WordsRow]) -> None:
        """Replace the rows of these comments, folded as questions are: the tokenizer folds Latin letters alone."""
        if not rows:
            return
        connection.execute(
            text(
                "INSERT OR REPLACE INTO comment_words (rowid, author, title, text) VALUES (:id, :author, :title, :text)"
            ),
            [
                {
                    "id": row.comment_id,
                    "author": fold(row.author),
                    "title": fold(row.title),
                    "text": fold(row.text),
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

    def find_by_words(
        self,
        connection: Connection,
        words: Sequence[str],
        channel_ids: Collection[int] | None,
        limit: int,
        narrowing: Narrowing | None = None,
    ) -> list[WordMatch]:
        """Match any word, ranked by BM25; equal scores by comment id."""
        if not words:
            return []
        statement = _FIND.limit(limit)
        if channel_ids is not None or narrowing is not None:
            statement = statement.where(_WORDS.c.rowid.in_(select_comment_ids(channel_ids, narrowing)))
        found = connection.execute(statement, {"query": " OR ".join(_quote(word) for word in words)})
        return [WordMatch(comment_id, -distance) for comment_id, distance in found]

    def count_comments_with(
        self, connection: Connection, words: Sequence[str], channel_ids: Collection[int] | None = None
    ) -> list[int]:
        """Count the comments that hold each word."""
        statement = _COUNT
        if channel_ids is not None:
            statement = statement.where(_WORDS.c.rowid.in_(select_comment_ids(channel_ids, None)))
        return [connection.execute(statement, {"query": _quote(word)}).scalar_one() for word in words]

    def insert_or_ignore(self, connection: Connection, table: Any, rows: Sequence[dict[str, Any]]) -> int:
        """Insert rows, leaving those that are there alone."""
        if not rows:
            return 0
        return connection.execute(insert(table).on_conflict_do_nothing(), rows).rowcount


def _quote(word: str) -> str:
    """Make a word an FTS5 string, in which nothing is syntax; a NUL would end it."""
    return '"' + word.replace('"', '""').replace("\0", "") + '"'


def _set_up_connection(connection: Any, _record: Any) -> None:
    # The driver's own transaction handling would commit before DDL: leave transactions to SQLAlchemy's events.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {_BUSY_TIMEOUT_MS}")
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = NORMAL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


def _begin(connection: Connection) -> None:
    # A transaction that will write takes the lock at once: one that reads first and writes later could be refused.
    immediate = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")
