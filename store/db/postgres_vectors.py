"""Vectors that PostgreSQL searches itself, with pgvector: half precision, and an index of near ones for each encoder.

All of it is derived from passages and their vectors, and is there only where a search in the database was asked for.
"""

import struct
from collections.abc import Collection, Sequence
from urllib.parse import quote

import numpy as np
import psycopg
from numpy.typing import NDArray
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError, OperationalError

from store.db.postgres_errors import explain
from store.errors import ArchiveError

# Iterative scans: the first version whose index goes on until enough rows fit a filter.
_OLDEST_EXTENSION = (0, 8)
_TABLE = "passage_vector"
_CREATE = (
    text(
        "CREATE TABLE IF NOT EXISTS passage_vector ("
        "passage_id BIGINT PRIMARY KEY REFERENCES passage (id) ON DELETE CASCADE, "
        "encoder_id BIGINT NOT NULL, comment_id BIGINT NOT NULL, embedding halfvec NOT NULL)"
    ),
    text("CREATE INDEX IF NOT EXISTS ix_passage_vector_comment ON passage_vector (comment_id)"),
)
# tests/benchmarks/README.md has what others come to.
_LINKS, _BUILD_CANDIDATES = 16, 64
_READ_MISSING = (
    "SELECT passage.id, passage.encoder_id, passage.comment_id, text_vector.data FROM passage "
    "JOIN text_vector ON text_vector.encoder_id = passage.encoder_id "
    "AND text_vector.content_hash = passage.content_hash "
    "WHERE NOT EXISTS (SELECT FROM passage_vector WHERE passage_id = passage.id) AND passage.encoder_id = :encoder"
)
_READ_MISSING_OF = text(f"{_READ_MISSING} AND passage.comment_id = ANY(CAST(:ids AS bigint[]))")
_READ_MISSING_AFTER = text(f"{_READ_MISSING} AND passage.id > :after ORDER BY passage.id LIMIT :limit")
_FIND_EXTENSION = text(
    "SELECT extversion, nspname AS schema, to_regtype('halfvec') IS NOT NULL AS is_seen, "
    "to_regclass(quote_ident(nspname) || '.alembic_version') IS NOT NULL AS has_archive, "
    "(SELECT string_agg(quote_ident(one), ',') FROM unnest(current_schemas(false) || nspname) AS one) AS path "
    "FROM pg_extension JOIN pg_namespace ON pg_namespace.oid = extnamespace WHERE extname = 'vector'"
)
# Into the last schema of the search_path: the first is one archive's alone, where several share the database.
_NAME_LAST_SCHEMA = text("SELECT quote_ident((current_schemas(false))[cardinality(current_schemas(false))])")
# COPY's own binary form: a head, each row with its number of fields, each field with its length, an end.
COPY_VECTORS = b"COPY passage_vector (passage_id, encoder_id, comment_id, embedding) FROM STDIN (FORMAT BINARY)"
_COPY_HEAD, _COPY_END = b"PGCOPY\n\xff\r\n\0" + bytes(8), struct.pack(">h", -1)
_STORED = np.dtype("<f4")
# Any number that nobody else uses, and what it is about: an index of a schema.
_LOCKS = 0x4861726C
_TURN = f"({_LOCKS}, hashtext(concat(current_schema(), ' ', CAST(:turn AS text))))"
_TAKE_TURN = text(f"SELECT pg_try_advisory_lock{_TURN}")
_END_TURN = text(f"SELECT pg_advisory_unlock{_TURN}")
_INDEX = "ix_passage_vector_near_"
# Those of encoders that are no more.
_LIST_LEFT = text(
    "SELECT relname FROM pg_index JOIN pg_class ON oid = indexrelid WHERE indrelid = to_regclass(:name) "
    "AND starts_with(relname, :start) AND NOT EXISTS (SELECT FROM encoder WHERE relname = concat(:start, encoder.id))"
)
# Less than the second after which a server looks whether two wait for each other: an index that is being made waits for
# whoever waits here, and would be the one that is ended.
_DROP_SECONDS = 0.5
_IS_VALID = text("SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass(:name)")

# Up to so many comments are compared one by one: that takes some tens of milliseconds, and misses none. Where more are
# to be looked through, one in fifty of a million at least, the index comes upon enough of them.
EXACT_COMMENTS = 20_000
# How many the index keeps in view, of few and of many comments, and how many are many. With half as many it misses
# twice as much, in two thirds of the time. Of a million .976 of the nearest ten are found with 400, .983 with 600 and
# .987 with 800.
_FEW_IN_VIEW, _MANY_IN_VIEW = 400, 600
_MANY_COMMENTS = 300_000
# How many rows it goes through before it gives up on a filter; all are compared then.
_MAX_SCANNED = 200_000
# In multiples of the server's work_mem, of which 4 MB is usual: with that alone it gives up after some ten thousand.
_SCAN_MEMORY = 16
_SETTINGS = {
    "hnsw.iterative_scan": "relaxed_order",
    "hnsw.scan_mem_multiplier": _SCAN_MEMORY,
    "hnsw.max_scan_tuples": _MAX_SCANNED,
    # The server cannot know how many comments fit.
    "enable_seqscan": "off",
    "enable_bitmapscan": "off",
}


class PostgresVectors:
    """The search by vectors that is in the database."""

    def create(self, connection: Connection) -> None:
        """Create the table of vectors, and the extension that it needs, where they are not there yet.

        Raises:
            ArchiveError: The extension is missing and cannot be created, or too old.
        """
        if not self.check(connection):
            _create_extension(connection)
            self.check(connection)
        for statement in _CREATE:
            connection.execute(statement)

    def check(self, connection: Connection) -> bool:
        """Tell whether the extension is there.

        Raises:
            ArchiveError: It is too old, or where the search_path leaves it out.
        """
        found = connection.execute(_FIND_EXTENSION).one_or_none()
        if found is None:
            return False
        if tuple(map(int, found.extversion.split("."))) < _OLDEST_EXTENSION:
            raise _refuse(
                connection,
                f"its extension vector is {found.extversion}, and 0.8.0 or newer is needed: "
                "install that and run `ALTER EXTENSION vector UPDATE`, or set HARKBACK_SEARCH=memory",
            )
        if not found.is_seen:
            raise _refuse(connection, _explain_unseen(found.schema, found.path, has_archive=found.has_archive))
        return True

    def are_here(self, connection: Connection) -> bool:
        """Tell whether the table is there: whether anybody searches in the database."""
        return bool(connection.scalar(text("SELECT to_regclass(:name) IS NOT NULL"), {"name": _TABLE}))

    def copy_of(self, connection: Connection, encoder_id: int, comment_ids: Collection[int]) -> None:
        """Copy the vectors of an encoder's passages of some comments to where they are searched."""
        rows = connection.execute(_READ_MISSING_OF, {"encoder": encoder_id, "ids": list(comment_ids)})
        _copy(connection, [tuple(row) for row in rows])

    def copy_after(self, connection: Connection, encoder_id: int, passage_id: int, limit: int) -> int | None:
        """Copy some of an encoder's vectors, after a passage, that are not there yet; give the last passage's id."""
        wanted = {"encoder": encoder_id, "after": passage_id, "limit": limit}
        rows = [tuple(row) for row in connection.execute(_READ_MISSING_AFTER, wanted)]
        _copy(connection, rows)
        return int(rows[-1][0]) if rows else None

    def create_index(self, engine: Engine, encoder_id: int, dim: int) -> bool:
        """Create the index of an encoder's vectors, if it is not there yet: minutes for a million.

        Others read and write meanwhile. Where another process is at it, that is left to it. Tell whether it is there.
        """
        name = f"{_INDEX}{encoder_id:d}"
        # What lets others write meanwhile cannot be done in a transaction.
        with engine.connect() as connection:
            connection.execution_options(isolation_level="AUTOCOMMIT")
            if not connection.scalar(_TAKE_TURN, {"turn": name}):
                return bool(connection.scalar(_IS_VALID, {"name": name}))
            try:
                # The index of a process that was killed meanwhile stays, half made.
                if not connection.scalar(_IS_VALID, {"name": name}):
                    if not _drop_index(connection, name):
                        return False
                    connection.execute(
                        text(
                            f"CREATE INDEX CONCURRENTLY {name} ON passage_vector "
                            f"USING hnsw ((embedding::halfvec({dim:d})) halfvec_cosine_ops) "
                            f"WITH (m = {_LINKS}, ef_construction = {_BUILD_CANDIDATES}) "
                            f"WHERE encoder_id = {encoder_id:d}"
                        )
                    )
            finally:
                connection.execute(_END_TURN, {"turn": name})
        return True

    def drop_indexes(self, engine: Engine) -> None:
        """Drop the indexes of the vectors of encoders that have gone; what is in use is left for another time."""
        with engine.connect() as connection:
            connection.execution_options(isolation_level="AUTOCOMMIT")
            for name in connection.scalars(_LIST_LEFT, {"name": _TABLE, "start": _INDEX}).all():
                _drop_index(connection, name)

    def find_near(
        self,
        connection: Connection,
        encoder_id: int,
        vector: NDArray[np.float32],
        count: int,
        allowed: NDArray[np.int64],
        *,
        is_everything: bool = False,
    ) -> NDArray[np.int64]:
        """Give the comments of the passages nearest to a question, of some comments; each once, in no order.

        Args:
            connection: A transaction that reads.
            encoder_id: What made the vectors.
            vector: The question's: shape (dim,).
            count: How many passages at most.
            allowed: The ids of the comments that may be found. No other is considered.
            is_everything: Whether that is all comments: then others, which came since, may be given as well.
        """
        question = _write(vector)
        if len(allowed) > EXACT_COMMENTS:
            wanted = None if is_everything else allowed
            _set_up(connection, _MANY_IN_VIEW if len(allowed) > _MANY_COMMENTS else _FEW_IN_VIEW)
            found = _scan(connection, encoder_id, question, len(vector), count, wanted)
            if len(found) == count:
                return np.unique(found)
        return np.unique(_compare(connection, encoder_id, question, len(vector), count, allowed))

    def measure(
        self, connection: Connection, encoder_id: int, vector: NDArray[np.float32], comment_ids: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Give how near the passages of some comments are to a question.

        Returns:
            Shape (n, 4), the passages in order: id, comment, start, end; and shape (n,), their cosines, which are
            right to three digits.
        """
        statement = text(
            'SELECT passage.id, passage.comment_id, passage.start, passage."end", '  # noqa: S608  # numbers
            f"1 - (embedding::halfvec({len(vector):d}) <=> CAST(:question AS halfvec({len(vector):d}))) "
            "FROM passage_vector JOIN passage ON passage.id = passage_id "
            f"WHERE passage_vector.encoder_id = {encoder_id:d} "
            "AND passage_vector.comment_id = ANY(CAST(:ids AS bigint[])) ORDER BY passage.id"
        )
        rows = connection.execute(statement, {"question": _write(vector), "ids": comment_ids.tolist()}).all()
        passages = np.array([tuple(row)[:4] for row in rows], np.int64).reshape(-1, 4)
        return passages, np.array([row[4] for row in rows], np.float32)


def _write(vector: NDArray[np.float32]) -> str:
    return f"[{','.join(map(str, vector.tolist()))}]"


def _drop_index(connection: Connection, name: str) -> bool:
    """Drop an index while others search, if that is soon done; tell whether it was."""
    connection.execute(text(f"SET lock_timeout TO '{_DROP_SECONDS}s'"))
    try:
        connection.execute(text(f"DROP INDEX CONCURRENTLY IF EXISTS {name}"))
    except OperationalError as error:
        if not isinstance(error.orig, psycopg.errors.LockNotAvailable):
            raise
        return False
    finally:
        connection.execute(text("RESET lock_timeout"))
    return True


def _set_up(connection: Connection, in_view: int) -> None:
    """Set up the index for a transaction, all with one way there and back."""
    settings = {**_SETTINGS, "hnsw.ef_search": in_view}
    connection.execute(
        text("SELECT " + ", ".join(f"set_config('{name}', '{value}', true)" for name, value in settings.items()))
    )


def _scan(
    connection: Connection, encoder_id: int, question: str, dim: int, count: int, allowed: NDArray[np.int64] | None
) -> list[int]:
    """Ask the index; a bit for each comment says whether it may be found, so that others are never given.

    Without `allowed`, all may be.
    """
    clause = ""
    parameters: dict[str, object] = {"question": question}
    if allowed is not None:
        size = int(allowed.max()) + 1
        bits = np.zeros(size, np.bool_)
        bits[allowed] = True
        clause = "AND CASE WHEN comment_id < :size THEN get_bit(:bits, comment_id) = 1 ELSE false END "
        parameters |= {"size": size, "bits": np.packbits(bits, bitorder="little").tobytes()}
    # Numbers stand in the statement itself: its plan depends on them.
    statement = text(
        f"SELECT comment_id FROM passage_vector WHERE encoder_id = {encoder_id:d} {clause}"  # noqa: S608  # numbers
        f"ORDER BY embedding::halfvec({dim:d}) <=> CAST(:question AS halfvec({dim:d})) LIMIT {count:d}"
    )
    return list(connection.scalars(statement, parameters))


def _compare(
    connection: Connection, encoder_id: int, question: str, dim: int, count: int, allowed: NDArray[np.int64]
) -> list[int]:
    """Compare the question with every passage of the comments."""
    statement = text(
        "WITH compared AS MATERIALIZED (SELECT comment_id, "  # noqa: S608  # numbers
        f"embedding::halfvec({dim:d}) <=> CAST(:question AS halfvec({dim:d})) AS distance FROM passage_vector "
        f"WHERE encoder_id = {encoder_id:d} AND comment_id = ANY(CAST(:ids AS bigint[]))) "
        f"SELECT comment_id FROM compared ORDER BY distance LIMIT {count:d}"
    )
    return list(connection.scalars(statement, {"question": question, "ids": allowed.tolist()}))


def _create_extension(connection: Connection) -> None:
    schema = connection.scalar(_NAME_LAST_SCHEMA)
    try:
        with connection.begin_nested():
            connection.exec_driver_sql(f"CREATE EXTENSION vector SCHEMA {schema}")
    except DBAPIError as error:
        raise _refuse(
            connection,
            f"its extension vector cannot be created ({explain(error)}): install pgvector on the server and run "
            "`CREATE EXTENSION vector` in this database as a superuser, or set HARKBACK_SEARCH=memory",
        ) from error


def _explain_unseen(schema: str, path: str, *, has_archive: bool) -> str:
    if has_archive:
        return (
            f"its extension vector is in the schema {schema!r}, which is another archive's: run `CREATE SCHEMA "
            "extensions` and `ALTER EXTENSION vector SET SCHEMA extensions` in this database as a superuser, and add "
            "`,extensions` to the search_path in the URL of each archive"
        )
    written = quote(f"search_path={path}", safe=",")
    return (
        f"its extension vector is in the schema {schema!r}, which the search_path in the URL leaves out: "
        f"write `{written}` there"
    )


def _refuse(connection: Connection, why: str) -> ArchiveError:
    place = connection.engine.url.render_as_string(hide_password=True)
    return ArchiveError(f"cannot search in the database: {place!r}: {why}")


def _copy(connection: Connection, rows: Sequence[tuple[int, int, int, bytes]]) -> None:
    """Write passages with their vectors: id, encoder, comment, float32."""
    if not rows:
        return
    vectors = np.frombuffer(b"".join(row[3] for row in rows), _STORED).reshape(len(rows), -1)
    numbers = np.array([row[:3] for row in rows], np.int64)
    driver = connection.connection.driver_connection
    assert driver is not None
    with driver.cursor() as cursor, cursor.copy(COPY_VECTORS) as copy:
        copy.write(pack_rows(numbers, vectors))


def pack_rows(numbers: NDArray[np.int64], vectors: NDArray[np.float32]) -> bytes:
    """Give rows in COPY's binary form: each of three numbers and a vector in half precision."""
    dim = vectors.shape[1]
    fields = [("fields", ">i2")]
    for n in range(3):
        fields += [(f"size{n}", ">i4"), (f"number{n}", ">i8")]
    fields += [("size", ">i4"), ("dim", ">i2"), ("unused", ">i2")]
    rows = np.zeros(len(vectors), np.dtype([*fields, ("values", ">f2", (dim,))]))
    rows["fields"], rows["size"], rows["dim"], rows["values"] = 4, 4 + 2 * dim, dim, vectors
    for n in range(3):
        rows[f"size{n}"], rows[f"number{n}"] = 8, numbers[:, n]
    return _COPY_HEAD + rows.tobytes() + _COPY_END
