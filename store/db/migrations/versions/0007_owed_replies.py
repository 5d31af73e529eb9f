"""Messages that Slack was told have come, and that have no reply yet.

Revision ID: 0007
"""

import sqlalchemy as sa
from alembic import op

from store.db.types import TEXT

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "owed_reply",
        sa.Column("key", TEXT, nullable=False),
        sa.Column("message", TEXT, nullable=False),
        sa.Column("owed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_owed_reply")),
    )
    op.create_index(op.f("ix_owed_reply_owed_at"), "owed_reply", ["owed_at"], unique=False)


def downgrade() -> None:
    """Drop it."""
    op.drop_table("owed_reply")
