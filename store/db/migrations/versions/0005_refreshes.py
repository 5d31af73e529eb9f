"""Refreshes are kept and can be undone; places are remembered; encoders stand side by side; people can be forgotten.

Revision ID: 0005
"""

import sqlalchemy as sa
from alembic import op

from store.db.types import NUMBER, TEXT

revision = "0005"
down_revision = "0004"

_ACTIVE = "(SELECT id FROM encoder WHERE state = 'active')"
_ENCODER = sa.table("encoder", sa.column("key", TEXT), sa.column("name", TEXT))


def upgrade() -> None:
    """Add the columns and tables; the encoder that made most vectors is the one that answers."""
    vectors = _name_vectors()
    _create_tables()
    _make_authors(used_once=True)
    op.add_column("source", sa.Column("is_held", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("comment", sa.Column("refresh_id", NUMBER, nullable=True))
    op.add_column("comment", sa.Column("place_id", NUMBER, nullable=True))
    op.add_column("author_alias", sa.Column("refresh_id", NUMBER, nullable=True))
    op.add_column("change", sa.Column("encoder_id", NUMBER, nullable=True))
    op.add_column("passage", sa.Column("encoder_id", NUMBER, nullable=False, server_default="0"))
    op.add_column("encoder", sa.Column("name", TEXT, nullable=False, server_default=""))
    op.add_column("encoder", sa.Column("state", TEXT, nullable=False, server_default="retired"))
    op.add_column("encoder", sa.Column("active_since", NUMBER, nullable=False, server_default="0"))
    op.add_column("encoder", sa.Column("owner", TEXT, nullable=False, server_default=""))
    op.add_column("encoder", sa.Column("begun_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("encoder", sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True))
    _make_encoders_anew(are_ids_used_once=True)
    op.add_column(vectors, sa.Column("unused_since", sa.DateTime(timezone=True), nullable=True))
    op.create_index("ix_vector_unused", vectors, ["unused_since"], unique=False)
    op.add_column("archive_state", sa.Column("salt", sa.LargeBinary(), nullable=True))
    # What is there came from where its source is read from; whether all of that was read is not known.
    op.execute(
        "INSERT INTO place (source_id, location, stamp, read_at) "
        "SELECT id, location, '', coalesce(refreshed_at, created_at) FROM source"
    )
    op.execute("UPDATE comment SET place_id = (SELECT id FROM place WHERE place.source_id = comment.source_id)")
    op.execute(
        "UPDATE encoder SET state = 'active' WHERE id = "  # noqa: S608
        f"(SELECT encoder_id FROM {vectors} GROUP BY encoder_id ORDER BY count(*) DESC, encoder_id DESC LIMIT 1)"
    )
    op.execute(f"DELETE FROM {vectors} WHERE encoder_id NOT IN {_ACTIVE}")  # noqa: S608  # a constant
    op.execute(f"DELETE FROM encoder WHERE id NOT IN {_ACTIVE}")  # noqa: S608
    for key in op.get_bind().scalars(sa.select(_ENCODER.c.key)).all():
        op.execute(_ENCODER.update().where(_ENCODER.c.key == key).values(name=_name(key)))
    op.execute(f"UPDATE passage SET encoder_id = coalesce({_ACTIVE}, 0)")  # noqa: S608
    # What another encoder made is not there any more: indexing follows those comments again.
    op.execute(
        "INSERT INTO change (comment_id) SELECT DISTINCT comment_id FROM passage "  # noqa: S608
        f"WHERE NOT EXISTS (SELECT 1 FROM {vectors} WHERE {vectors}.content_hash = passage.content_hash) "
        "AND comment_id NOT IN (SELECT comment_id FROM change) ORDER BY comment_id"
    )


def downgrade() -> None:
    """Drop them, and what an encoder has made beside the one that answers."""
    vectors = _name_vectors()
    op.execute(f"DELETE FROM passage WHERE encoder_id NOT IN {_ACTIVE}")  # noqa: S608
    op.execute(f"DELETE FROM {vectors} WHERE encoder_id NOT IN {_ACTIVE}")  # noqa: S608
    op.execute("DELETE FROM change WHERE encoder_id IS NOT NULL")
    op.drop_index("ix_vector_unused", vectors)
    _make_authors(used_once=False)
    for table, columns in {
        "archive_state": ["salt"],
        vectors: ["unused_since"],
        "encoder": ["seen_at", "begun_at", "owner", "active_since", "state", "name"],
        "passage": ["encoder_id"],
        "change": ["encoder_id"],
        "author_alias": ["refresh_id"],
        "comment": ["place_id", "refresh_id"],
        "source": ["is_held"],
    }.items():
        for column in columns:
            op.drop_column(table, column)
    _make_encoders_anew(are_ids_used_once=False)
    for table in ("removed", "forgotten", "former_source", "former_discussion", "former_comment", "refresh", "place"):
        op.drop_table(table)


def _make_encoders_anew(*, are_ids_used_once: bool) -> None:
    """Make the table of the encoders anew where that is the only way to change how ids are given, as on SQLite."""
    connection = op.get_bind()
    if connection.dialect.name != "sqlite":
        return
    table = sa.Table("encoder", sa.MetaData(), autoload_with=connection, sqlite_autoincrement=are_ids_used_once)
    table.primary_key.name = op.f("pk_encoder")
    rows = [dict(row) for row in connection.execute(sa.select(table)).mappings()]
    # Vectors refer to these rows, which are there again before anybody looks.
    op.execute("PRAGMA defer_foreign_keys = ON")
    table.drop(connection)
    table.create(connection)
    op.bulk_insert(table, rows)


def _name(key: str) -> str:
    """Give the name that an encoder is loaded by."""
    rest, dim, how = key.rsplit(":", 2)
    model, _, revision = rest.rpartition("@")
    if how == "words":
        return model if dim == "128" else f"{model}:{dim}"
    # Folders have no revision, and that of the model that is shipped is its hash.
    return model if revision == "local" or model == "all-MiniLM-L6-v2" else f"{model}@{revision}"


def _make_authors(*, used_once: bool) -> None:
    """Make the table of authors anew, with numbers that are never used again or that are; others only do the former."""
    if op.get_bind().dialect.name != "sqlite":
        return
    # What names them waits for them: the rows are there again before this ends.
    op.execute("PRAGMA defer_foreign_keys = ON")
    op.execute("CREATE TEMPORARY TABLE all_authors AS SELECT id, source_id, key, name FROM author")
    op.drop_table("author")
    op.create_table(
        "author",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("source_id", NUMBER, nullable=False),
        sa.Column("key", TEXT, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.ForeignKeyConstraint(["source_id"], ["source.id"], name=op.f("fk_author_source_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_author")),
        sa.UniqueConstraint("source_id", "key", name=op.f("uq_author_source_id_key")),
        sqlite_autoincrement=used_once,
    )
    op.execute("INSERT INTO author (id, source_id, key, name) SELECT id, source_id, key, name FROM all_authors")
    op.execute("DROP TABLE all_authors")


def _create_tables() -> None:
    op.create_table(
        "place",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("source_id", NUMBER, nullable=False),
        sa.Column("location", TEXT, nullable=False),
        sa.Column("stamp", TEXT, nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("full_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("address", TEXT, nullable=False, server_default=""),
        sa.Column("problem_count", NUMBER, nullable=False, server_default="0"),
        sa.ForeignKeyConstraint(["source_id"], ["source.id"], name=op.f("fk_place_source_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_place")),
        sa.UniqueConstraint("source_id", "location", name=op.f("uq_place_source_id_location")),
    )
    counts = ("added", "edited", "unchanged", "deleted", "skipped", "problem_count")
    op.create_table(
        "refresh",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("source_id", NUMBER, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("state", TEXT, nullable=False),
        sa.Column("owner", TEXT, nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("stage", TEXT, nullable=False),
        sa.Column("done", NUMBER, nullable=False),
        sa.Column("total", NUMBER, nullable=True),
        *(sa.Column(name, NUMBER, nullable=False) for name in counts),
        sa.Column("seconds", TEXT, nullable=False),
        sa.Column("message", TEXT, nullable=False),
        sa.Column("undoes_id", NUMBER, nullable=True),
        sa.Column("is_purged", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.ForeignKeyConstraint(["source_id"], ["source.id"], name=op.f("fk_refresh_source_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refresh")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_refresh_source_id"), "refresh", ["source_id"], unique=False)
    op.create_table(
        "former_comment",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("refresh_id", NUMBER, nullable=False),
        sa.Column("source_id", NUMBER, nullable=False),
        sa.Column("native_id", TEXT, nullable=False),
        sa.Column("comment", TEXT, nullable=False),
        sa.ForeignKeyConstraint(["refresh_id"], ["refresh.id"], name=op.f("fk_former_comment_refresh_id")),
        sa.ForeignKeyConstraint(["source_id"], ["source.id"], name=op.f("fk_former_comment_source_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_former_comment")),
    )
    op.create_index(op.f("ix_former_comment_refresh_id"), "former_comment", ["refresh_id"], unique=False)
    op.create_index("ix_former_comment_source", "former_comment", ["source_id", "refresh_id"], unique=False)
    op.create_table(
        "former_discussion",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("refresh_id", NUMBER, nullable=False),
        sa.Column("discussion_id", NUMBER, nullable=False),
        sa.Column("title", TEXT, nullable=False),
        sa.Column("url", TEXT, nullable=False),
        sa.ForeignKeyConstraint(["refresh_id"], ["refresh.id"], name=op.f("fk_former_discussion_refresh_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_former_discussion")),
    )
    op.create_index(op.f("ix_former_discussion_refresh_id"), "former_discussion", ["refresh_id"], unique=False)
    op.create_table(
        "former_source",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("refresh_id", NUMBER, nullable=False),
        *(sa.Column(name, TEXT, nullable=False) for name in ("format", "location", "visibility", "identity")),
        *(sa.Column(name, sa.Boolean(), nullable=False) for name in ("include_private", "is_format_given")),
        sa.ForeignKeyConstraint(["refresh_id"], ["refresh.id"], name=op.f("fk_former_source_refresh_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_former_source")),
    )
    op.create_index(op.f("ix_former_source_refresh_id"), "former_source", ["refresh_id"], unique=False)
    op.create_table(
        "forgotten",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("forgotten_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_forgotten")),
        sa.UniqueConstraint("kind", "digest", name=op.f("uq_forgotten_kind_digest")),
    )
    op.create_table(
        "removed",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("generation", NUMBER, nullable=False),
        sa.Column("comment_id", NUMBER, nullable=False),
        sa.Column("encoder_id", NUMBER, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_removed")),
    )
    op.create_index(op.f("ix_removed_generation"), "removed", ["generation"], unique=False)


def _name_vectors() -> str:
    """Name the table of the vectors: on PostgreSQL, pgvector has a type of the older name."""
    return "vector" if op.get_bind().dialect.name == "sqlite" else "text_vector"
