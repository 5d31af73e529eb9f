"""Reading what answers need: sources, who may see which channels, coverage, comments by id."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, and_, exists, func, or_, select, true
from sqlalchemy.orm import aliased

from store.db.authors import find_members
from store.db.dialect import DatabaseDialect
from store.db.hidden import is_shown, read_hidden_ids
from store.db.narrowed import Narrowing, select_comment_ids
from store.db.tables import (
    AuthorAliasRow,
    ChangeRow,
    ChannelRow,
    CommentRow,
    DiscussionRow,
    EncoderRow,
    PassageRow,
    RemovedRow,
    SourceRow,
    StateRow,
)
from store.domain.comment import ArchivedComment
from store.domain.encoder import EncoderState
from store.domain.language import LANGUAGES
from store.domain.viewer import Visibility


@dataclass(frozen=True, slots=True)
class ChannelHoldings:
    """A channel: under which visibilities it stands, what it holds, and which of its discussions nobody is shown.

    Comments of hidden discussions do not count.
    """

    channel_id: int
    source_id: int
    visibilities: tuple[Visibility, Visibility]
    comments: int
    newest: datetime | None
    hidden: frozenset[int] = frozenset()


class PlaceColumn(IntEnum):
    """What is known of where a comment stands; NOWHERE is for a position or time that it does not have."""

    ID = 0
    CHANNEL = 1
    DISCUSSION = 2
    POSITION = 3
    PUBLISHED = 4
    WORDS = 5
    LANGUAGE = 6


# The languages by their number in PlaceColumn.LANGUAGE; the first is for comments whose language is not known.
LANGUAGE_CODES = ("", *LANGUAGES)
_ROWS_AT_ONCE = 20_000
_LANGUAGE_NUMBERS = {code: number for number, code in enumerate(LANGUAGE_CODES)}

# After all positions, and all milliseconds since 1970.
NOWHERE = 2**62


def read_generation(connection: Connection) -> int:
    """Give the number that grows with every change to what can be found."""
    return connection.scalars(select(StateRow.generation)).one()


def read_newest_id(connection: Connection) -> int:
    """Give the id of the comment that came last; 0 for none."""
    return connection.scalars(select(func.max(CommentRow.id))).one() or 0


def read_settled_id(connection: Connection) -> int:
    """Give the id up to which indexing has followed all that was written; 0 for none."""
    waiting = connection.scalars(select(func.min(ChangeRow.comment_id)).where(ChangeRow.encoder_id.is_(None))).one()
    return read_newest_id(connection) if waiting is None else waiting - 1


def read_channels(connection: Connection) -> list[ChannelHoldings]:
    """Give every channel of every source with its visibilities and counts."""
    hidden = read_hidden_ids(connection)
    # Counting is a matter of an index alone where nothing is hidden.
    counts = is_shown() if hidden else true()
    rows = connection.execute(
        select(
            ChannelRow.id,
            ChannelRow.source_id,
            SourceRow.visibility,
            ChannelRow.visibility,
            func.count(CommentRow.id),
            func.max(CommentRow.published_at),
        )
        .join(SourceRow, SourceRow.id == ChannelRow.source_id)
        .outerjoin(CommentRow, and_(CommentRow.channel_id == ChannelRow.id, counts))
        .group_by(ChannelRow.id, ChannelRow.source_id, SourceRow.visibility, ChannelRow.visibility)
        .order_by(ChannelRow.id)
    )
    return [
        ChannelHoldings(
            channel,
            source,
            (Visibility.parse(of_source), Visibility.parse(own)),
            comments,
            newest,
            hidden.get(channel, frozenset()),
        )
        for channel, source, of_source, own, comments, newest in rows
    ]


def read_visibilities(connection: Connection) -> list[tuple[int, int, tuple[Visibility, Visibility]]]:
    """Give every channel, its source, and the visibilities it stands under: of the source and its own."""
    rows = connection.execute(
        select(ChannelRow.id, ChannelRow.source_id, SourceRow.visibility, ChannelRow.visibility)
        .join(SourceRow, SourceRow.id == ChannelRow.source_id)
        .order_by(ChannelRow.id)
    )
    return [
        (number, source, (Visibility.parse(of_source), Visibility.parse(own)))
        for number, source, of_source, own in rows
    ]


def read_removed(
    connection: Connection, encoder_key: str, after_version: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Give the comments that went after a version, and those whose passages of an encoder did; in no order."""
    encoder = select(EncoderRow.id).where(EncoderRow.key == encoder_key).scalar_subquery()
    removed = select(RemovedRow.comment_id).where(RemovedRow.generation > after_version).distinct()
    parts = (removed.where(RemovedRow.encoder_id.is_(None)), removed.where(RemovedRow.encoder_id == encoder))
    gone, replaced = (np.fromiter(connection.scalars(part), np.int64) for part in parts)
    return gone, replaced


def read_places(connection: Connection, dialect: DatabaseDialect, after_version: int) -> NDArray[np.int64]:
    """Give where the comments stand that were written after a version: shape (n, 7), the columns of PlaceColumn."""
    rows = connection.execute(
        select(
            CommentRow.id,
            CommentRow.channel_id,
            CommentRow.discussion_id,
            func.coalesce(CommentRow.position, NOWHERE),
            func.coalesce(dialect.milliseconds_of(CommentRow.published_at), NOWHERE),
            CommentRow.words,
            CommentRow.language,
        ).where(CommentRow.version > after_version)
    )
    # In parts: rows of a million comments take more memory than all that is made of them.
    parts = [
        np.array([(*row, _LANGUAGE_NUMBERS.get(language or "", 0)) for *row, language in some], np.int64)
        for some in rows.partitions(_ROWS_AT_ONCE)
    ]
    return np.concatenate([np.zeros((0, len(PlaceColumn)), np.int64), *parts])


def read_totals(connection: Connection, encoder_key: str) -> tuple[int, int, int, int]:
    """Give how many comments there are and what their ids add up to, and the same of an encoder's passages."""
    encoder = select(EncoderRow.id).where(EncoderRow.key == encoder_key).scalar_subquery()
    parts = (select(CommentRow.id), select(PassageRow.id).where(PassageRow.encoder_id == encoder))
    totals: list[int] = []
    for part in parts:
        ids = part.subquery().c.id
        totals += connection.execute(select(func.count(ids), func.coalesce(func.sum(ids), 0))).one()
    # Sums of large numbers come as decimals.
    comments, comment_ids, passages, passage_ids = map(int, totals)
    return comments, comment_ids, passages, passage_ids


def read_comment_ids(connection: Connection) -> NDArray[np.int64]:
    """Give all comments, by id; in no order."""
    return np.fromiter(connection.scalars(select(CommentRow.id)), np.int64)


def count_pending(connection: Connection, channel_ids: Collection[int]) -> int:
    """Count the comments of these channels that indexing has never reached."""
    if connection.scalars(select(ChangeRow.id).where(ChangeRow.encoder_id.is_(None)).limit(1)).first() is None:
        # Mostly there are none, and it takes long to find that by channel.
        return 0
    active = select(EncoderRow.id).where(EncoderRow.state == EncoderState.ACTIVE)
    reached = exists().where(PassageRow.comment_id == CommentRow.id, PassageRow.encoder_id.in_(active))
    return connection.scalars(
        select(func.count(func.distinct(CommentRow.id)))
        .join(ChangeRow, ChangeRow.comment_id == CommentRow.id)
        .where(CommentRow.channel_id.in_(channel_ids), is_shown(), ChangeRow.encoder_id.is_(None), ~reached)
    ).one()


def read_comments(
    connection: Connection, ids: Sequence[int], channel_ids: Collection[int] | None = None
) -> dict[int, ArchivedComment]:
    """Give comments by the archive's ids, in order; those gone, hidden, or in no channel given, are left out."""
    # As a sum no index has it: SQLite would go through all comments of the channels to find these few.
    allowed = true() if channel_ids is None else (CommentRow.channel_id + 0).in_(channel_ids)
    rows = connection.execute(
        select(
            CommentRow.id,
            CommentRow.native_id,
            AuthorAliasRow.name,
            CommentRow.text,
            CommentRow.url,
            CommentRow.published_at,
            SourceRow.name,
            ChannelRow.name,
            DiscussionRow.id,
            DiscussionRow.title,
            DiscussionRow.url,
            CommentRow.language,
        )
        .join(AuthorAliasRow, AuthorAliasRow.id == CommentRow.alias_id)
        .join(SourceRow, SourceRow.id == CommentRow.source_id)
        .join(ChannelRow, ChannelRow.id == CommentRow.channel_id)
        .join(DiscussionRow, DiscussionRow.id == CommentRow.discussion_id)
        .where(CommentRow.id.in_(ids), allowed, is_shown())
        .order_by(CommentRow.id)
    )
    return {row[0]: ArchivedComment(*row) for row in rows}


def find_spans(connection: Connection, ids: Sequence[int]) -> set[tuple[int, int, int]]:
    """Give the passages that answer of some comments: comment, start, end; of those indexed as they are now alone."""
    active = select(EncoderRow.id).where(EncoderRow.state == EncoderState.ACTIVE)
    is_pending = exists().where(ChangeRow.comment_id == PassageRow.comment_id, ChangeRow.encoder_id.is_(None))
    rows = connection.execute(
        select(PassageRow.comment_id, PassageRow.start, PassageRow.end).where(
            PassageRow.comment_id.in_(ids), PassageRow.encoder_id.in_(active), ~is_pending
        )
    )
    return {(comment, start, end) for comment, start, end in rows}


def read_names(connection: Connection, channel_ids: Collection[int]) -> tuple[list[str], list[str], list[str]]:
    """Give the names of the authors, sources and channels that comments of these channels have.

    Of an author, all names are given that their source says are theirs, but for those that they wrote under elsewhere
    alone.
    """
    wrote = aliased(AuthorAliasRow)
    is_here = (CommentRow.channel_id.in_(channel_ids), is_shown())
    of_authors_here = select(wrote.author_id).where(exists().where(CommentRow.alias_id == wrote.id, *is_here))
    wrote_under = CommentRow.alias_id == AuthorAliasRow.id
    authors = (
        select(AuthorAliasRow.name)
        .where(
            AuthorAliasRow.author_id.in_(of_authors_here),
            or_(exists().where(wrote_under, *is_here), ~exists().where(wrote_under)),
        )
        .order_by(AuthorAliasRow.name)
    )
    places = (
        select(SourceRow.name, ChannelRow.name)
        .join(ChannelRow, ChannelRow.source_id == SourceRow.id)
        .where(ChannelRow.id.in_(channel_ids), exists().where(CommentRow.channel_id == ChannelRow.id, is_shown()))
        .order_by(ChannelRow.id)
    )
    sources, channels = [], []
    for source, channel in connection.execute(places):
        sources.append(source)
        channels.append(channel)
    return list(connection.scalars(authors)), sources, channels


def find_author_ids(connection: Connection, names: Collection[str]) -> tuple[int, ...]:
    """Give everybody who is called by one of these names, spelled like this, and whoever an admin said they are."""
    found = connection.scalars(select(AuthorAliasRow.author_id).where(AuthorAliasRow.name.in_(names)).distinct()).all()
    return tuple(sorted(find_members(connection, found))) if found else ()


def find_channel_ids(connection: Connection, sources: Collection[str], channels: Collection[str]) -> set[int]:
    """Give the channels of sources with these names, and with these names themselves; empty for any."""
    statement = select(ChannelRow.id).join(SourceRow, SourceRow.id == ChannelRow.source_id)
    if sources:
        statement = statement.where(SourceRow.name.in_(sources))
    if channels:
        statement = statement.where(ChannelRow.name.in_(channels))
    return set(connection.scalars(statement))


def find_by_time(
    connection: Connection, channel_ids: Collection[int], narrowing: Narrowing, limit: int, *, oldest_first: bool
) -> list[int]:
    """Give comments by their time; undated ones last."""
    when = CommentRow.published_at.asc() if oldest_first else CommentRow.published_at.desc()
    statement = select_comment_ids(channel_ids, narrowing).order_by(when.nulls_last(), CommentRow.id).limit(limit)
    return list(connection.scalars(statement))
