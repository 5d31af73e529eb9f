"""The tables, typed. Rows never leave this package: callers get domain values.

The truth is source … comment and vector; refresh and the former rows are its history; change is the log that indexing
follows, removed the one that searching does; passage is derived from comment and can be rebuilt, as can the word index
(kept by the dialect).
"""

from datetime import UTC, datetime
from typing import ClassVar

from sqlalchemy import (
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    TypeDecorator,
    UniqueConstraint,
    false,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from store.db.types import NUMBER, TEXT, make_unique


class UtcDateTime(TypeDecorator[datetime]):
    """An aware time, stored in UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Turn an aware time into UTC; a naive one is refused."""
        if value is None:
            return None
        if value.tzinfo is None:
            message = f"a time without a zone reached the database: {value.isoformat()}"
            raise ValueError(message)
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Give an aware time in UTC; SQLite gives naive ones."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Row(DeclarativeBase):
    """Base of all rows."""

    # Constraints have names, so that later migrations can name them too.
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar = {int: NUMBER, str: TEXT, datetime: UtcDateTime, bytes: LargeBinary}


class SourceRow(Row):
    """One archive. `identity` names what it was exported from, whatever the way; empty where that is not known.

    `is_held` after a rollback: until somebody names it, it is not refreshed, which would bring back what was undone.
    """

    __tablename__ = "source"
    __table_args__ = make_unique("source", "name", long=("name",))
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    format: Mapped[str]
    location: Mapped[str]
    visibility: Mapped[str]
    created_at: Mapped[datetime]
    refreshed_at: Mapped[datetime | None]
    identity: Mapped[str] = mapped_column(server_default="")
    include_private: Mapped[bool] = mapped_column(server_default=false())
    is_format_given: Mapped[bool] = mapped_column(server_default=false())
    is_held: Mapped[bool] = mapped_column(server_default=false())


class PlaceRow(Row):
    """A place that a source was read from, as it was when it was read last.

    `stamp` tells whether it changed since; empty where that has to be found out by reading. `address` is where its
    comments were found; of a web page, another one. `read_at` is when it was read so that nothing was missed, `full_at`
    when all of it was, not only what is new there. `problem_count` is how many records could usually not be read.
    """

    __tablename__ = "place"
    __table_args__ = make_unique("place", "source_id", "location", long=("location",))
    id: Mapped[int] = mapped_column(primary_key=True)
    source_id: Mapped[int] = mapped_column(ForeignKey("source.id"))
    location: Mapped[str]
    stamp: Mapped[str]
    read_at: Mapped[datetime]
    full_at: Mapped[datetime | None]
    address: Mapped[str] = mapped_column(server_default="")
    problem_count: Mapped[int] = mapped_column(server_default="0")


class RefreshRow(Row):
    """One time that a source was brought up to date, from its beginning on: a generation, which can be undone.

    While `ended_at` is empty it is at work, and nobody else may be on its source. `owner` names the process, which
    shows with `seen_at` that it is alive. `seconds` is JSON: of each stage. It `is_purged` when what it takes to undo
    it, or some of that, is gone for good.
    """

    __tablename__ = "refresh"
    __table_args__ = ({"sqlite_autoincrement": True},)
    id: Mapped[int] = mapped_column(primary_key=True)
    source_id: Mapped[int] = mapped_column(ForeignKey("source.id"), index=True)
    kind: Mapped[str]
    state: Mapped[str]
    owner: Mapped[str]
    begun_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    stage: Mapped[str]
    done: Mapped[int]
    total: Mapped[int | None]
    added: Mapped[int]
    edited: Mapped[int]
    unchanged: Mapped[int]
    deleted: Mapped[int]
    skipped: Mapped[int]
    problem_count: Mapped[int]
    seconds: Mapped[str]
    message: Mapped[str]
    undoes_id: Mapped[int | None]
    is_purged: Mapped[bool] = mapped_column(server_default=false())


class FormerCommentRow(Row):
    """A comment as it was before a refresh edited or removed it: JSON, so that the refresh can be undone.

    It is empty where the comment was not there, and came back as it had been.
    """

    __tablename__ = "former_comment"
    __table_args__ = (Index("ix_former_comment_source", "source_id", "refresh_id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    refresh_id: Mapped[int] = mapped_column(ForeignKey("refresh.id"), index=True)
    source_id: Mapped[int] = mapped_column(ForeignKey("source.id"))
    native_id: Mapped[str]
    comment: Mapped[str]


class FormerDiscussionRow(Row):
    """A discussion's title and link before a refresh changed them."""

    __tablename__ = "former_discussion"
    id: Mapped[int] = mapped_column(primary_key=True)
    refresh_id: Mapped[int] = mapped_column(ForeignKey("refresh.id"), index=True)
    discussion_id: Mapped[int]
    title: Mapped[str]
    url: Mapped[str]


class FormerSourceRow(Row):
    """What was known of a source before a refresh changed it: where it is read from, and as what."""

    __tablename__ = "former_source"
    id: Mapped[int] = mapped_column(primary_key=True)
    refresh_id: Mapped[int] = mapped_column(ForeignKey("refresh.id"), index=True)
    format: Mapped[str]
    location: Mapped[str]
    visibility: Mapped[str]
    identity: Mapped[str]
    include_private: Mapped[bool]
    is_format_given: Mapped[bool]


class ChannelRow(Row):
    """A part of a source with its own visibility; every comment lies in exactly one."""

    __tablename__ = "channel"
    __table_args__ = make_unique("channel", "source_id", "name", "visibility", long=("name", "visibility"))
    id: Mapped[int] = mapped_column(primary_key=True)
    source_id: Mapped[int] = mapped_column(ForeignKey("source.id"))
    name: Mapped[str]
    visibility: Mapped[str]


class AuthorRow(Row):
    """A person, as one source tells people apart: `key` is their account there, or their name."""

    __tablename__ = "author"
    # Whoever was told a number finds nobody else under it later.
    __table_args__ = (UniqueConstraint("source_id", "key"), {"sqlite_autoincrement": True})
    id: Mapped[int] = mapped_column(primary_key=True)
    source_id: Mapped[int] = mapped_column(ForeignKey("source.id"))
    key: Mapped[str]
    name: Mapped[str]


class AuthorAliasRow(Row):
    """A name a person wrote under, or has in their source; `refresh_id` is the refresh that brought it, if known."""

    __tablename__ = "author_alias"
    __table_args__ = (UniqueConstraint("author_id", "name"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    author_id: Mapped[int] = mapped_column(ForeignKey("author.id"))
    name: Mapped[str] = mapped_column(index=True)
    refresh_id: Mapped[int | None]


class AuthorMergeRow(Row):
    """An admin said that one author is the same person as another, who is merged into nobody."""

    __tablename__ = "author_merge"
    author_id: Mapped[int] = mapped_column(ForeignKey("author.id"), primary_key=True)
    into_id: Mapped[int] = mapped_column(ForeignKey("author.id"), index=True)


class DiscussionRow(Row):
    """A thread."""

    __tablename__ = "discussion"
    __table_args__ = (UniqueConstraint("source_id", "native_id", "channel_id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    source_id: Mapped[int] = mapped_column(ForeignKey("source.id"))
    channel_id: Mapped[int] = mapped_column(ForeignKey("channel.id"))
    native_id: Mapped[str]
    title: Mapped[str]
    url: Mapped[str]


class CommentRow(Row):
    """One thing one person said. `fingerprint` covers everything the source gave, to tell edits.

    `words` counts the terms of the text; `version` is the archive's generation when the row was written; `language` is
    an ISO 639-1 code, where it could be told. `refresh_id` is the refresh that brought it, and `place_id` the place
    that it came from last; neither is known of what is older than both.
    """

    __tablename__ = "comment"
    __table_args__ = (
        UniqueConstraint("source_id", "native_id"),
        # The coverage line counts by channel and asks for the newest of each.
        Index("ix_comment_channel_published", "channel_id", "published_at"),
        Index("ix_comment_discussion", "discussion_id", "published_at"),
        # Searches take in what was written since they looked last.
        Index("ix_comment_version", "version"),
        {"sqlite_autoincrement": True},
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    source_id: Mapped[int] = mapped_column(ForeignKey("source.id"))
    channel_id: Mapped[int] = mapped_column(ForeignKey("channel.id"))
    native_id: Mapped[str]
    discussion_id: Mapped[int] = mapped_column(ForeignKey("discussion.id"))
    alias_id: Mapped[int] = mapped_column(ForeignKey("author_alias.id"), index=True)
    parent_native_id: Mapped[str | None]
    published_at: Mapped[datetime | None]
    edited_at: Mapped[datetime | None]
    url: Mapped[str]
    text: Mapped[str]
    fingerprint: Mapped[bytes]
    position: Mapped[int | None]
    words: Mapped[int]
    version: Mapped[int]
    language: Mapped[str | None]
    refresh_id: Mapped[int | None]
    place_id: Mapped[int | None]


class ChangeRow(Row):
    """A comment was written or removed and indexing has not followed yet. No foreign key: the comment may be gone.

    `encoder_id` is that of an encoder whose vectors are being made beside those that answer; empty for the latter.
    """

    __tablename__ = "change"
    __table_args__ = ({"sqlite_autoincrement": True},)
    id: Mapped[int] = mapped_column(primary_key=True)
    comment_id: Mapped[int] = mapped_column(index=True)
    encoder_id: Mapped[int | None]


class ClaimRow(Row):
    """A process is following a part of the change log, as long as `seen_at` shows that it is alive.

    `encoder_id` is that of the changes; all of them from `first_change` to `last_change` are claimed.
    """

    __tablename__ = "claim"
    # Whoever lost a claim ends nobody else's.
    __table_args__ = ({"sqlite_autoincrement": True},)
    id: Mapped[int] = mapped_column(primary_key=True)
    encoder_id: Mapped[int | None]
    first_change: Mapped[int]
    last_change: Mapped[int]
    owner: Mapped[str]
    seen_at: Mapped[datetime]


class RemovedRow(Row):
    """A comment went, or its passages of an encoder did, with a generation: who followed until then lets go of them.

    `encoder_id` is empty where the comment itself went, with all of its passages. No foreign keys: it is gone.
    """

    __tablename__ = "removed"
    id: Mapped[int] = mapped_column(primary_key=True)
    generation: Mapped[int] = mapped_column(index=True)
    comment_id: Mapped[int]
    encoder_id: Mapped[int | None]


class PassageRow(Row):
    """A piece of a comment that is embedded: text[start:end]. Never changed, and its id never used again.

    Encoders read texts of different lengths: each has its own pieces.
    """

    __tablename__ = "passage"
    __table_args__ = (
        Index("ix_passage_comment", "comment_id"),
        Index("ix_passage_hash", "content_hash"),
        {"sqlite_autoincrement": True},
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    encoder_id: Mapped[int]
    comment_id: Mapped[int]
    start: Mapped[int]
    end: Mapped[int]
    content_hash: Mapped[bytes]


class EncoderRow(Row):
    """An encoder whose vectors are here, by EncoderId.key, and the name that it is loaded by. Its id is used once.

    `state` is "active" for the one that answers, "building" while its vectors are made beside those, or "retired" until
    all that it made is removed. `active_since` is the generation in which it came in place of another: what it had
    before may have gone without a trace. `owner` names the process that is changing the archive to it, or empty; it
    began at `begun_at`, and shows with `seen_at` that it is alive.
    """

    __tablename__ = "encoder"
    __table_args__ = ({"sqlite_autoincrement": True},)
    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str] = mapped_column(server_default="")
    state: Mapped[str] = mapped_column(server_default="retired")
    active_since: Mapped[int] = mapped_column(server_default="0")
    owner: Mapped[str] = mapped_column(server_default="")
    begun_at: Mapped[datetime | None]
    seen_at: Mapped[datetime | None]


class VectorRow(Row):
    """What an encoder made of a text with this hash: float32, little-endian. Text seen before is not embedded again.

    `unused_since` is when the last passage with this text went; after a while the vector goes, too.
    """

    # As pgvector calls a type of its own, it must not be called; and its constraints are older than its name.
    __tablename__ = "text_vector"
    __table_args__ = (
        PrimaryKeyConstraint("encoder_id", "content_hash", name="pk_vector"),
        Index("ix_vector_unused", "unused_since"),
    )
    encoder_id: Mapped[int] = mapped_column(ForeignKey("encoder.id", name="fk_vector_encoder_id"), primary_key=True)
    content_hash: Mapped[bytes] = mapped_column(primary_key=True)
    data: Mapped[bytes]
    unused_since: Mapped[datetime | None]


class ReplyRow(Row):
    """A question that somebody must answer once: taken before the work, done after it."""

    __tablename__ = "reply"
    key: Mapped[str] = mapped_column(primary_key=True)
    taken_at: Mapped[datetime] = mapped_column(index=True)
    done_at: Mapped[datetime | None]
    place: Mapped[str | None]


class ProblemRow(Row):
    """Why records of one place were not imported, or not as they stood, and how many; of the latest reading of it."""

    __tablename__ = "problem"
    id: Mapped[int] = mapped_column(primary_key=True)
    source_id: Mapped[int] = mapped_column(ForeignKey("source.id"), index=True)
    place: Mapped[str]
    is_on_purpose: Mapped[bool]
    reason: Mapped[str]
    count: Mapped[int]
    noted_at: Mapped[datetime]


class ProblemRecordRow(Row):
    """One of those records, as far as it takes to find it."""

    __tablename__ = "problem_record"
    id: Mapped[int] = mapped_column(primary_key=True)
    problem_id: Mapped[int] = mapped_column(ForeignKey("problem.id"), index=True)
    record: Mapped[str]


class ForgottenRow(Row):
    """What somebody who was forgotten is known by, should it come again: a keyed hash. `kind` tells of what.

    An account of a format, a name, or a line that they wrote and others quoted.
    """

    __tablename__ = "forgotten"
    __table_args__ = (UniqueConstraint("kind", "digest"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    digest: Mapped[bytes]
    forgotten_at: Mapped[datetime]


class StateRow(Row):
    """One row: `generation` grows with every change to what can be found, so that caches know when they are old.

    `salt` is the key of the hashes of those who were forgotten.
    """

    __tablename__ = "archive_state"
    id: Mapped[int] = mapped_column(primary_key=True)
    generation: Mapped[int]
    salt: Mapped[bytes | None]
