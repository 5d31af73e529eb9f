"""Sources, what each holds, and what of them was not imported."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from store.db import changes
from store.db.tables import (
    AuthorAliasRow,
    AuthorMergeRow,
    CommentRow,
    FormerSourceRow,
    ProblemRecordRow,
    ProblemRow,
    RefreshRow,
    SourceRow,
)
from store.domain.refresh import READINGS, ProblemGroup, RefreshState
from store.domain.source import Source, SourceStanding, SourceSummary
from store.domain.viewer import Visibility

# Who cancelled one knows why it did not end.
_ENDED_WELL = (RefreshState.DONE, RefreshState.CANCELLED)


def find_source(connection: Connection, name: str) -> Source | None:
    """Find a source by its name."""
    row = connection.execute(select(SourceRow.__table__).where(SourceRow.name == name)).one_or_none()
    return _parse_row(row) if row else None


def find_sources(connection: Connection, names: Collection[str]) -> list[Source]:
    """Find those sources of some names that there are, by name."""
    rows = connection.execute(select(SourceRow.__table__).where(SourceRow.name.in_(names)).order_by(SourceRow.name))
    return [_parse_row(row) for row in rows]


def find_source_of(connection: Connection, identity: str) -> Source | None:
    """Find the first source that is of a place, by what names the place."""
    statement = select(SourceRow.__table__).where(SourceRow.identity == identity).order_by(SourceRow.id).limit(1)
    row = connection.execute(statement).one_or_none()
    return _parse_row(row) if row else None


def read_sources(connection: Connection) -> list[SourceSummary]:
    """Give every source with what it holds, by name; authors who were merged count as one."""
    person = func.coalesce(AuthorMergeRow.into_id, AuthorAliasRow.author_id)
    rows = connection.execute(
        select(
            SourceRow.__table__,
            func.count(CommentRow.id),
            func.count(func.distinct(CommentRow.discussion_id)),
            func.count(func.distinct(person)),
            func.min(CommentRow.published_at),
            func.max(CommentRow.published_at),
        )
        .outerjoin(CommentRow, CommentRow.source_id == SourceRow.id)
        .outerjoin(AuthorAliasRow, AuthorAliasRow.id == CommentRow.alias_id)
        .outerjoin(AuthorMergeRow, AuthorMergeRow.author_id == AuthorAliasRow.author_id)
        .group_by(SourceRow.id)
        .order_by(SourceRow.name)
    )
    problems = _count_problems(connection)
    summaries = []
    for row in rows:
        comments, discussions, authors, first, last = row[-5:]
        counted = problems.get(row.id, 0)
        summaries.append(
            SourceSummary(_parse_row(row), comments, discussions, authors, first, last, row.refreshed_at, counted)
        )
    return summaries


def read_standings(connection: Connection) -> list[SourceStanding]:
    """Give how well each source is kept, by name; without what it holds, which takes longer to count."""
    over = (RefreshRow.kind.in_(READINGS), RefreshRow.ended_at.is_not(None))
    latest = select(func.max(RefreshRow.id)).where(*over).group_by(RefreshRow.source_id)
    troubled = set(
        connection.scalars(
            select(RefreshRow.source_id).where(RefreshRow.id.in_(latest), RefreshRow.state.not_in(_ENDED_WELL))
        )
    )
    problems = _count_problems(connection)
    rows = connection.execute(select(SourceRow.id, SourceRow.name, SourceRow.refreshed_at).order_by(SourceRow.name))
    return [
        SourceStanding(number, name, refreshed, problems.get(number, 0), number in troubled)
        for number, name, refreshed in rows
    ]


def _count_problems(connection: Connection) -> dict[int, int]:
    """Count the problems of each source that has any."""
    rows = connection.execute(
        select(ProblemRow.source_id, func.sum(ProblemRow.count))
        .where(~ProblemRow.is_on_purpose)
        .group_by(ProblemRow.source_id)
    )
    return {source_id: count for source_id, count in rows}  # noqa: C416  # rows are no pairs to the type checker


def insert_source(connection: Connection, source: Source) -> None:
    """Create a source; it is given an id."""
    connection.execute(insert(SourceRow).values(name=source.name, created_at=datetime.now(UTC), **_build_row(source)))


def change_source(connection: Connection, known: Source, wanted: Source, refresh_id: int | None) -> None:
    """Write what is known of a source now; what was is kept with the refresh, if there is one."""
    if wanted == known:
        return
    if refresh_id is not None:
        former = _build_row(known)
        del former["is_held"]
        connection.execute(insert(FormerSourceRow).values(refresh_id=refresh_id, **former))
    connection.execute(update(SourceRow).where(SourceRow.id == known.id).values(**_build_row(wanted)))
    if wanted.visibility != known.visibility:
        changes.bump_generation(connection)


def find_former(connection: Connection, source: Source, first_refresh: int) -> Source | None:
    """Find what was known of a source before a refresh, or one after it, changed that."""
    row = connection.execute(
        select(FormerSourceRow.__table__)
        .join(RefreshRow, RefreshRow.id == FormerSourceRow.refresh_id)
        .where(RefreshRow.source_id == source.id, RefreshRow.id >= first_refresh)
        .order_by(FormerSourceRow.id)
        .limit(1)
    ).one_or_none()
    if row is None:
        return None
    return replace(
        source,
        format=row.format,
        location=row.location,
        visibility=Visibility.parse(row.visibility),
        identity=row.identity,
        include_private=row.include_private,
        is_format_given=row.is_format_given,
    )


def note_refreshed(connection: Connection, source_id: int, now: datetime) -> None:
    """Note that a source was brought up to date; if it was held, it is so no more."""
    connection.execute(update(SourceRow).where(SourceRow.id == source_id).values(refreshed_at=now, is_held=False))


def hold(connection: Connection, source_id: int) -> None:
    """Let a source be refreshed only if it is named."""
    connection.execute(update(SourceRow).where(SourceRow.id == source_id).values(is_held=True))


def read_problems(connection: Connection, source_id: int) -> list[ProblemGroup]:
    """Give what was not imported of each place that was read for a source: what is wrong first, most of it first."""
    rows = connection.execute(
        select(ProblemRow.id, ProblemRow.reason, ProblemRow.count, ProblemRow.is_on_purpose, ProblemRow.place)
        .where(ProblemRow.source_id == source_id)
        .order_by(ProblemRow.is_on_purpose, ProblemRow.count.desc(), ProblemRow.id)
    ).all()
    records: dict[int, list[str]] = {}
    for problem_id, record in connection.execute(
        select(ProblemRecordRow.problem_id, ProblemRecordRow.record)
        .join(ProblemRow, ProblemRow.id == ProblemRecordRow.problem_id)
        .where(ProblemRow.source_id == source_id)
        .order_by(ProblemRecordRow.id)
    ):
        records.setdefault(problem_id, []).append(record)
    return [
        ProblemGroup(reason, count, tuple(records.get(number, ())), is_on_purpose, place)
        for number, reason, count, is_on_purpose, place in rows
    ]


def put_problems(connection: Connection, source_id: int, place: str, groups: Sequence[ProblemGroup]) -> None:
    """Write what of a place was not imported, instead of what was not when it was read before."""
    earlier = select(ProblemRow.id).where(ProblemRow.source_id == source_id, ProblemRow.place == place)
    connection.execute(delete(ProblemRecordRow).where(ProblemRecordRow.problem_id.in_(earlier)))
    connection.execute(delete(ProblemRow).where(ProblemRow.source_id == source_id, ProblemRow.place == place))
    for group in groups:
        row = {
            "source_id": source_id,
            "place": place,
            "is_on_purpose": group.is_on_purpose,
            "reason": group.reason,
            "count": group.count,
            "noted_at": datetime.now(UTC),
        }
        number = connection.scalars(insert(ProblemRow).returning(ProblemRow.id), row).one()
        records = [{"problem_id": number, "record": record} for record in group.records]
        if records:
            connection.execute(insert(ProblemRecordRow), records)


def _parse_row(row: Row[Any]) -> Source:
    visibility = Visibility.parse(row.visibility)
    return Source(
        row.id,
        row.name,
        row.format,
        row.location,
        visibility,
        row.identity,
        row.include_private,
        row.is_format_given,
        row.is_held,
    )


def _build_row(source: Source) -> dict[str, object]:
    return {
        "format": source.format,
        "location": source.location,
        "visibility": str(source.visibility),
        "identity": source.identity,
        "include_private": source.include_private,
        "is_format_given": source.is_format_given,
        "is_held": source.is_held,
    }
