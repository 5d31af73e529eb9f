"""Makes histories of a source, reads back all that a rollback must restore, and lets the process die at any write."""

import math
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import pytest
from sqlalchemy import Connection, select, text

from embeddings.hashing import HashingEncoder
from store.archive import Archive
from store.db.history import read_states
from store.db.tables import ChannelRow, CommentRow, DiscussionRow, SourceRow
from store.domain.comment import Comment
from store.domain.refresh import RefreshKind
from store.domain.source import Source
from store.refresh import run
from store.refresh.indexing import index_pending
from store.refresh.owner import Process
from store.refresh.plan import fingerprint
from store.refresh.run import OnProgress, RefreshRun
from tests.store.factories import KilledError, dump, dump_index, put_source

# Of this machine, and of a number that no process has.
# Beyond what the system counts to (proc_sys_kernel(5)).
NO_NUMBER = 4_194_305


def refresh(
    archive: Archive,
    *came: Comment,
    gone: Sequence[str] = (),
    source: str = "Harbour",
    place: str = "",
    kind: RefreshKind = RefreshKind.REFRESH,
) -> int:
    """Refresh a source with what came and what is gone, as reading a place does; its number."""
    known = archive.find_source(source) or put_source(archive, source)
    with RefreshRun(archive, known, kind) as run:
        key = run.key(archive.refreshes.put_place(known, place or known.location))
        before = archive.find_known(known, [comment.native_id for comment in came])
        if came:
            archive.put_comments(known, [(comment, fingerprint(comment)) for comment in came], key)
        run.tally.edited = len(before)
        run.tally.added = len(came) - len(before)
        run.tally.deleted = archive.delete_comments(known, gone, key) if gone else 0
        archive.purging.delete_empty(known)
    index_pending(archive, HashingEncoder)
    return run.id


def index(archive: Archive, encoder: HashingEncoder) -> Callable[[OnProgress], object]:
    return lambda note: index_pending(archive, lambda: encoder, note)


def describe(archive: Archive) -> dict[str, Any]:
    """Give everything of all sources that answers depend on, by what it is called rather than by numbers."""
    with archive.database.reading() as connection:
        ids = connection.scalars(select(CommentRow.id)).all()
        return {
            "comments": sorted(read_states(connection, ids).values(), key=lambda state: state.comment.native_id),
            "columns": _read_columns(connection),
            "words": _read_words(connection),
            "index": dump_index(archive),
            "channels": sorted(
                tuple(row)
                for row in connection.execute(
                    select(SourceRow.name, DiscussionRow.native_id, ChannelRow.name, ChannelRow.visibility)
                    .join(ChannelRow, ChannelRow.source_id == SourceRow.id)
                    .join(DiscussionRow, DiscussionRow.channel_id == ChannelRow.id)
                    .where(DiscussionRow.id.in_(select(CommentRow.discussion_id)))
                )
            ),
        }


def _read_columns(connection: Connection) -> list[tuple[Any, ...]]:
    rows = connection.execute(
        select(CommentRow.source_id, CommentRow.native_id, CommentRow.words, CommentRow.language).order_by(
            CommentRow.source_id, CommentRow.native_id
        )
    )
    return [tuple(row) for row in rows]


def _read_words(connection: Connection) -> list[tuple[Any, ...]]:
    terms, number = "author, title, comment_words.text, quoted", "rowid"
    if connection.dialect.name != "sqlite":
        terms, number = "terms", "comment_id"
    rows = connection.execute(
        text(
            f"SELECT source_id, native_id, {terms} FROM comment_words "
            f"LEFT JOIN comment ON comment.id = comment_words.{number} ORDER BY source_id, native_id"
        )
    )
    return [tuple(row) for row in rows]


def dump_rows(archive: Archive, first_new: int) -> dict[str, list[tuple[Any, ...]]]:
    """Give every row of every table, without what tells when, and how often, the work was begun."""
    rows = dump(archive)
    rows.pop("archive_state")
    # What those who follow have to let go of, by when it went.
    rows.pop("removed")
    # That of a process that is no more goes when the next one takes something.
    rows.pop("claim")
    rows["source"] = [row[:5] + row[6:] for row in rows["source"]]
    rows["comment"] = [row[:14] + row[15:] for row in rows["comment"]]
    for name in ("former_comment", "former_discussion", "former_source"):
        rows[name] = [(row[0], min(row[1], first_new), *row[2:]) for row in rows[name]]
    return rows


class Mortal:
    """Lets the process die at the n-th write of an archive (from 1), before its commit: just after the one before."""

    def __init__(self, archive: Archive, dies_at: int) -> None:
        self.writes = 0
        self._archive = archive
        self._dies_at = dies_at
        self._writing = archive.database.writing

    @contextmanager
    def living(self) -> Iterator[None]:
        """Live, as long as that is; and let others see that the process is no more."""
        self._archive.database.writing = self.write  # type: ignore[method-assign]
        with suppress(KilledError), pytest.MonkeyPatch.context() as patch:
            # A slow run would write more often than a quick one.
            patch.setattr(run, "NOTE_SECONDS", math.inf)
            patch.setattr(run, "BEAT_SECONDS", threading.TIMEOUT_MAX)
            try:
                yield
            finally:
                # Archives are used by other tests again: nothing of this is left on them.
                del self._archive.database.writing
                bury(self._archive)

    @contextmanager
    def write(self) -> Iterator[Connection]:
        self.writes += 1
        if self.writes > self._dies_at:
            raise KilledError
        with self._writing() as connection:
            yield connection
            if self.writes == self._dies_at:
                raise KilledError


def bury(archive: Archive) -> None:
    """Let whatever is at work be that of a process that is no more."""

    owner = {"owner": Process.of(NO_NUMBER).name}
    with archive.database.writing() as connection:
        connection.execute(text("UPDATE refresh SET owner = :owner WHERE ended_at IS NULL"), owner)
        connection.execute(text("UPDATE claim SET owner = :owner"), owner)


def get_source(archive: Archive) -> Source:
    return archive.get_source("Harbour")
