"""Which comments a search may find: of some channels, authors, times and languages, and not hidden."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, select

from store.db.hidden import is_shown
from store.db.tables import AuthorAliasRow, CommentRow


@dataclass(frozen=True, slots=True)
class Narrowing:
    """What a question narrows a search to. Empty means anybody, any time, any language; dates are half-open.

    Comments whose language is not known are in none. `ids` are those above the first, up to the second. Who is in
    `not_author_ids` is left out.
    """

    author_ids: tuple[int, ...] = ()
    after: datetime | None = None
    before: datetime | None = None
    languages: tuple[str, ...] = ()
    ids: tuple[int, int] | None = None
    not_author_ids: tuple[int, ...] = ()


def select_comment_ids(channel_ids: Collection[int] | None, narrowing: Narrowing | None) -> Select[int]:
    """Select the ids of comments; None for all channels, or for no narrowing."""
    statement = select(CommentRow.id).where(is_shown())
    if channel_ids is not None:
        statement = statement.where(CommentRow.channel_id.in_(channel_ids))
    if narrowing is None:
        return statement
    if narrowing.author_ids:
        statement = statement.where(CommentRow.alias_id.in_(_select_aliases(narrowing.author_ids)))
    if narrowing.not_author_ids:
        statement = statement.where(CommentRow.alias_id.not_in(_select_aliases(narrowing.not_author_ids)))
    if narrowing.after is not None:
        statement = statement.where(CommentRow.published_at >= narrowing.after)
    if narrowing.before is not None:
        statement = statement.where(CommentRow.published_at < narrowing.before)
    if narrowing.languages:
        statement = statement.where(CommentRow.language.in_(narrowing.languages))
    if narrowing.ids is not None:
        after, last = narrowing.ids
        statement = statement.where(CommentRow.id > after, CommentRow.id <= last)
    return statement


def _select_aliases(author_ids: Collection[int]) -> Select[int]:
    return select(AuthorAliasRow.id).where(AuthorAliasRow.author_id.in_(author_ids))
