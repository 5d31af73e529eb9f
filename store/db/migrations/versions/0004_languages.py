"""Comments have their language, the word index holds them in its stems, and knows signatures and footers.

Revision ID: 0004
"""

from collections.abc import Iterator, Sequence
from typing import Any

import sqlalchemy as sa
from alembic import context, op

from store.db.dialect import WordsRow
from store.text.language import detect_language
from store.text.words import has_stems

revision = "0004"
down_revision = "0003"

_PART = 1_000
_READ = sa.text(
    "SELECT comment.id, author_alias.name, discussion.title, comment.text, comment.language FROM comment "
    "JOIN author_alias ON author_alias.id = comment.alias_id "
    "JOIN discussion ON discussion.id = comment.discussion_id "
    "WHERE comment.id > :after ORDER BY comment.id LIMIT :part"
)


def upgrade() -> None:
    """Tell the language of every comment, fill the word index anew, and let indexing follow what counts as quoted."""
    note = sa.text("UPDATE comment SET language = :language, words = :words WHERE id = :id")
    for part in _read_parts():
        languages = [detect_language(row.text) for row in part]
        rows = [_read_words(row, language) for row, language in zip(part, languages, strict=True)]
        _put_words(rows)
        op.get_bind().execute(
            note,
            [
                {"id": row.comment_id, "language": language, "words": len(row.text)}
                for row, language in zip(rows, languages, strict=True)
            ],
        )
    op.execute(
        "INSERT INTO change (comment_id) "
        "SELECT id FROM comment WHERE id NOT IN (SELECT comment_id FROM change) ORDER BY id"
    )


def downgrade() -> None:
    """Stem everything as English, and forget the languages."""
    for part in _read_parts():
        _put_words([_read_words(row, None) for row in part if has_stems(row.language)])
    op.execute("UPDATE comment SET language = NULL")


def _read_words(row: Any, language: str | None) -> WordsRow:
    return WordsRow.read(row.id, row.name, row.title, row.text, language)


def _put_words(rows: Sequence[WordsRow]) -> None:
    context.config.attributes["dialect"].put_words(op.get_bind(), rows)


def _read_parts() -> Iterator[Sequence[Any]]:
    """Give all comments, some at a time: id, author, title, text and language."""
    after = 0
    while rows := op.get_bind().execute(_READ, {"after": after, "part": _PART}).all():
        yield rows
        after = rows[-1][0]
