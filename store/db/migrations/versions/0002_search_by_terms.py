"""The word index holds our own terms; comments have a place, a length and a version; authors are embedded with texts.

Revision ID: 0002
"""

from collections.abc import Iterator, Sequence
from typing import Any

import sqlalchemy as sa
from alembic import context, op

from store.db.dialect import WordsRow
from store.db.types import NUMBER
from store.text.words import fold

revision = "0002"
down_revision = "0001"

_PART = 1_000
# As the first schema had it: texts, which SQLite parted and stemmed.
_OLD_WORDS = (
    "CREATE VIRTUAL TABLE comment_words "
    "USING fts5(author, title, text, tokenize = 'porter unicode61 remove_diacritics 2')"
)
_READ = sa.text(
    "SELECT comment.id, author_alias.name, discussion.title, comment.text FROM comment "
    "JOIN author_alias ON author_alias.id = comment.alias_id "
    "JOIN discussion ON discussion.id = comment.discussion_id "
    "WHERE comment.id > :after ORDER BY comment.id LIMIT :part"
)


def upgrade() -> None:
    """Add the columns, fill the word index anew, and let indexing embed every comment again, with its author."""
    connection, dialect = op.get_bind(), context.config.attributes["dialect"]
    op.add_column("comment", sa.Column("position", NUMBER, nullable=True))
    op.add_column("comment", sa.Column("words", NUMBER, nullable=False, server_default="0"))
    op.add_column("comment", sa.Column("version", NUMBER, nullable=False, server_default="0"))
    op.create_index("ix_comment_version", "comment", ["version"], unique=False)
    dialect.drop_words(connection)
    dialect.create_words(connection)
    count = sa.text("UPDATE comment SET words = :words, version = 1 WHERE id = :id")
    for part in _read_parts():
        rows = [WordsRow.read(*row) for row in part]
        dialect.put_words(connection, rows)
        connection.execute(count, [{"id": row.comment_id, "words": len(row.text)} for row in rows])
    op.execute("INSERT INTO change (comment_id) SELECT id FROM comment ORDER BY id")
    op.execute("UPDATE archive_state SET generation = generation + 1")


def downgrade() -> None:
    """Drop the columns, give the word index back what it held, and let texts be embedded without their authors."""
    connection, dialect = op.get_bind(), context.config.attributes["dialect"]
    dialect.drop_words(connection)
    if connection.dialect.name == "sqlite":
        op.execute(_OLD_WORDS)
        put = sa.text("INSERT INTO comment_words (rowid, author, title, text) VALUES (:id, :author, :title, :text)")
        for part in _read_parts():
            rows = [(number, *map(fold, fields)) for number, *fields in part]
            connection.execute(put, [dict(zip(("id", "author", "title", "text"), row, strict=True)) for row in rows])
    op.drop_index("ix_comment_version", table_name="comment")
    op.execute("INSERT INTO change (comment_id) SELECT id FROM comment ORDER BY id")
    for name in ("version", "words", "position"):
        op.drop_column("comment", name)


def _read_parts() -> Iterator[Sequence[Any]]:
    """Give all comments, some at a time: id, author, title and text."""
    after = 0
    while rows := op.get_bind().execute(_READ, {"after": after, "part": _PART}).all():
        yield rows
        after = rows[-1][0]
