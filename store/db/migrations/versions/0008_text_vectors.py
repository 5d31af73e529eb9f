"""The table of the vectors has a name that no type of pgvector has.

Revision ID: 0008
"""

from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Give it another name, where it was not made with that."""
    if op.get_bind().dialect.name == "sqlite":
        op.rename_table("vector", "text_vector")


def downgrade() -> None:
    """Give it its former name back."""
    if op.get_bind().dialect.name == "sqlite":
        op.rename_table("text_vector", "vector")
