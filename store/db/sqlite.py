"""SQLite: WAL, FTS5 with author, title and text as fields."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Connection, Engine, bindparam, create_engine, event, text
from sqlalchemy.dialects.sqlite import insert

from store.db.dialect import WordMatch, WordsRow
from store.text.words import fold

# bm25 weighs author, title and text alike: a name or title that matches is rarer than a word of the text that does,
# and BM25's own length normalisation already favours these short fields.
_FIND = text(
    "SELECT rowid, bm25(comment_words, 1.0, 1.0, 1.0) AS distance FROM comment_words "
    "WHERE comment_words MATCH :query ORDER BY distance, rowid LIMIT :limit"
)
_FIND_IN_CHANNELS = text(
    "SELECT rowid, bm25(comment_words, 1.0, 1.0, 1.0) AS distance FROM comment_words "
    "WHERE comment_words MATCH :query AND rowid IN (SELECT id FROM comment WHERE channel_id IN :channel_ids) "
    "ORDER BY distance, rowid LIMIT :limit"
).bindparams(bindparam("channel_ids", expanding=True))
_COUNT = text("SELECT count(*) FROM comment_words WHERE comment_words MATCH :query")
_COUNT_IN_CHANNELS = text(
    "SELECT count(*) FROM comment_words WHERE comment_words MATCH :query "
    "AND rowid IN (SELECT id FROM comment WHERE channel_id IN :channel_ids)"
).bindparams(bindparam("channel_ids", expanding=True))
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
        self, connection: Connection, words: Sequence[str], channel_ids: Collection[int] | None, limit: int
    ) -> list[WordMatch]:
        """Match any word, ranked by BM25; equal scores by comment id."""
        if not words or (channel_ids is not None and not channel_ids):
            return []
        statement = _FIND if channel_ids is None else _FIND_IN_CHANNELS
        allowed = {} if channel_ids is None else {"channel_ids": sorted(channel_ids)}
        query = " OR ".join(_quote(word) for word in words)
        found = connection.execute(statement, {"query": query, "limit": limit, **allowed})
        return [WordMatch(comment_id, -distance) for comment_id, distance in found]

    def count_comments_with(
        self, connection: Connection, words: Sequence[str], channel_ids: Collection[int] | None = None
    ) -> list[int]:
        """Count the comments that hold each word."""
        statement = _COUNT if channel_ids is None else _COUNT_IN_CHANNELS
        allowed = {} if channel_ids is None else {"channel_ids": sorted(channel_ids)}
        return [connection.execute(statement, {"query": _quote(word), **allowed}).scalar_one() for word in words]

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
