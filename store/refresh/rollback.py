"""Undoing refreshes: a source is returned to what it was before one, chunk by chunk; any step may repeat.

A rollback is a refresh itself: it has the lock of its source, keeps what it changes, and can be undone.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from shlex import quote

from store.archive import Archive
from store.domain.refresh import Progress, Refresh, RefreshKind, RefreshState
from store.domain.source import Source
from store.errors import UnknownRefreshError
from store.refresh.owner import Process
from store.refresh.reading import CHUNK_COMMENTS
from store.refresh.run import OnProgress, RefreshRun

# What these removed was to be gone: nothing of it is kept.
_FINAL = (RefreshKind.FORGET, RefreshKind.RETENTION)


def roll_back(
    archive: Archive,
    source: Source,
    refresh_id: int | None = None,
    *,
    index: Callable[[OnProgress], object] | None = None,
    on_progress: OnProgress = lambda _: None,
) -> Refresh:
    """Return a source to what it was before a refresh; it is left alone afterwards, until somebody refreshes it.

    Args:
        archive: Where it is.
        source: The source.
        refresh_id: The refresh, which is undone with all after it; None for the latest that can be undone. Where a
            rollback was interrupted, that one goes on.
        index: Brings passages and vectors up to date; told how it goes on.
        on_progress: Told how far it is.

    Returns:
        The rollback, as it ended.

    Raises:
        SourceBusyError: Somebody is at work on the source.
        UnknownRefreshError: There is no such refresh, or it cannot be undone.
    """
    archive.refreshes.check_idle(source, Process.current())
    undone = _get_undone(archive, source, refresh_id)
    with RefreshRun(archive, source, RefreshKind.ROLLBACK, on_progress, undoes_id=undone.id) as run:
        with run.timing("storing"):
            # Nothing of what it takes goes any more, now that this is at work.
            _check_kept(archive, source, undone)
            archive.undoing.hold(source, run.key())
            _undo(archive, run, undone.id)
        if index:
            with run.timing("embedding"):
                index(lambda progress: run.note(replace(progress, source=source.name)))
    return archive.refreshes.get(run.id)


def choose_undone(refreshes: Iterable[Refresh], has_changed: Callable[[Refresh], bool]) -> int | None:
    """Choose the refresh that a rollback undoes: the latest that changed something and was not undone.

    Args:
        refreshes: All of a source, the latest first.
        has_changed: Tells whether one changed anything.
    """
    undone_from = None
    for refresh in refreshes:
        if undone_from is not None and refresh.id >= undone_from:
            continue
        if refresh.kind is RefreshKind.ROLLBACK:
            if refresh.state is not RefreshState.DONE:
                # It was interrupted: it goes on.
                return refresh.undoes_id
            undone_from = refresh.undoes_id
        elif refresh.kind not in _FINAL and has_changed(refresh):
            return refresh.id
    return None


def _get_undone(archive: Archive, source: Source, refresh_id: int | None) -> Refresh:
    """Give the refresh to undo.

    Raises:
        UnknownRefreshError: There is none, or it cannot be undone.
    """
    chosen = refresh_id
    if chosen is None:
        chosen = choose_undone(archive.refreshes.list_latest(source), archive.undoing.has_changed)
    if chosen is None:
        raise _refuse(source, "no refresh of it changed anything that was not undone")
    undone = archive.refreshes.get(chosen)
    name = f"{undone.kind} {undone.id}"
    if undone.source != source.name:
        raise _refuse(source, f"{name} is of another source, {undone.source!r}")
    if undone.kind in _FINAL:
        raise _refuse(source, f"{name} removed for good what it removed")
    if not archive.undoing.has_changed(undone):
        raise _refuse(source, f"{name} changed nothing")
    _check_kept(archive, source, undone)
    return undone


def _check_kept(archive: Archive, source: Source, undone: Refresh) -> None:
    """See that what it takes to undo a refresh is there.

    Raises:
        UnknownRefreshError: It is gone for good.
    """
    purged = [one for one in archive.refreshes.list_latest(source) if one.id >= undone.id and one.is_purged]
    if purged:
        reason = "is not kept any more (HARKBACK_KEEP_REMOVED): nothing was changed"
        raise _refuse(source, f"what {purged[-1].kind} {purged[-1].id} edited or removed {reason}")


def _refuse(source: Source, reason: str) -> UnknownRefreshError:
    advice = f"choose another: see `harkback refreshes {quote(source.name)}`"
    return UnknownRefreshError(f"cannot roll back the source: {source.name!r}: {reason}: {advice}")


def _undo(archive: Archive, run: RefreshRun, first_refresh: int) -> None:
    """Undo a refresh and all after it: titles first, so that the words of comments are written once."""
    source, key = run.source, run.key()
    archive.undoing.restore_source(source, first_refresh, key)
    titles = list(archive.undoing.find_former_discussions(source, first_refresh).items())
    for start in range(0, len(titles), CHUNK_COMMENTS):
        archive.undoing.restore_discussions(dict(titles[start : start + CHUNK_COMMENTS]), key)
    former = archive.undoing.find_former(source, first_refresh)
    for start in range(0, len(former), CHUNK_COMMENTS):
        some = former[start : start + CHUNK_COMMENTS]
        counts = archive.undoing.undo_changes(source, first_refresh, some, key)
        run.tally.added += counts.added
        run.tally.edited += counts.edited
        run.tally.deleted += counts.deleted
        run.note(Progress("restoring", start + len(some), len(former), source.name))
    brought = archive.undoing.find_brought(source, first_refresh)
    for start in range(0, len(brought), CHUNK_COMMENTS):
        some_brought = brought[start : start + CHUNK_COMMENTS]
        run.tally.deleted += archive.delete_comments(source, some_brought, key)
        run.note(Progress("removing", start + len(some_brought), len(brought), source.name))
    archive.undoing.delete_brought_names(source, first_refresh, key)
    archive.purging.delete_empty(source, key)
    run.tally.unchanged = archive.count_comments(source) - run.tally.added - run.tally.edited
