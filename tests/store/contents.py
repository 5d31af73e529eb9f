"""What an archive's file holds, read without the program: by native ids, whatever numbers the archive gave."""

import json
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

State = dict[str, list[tuple[Any, ...]]]

_COMMENT = """
FROM comment c JOIN source s ON s.id = c.source_id JOIN channel ch ON ch.id = c.channel_id
JOIN discussion d ON d.id = c.discussion_id JOIN author_alias al ON al.id = c.alias_id
JOIN author au ON au.id = al.author_id
"""
# The base's refreshes are numbered up to {base}: of later ones it does not matter how many it took.
_QUERIES = {
    "sources": "SELECT name, format, location, visibility, identity, include_private, is_held, refreshed_at > '' "
    "FROM source",
    "places": "SELECT s.name, p.location, p.stamp, p.full_at > '' FROM place p JOIN source s ON s.id = p.source_id",
    "channels": "SELECT s.name, c.name, c.visibility FROM channel c JOIN source s ON s.id = c.source_id",
    "authors": "SELECT s.name, a.key, a.name FROM author a JOIN source s ON s.id = a.source_id",
    "aliases": "SELECT a.key, al.name FROM author_alias al JOIN author a ON a.id = al.author_id",
    "discussions": "SELECT s.name, d.native_id, c.name, c.visibility, d.title, d.url FROM discussion d "
    "JOIN source s ON s.id = d.source_id JOIN channel c ON c.id = d.channel_id",
    "comments": "SELECT c.native_id, s.name, ch.name, ch.visibility, d.native_id, au.key, al.name, c.parent_native_id, "
    "c.published_at, c.edited_at, c.url, c.text, c.fingerprint, c.position, c.words, c.language, "
    "c.refresh_id > {base}, (SELECT location FROM place WHERE id = c.place_id)" + _COMMENT,
    "words": "SELECT c.native_id, w.author, w.title, w.text, w.quoted FROM comment_words w "
    "LEFT JOIN comment c ON c.id = w.rowid",
    "passages": "SELECT c.native_id, e.key, e.state, p.start, p.end, p.content_hash, v.data, v.unused_since "
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

_ORPHANS = (
    "SELECT rowid FROM comment_words WHERE rowid NOT IN (SELECT id FROM comment)",
    "SELECT id FROM comment WHERE id NOT IN (SELECT rowid FROM comment_words)",
    "SELECT id FROM passage WHERE comment_id NOT IN (SELECT id FROM comment)",
    "SELECT id FROM passage p WHERE NOT EXISTS (SELECT 1 FROM text_vector WHERE content_hash = p.content_hash)",
    # A comment without a passage waits to be indexed.
    "SELECT id FROM comment WHERE id NOT IN (SELECT comment_id FROM passage UNION SELECT comment_id FROM change)",
    "SELECT source_id FROM refresh WHERE ended_at IS NULL GROUP BY source_id HAVING count(*) > 1",
)


@contextmanager
def opened(database: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(database)) as connection:
        yield connection


def read_state(database: Path, base: int = 0) -> State:
    """Give everything an archive holds that somebody could find or undo.

    `base` is the number of the last refresh of what the archive was made from.
    """
    with opened(database) as connection:
        state = {
            name: sorted(connection.execute(query.format(base=base)).fetchall(), key=repr)
            for name, query in _QUERIES.items()
        }
    state["former comments"] = [
        # Of one that was not there yet, nothing is told.
        (native_id, text and json.dumps(json.loads(text) | {"refresh": 0, "place": 0}, sort_keys=True))
        for native_id, text in state["former comments"]
    ]
    return state


def copy_archive(source: Path | None, target: Path) -> Path:
    """Copy an archive with its write-ahead log, as the process that was killed left them."""
    for ending in ("", "-wal", "-shm"):
        target.with_name(target.name + ending).unlink(missing_ok=True)
        if source:
            with suppress(FileNotFoundError):
                shutil.copy(source.with_name(source.name + ending), target.with_name(target.name + ending))
    return target


def read_last_refresh(database: Path) -> int:
    """Give the number of the last refresh."""
    with opened(database) as connection:
        return int(connection.execute("SELECT coalesce(max(id), 0) FROM refresh").fetchone()[0])


def has_schema(database: Path) -> bool:
    """Tell whether the file is an archive, or nothing yet."""
    with opened(database) as connection:
        return bool(connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'comment_words'").fetchone())


def check_sound(database: Path) -> None:
    """Check that the file is whole, and that nothing in it hangs on what is not there."""
    with opened(database) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        connection.execute("INSERT INTO comment_words (comment_words) VALUES ('integrity-check')")
        for orphans in _ORPHANS:
            assert connection.execute(orphans).fetchall() == [], orphans
        connection.rollback()
