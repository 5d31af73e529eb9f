"""Run by Alembic: takes the open connection from the configuration's attributes."""

from alembic import context

from store.db.use_tables import Row  # with it, every table is known

context.configure(
    connection=context.config.attributes["connection"], target_metadata=Row.metadata, render_as_batch=True
)
with context.begin_transaction():
    context.run_migrations()
