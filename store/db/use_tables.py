"""The tables of what people do with the bot: what they asked for, chose, and said of answers. Nothing of an archive.

People and channels are Slack's ids. What is private to a person is found by them alone, and goes when they erase it.
"""

from datetime import datetime

from sqlalchemy import Index, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from store.db.tables import Row
from store.db.types import make_unique


class ConversationRow(Row):
    """What somebody asked in a thread, for questions that go on from there. Turns sort by time. `asked` is JSON."""

    __tablename__ = "conversation"
    team: Mapped[str] = mapped_column(primary_key=True)
    channel: Mapped[str] = mapped_column(primary_key=True)
    thread: Mapped[str] = mapped_column(primary_key=True)
    turn: Mapped[str] = mapped_column(primary_key=True)
    person: Mapped[str]
    asked: Mapped[str]
    is_addressed: Mapped[bool] = mapped_column(server_default=false())
    is_stopped: Mapped[bool] = mapped_column(server_default=false())
    asked_at: Mapped[datetime] = mapped_column(index=True)


class OwedReplyRow(Row):
    """A message or command that Slack was told has come, and that has no reply yet. `message` is JSON; it goes then."""

    __tablename__ = "owed_reply"
    key: Mapped[str] = mapped_column(primary_key=True)
    message: Mapped[str]
    owed_at: Mapped[datetime] = mapped_column(index=True)


class ChannelSettingRow(Row):
    """What an admin chose for a channel. Empty where nothing was chosen."""

    __tablename__ = "channel_setting"
    team: Mapped[str] = mapped_column(primary_key=True)
    channel: Mapped[str] = mapped_column(primary_key=True)
    follow_ups: Mapped[bool | None]
    suggestions: Mapped[bool | None]
    set_by: Mapped[str]
    set_at: Mapped[datetime]


class RecentQuestionRow(Row):
    """A question that somebody asked lately, for their own eyes."""

    __tablename__ = "recent_question"
    __table_args__ = (Index("ix_recent_question_person", "team", "person", "asked_at"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    team: Mapped[str]
    person: Mapped[str]
    asked: Mapped[str]
    asked_at: Mapped[datetime] = mapped_column(index=True)


class LoggedQuestionRow(Row):
    """A question and how it ended, of nobody in particular. Written only where an admin turned that on."""

    __tablename__ = "logged_question"
    id: Mapped[int] = mapped_column(primary_key=True)
    question: Mapped[str]
    outcome: Mapped[str]
    asked_at: Mapped[datetime] = mapped_column(index=True)


class WatchRow(Row):
    """A standing question. `channel` is empty for a direct message; comments up to `seen_id` were looked at."""

    __tablename__ = "watch"
    __table_args__ = (Index("ix_watch_person", "team", "person"), {"sqlite_autoincrement": True})
    id: Mapped[int] = mapped_column(primary_key=True)
    team: Mapped[str]
    person: Mapped[str]
    channel: Mapped[str]
    asked: Mapped[str]
    is_paused: Mapped[bool] = mapped_column(server_default=false())
    created_at: Mapped[datetime]
    told_at: Mapped[datetime | None]
    seen_id: Mapped[int]


class FeedbackRow(Row):
    """What somebody said of an answer, or of one comment in it: then its source and native id are set.

    `channel` is where everyone may read what was asked; empty for anywhere else.
    """

    __tablename__ = "feedback"
    __table_args__ = make_unique("feedback", "team", "person", "asked", "source", "native_id", long=("asked", "source"))
    id: Mapped[int] = mapped_column(primary_key=True)
    team: Mapped[str]
    person: Mapped[str]
    channel: Mapped[str]
    asked: Mapped[str]
    source: Mapped[str]
    native_id: Mapped[str]
    is_helpful: Mapped[bool]
    given_at: Mapped[datetime]


class HiddenDiscussionRow(Row):
    """A discussion that an admin hid from every answer. By its source's own id, so that a refresh keeps to it."""

    __tablename__ = "hidden_discussion"
    __table_args__ = (UniqueConstraint("source_id", "native_id"), {"sqlite_autoincrement": True})
    id: Mapped[int] = mapped_column(primary_key=True)
    source_id: Mapped[int]
    native_id: Mapped[str]
    hidden_by: Mapped[str]
    hidden_at: Mapped[datetime]


class SuggestionRow(Row):
    """A past discussion that was suggested in a thread, and whether somebody said that it did not help."""

    __tablename__ = "suggestion"
    __table_args__ = (Index("ix_suggestion_channel", "team", "channel", "made_at"),)
    team: Mapped[str] = mapped_column(primary_key=True)
    channel: Mapped[str] = mapped_column(primary_key=True)
    thread: Mapped[str] = mapped_column(primary_key=True)
    discussion_id: Mapped[int]
    score: Mapped[float]
    is_unhelpful: Mapped[bool] = mapped_column(server_default=false())
    made_at: Mapped[datetime]


class RemovalRequestRow(Row):
    """Somebody asked to be forgotten, and is not yet. `told` is JSON: what they were told of, by source."""

    __tablename__ = "removal_request"
    team: Mapped[str] = mapped_column(primary_key=True)
    person: Mapped[str] = mapped_column(primary_key=True)
    told: Mapped[str]
    is_approved: Mapped[bool] = mapped_column(server_default=false())
    asked_at: Mapped[datetime]
