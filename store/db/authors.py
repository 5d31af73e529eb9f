"""Authors whom an admin said to be one person: each is merged into one who is merged into nobody."""

from collections.abc import Collection

from sqlalchemy import Connection, delete, func, insert, select

from store.db.tables import AuthorAliasRow, AuthorMergeRow, AuthorRow, CommentRow, SourceRow
from store.domain.comment import AuthorAlias, KnownAuthor
from store.text.cleaning import bound_id
from store.text.words import fold

_ACCOUNT = "account:"


def build_key(alias: AuthorAlias) -> str:
    """Build what a source tells a person apart by: their account there, or their name."""
    return f"{_ACCOUNT}{alias.account}" if alias.account else f"name:{bound_id(fold(alias.name))}"


def find_account(key: str) -> str | None:
    """Find the account that somebody is told apart by; None where that is their name."""
    return key.removeprefix(_ACCOUNT) if key.startswith(_ACCOUNT) else None


def find_authors(connection: Connection, name: str) -> list[KnownAuthor]:
    """Give everybody who wrote something and is called by a name; case and accents do not matter."""
    wanted = fold(name)
    # Databases fold in ways of their own, and few have any for accents.
    ids = {
        author_id
        for author_id, alias in connection.execute(select(AuthorAliasRow.author_id, AuthorAliasRow.name))
        if fold(alias) == wanted
    }
    return read_authors(connection, ids)


def list_merged(connection: Connection) -> list[tuple[KnownAuthor, KnownAuthor]]:
    """Give everybody who was merged, with the author that they were merged into."""
    pairs = connection.execute(select(AuthorMergeRow.author_id, AuthorMergeRow.into_id)).all()
    known = {author.id: author for author in read_authors(connection, {one for pair in pairs for one in pair})}
    found = [(known[one], known[into]) for one, into in pairs if one in known and into in known]
    return sorted(found, key=lambda pair: (pair[1].name, pair[0].name, pair[0].id))


def merge_authors(connection: Connection, into_id: int, other_ids: Collection[int]) -> None:
    """Merge authors, and whoever was merged into them, into the one that `into_id` is merged into, or is."""
    (root,) = find_persons(connection, [into_id])
    members = {*other_ids, *find_persons(connection, other_ids), *find_members(connection, other_ids)} - {root}
    connection.execute(delete(AuthorMergeRow).where(AuthorMergeRow.author_id.in_(members)))
    if members:
        rows = [{"author_id": member, "into_id": root} for member in sorted(members)]
        connection.execute(insert(AuthorMergeRow), rows)


def split_author(connection: Connection, author_id: int) -> None:
    """Let an author be a person of their own again; whoever else was merged with them stays one person."""
    others = sorted(find_members(connection, [author_id]) - {author_id})
    connection.execute(
        delete(AuthorMergeRow).where((AuthorMergeRow.author_id == author_id) | (AuthorMergeRow.into_id == author_id))
    )
    if others:
        merge_authors(connection, others[0], others[1:])


def find_persons(connection: Connection, author_ids: Collection[int]) -> set[int]:
    """Give the authors that these were merged into, or these themselves."""
    merged = dict(
        connection.execute(
            select(AuthorMergeRow.author_id, AuthorMergeRow.into_id).where(AuthorMergeRow.author_id.in_(author_ids))
        ).all()
    )
    return {merged.get(author_id, author_id) for author_id in author_ids}


def read_persons(connection: Connection, comment_ids: Collection[int]) -> dict[int, int]:
    """Give for each comment the author who wrote it, or whom that author was merged into."""
    rows = connection.execute(
        select(CommentRow.id, func.coalesce(AuthorMergeRow.into_id, AuthorAliasRow.author_id))
        .join(AuthorAliasRow, AuthorAliasRow.id == CommentRow.alias_id)
        .outerjoin(AuthorMergeRow, AuthorMergeRow.author_id == AuthorAliasRow.author_id)
        .where(CommentRow.id.in_(comment_ids))
    )
    return dict(rows.all())


def find_members(connection: Connection, author_ids: Collection[int]) -> set[int]:
    """Give all authors that are the same persons as these, these included."""
    persons = find_persons(connection, author_ids)
    merged = connection.scalars(select(AuthorMergeRow.author_id).where(AuthorMergeRow.into_id.in_(persons)))
    return {*persons, *merged}


def read_authors(connection: Connection, ids: Collection[int]) -> list[KnownAuthor]:
    """Give authors who wrote something, by source and name."""
    rows = connection.execute(
        select(AuthorRow.id, SourceRow.name, AuthorRow.name, func.count(CommentRow.id))
        .join(SourceRow, SourceRow.id == AuthorRow.source_id)
        .join(AuthorAliasRow, AuthorAliasRow.author_id == AuthorRow.id)
        .join(CommentRow, CommentRow.alias_id == AuthorAliasRow.id)
        .where(AuthorRow.id.in_(ids))
        .group_by(AuthorRow.id, SourceRow.name, AuthorRow.name)
        .order_by(SourceRow.name, AuthorRow.name, AuthorRow.id)
    ).all()
    names: dict[int, list[str]] = {}
    for author_id, name in connection.execute(
        select(AuthorAliasRow.author_id, AuthorAliasRow.name)
        .where(AuthorAliasRow.author_id.in_([row[0] for row in rows]))
        .order_by(AuthorAliasRow.name)
    ):
        names.setdefault(author_id, []).append(name)
    return [
        KnownAuthor(number, source, name, tuple(names.get(number, ())), count) for number, source, name, count in rows
    ]
