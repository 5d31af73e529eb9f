"""The first schema.

Revision ID: 0001
"""

import sqlalchemy as sa
from alembic import context, op

from store.db.types import NUMBER, TEXT

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create everything."""
    op.create_table(
        "archive_state",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("generation", NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_archive_state")),
    )
    op.create_table(
        "change",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("comment_id", NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_change")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_change_comment_id"), "change", ["comment_id"], unique=False)
    op.create_table(
        "encoder",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("key", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_encoder")),
        sa.UniqueConstraint("key", name=op.f("uq_encoder_key")),
    )
    op.create_table(
        "passage",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("comment_id", NUMBER, nullable=False),
        sa.Column("start", NUMBER, nullable=False),
        sa.Column("end", NUMBER, nullable=False),
        sa.Column("content_hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passage")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_passage_comment", "passage", ["comment_id"], unique=False)
    op.create_index("ix_passage_hash", "passage", ["content_hash"], unique=False)
    op.create_table(
        "reply",
        sa.Column("key", TEXT, nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("place", TEXT, nullable=True),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_reply")),
    )
    op.create_index(op.f("ix_reply_taken_at"), "reply", ["taken_at"], unique=False)
    op.create_table(
        "source",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("format", TEXT, nullable=False),
        sa.Column("location", TEXT, nullable=False),
        sa.Column("visibility", TEXT, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("refreshed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_source")),
        sa.UniqueConstraint("name", name=op.f("uq_source_name")),
    )
    op.create_table(
        "author",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("source_id", NUMBER, nullable=False),
        sa.Column("key", TEXT, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.ForeignKeyConstraint(["source_id"], ["source.id"], name=op.f("fk_author_source_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_author")),
        sa.UniqueConstraint("source_id", "key", name=op.f("uq_author_source_id_key")),
    )
    op.create_table(
        "channel",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("source_id", NUMBER, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("visibility", TEXT, nullable=False),
        sa.ForeignKeyConstraint(["source_id"], ["source.id"], name=op.f("fk_channel_source_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_channel")),
        sa.UniqueConstraint("source_id", "name", "visibility", name=op.f("uq_channel_source_id_name_visibility")),
    )
    op.create_table(
        _name_vectors(),
        sa.Column("encoder_id", NUMBER, nullable=False),
        sa.Column("content_hash", sa.LargeBinary(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["encoder_id"], ["encoder.id"], name=op.f("fk_vector_encoder_id")),
        sa.PrimaryKeyConstraint("encoder_id", "content_hash", name=op.f("pk_vector")),
    )
    op.create_table(
        "author_alias",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("author_id", NUMBER, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.ForeignKeyConstraint(["author_id"], ["author.id"], name=op.f("fk_author_alias_author_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_author_alias")),
        sa.UniqueConstraint("author_id", "name", name=op.f("uq_author_alias_author_id_name")),
    )
    op.create_index(op.f("ix_author_alias_name"), "author_alias", ["name"], unique=False)
    op.create_table(
        "discussion",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("source_id", NUMBER, nullable=False),
        sa.Column("channel_id", NUMBER, nullable=False),
        sa.Column("native_id", TEXT, nullable=False),
        sa.Column("title", TEXT, nullable=False),
        sa.Column("url", TEXT, nullable=False),
        sa.ForeignKeyConstraint(["channel_id"], ["channel.id"], name=op.f("fk_discussion_channel_id")),
        sa.ForeignKeyConstraint(["source_id"], ["source.id"], name=op.f("fk_discussion_source_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_discussion")),
        sa.UniqueConstraint(
            "source_id", "native_id", "channel_id", name=op.f("uq_discussion_source_id_native_id_channel_id")
        ),
    )
    op.create_table(
        "comment",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("source_id", NUMBER, nullable=False),
        sa.Column("channel_id", NUMBER, nullable=False),
        sa.Column("native_id", TEXT, nullable=False),
        sa.Column("discussion_id", NUMBER, nullable=False),
        sa.Column("alias_id", NUMBER, nullable=False),
        sa.Column("parent_native_id", TEXT, nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("edited_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("url", TEXT, nullable=False),
        sa.Column("text", TEXT, nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["alias_id"], ["author_alias.id"], name=op.f("fk_comment_alias_id")),
        sa.ForeignKeyConstraint(["channel_id"], ["channel.id"], name=op.f("fk_comment_channel_id")),
        sa.ForeignKeyConstraint(["discussion_id"], ["discussion.id"], name=op.f("fk_comment_discussion_id")),
        sa.ForeignKeyConstraint(["source_id"], ["source.id"], name=op.f("fk_comment_source_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_comment")),
        sa.UniqueConstraint("source_id", "native_id", name=op.f("uq_comment_source_id_native_id")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_comment_alias_id"), "comment", ["alias_id"], unique=False)
    op.create_index("ix_comment_channel_published", "comment", ["channel_id", "published_at"], unique=False)
    op.create_index("ix_comment_discussion", "comment", ["discussion_id", "published_at"], unique=False)
    op.execute("INSERT INTO archive_state (id, generation) VALUES (1, 0)")
    context.config.attributes["dialect"].create_words(op.get_bind())


def downgrade() -> None:
    """Drop everything."""
    context.config.attributes["dialect"].drop_words(op.get_bind())
    op.drop_index("ix_comment_discussion", table_name="comment")
    op.drop_index("ix_comment_channel_published", table_name="comment")
    op.drop_index(op.f("ix_comment_alias_id"), table_name="comment")
    op.drop_table("comment")
    op.drop_table("discussion")
    op.drop_index(op.f("ix_author_alias_name"), table_name="author_alias")
    op.drop_table("author_alias")
    op.drop_table(_name_vectors())
    op.drop_table("channel")
    op.drop_table("author")
    op.drop_table("source")
    op.drop_index(op.f("ix_reply_taken_at"), table_name="reply")
    op.drop_table("reply")
    op.drop_index("ix_passage_hash", table_name="passage")
    op.drop_index("ix_passage_comment", table_name="passage")
    op.drop_table("passage")
    op.drop_table("encoder")
    op.drop_index(op.f("ix_change_comment_id"), table_name="change")
    op.drop_table("change")
    op.drop_table("archive_state")


def _name_vectors() -> str:
    """Name the table of the vectors: on PostgreSQL, pgvector has a type of the older name."""
    return "vector" if op.get_bind().dialect.name == "sqlite" else "text_vector"
