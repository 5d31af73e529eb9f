"""Refreshes as they run and as they ended, and the places they read."""

import json
from collections.abc import Collection, Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, delete, exists, func, insert, or_, select, update

from store.db.tables import FormerCommentRow, FormerDiscussionRow, FormerSourceRow, PlaceRow, RefreshRow, SourceRow
from store.domain.refresh import Refresh, RefreshCounts, RefreshKind, RefreshState
from store.domain.source import Place, PlaceReading

# When what has to be read whole again was read so last.
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
_AT_WORK = (RefreshState.RUNNING, RefreshState.CANCELLING)
# What it takes to undo refreshes.
_HISTORY: tuple[Any, ...] = (FormerCommentRow, FormerDiscussionRow, FormerSourceRow)
_INTERRUPTED = "it ended without a word: what it had stored is kept"


def find_at_work(connection: Connection, source_id: int) -> Refresh | None:
    """Find the refresh that is at work on a source, or seems to be."""
    rows = _select(connection, RefreshRow.source_id == source_id, _is_at_work())
    return next(iter(rows), None)


def begin_refresh(
    connection: Connection, source_id: int, kind: RefreshKind, owner: str, now: datetime, undoes_id: int | None = None
) -> int:
    """Note that a refresh begins; whatever seemed to be at work on the source is taken for dead. Gives its number."""
    connection.execute(
        update(RefreshRow)
        .where(RefreshRow.source_id == source_id, _is_at_work())
        .values(state=RefreshState.INTERRUPTED, ended_at=RefreshRow.seen_at, message=_INTERRUPTED)
    )
    row = {
        "source_id": source_id,
        "kind": kind,
        "state": RefreshState.RUNNING,
        "owner": owner,
        "begun_at": now,
        "seen_at": now,
        "stage": "",
        "done": 0,
        "seconds": "{}",
        "message": "",
        "undoes_id": undoes_id,
        **_write_counts(RefreshCounts()),
    }
    return connection.scalars(insert(RefreshRow).returning(RefreshRow.id), row).one()


def find_state(connection: Connection, refresh_id: int) -> RefreshState | None:
    """Give how far a refresh is; None for one that is not there."""
    state = connection.scalars(select(RefreshRow.state).where(RefreshRow.id == refresh_id)).one_or_none()
    return RefreshState(state) if state else None


def note_progress(
    connection: Connection,
    refresh_id: int,
    now: datetime,
    stage: str,
    done: int,
    total: int | None,
    counts: RefreshCounts,
) -> None:
    """Note how far a refresh is, and so that it is alive."""
    values = {"seen_at": now, "stage": stage, "done": done, "total": total, **_write_counts(counts)}
    _note(connection, refresh_id, values)


def note_alive(connection: Connection, refresh_id: int, now: datetime) -> None:
    """Note that a refresh is alive."""
    _note(connection, refresh_id, {"seen_at": now})


def cancel_refresh(connection: Connection, refresh_id: int) -> bool:
    """Ask a refresh to end; tell whether it was running."""
    statement = update(RefreshRow).where(RefreshRow.id == refresh_id, RefreshRow.state == RefreshState.RUNNING)
    return connection.execute(statement.values(state=RefreshState.CANCELLING)).rowcount > 0


def end_refresh(
    connection: Connection,
    refresh_id: int,
    now: datetime,
    state: RefreshState,
    counts: RefreshCounts,
    seconds: Mapping[str, float],
    message: str = "",
) -> None:
    """Note how a refresh ended."""
    rounded = {stage: round(value, 3) for stage, value in seconds.items()}
    values = {"state": state, "ended_at": now, "seen_at": now, "seconds": json.dumps(rounded), "message": message}
    _note(connection, refresh_id, {**values, "stage": "", **_write_counts(counts)})


def read_refreshes(
    connection: Connection, source_id: int | None, limit: int | None, kinds: Collection[RefreshKind]
) -> list[Refresh]:
    """Give refreshes, of one source or of all, and of some kinds, the latest first."""
    of_source = [] if source_id is None else [RefreshRow.source_id == source_id]
    return _select(connection, RefreshRow.kind.in_(kinds), *of_source, limit=limit)


def read_at_work(connection: Connection) -> list[Refresh]:
    """Give the refreshes that are at work, or seem to be, the latest first."""
    return _select(connection, _is_at_work())


def read_refreshes_of(connection: Connection, owner: str) -> list[Refresh]:
    """Give the refreshes of a process, the latest first."""
    return _select(connection, RefreshRow.owner == owner)


def read_refreshes_after(connection: Connection, refresh_id: int) -> list[Refresh]:
    """Give the refreshes after one, the latest first."""
    return _select(connection, RefreshRow.id > refresh_id)


def find_refresh(connection: Connection, refresh_id: int) -> Refresh | None:
    """Find a refresh by its number."""
    return next(iter(_select(connection, RefreshRow.id == refresh_id)), None)


def find_place(connection: Connection, source_id: int, location: str) -> Place | None:
    """Find what is remembered of a place of a source."""
    statement = select(PlaceRow.__table__).where(PlaceRow.source_id == source_id, PlaceRow.location == location)
    row = connection.execute(statement).one_or_none()
    if row is None:
        return None
    return Place(row.id, row.location, row.stamp, row.read_at, row.full_at, row.address, row.problem_count)


def put_place(connection: Connection, source_id: int, location: str, now: datetime) -> int:
    """Give the number of a place, made if it is new: nothing of it was read yet."""
    known = find_place(connection, source_id, location)
    if known:
        return known.id
    row = {"source_id": source_id, "location": location, "stamp": "", "read_at": now}
    return connection.scalars(insert(PlaceRow).returning(PlaceRow.id), row).one()


def note_read(connection: Connection, place_id: int, reading: PlaceReading, now: datetime) -> None:
    """Note that a place was read, as far as it was."""
    began_at = reading.began_at or now
    told = {
        "read_at": began_at if reading.is_whole else None,
        "full_at": began_at if reading.is_whole and not reading.is_partial else None,
        "address": reading.address or None,
        "problem_count": reading.problem_count,
    }
    known = {name: value for name, value in told.items() if value is not None}
    connection.execute(update(PlaceRow).where(PlaceRow.id == place_id).values(stamp=reading.stamp, **known))


def forget_stamps(connection: Connection, source_id: int) -> None:
    """Let all places of a source be read anew and whole, whether they changed or not."""
    places = update(PlaceRow).where(PlaceRow.source_id == source_id)
    connection.execute(places.values(stamp=""))
    # What was read whole is known, and what is not there any more is gone: that stays so.
    connection.execute(places.where(PlaceRow.full_at.is_not(None)).values(full_at=LONG_AGO))


def find_unfinished(connection: Connection, kind: RefreshKind) -> list[str]:
    """Give the names of sources of which the latest refresh of a kind is not done."""
    latest = select(func.max(RefreshRow.id)).where(RefreshRow.kind == kind).group_by(RefreshRow.source_id)
    statement = select(SourceRow.name).join(RefreshRow, RefreshRow.source_id == SourceRow.id)
    return list(connection.scalars(statement.where(RefreshRow.id.in_(latest), RefreshRow.state != RefreshState.DONE)))


def find_first_of(connection: Connection, source_id: int, refresh_id: int) -> int:
    """Find the first of the refreshes of a source that one goes on from: those right before it that are not done."""
    done = (RefreshRow.source_id == source_id, RefreshRow.id < refresh_id, RefreshRow.state == RefreshState.DONE)
    return (connection.scalars(select(func.max(RefreshRow.id)).where(*done)).one() or 0) + 1


def find_with_history(connection: Connection, before: datetime) -> list[str]:
    """Give the names of sources of which something is kept to undo refreshes that ended before a time."""
    statement = select(SourceRow.name).join(RefreshRow, RefreshRow.source_id == SourceRow.id)
    return list(connection.scalars(statement.where(_is_before(before), _has_kept()).distinct()))


def blank_history(connection: Connection, source_id: int, before: datetime, limit: int) -> bool:
    """Empty some of what it takes to undo refreshes of a source that ended before a time; tell whether there was any.

    Of one that nobody saw end, it is the time when it was seen last.
    """
    these = (RefreshRow.source_id == source_id, _is_before(before))
    connection.execute(update(RefreshRow).where(*these, _has_kept()).values(is_purged=True))
    former = (FormerCommentRow.comment != "", {"comment": ""})
    titles = (or_(FormerDiscussionRow.title != "", FormerDiscussionRow.url != ""), {"title": "", "url": ""})
    emptied = 0
    for table, (has_text, values) in ((FormerCommentRow, former), (FormerDiscussionRow, titles)):
        some = _select_former(table, *these).where(has_text).limit(limit)
        emptied += connection.execute(update(table).where(table.id.in_(some)).values(values)).rowcount
    return emptied > 0


def delete_history(connection: Connection, source_id: int, before: datetime, limit: int) -> bool:
    """Remove some of what was emptied so; tell whether there may be more."""
    these = (RefreshRow.source_id == source_id, RefreshRow.is_purged.is_(True), _is_before(before))
    removed = []
    for table in _HISTORY:
        some = _select_former(table, *these).limit(limit)
        removed.append(connection.execute(delete(table).where(table.id.in_(some))).rowcount)
    return max(removed) == limit


def _select_former(table: Any, *which: ColumnElement[bool]) -> Any:
    return select(table.id).where(table.refresh_id.in_(select(RefreshRow.id).where(*which)))


def _has_kept() -> ColumnElement[bool]:
    return or_(*(exists().where(table.refresh_id == RefreshRow.id) for table in _HISTORY))


def _is_before(before: datetime) -> ColumnElement[bool]:
    return func.coalesce(RefreshRow.ended_at, RefreshRow.seen_at) < before


def _note(connection: Connection, refresh_id: int, values: Mapping[str, Any]) -> None:
    """Note something of a refresh that has not ended."""
    connection.execute(update(RefreshRow).where(RefreshRow.id == refresh_id, _is_at_work()).values(values))


def _is_at_work() -> Any:
    return RefreshRow.state.in_(_AT_WORK)


def _select(connection: Connection, *which: Any, limit: int | None = None) -> list[Refresh]:
    rows = connection.execute(
        select(RefreshRow.__table__, SourceRow.name)
        .join(SourceRow, SourceRow.id == RefreshRow.source_id)
        .where(*which)
        .order_by(RefreshRow.id.desc())
        .limit(limit)
    )
    return [_parse_row(row) for row in rows]


def _parse_row(row: Row[Any]) -> Refresh:
    return Refresh(
        id=row.id,
        source=row.name,
        kind=RefreshKind(row.kind),
        state=RefreshState(row.state),
        owner=row.owner,
        begun_at=row.begun_at,
        ended_at=row.ended_at,
        seen_at=row.seen_at,
        stage=row.stage,
        done=row.done,
        total=row.total,
        counts=RefreshCounts(row.added, row.edited, row.unchanged, row.deleted, row.skipped, row.problem_count),
        seconds=json.loads(row.seconds),
        message=row.message,
        undoes_id=row.undoes_id,
        is_purged=row.is_purged,
    )


def _write_counts(counts: RefreshCounts) -> dict[str, int]:
    values: dict[str, int] = asdict(counts)
    return {"problem_count": values.pop("problems"), **values}
