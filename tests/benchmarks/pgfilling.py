"""Fills a large archive on PostgreSQL at once, past all that an import does: rows as indexing leaves them, in minutes.

Texts are made of the sample's sentences, and the vector of each is the mean of theirs, moved a little: near to what the
model would make of it, a hundred times as fast.
"""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from itertools import pairwise
from typing import Any

import numpy as np
import psycopg
from numpy.typing import NDArray

from embeddings.encoder import Encoder
from store.db.postgres_vectors import COPY_VECTORS, pack_rows
from store.text.passages import split_sentences
from store.text.words import index_terms
from tests.benchmarks.filling import CHUNK, DISCUSSION_OF, MINUTES, PEOPLE, START, VectorsOfSentences, draw_texts
from tests.benchmarks.material import read_sample

CHANNELS = 100
# What refers to what is right as it is made here.
_UNCHECKED = "-c session_replication_role=replica -c synchronous_commit=off"
# As in postgres_words.
_BLOCK, _COLUMNS, _OFFSETS = 256, 4, 2**22
_AUTHOR, _TITLE, _TEXT = 0, 1, 2


def fill_at_once(url: str, count: int, encoder: Encoder, on_vectors: Callable[[], object] = lambda: None) -> None:
    """Make an archive of so many comments of one passage each, in an empty schema; the same for the same count.

    Args:
        url: The database's, as its superuser.
        count: How many.
        encoder: Encodes the sentences.
        on_vectors: Called when all vectors are where they are searched, and nothing else is there yet.
    """
    sentences = [
        (part, index_terms(part, "en"))
        for comment in read_sample()
        for part in (comment.text[span.start : span.end] for span in split_sentences(comment.text))
    ]
    encoded = encoder.encode_comments([one for one, _ in sentences])
    chunks = [np.arange(begin, min(begin + CHUNK, count + 1)) for begin in range(1, count + 1, CHUNK)]
    with psycopg.connect(url, options=_UNCHECKED) as connection:
        texts, vectors = draw_texts(), VectorsOfSentences(encoded)
        for numbers in chunks:
            rows = np.column_stack([numbers, np.ones_like(numbers), numbers])
            with connection.cursor().copy(COPY_VECTORS) as copy:
                copy.write(pack_rows(rows, vectors.draw([next(texts) for _ in numbers])))
    on_vectors()
    texts, words, vectors = draw_texts(), _Words(sentences), VectorsOfSentences(encoded)
    with psycopg.connect(url, options=_UNCHECKED) as connection:
        _put_frame(connection, encoder, count)
        for numbers in chunks:
            chosen = [next(texts) for _ in numbers]
            lengths = words.add(numbers, chosen)
            made = [" ".join(sentences[one][0] for one in some) for some in chosen]
            _put_comments(connection, numbers.tolist(), made, lengths, vectors.draw(chosen))
        words.put(connection)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")


class _Words:
    """Gathers where terms stand, to be written at once."""

    def __init__(self, sentences: Sequence[tuple[str, list[str]]]) -> None:
        self._numbers: dict[str, int] = {}
        self._sentences = [np.array([self._number(term) for term in terms], np.int64) for _, terms in sentences]
        self._keys: list[NDArray[np.uint64]] = []

    def _number(self, term: str) -> int:
        return self._numbers.setdefault(term, len(self._numbers))

    def add(self, numbers: NDArray[np.int64], chosen: list[list[int]]) -> list[int]:
        """Add comments; give how many terms the text of each has."""
        texts = [np.concatenate([self._sentences[one] for one in some]) for some in chosen]
        lengths = np.array([len(text) for text in texts])
        offsets = np.arange(lengths.sum()) - np.repeat(np.cumsum(lengths) - lengths, lengths)
        self._add(np.concatenate(texts), np.repeat(numbers, lengths), _TEXT, offsets)
        for column, word, names in (
            (_AUTHOR, "person", [str(_person(number)) for number in numbers.tolist()]),
            (_TITLE, "discussion", [str(number // DISCUSSION_OF + 1) for number in numbers.tolist()]),
        ):
            (term,) = index_terms(word)
            self._add(np.full(len(numbers), self._number(term)), numbers, column, np.zeros(len(numbers), np.int64))
            terms = np.array([self._number(name) for name in names])
            self._add(terms, numbers, column, np.ones(len(numbers), np.int64))
        return list(map(int, lengths))

    def _add(
        self, terms: NDArray[np.int64], numbers: NDArray[np.int64], column: int, offsets: NDArray[np.int64]
    ) -> None:
        packed = (numbers % _BLOCK * _COLUMNS + column) * _OFFSETS + offsets
        self._keys.append((((terms << 12) + numbers // _BLOCK) << 32).astype(np.uint64) + packed.astype(np.uint64))

    def put(self, connection: psycopg.Connection[Any]) -> None:
        """Write all of it."""
        keys = np.sort(np.concatenate(self._keys))
        self._keys = []
        packed, rows = (keys & np.uint64(2**32 - 1)).astype("<u4"), (keys >> np.uint64(32)).astype(np.int64)
        starts = np.flatnonzero(np.diff(rows, prepend=-1))
        names = list(self._numbers)
        _copy(
            connection,
            "comment_postings (term, block, places)",
            ["text", "int8", "bytea"],
            (
                (names[rows[begin] >> 12], int(rows[begin] & 4095), packed[begin:end].tobytes())
                for begin, end in pairwise([*starts.tolist(), len(rows)])
            ),
        )


def _put_frame(connection: psycopg.Connection[Any], encoder: Encoder, count: int) -> None:
    """Write all that comments belong to."""
    connection.execute(
        "INSERT INTO source (id, name, format, location, visibility, created_at) "
        "VALUES (1, 'Made', 'jsonl', 'nowhere', 'public', %s)",
        [START],
    )
    for number in range(1, CHANNELS + 1):
        connection.execute("INSERT INTO channel VALUES (%s, 1, %s, 'public')", [number, f"c{number}"])
    connection.execute(
        "INSERT INTO encoder (id, key, name, state) VALUES (1, %s, %s, 'active')", [encoder.id.key, encoder.name]
    )
    for number in range(1, PEOPLE + 1):
        connection.execute("INSERT INTO author (id, source_id, key, name) VALUES (%s, 1, %s, %s)",
                           [number, f"Person {number}", f"Person {number}"])  # fmt: skip
        connection.execute("INSERT INTO author_alias (id, author_id, name) VALUES (%s, %s, %s)",
                           [number, number, f"Person {number}"])  # fmt: skip
    _copy(
        connection,
        "discussion (id, source_id, channel_id, native_id, title, url)",
        ["int8", "int8", "int8", "text", "text", "text"],
        (
            (number, 1, number % CHANNELS + 1, f"t{number}", f"Discussion {number}", "")
            for number in range(1, count // DISCUSSION_OF + 2)
        ),
    )
    connection.execute("UPDATE archive_state SET generation = 1")


def _put_comments(
    connection: psycopg.Connection[Any],
    numbers: list[int],
    texts: list[str],
    lengths: list[int],
    vectors: NDArray[np.float32],
) -> None:
    discussions = [number // DISCUSSION_OF + 1 for number in numbers]
    _copy(
        connection,
        "comment (id, source_id, channel_id, native_id, discussion_id, alias_id, published_at, url, text, fingerprint, "
        "words, version, language)",
        ["int8", "int8", "int8", "text", "int8", "int8", "timestamptz", "text", "text", "bytea", "int8", "int8",
         "text"],
        (
            (number, 1, discussion % CHANNELS + 1, str(number), discussion, _person(number),
             START + timedelta(minutes=MINUTES * number), "", text, b"\0", length, 1, "en")
            for number, discussion, text, length in zip(numbers, discussions, texts, lengths, strict=True)
        ),
    )  # fmt: skip
    hashes = [hashlib.sha256(str(number).encode()).digest() for number in numbers]
    _copy(
        connection,
        'passage (id, encoder_id, comment_id, start, "end", content_hash)',
        ["int8", "int8", "int8", "int8", "int8", "bytea"],
        ((number, 1, number, 0, len(text), one) for number, text, one in zip(numbers, texts, hashes, strict=True)),
    )
    _copy(
        connection,
        "text_vector (encoder_id, content_hash, data)",
        ["int8", "bytea", "bytea"],
        ((1, one, vector.astype("<f4").tobytes()) for one, vector in zip(hashes, vectors, strict=True)),
    )


def _copy(
    connection: psycopg.Connection[Any], table: str, types: list[str], rows: Iterable[tuple[object, ...]]
) -> None:
    with connection.cursor().copy(f"COPY {table} FROM STDIN (FORMAT BINARY)".encode()) as copy:
        copy.set_types(types)
        for row in rows:
            copy.write_row(row)


def _person(number: int) -> int:
    return number * 7 % PEOPLE + 1
