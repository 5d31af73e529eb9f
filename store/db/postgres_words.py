"""The word index on PostgreSQL: where each term stands, in blocks of comments, and the terms of each comment.

A common term has as many rows as there are blocks, not as there are comments: a hundred thousand comments are read in
some milliseconds.
"""

from collections.abc import Collection, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, text

from store.db.dialect import Field, Postings, WordsRow
from store.db.types import stand_in

# A posting in 32 bits: which comment of its block, in which field and at which offset, so that numbers ascend as
# SQLite gives them. Beyond the limit a field's offsets are not told apart, as there.
_BLOCK = 256
_COLUMNS = (Field.AUTHOR, Field.TITLE, Field.TEXT, Field.QUOTED)
_FIELDS = np.array(_COLUMNS, np.int64)
_OFFSET_LIMIT = 2**21
_OFFSETS = 2**22
_PLACE = np.dtype("<u4")
# The first tells what has to be looked through to remove a comment.
_CREATE_WORDS = text('CREATE TABLE comment_words (comment_id BIGINT PRIMARY KEY, terms TEXT COLLATE "C" NOT NULL)')
_CREATE_POSTINGS = text(
    "CREATE TABLE comment_postings "
    '(term TEXT COLLATE "C", block BIGINT, places BYTEA NOT NULL, PRIMARY KEY (term, block))'
)
_READ_TERMS = text("SELECT comment_id, terms FROM comment_words WHERE comment_id = ANY(CAST(:ids AS bigint[]))")
_PUT_TERMS = text(
    "INSERT INTO comment_words (comment_id, terms) "
    "SELECT * FROM unnest(CAST(:ids AS bigint[]), CAST(:terms AS text[])) "
    "ON CONFLICT (comment_id) DO UPDATE SET terms = excluded.terms"
)
_DELETE_TERMS = text("DELETE FROM comment_words WHERE comment_id = ANY(CAST(:ids AS bigint[]))")
_READ_PLACES = text(
    "SELECT term, block, places FROM comment_postings "
    "JOIN unnest(CAST(:terms AS text[]), CAST(:blocks AS bigint[])) AS wanted (term, block) USING (term, block)"
)
_ADD_PLACES = text(
    "INSERT INTO comment_postings (term, block, places) "
    "SELECT * FROM unnest(CAST(:terms AS text[]), CAST(:blocks AS bigint[]), CAST(:places AS bytea[])) "
    "ON CONFLICT (term, block) DO UPDATE SET places = comment_postings.places || excluded.places"
)
_SET_PLACES = text(
    "UPDATE comment_postings SET places = new.places "
    "FROM unnest(CAST(:terms AS text[]), CAST(:blocks AS bigint[]), CAST(:places AS bytea[])) "
    "AS new (term, block, places) "
    "WHERE comment_postings.term = new.term AND comment_postings.block = new.block"
)
_DELETE_PLACES = text(
    "DELETE FROM comment_postings "
    "USING unnest(CAST(:terms AS text[]), CAST(:blocks AS bigint[])) AS gone (term, block) "
    "WHERE comment_postings.term = gone.term AND comment_postings.block = gone.block"
)
_READ_POSTINGS = text("SELECT term, block, places FROM comment_postings WHERE term = ANY(CAST(:terms AS text[]))")

_Places = dict[tuple[str, int], NDArray[np.uint32]]


class PostgresWords:
    """The part of the port that is the word index."""

    def create_words(self, connection: Connection) -> None:
        """Create the table of the terms of each comment, and that of where each term stands, in blocks of comments."""
        connection.execute(_CREATE_WORDS)
        connection.execute(_CREATE_POSTINGS)

    def drop_words(self, connection: Connection) -> None:
        """Drop both, if they are there."""
        connection.execute(text("DROP TABLE IF EXISTS comment_postings, comment_words"))

    def put_words(self, connection: Connection, rows: Sequence[WordsRow]) -> None:
        """Write the places of these comments to their blocks, in place of those that they had."""
        latest = {row.comment_id: row for row in rows}
        self.delete_words(connection, latest)
        terms: list[str] = []
        places: dict[tuple[str, int], list[int]] = {}
        for comment_id, row in sorted(latest.items()):
            found = _pack(row)
            terms.append(stand_in(" ".join(sorted(found))))
            for term, packed in found.items():
                places.setdefault((stand_in(term), comment_id // _BLOCK), []).extend(packed)
        if latest:
            connection.execute(_PUT_TERMS, {"ids": sorted(latest), "terms": terms})
            _write(connection, _ADD_PLACES, {key: np.array(some, np.uint32) for key, some in places.items()})

    def delete_words(self, connection: Connection, comment_ids: Collection[int]) -> None:
        """Take these comments out of the blocks that they stand in."""
        known = connection.execute(_READ_TERMS, {"ids": list(comment_ids)}).all()
        if not known:
            return
        gone: dict[int, set[int]] = {}
        for comment_id, _ in known:
            gone.setdefault(comment_id // _BLOCK, set()).add(comment_id % _BLOCK)
        keys = {(term, number // _BLOCK) for number, terms in known for term in terms.split(" ")}
        left: _Places = {}
        for term, block, places in connection.execute(_READ_PLACES, _name(sorted(keys))):
            read = np.frombuffer(places, _PLACE)
            left[term, block] = read[~np.isin(read // (_OFFSETS * len(_COLUMNS)), list(gone[block]))]
        _write(connection, _SET_PLACES, {key: places for key, places in left.items() if len(places)})
        connection.execute(_DELETE_PLACES, _name([key for key, places in left.items() if not len(places)]))
        connection.execute(_DELETE_TERMS, {"ids": [number for number, _ in known]})

    def read_postings(self, connection: Connection, terms: Sequence[str]) -> list[Postings]:
        """Read the blocks of each term."""
        stored = [stand_in(term) for term in terms]
        found: dict[str, list[tuple[int, bytes]]] = {term: [] for term in stored}
        for term, block, places in connection.execute(_READ_POSTINGS, {"terms": list(found)}):
            found[term].append((block, places))
        unpacked = {term: _unpack(sorted(blocks)) for term, blocks in found.items()}
        return [unpacked[term] for term in stored]


def _pack(row: WordsRow) -> dict[str, list[int]]:
    """Give the places of each term of a comment, ascending."""
    found: dict[str, list[int]] = {}
    first = row.comment_id % _BLOCK * len(_COLUMNS)
    for column, terms in enumerate((row.author, row.title, row.text, row.quoted)):
        begin = (first + column) * _OFFSETS
        for offset, term in enumerate(terms):
            found.setdefault(term, []).append(begin + min(offset, _OFFSET_LIMIT - 1))
    return found


def _unpack(blocks: Sequence[tuple[int, bytes]]) -> Postings:
    parts = [np.frombuffer(places, _PLACE) for _, places in blocks]
    packed = np.concatenate([np.zeros(0, _PLACE), *parts]).astype(np.int64)
    numbers = np.repeat(np.array([block for block, _ in blocks], np.int64), [len(part) for part in parts])
    packed += numbers * (_BLOCK * len(_COLUMNS) * _OFFSETS)
    # Mostly they ascend already, which this is made for.
    packed.sort(kind="stable")
    rest, offsets = np.divmod(packed, _OFFSETS)
    comment_ids, columns = np.divmod(rest, len(_COLUMNS))
    return Postings(comment_ids, _FIELDS[columns], offsets)


def _name(keys: Sequence[tuple[str, int]]) -> dict[str, list[Any]]:
    return {"terms": [term for term, _ in keys], "blocks": [block for _, block in keys]}


def _write(connection: Connection, statement: Any, places: _Places) -> None:
    if places:
        packed = [some.astype(_PLACE).tobytes() for some in places.values()]
        connection.execute(statement, {**_name(list(places)), "places": packed})
