"""What people do with the bot: conversations, settings of channels, questions, watches, feedback, suggestions.

Revision ID: 0006
"""

import sqlalchemy as sa
from alembic import op

from store.db.types import NUMBER, TEXT

revision = "0006"
down_revision = "0005"

_TABLES = (
    "conversation",
    "channel_setting",
    "recent_question",
    "logged_question",
    "watch",
    "feedback",
    "hidden_discussion",
    "suggestion",
    "removal_request",
)


def upgrade() -> None:
    """Make the tables."""
    _create_of_threads()
    _create_of_people()
    _create_of_questions()


def downgrade() -> None:
    """Drop them."""
    for table in reversed(_TABLES):
        op.drop_table(table)


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, TEXT, nullable=False)


def _time(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, NUMBER, nullable=False)


def _flag(name: str) -> sa.Column[bool]:
    return sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.false())


def _key(table: str, *columns: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint(*columns, name=op.f(f"pk_{table}"))


def _create_of_threads() -> None:
    op.create_table(
        "conversation",
        *map(_text, ("team", "channel", "thread", "turn", "person", "asked")),
        *map(_flag, ("is_addressed", "is_stopped")),
        _time("asked_at"),
        _key("conversation", "team", "channel", "thread", "turn"),
    )
    op.create_index(op.f("ix_conversation_asked_at"), "conversation", ["asked_at"], unique=False)
    op.create_table(
        "channel_setting",
        *map(_text, ("team", "channel")),
        sa.Column("follow_ups", sa.Boolean(), nullable=True),
        sa.Column("suggestions", sa.Boolean(), nullable=True),
        _text("set_by"),
        _time("set_at"),
        _key("channel_setting", "team", "channel"),
    )
    op.create_table(
        "suggestion",
        *map(_text, ("team", "channel", "thread")),
        _number("discussion_id"),
        sa.Column("score", sa.Double(), nullable=False),
        _flag("is_unhelpful"),
        _time("made_at"),
        _key("suggestion", "team", "channel", "thread"),
    )
    op.create_index("ix_suggestion_channel", "suggestion", ["team", "channel", "made_at"], unique=False)


def _create_of_people() -> None:
    op.create_table(
        "recent_question",
        _number("id"),
        *map(_text, ("team", "person", "asked")),
        _time("asked_at"),
        _key("recent_question", "id"),
    )
    op.create_index(op.f("ix_recent_question_asked_at"), "recent_question", ["asked_at"], unique=False)
    op.create_index("ix_recent_question_person", "recent_question", ["team", "person", "asked_at"], unique=False)
    op.create_table(
        "watch",
        _number("id"),
        *map(_text, ("team", "person", "channel", "asked")),
        _flag("is_paused"),
        _time("created_at"),
        _time("told_at", nullable=True),
        _number("seen_id"),
        _key("watch", "id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_watch_person", "watch", ["team", "person"], unique=False)
    op.create_table(
        "removal_request",
        *map(_text, ("team", "person", "told")),
        _flag("is_approved"),
        _time("asked_at"),
        _key("removal_request", "team", "person"),
    )


def _create_of_questions() -> None:
    op.create_table(
        "logged_question",
        _number("id"),
        *map(_text, ("question", "outcome")),
        _time("asked_at"),
        _key("logged_question", "id"),
    )
    op.create_index(op.f("ix_logged_question_asked_at"), "logged_question", ["asked_at"], unique=False)
    said = ("team", "person", "asked", "source", "native_id")
    op.create_table(
        "feedback",
        _number("id"),
        *map(_text, ("team", "person", "channel", "asked", "source", "native_id")),
        sa.Column("is_helpful", sa.Boolean(), nullable=False),
        _time("given_at"),
        _key("feedback", "id"),
        sa.UniqueConstraint(*said, name=op.f(f"uq_feedback_{'_'.join(said)}")),
    )
    op.create_table(
        "hidden_discussion",
        *map(_number, ("id", "source_id")),
        *map(_text, ("native_id", "hidden_by")),
        _time("hidden_at"),
        _key("hidden_discussion", "id"),
        sa.UniqueConstraint("source_id", "native_id", name=op.f("uq_hidden_discussion_source_id_native_id")),
        sqlite_autoincrement=True,
    )
