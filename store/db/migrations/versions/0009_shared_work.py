"""Who is indexing what, where several processes do; and on PostgreSQL, the queue of jobs that workers do.

Revision ID: 0009
"""

from importlib.resources import files

import sqlalchemy as sa
from alembic import op

from store.db.types import NUMBER, TEXT

revision = "0009"
down_revision = "0008"

# The queue's own migrations, as its makers ship them with every version, up to the schema that this version needs. A
# later one is for a migration of ours that comes after.
_QUEUE_IS_AT = "03.04.00_50"
_DROP_QUEUE = r"""
DROP TABLE procrastinate_events, procrastinate_periodic_defers, procrastinate_jobs, procrastinate_workers CASCADE;
DO $$
DECLARE
    one record;
BEGIN
    FOR one IN SELECT oid::regprocedure AS name FROM pg_proc
        WHERE proname LIKE 'procrastinate\_%' AND pronamespace = to_regnamespace(quote_ident(current_schema()))
    LOOP
        EXECUTE format('DROP FUNCTION %s CASCADE', one.name);
    END LOOP;
END;
$$;
DROP TYPE IF EXISTS procrastinate_job_to_defer_v1, procrastinate_job_event_type, procrastinate_job_status;
"""


def upgrade() -> None:
    """Make the table of claims, and the queue."""
    op.create_table(
        "claim",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("encoder_id", NUMBER, nullable=True),
        sa.Column("first_change", NUMBER, nullable=False),
        sa.Column("last_change", NUMBER, nullable=False),
        sa.Column("owner", TEXT, nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claim")),
        sqlite_autoincrement=True,
    )
    if op.get_bind().dialect.name == "postgresql":
        shipped = files("procrastinate.sql.migrations").iterdir()
        for script in sorted(shipped, key=lambda one: one.name):
            if script.name.endswith(".sql") and script.name[: len(_QUEUE_IS_AT)] <= _QUEUE_IS_AT:
                _run(script.read_text(encoding="utf-8"))


def downgrade() -> None:
    """Drop both."""
    if op.get_bind().dialect.name == "postgresql":
        _run(_DROP_QUEUE)
    op.drop_table("claim")


def _run(script: str) -> None:
    # Without parameters a driver takes several statements at once, and % for itself.
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(script)
