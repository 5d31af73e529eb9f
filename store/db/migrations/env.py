"""Run by Alembic: takes the open connection from the configuration's attributes."""

from alembic import context

from store.db import tables, use_tables

# All tables, wherever they are written down, are in one collection.
assert use_tables.WatchRow.metadata is tables.Row.metadata

context.configure(
    connection=context.config.attributes["connection"], target_metadata=tables.Row.metadata, render_as_batch=True
)
with context.begin_transaction():
    context.run_migrations()
