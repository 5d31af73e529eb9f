"""An encoder that remembers vectors between runs, so that measuring again encodes only texts never seen before.

They lie in one SQLite file, by the standard library: a run may be killed at any moment, and two may use it at once.
The file is derived and no part of the archive: damaged, it is set aside and begun anew.
"""

import hashlib
import sqlite3
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from embeddings.encoder import Encoder
from store.errors import EvaluationError

# What is lost when a run is killed: a few seconds' work.
_CHUNK_TEXTS = 512
# SQLite allowed 999 variables a statement before version 3.32.
_CHUNK_KEYS = 500
# Another run may be writing a chunk.
_WAIT_SECONDS = 30.0
# The format's version is in the name of the table.
_MAKE_TABLE = (
    "CREATE TABLE IF NOT EXISTS vectors_1 (key BLOB PRIMARY KEY, vector BLOB NOT NULL, checksum INTEGER NOT NULL)"
)
# What ails the machine and not the content of the file.
_CIRCUMSTANCES = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_INTERRUPT,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_PERM,
        sqlite3.SQLITE_PROTOCOL,
        sqlite3.SQLITE_READONLY,
    }
)
# The rest of a code says more of the same.
_PRIMARY_CODE = 0xFF

Vectors = dict[bytes, NDArray[np.float32]]


class RememberingEncoder:
    """Gives another encoder's vectors, from a file where they were made before.

    Which precision they were made with is not told apart, as in EncoderId.
    """

    def __init__(self, encoder: Encoder, place: Path) -> None:
        self.id = encoder.id
        self.name = encoder.name
        self.max_tokens = encoder.max_tokens
        self.related_similarity = encoder.related_similarity
        self._encoder = encoder
        self._file = VectorFile(place)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Count the other encoder's tokens of each text."""
        return self._encoder.count_tokens(texts)

    def encode_comments(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Encode texts to shape (len(texts), dim), unit length, order as given.

        Raises:
            EvaluationError: The file of vectors cannot be used.
        """
        return self._encode("comment", texts, self._encoder.encode_comments)

    def encode_question(self, text: str) -> NDArray[np.float32]:
        """Encode one question to shape (dim,), unit length; raises as `encode_comments`."""
        vector: NDArray[np.float32] = self.encode_questions([text])[0]
        return vector

    def encode_questions(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Encode questions to shape (len(texts), dim), unit length, order as given; raises as `encode_comments`."""
        return self._encode("question", texts, self._encoder.encode_questions)

    def _encode(
        self, kind: str, texts: Sequence[str], encode: Callable[[Sequence[str]], NDArray[np.float32]]
    ) -> NDArray[np.float32]:
        if not texts:
            return encode(texts)
        keys = [self._make_key(kind, text) for text in texts]
        vectors = self._file.read(keys, self.id.dim)
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in vectors}
        for part in _split(list(missing), _CHUNK_TEXTS):
            encoded = dict(zip(part, encode([missing[key] for key in part]), strict=True))
            self._file.write(encoded)
            vectors |= encoded
        return np.stack([vectors[key] for key in keys]).astype(np.float32, copy=False)

    def _make_key(self, kind: str, text: str) -> bytes:
        # Half of a surrogate pair, which some exports hold, has no encoding of its own.
        return hashlib.sha256(f"{self.id.key}\x1f{kind}\x1f{text}".encode(errors="surrogatepass")).digest()


class VectorFile:
    """Vectors by key in a file. Every use opens it anew, so that threads and processes may share it."""

    def __init__(self, place: Path) -> None:
        self._place = place

    def read(self, keys: Sequence[bytes], dim: int) -> Vectors:
        """Give the vectors, each of shape (dim,), of the keys that are there; one that is damaged is not.

        Raises:
            EvaluationError: The file cannot be used.
        """
        found: Vectors = {}

        def look_up(connection: sqlite3.Connection) -> None:
            for part in _split(keys, _CHUNK_KEYS):
                marks = ",".join("?" * len(part))
                rows = connection.execute(
                    f"SELECT key, vector, checksum FROM vectors_1 WHERE key IN ({marks})",  # noqa: S608  # marks alone
                    part,
                )
                for key, data, checksum in rows:
                    if _is_whole(key, data, checksum, dim):
                        found[key] = np.frombuffer(data, dtype="<f4")

        self._use(look_up)
        return found

    def write(self, vectors: Mapping[bytes, NDArray[np.float32]]) -> None:
        """Add vectors by key, all or none; those that are there under the same keys are replaced.

        Raises:
            EvaluationError: The file cannot be used.
        """
        data = {key: vector.astype("<f4").tobytes() for key, vector in vectors.items()}
        rows = [(key, value, zlib.crc32(key + value)) for key, value in data.items()]
        self._use(lambda connection: connection.executemany("REPLACE INTO vectors_1 VALUES (?, ?, ?)", rows))

    def _use(self, work: Callable[[sqlite3.Connection], object]) -> None:
        """Do something in one transaction; a damaged file is set aside and the work done again with a new one."""
        try:
            try:
                self._open_and(work)
            except sqlite3.DatabaseError as error:
                if _is_circumstance(error):
                    raise
                self._set_aside()
                self._open_and(work)
        except (sqlite3.Error, OSError) as error:
            raise EvaluationError(
                f"cannot remember vectors: {str(self._place)!r}: {str(error).lower()}: "
                "name a file in a folder that may be written, with room on its disk"
            ) from error

    def _open_and(self, work: Callable[[sqlite3.Connection], object]) -> None:
        self._place.parent.mkdir(parents=True, exist_ok=True)
        with closing(sqlite3.connect(self._place, timeout=_WAIT_SECONDS)) as connection:
            # What should be bytes may be called text in a damaged file.
            connection.text_factory = bytes
            with connection:
                connection.execute(_MAKE_TABLE)
                work(connection)

    def _set_aside(self) -> None:
        """Rename the file, which may after all be something else that somebody named by mistake."""
        # A journal left from the old file would be played back into the new one.
        self._place.with_name(f"{self._place.name}-journal").unlink(missing_ok=True)
        self._place.replace(self._place.with_name(f"{self._place.name}.damaged"))


def _is_circumstance(error: sqlite3.Error) -> bool:
    return getattr(error, "sqlite_errorcode", 0) & _PRIMARY_CODE in _CIRCUMSTANCES


def _is_whole(key: object, data: object, checksum: object, dim: int) -> bool:
    if not isinstance(key, bytes) or not isinstance(data, bytes):
        return False
    # The key is summed too: a damaged file may give what belongs to another.
    return len(data) == dim * np.dtype("<f4").itemsize and zlib.crc32(key + data) == checksum


def _split(keys: Sequence[bytes], count: int) -> Iterator[Sequence[bytes]]:
    for start in range(0, len(keys), count):
        yield keys[start : start + count]
