"""What an archive holds, read without the program: by native ids, whatever numbers the archive gave."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg

from store.archive import Archive
from tests.databases import ArchivePlace

State = dict[str, list[tuple[Any, ...]]]

_COMMENT = """
FROM comment c JOIN source s ON s.id = c.source_id JOIN channel ch ON ch.id = c.channel_id
JOIN discussion d ON d.id = c.discussion_id JOIN author_alias al ON al.id = c.alias_id
JOIN author au ON au.id = al.author_id
"""
# The base's refreshes are numbered up to {base}: of later ones it does not matter how many it took.
_QUERIES = {
    "sources": "SELECT name, format, location, visibility, identity, include_private, is_held, "
    "refreshed_at IS NOT NULL FROM source",
    "places": "SELECT s.name, p.location, p.stamp, p.full_at IS NOT NULL FROM place p "
    "JOIN source s ON s.id = p.source_id",
    "channels": "SELECT s.name, c.name, c.visibility FROM channel c JOIN source s ON s.id = c.source_id",
    "authors": "SELECT s.name, a.key, a.name FROM author a JOIN source s ON s.id = a.source_id",
    "aliases": "SELECT a.key, al.name FROM author_alias al JOIN author a ON a.id = al.author_id",
    "discussions": "SELECT s.name, d.native_id, c.name, c.visibility, d.title, d.url FROM discussion d "
    "JOIN source s ON s.id = d.source_id JOIN channel c ON c.id = d.channel_id",
    "comments": "SELECT c.native_id, s.name, ch.name, ch.visibility, d.native_id, au.key, al.name, c.parent_native_id, "
    "c.published_at, c.edited_at, c.url, c.text, c.fingerprint, c.position, c.words, c.language, "
    "c.refresh_id > {base}, (SELECT location FROM place WHERE id = c.place_id)" + _COMMENT,
    "passages": 'SELECT c.native_id, e.key, e.state, p.start, p."end", p.content_hash, v.data, v.unused_since '
    "FROM passage p LEFT JOIN comment c ON c.id = p.comment_id LEFT JOIN encoder e ON e.id = p.encoder_id "
    "LEFT JOIN text_vector v ON v.encoder_id = p.encoder_id AND v.content_hash = p.content_hash",
    "vectors": "SELECT e.key, v.content_hash, v.data, v.unused_since IS NULL FROM text_vector v "
    "JOIN encoder e ON e.id = v.encoder_id",
    "former comments": "SELECT native_id, comment FROM former_comment WHERE refresh_id > {base}",
    "former discussions": "SELECT d.native_id, f.title, f.url FROM former_discussion f "
    "LEFT JOIN discussion d ON d.id = f.discussion_id WHERE f.refresh_id > {base}",
    "former sources": "SELECT format, location, visibility, identity, include_private, is_format_given "
    "FROM former_source WHERE refresh_id > {base}",
    "problems": "SELECT s.name, p.place, p.is_on_purpose, p.reason, p.count FROM problem p "
    "JOIN source s ON s.id = p.source_id",
    "changes": "SELECT comment_id, encoder_id FROM change",
    "at work": "SELECT id, state FROM refresh WHERE ended_at IS NULL",
}

# Of each database: the words of comments, and the column that names these.
_WORDS = {
    "sqlite": "SELECT c.native_id, w.author, w.title, w.text, w.quoted FROM comment_words w "
    "LEFT JOIN comment c ON c.id = w.rowid",
    "postgres": "SELECT c.native_id, w.terms FROM comment_words w LEFT JOIN comment c ON c.id = w.comment_id",
}
_WORDS_ID = {"sqlite": "rowid", "postgres": "comment_id"}
# Where a term stands on PostgreSQL: a comment of a block, a field and an offset, in this many bits each.
_BLOCK_BITS, _FIELD_BITS, _OFFSET_BITS = 8, 2, 22

_ORPHANS = (
    "SELECT {words_id} FROM comment_words WHERE {words_id} NOT IN (SELECT id FROM comment)",
    "SELECT id FROM comment WHERE id NOT IN (SELECT {words_id} FROM comment_words)",
    "SELECT id FROM passage WHERE comment_id NOT IN (SELECT id FROM comment)",
    "SELECT id FROM passage p WHERE NOT EXISTS (SELECT 1 FROM text_vector WHERE content_hash = p.content_hash)",
    # A comment without a passage waits to be indexed.
    "SELECT id FROM comment WHERE id NOT IN (SELECT comment_id FROM passage UNION SELECT comment_id FROM change)",
    "SELECT source_id FROM refresh WHERE ended_at IS NULL GROUP BY source_id HAVING count(*) > 1",
)


@contextmanager
def opened(database: ArchivePlace) -> Iterator[Any]:
    """Open an archive, all of which is read as it is at one moment."""
    if isinstance(database, Path):
        with closing(sqlite3.connect(database)) as connection:
            yield connection
        return
    with closing(psycopg.connect(database.replace("+psycopg", ""))) as server:
        server.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        server.read_only = True
        yield server


def read_state(database: ArchivePlace, base: int = 0) -> State:
    """Give everything an archive holds that somebody could find or undo.

    `base` is the number of the last refresh of what the archive was made from.
    """
    queries = {**_QUERIES, "words": _WORDS[_kind_of(database)]}
    with opened(database) as connection:
        state = {
            name: sorted(connection.execute(query.format(base=base)).fetchall(), key=repr)
            for name, query in queries.items()
        }
        if _kind_of(database) == "postgres":
            native_ids = dict(connection.execute("SELECT id, native_id FROM comment").fetchall())
            places = _read_places(connection)
            state["places of words"] = sorted(
                ((native_ids.get(one), sorted(some)) for one, some in places.items()), key=repr
            )
    state["former comments"] = [
        # Of one that was not there yet, nothing is told.
        (native_id, text and json.dumps(json.loads(text) | {"refresh": 0, "place": 0}, sort_keys=True))
        for native_id, text in state["former comments"]
    ]
    return state


def _kind_of(database: ArchivePlace) -> str:
    return "sqlite" if isinstance(database, Path) else "postgres"


def _read_places(connection: Any) -> dict[int, list[tuple[str, int, int]]]:
    """Give the terms of each comment as PostgreSQL's blocks have them, each with its field and offset."""
    found: dict[int, list[tuple[str, int, int]]] = {}
    for term, block, packed in connection.execute("SELECT term, block, places FROM comment_postings").fetchall():
        for place in memoryview(packed).cast("I"):
            comment = (block << _BLOCK_BITS) + (place >> (_FIELD_BITS + _OFFSET_BITS))
            field, offset = divmod(place & ((1 << (_FIELD_BITS + _OFFSET_BITS)) - 1), 1 << _OFFSET_BITS)
            found.setdefault(comment, []).append((term, field, offset))
    return found


def place_of(archive: Archive) -> ArchivePlace:
    """Give where an open archive is."""
    url = archive.database.engine.url
    is_file = url.get_backend_name() == "sqlite"
    return Path(str(url.database)) if is_file else url.render_as_string(hide_password=False)


def read_last_refresh(database: ArchivePlace) -> int:
    """Give the number of the last refresh."""
    with opened(database) as connection:
        return int(connection.execute("SELECT coalesce(max(id), 0) FROM refresh").fetchone()[0])


def has_schema(database: ArchivePlace) -> bool:
    """Tell whether it is an archive, or nothing yet."""
    tables = {"sqlite": "sqlite_master WHERE name", "postgres": "pg_tables WHERE tablename"}[_kind_of(database)]
    with opened(database) as connection:
        return bool(connection.execute(f"SELECT 1 FROM {tables} = 'comment_words'").fetchone())


def check_sound(database: ArchivePlace) -> None:
    """Check that it is whole, and that nothing in it hangs on what is not there."""
    with opened(database) as connection:
        if _kind_of(database) == "sqlite":
            _check_file(connection)
        else:
            _check_words(connection)
        for orphans in _ORPHANS:
            found = connection.execute(orphans.format(words_id=_WORDS_ID[_kind_of(database)])).fetchall()
            assert found == [], orphans
        connection.rollback()


def _check_file(connection: sqlite3.Connection) -> None:
    assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
    connection.execute("INSERT INTO comment_words (comment_words) VALUES ('integrity-check')")


def _check_words(connection: Any) -> None:
    """Check that terms stand in the blocks where their comments say so, each place once."""
    places = _read_places(connection)
    assert [one for one, some in places.items() if len(set(some)) < len(some)] == []
    said = {one: terms.split(" ") for one, terms in connection.execute("SELECT comment_id, terms FROM comment_words")}
    assert {one: sorted({term for term, _, _ in some}) for one, some in places.items()} == said
