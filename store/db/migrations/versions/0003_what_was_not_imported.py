"""Sources have an identity; what was not imported is kept; authors may be merged; comments have a language.

Revision ID: 0003
"""

import sqlalchemy as sa
from alembic import op

from store.db.types import NUMBER, TEXT

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add the columns and tables."""
    op.add_column("source", sa.Column("identity", TEXT, nullable=False, server_default=""))
    op.add_column("source", sa.Column("include_private", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("source", sa.Column("is_format_given", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("comment", sa.Column("language", TEXT, nullable=True))
    op.create_table(
        "author_merge",
        sa.Column("author_id", NUMBER, nullable=False),
        sa.Column("into_id", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["author_id"], ["author.id"], name=op.f("fk_author_merge_author_id")),
        sa.ForeignKeyConstraint(["into_id"], ["author.id"], name=op.f("fk_author_merge_into_id")),
        sa.PrimaryKeyConstraint("author_id", name=op.f("pk_author_merge")),
    )
    op.create_index(op.f("ix_author_merge_into_id"), "author_merge", ["into_id"], unique=False)
    op.create_table(
        "problem",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("source_id", NUMBER, nullable=False),
        sa.Column("place", TEXT, nullable=False),
        sa.Column("is_on_purpose", sa.Boolean(), nullable=False),
        sa.Column("reason", TEXT, nullable=False),
        sa.Column("count", NUMBER, nullable=False),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["source_id"], ["source.id"], name=op.f("fk_problem_source_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_problem")),
    )
    op.create_index(op.f("ix_problem_source_id"), "problem", ["source_id"], unique=False)
    op.create_table(
        "problem_record",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("problem_id", NUMBER, nullable=False),
        sa.Column("record", TEXT, nullable=False),
        sa.ForeignKeyConstraint(["problem_id"], ["problem.id"], name=op.f("fk_problem_record_problem_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_problem_record")),
    )
    op.create_index(op.f("ix_problem_record_problem_id"), "problem_record", ["problem_id"], unique=False)


def downgrade() -> None:
    """Drop them."""
    for table in ("problem_record", "problem", "author_merge"):
        op.drop_table(table)
    op.drop_column("comment", "language")
    op.drop_column("source", "is_format_given")
    op.drop_column("source", "include_private")
    op.drop_column("source", "identity")
