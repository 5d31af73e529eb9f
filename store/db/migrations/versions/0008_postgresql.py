"""What PostgreSQL does not take as SQLite does: a table of pgvector's name, and long texts in indexes.

Revision ID: 0008
"""

from alembic import op

from store.db.types import hash_keys, name_unique

revision = "0008"
down_revision = "0007"

# By table: what no two rows have the same, and what of that may be long.
_UNIQUE = {
    "source": (("name",), ("name",)),
    "place": (("source_id", "location"), ("location",)),
    "channel": (("source_id", "name", "visibility"), ("name", "visibility")),
    "feedback": (("team", "person", "asked", "source", "native_id"), ("asked", "source")),
}


def upgrade() -> None:
    """Rename the table where it was not made with its new name, or index hashes in place of what may be long."""
    if op.get_bind().dialect.name == "sqlite":
        op.rename_table("vector", "text_vector")
        return
    for table, (columns, long) in _UNIQUE.items():
        name = name_unique(table, *columns)
        op.drop_constraint(name, table)
        op.execute(f"CREATE UNIQUE INDEX {name} ON {table} ({', '.join(hash_keys(columns, long))})")


def downgrade() -> None:
    """Take that back."""
    if op.get_bind().dialect.name == "sqlite":
        op.rename_table("text_vector", "vector")
        return
    for table, (columns, _) in _UNIQUE.items():
        name = name_unique(table, *columns)
        op.drop_index(name, table)
        op.create_unique_constraint(name, table, columns)
