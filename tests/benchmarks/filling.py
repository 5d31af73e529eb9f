"""Fills a large archive at once, past all that an import does: rows as an import and indexing leave them, in minutes.

Texts are made of the sample's sentences, and the vector of each is the mean of theirs, moved a little: near to what the
model would make of it, a hundred times as fast.
"""

import hashlib
import random
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from embeddings.encoder import Encoder
from store.archive import Archive
from store.text.passages import split_sentences
from store.text.words import index_terms
from tests.benchmarks.material import read_sample

PEOPLE = 2_000
DISCUSSION_OF = 10
CHUNK = 20_000
_NOISE = 0.3
START = datetime(2005, 1, 1, tzinfo=UTC)
MINUTES = 10


def fill_at_once(path: Path, count: int, encoder: Encoder) -> None:
    """Make an archive of so many comments of one passage each, ten to a discussion; the same for the same count."""
    Archive.open(f"sqlite:///{path}").close()
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("PRAGMA cache_size = -400000")
        _put_frame(connection, encoder, count)
        sentences, texts = _read_sentences(), draw_texts()
        vectors = VectorsOfSentences(encoder.encode_comments([text for text, _ in sentences]))
        for begin in range(1, count + 1, CHUNK):
            numbers = range(begin, min(begin + CHUNK, count + 1))
            chosen = [next(texts) for _ in numbers]
            made = [
                _join(number, [sentences[one] for one in some]) for number, some in zip(numbers, chosen, strict=True)
            ]
            _put_comments(connection, made, vectors.draw(chosen))
            connection.commit()
    connection.close()


def _read_sentences() -> list[tuple[str, str]]:
    """Give the sample's sentences with their terms."""
    return [
        (part, " ".join(index_terms(part)))
        for comment in read_sample()
        for part in (comment.text[span.start : span.end] for span in split_sentences(comment.text))
    ]


def draw_texts() -> Iterator[list[int]]:
    """Give sentences by their numbers, as many in each text as one of the sample's comments has."""
    drawn = random.Random(7)
    lengths = [len(split_sentences(comment.text)) for comment in read_sample()]
    while True:
        yield drawn.choices(range(sum(lengths)), k=drawn.choice(lengths))


def _join(number: int, sentences: list[tuple[str, str]]) -> tuple[int, str, str]:
    return number, " ".join(text for text, _ in sentences), " ".join(terms for _, terms in sentences)


class VectorsOfSentences:
    """Draws vectors of texts that are made of sentences."""

    def __init__(self, sentences: NDArray[np.float32]) -> None:
        self._drawn = np.random.default_rng(7)
        self._sentences = sentences

    def draw(self, chosen: list[list[int]]) -> NDArray[np.float32]:
        """Give the vectors of some texts: shape (texts, dim)."""
        ends = np.cumsum([len(some) for some in chosen])
        sums = np.add.reduceat(self._sentences[np.concatenate(chosen)], np.append(0, ends[:-1]))
        means = sums / np.linalg.norm(sums, axis=1, keepdims=True)
        noise = self._drawn.standard_normal(means.shape, np.float32) * np.float32(_NOISE / means.shape[1] ** 0.5)
        return np.asarray((means + noise) / np.linalg.norm(means + noise, axis=1, keepdims=True), np.float32)


def _put_frame(connection: sqlite3.Connection, encoder: Encoder, count: int) -> None:
    """Write all that comments belong to."""
    _insert(connection, "source", {"id": 1, "name": "Made", "format": "jsonl", "location": "nowhere",
                                   "visibility": "public", "created_at": _format(START)})  # fmt: skip
    _insert(connection, "channel", {"id": 1, "source_id": 1, "name": "", "visibility": "public"})
    _insert(connection, "encoder", {"id": 1, "key": encoder.id.key, "name": encoder.name, "state": "active"})
    for number in range(1, PEOPLE + 1):
        name = f"Person {number}"
        _insert(connection, "author", {"id": number, "source_id": 1, "key": name, "name": name})
        _insert(connection, "author_alias", {"id": number, "author_id": number, "name": name})
    connection.executemany(
        "INSERT INTO discussion (id, source_id, channel_id, native_id, title, url) VALUES (?, 1, 1, ?, ?, '')",
        ((number, f"t{number}", f"Discussion {number}") for number in range(1, count // DISCUSSION_OF + 2)),
    )
    connection.execute("UPDATE archive_state SET generation = 1")


def _put_comments(
    connection: sqlite3.Connection, comments: list[tuple[int, str, str]], vectors: NDArray[np.float32]
) -> None:
    connection.executemany(
        "INSERT INTO comment (id, source_id, channel_id, native_id, discussion_id, alias_id, published_at, url, text, "
        "fingerprint, words, version, language) VALUES (?, 1, 1, ?, ?, ?, ?, '', ?, x'00', ?, 1, 'en')",
        (
            (number, str(number), number // DISCUSSION_OF + 1, _person(number),
             _format(START + timedelta(minutes=MINUTES * number)), text, terms.count(" ") + 1)
            for number, text, terms in comments
        ),
    )  # fmt: skip
    connection.executemany(
        "INSERT INTO comment_words (rowid, author, title, text, quoted) VALUES (?, ?, ?, ?, '')",
        (
            (number, f"person {_person(number)}", f"discuss {number // DISCUSSION_OF + 1}", terms)
            for number, _, terms in comments
        ),
    )
    hashes = [hashlib.sha256(str(number).encode()).digest() for number, _, _ in comments]
    connection.executemany(
        "INSERT INTO passage (id, encoder_id, comment_id, start, end, content_hash) VALUES (?, 1, ?, 0, ?, ?)",
        ((number, number, len(text), one) for (number, text, _), one in zip(comments, hashes, strict=True)),
    )
    connection.executemany(
        "INSERT INTO text_vector (encoder_id, content_hash, data) VALUES (1, ?, ?)",
        ((one, vector.tobytes()) for one, vector in zip(hashes, vectors, strict=False)),
    )


def _person(number: int) -> int:
    return number % PEOPLE + 1


def _insert(connection: sqlite3.Connection, table: str, row: dict[str, Any]) -> None:
    names = ", ".join(row)
    connection.execute(f"INSERT INTO {table} ({names}) VALUES (:{', :'.join(row)})", row)


def _format(time: datetime) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S.000000")
