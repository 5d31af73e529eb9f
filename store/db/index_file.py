"""The file beside a large archive that a search starts from: what it had in memory, and the vectors.

It is derived from the archive, which alone is the truth. It is written anew beside the one before and then put in its
place, by one process at a time; what is in it is changed only where something has to be forgotten.

Form: a head of 4,096 bytes, which is JSON; vectors, float32; their codes, column by column; passages; places. Numbers
are as this machine has them: the file never leaves it.
"""

import fcntl
import json
import math
import mmap
import os
import sys
import tempfile
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO, Self

import numpy as np
from numpy.typing import NDArray

from embeddings.rows import Rows, StoredRows
from embeddings.two_steps import Codes

_FORM = f"harkback index 1, {sys.byteorder}-endian"
_HEAD_BYTES = 4_096
_FLOAT_BYTES = 4
_NUMBER_BYTES = 8
_PASSAGE_COLUMNS = 4
_CHUNK_ROWS = 20_000
# Vectors that are held in memory while they are read from the archive: 230 MB of 384 dimensions.
_HELD_ROWS = 150_000
_WAIT_SECONDS = 60.0
_LOOK_SECONDS = 0.1

Numbers = NDArray[np.int64]
FileIdentity = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Contents:
    """What is in the file.

    Attributes:
        encoder_key: Whose vectors these are.
        version: The archive's generation that all is of.
        vectors: Of the passages, in their order.
        codes: The vectors' signs; see `embeddings.two_steps.make_codes`.
        passages: Shape (rows, 4): id, comment, start, end; by id.
        places: What is known of comments; see readers.PlaceColumn.
    """

    encoder_key: str
    version: int
    vectors: Rows
    codes: Codes
    passages: Numbers
    places: Numbers

    @property
    def dim(self) -> int:
        """How long the vectors are."""
        return int(self.vectors.take(np.zeros(0, np.int64)).shape[1])

    def select(self, passages: Numbers, places: Numbers) -> Self:
        """Give some of the passages, by their numbers, with other places."""
        vectors, codes = _Selected(self.vectors, passages), [column[passages] for column in self.codes]
        return replace(self, vectors=vectors, codes=codes, passages=self.passages[passages], places=places)


class IndexFile:
    """The file of one archive, in a folder that is its own. Without a folder there never is a file."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder

    @property
    def is_possible(self) -> bool:
        """Whether there may be a file."""
        return self._folder is not None

    @property
    def path(self) -> Path:
        """Where the file is."""
        assert self._folder is not None
        return self._folder / "search.index"

    def identify(self) -> FileIdentity | None:
        """Give what tells the file from the one before it; None where there is none."""
        try:
            stat = self.path.stat() if self._folder else None
        except OSError:
            return None
        return (stat.st_ino, stat.st_mtime_ns) if stat else None

    def read(self) -> Contents | None:
        """Read the file; None where there is none, or it is not what it should be."""
        if self._folder is None:
            return None
        try:
            with self.path.open("rb") as file:
                return _read(file)
        except (OSError, ValueError, KeyError, TypeError, OverflowError):
            return None

    def gather(self, parts: Iterator[NDArray[np.float32]], dim: int) -> NDArray[np.float32]:
        """Put vectors together: in memory or, where they are many, in a file without a name, which goes with them."""
        held, count = [np.zeros((0, dim), np.float32)], 0
        for part in parts:
            held.append(part)
            count += len(part)
            if count > _HELD_ROWS and self._folder is not None:
                return self._spool(np.concatenate(held), parts)
        return np.concatenate(held)

    def _spool(self, held: NDArray[np.float32], parts: Iterator[NDArray[np.float32]]) -> NDArray[np.float32]:
        """Write vectors to a file as they come, and map it; as soon as that fails, go on in memory."""
        written = 0
        try:
            self._make_folder()
            with tempfile.TemporaryFile(dir=self._folder, buffering=0) as file:
                try:
                    while len(held):
                        file.write(np.ascontiguousarray(held).data)
                        written += len(held)
                        held = next(parts, held[:0])
                except OSError:
                    before = np.fromfile(file, np.float32, written * held.shape[1], offset=-file.tell())
                    return np.concatenate([before.reshape(-1, held.shape[1]), held, *parts])
                mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
                return np.frombuffer(mapped, np.float32).reshape(written, -1)
        except OSError:
            return np.concatenate([held, *parts])

    def write(self, contents: Contents, is_true: Callable[[], bool]) -> bool:
        """Put a file in place of the one before.

        Args:
            contents: What to write.
            is_true: Tells, when all is written, whether nothing in it has been removed meanwhile.

        Returns:
            Whether it was; not if another process is writing one.

        Raises:
            OSError: It cannot be written. What was there is there still.
        """
        with self._locking(wait_seconds=0) as is_mine:
            return is_mine and self._replace(contents, is_true)

    def remove(self) -> None:
        """Remove a file that is not of this archive, or cannot be changed; one that is in the way comes again."""
        with suppress(OSError):
            self.path.unlink(missing_ok=True)

    def erase(self, find_gone: Callable[[Contents], tuple[Numbers, Numbers]]) -> bool:
        """Leave nothing in the file of what is not in the archive any more.

        Args:
            find_gone: Gives which passages and which places are not, by their numbers in the file.

        Returns:
            Whether nothing is left; not if the file cannot be changed, or another process is writing one for long.
        """
        if self._folder is None or not self._folder.exists():
            return True
        try:
            with self._locking(_WAIT_SECONDS) as is_mine:
                return is_mine and self._erase(find_gone)
        except OSError:
            return False

    @property
    def _part(self) -> Path:
        return self.path.with_suffix(".part")

    def _make_folder(self) -> None:
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)

    @contextmanager
    def _locking(self, wait_seconds: float) -> Iterator[bool]:
        """Be the only process that writes; tell whether that is so. The lock goes with the process, however it ends."""
        self._make_folder()
        with os.fdopen(_open_own(self.path.with_name("lock"), os.O_RDWR | os.O_CREAT), "rb") as lock:
            yield _lock(lock, wait_seconds)

    def _replace(self, contents: Contents, is_true: Callable[[], bool]) -> bool:
        self._part.unlink(missing_ok=True)
        try:
            with os.fdopen(_open_own(self._part, os.O_RDWR | os.O_CREAT | os.O_EXCL), "w+b") as file:
                _write(file, contents)
            if is_true():
                self._part.replace(self.path)
                return True
            return False
        finally:
            self._part.unlink(missing_ok=True)

    def _erase(self, find_gone: Callable[[Contents], tuple[Numbers, Numbers]]) -> bool:
        # What a process that was killed has left.
        self._part.unlink(missing_ok=True)
        contents = self.read()
        if contents is None:
            self.path.unlink(missing_ok=True)
            return True
        passages, places = find_gone(contents)
        if not len(passages) and not len(places):
            return True
        # Others go on using this file until they look for another.
        self._overwrite(passages, contents.vectors)
        try:
            kept = np.setdiff1d(np.arange(len(contents.passages)), passages)
            self._replace(contents.select(kept, np.delete(contents.places, places, axis=0)), lambda: True)
        except OSError:
            # No room for another: it will be made anew.
            self.path.unlink(missing_ok=True)
        return True

    def _overwrite(self, rows: Numbers, vectors: Rows) -> None:
        row = np.zeros_like(vectors.take(rows[:1])).tobytes()
        with self.path.open("r+b") as file:
            for number in rows.tolist():
                file.seek(_HEAD_BYTES + number * len(row))
                file.write(row)
            _flush(file)


@dataclass(frozen=True, slots=True)
class _Selected:
    """Some of other rows."""

    rows: Rows
    chosen: Numbers

    def __len__(self) -> int:
        return len(self.chosen)

    def take(self, rows: Numbers) -> NDArray[np.float32]:
        return self.rows.take(self.chosen[rows])


def _open_own(path: Path, flags: int) -> int:
    # An archive may hold what few may see: only its owner reads what is made of it.
    return os.open(path, flags | os.O_CLOEXEC, 0o600)


def _lock(file: BinaryIO, wait_seconds: float) -> bool:
    until = time.monotonic() + wait_seconds
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= until:
                return False
            time.sleep(_LOOK_SECONDS)
        else:
            return True


def _write(file: BinaryIO, contents: Contents) -> None:
    count = len(contents.vectors)
    file.seek(_HEAD_BYTES)
    for start in range(0, count, _CHUNK_ROWS):
        vectors = contents.vectors.take(np.arange(start, min(start + _CHUNK_ROWS, count)))
        file.write(np.ascontiguousarray(vectors, np.float32).data)
    checksum = 0
    for array in (*contents.codes, contents.passages, contents.places):
        data = np.ascontiguousarray(array).tobytes()
        checksum = zlib.crc32(data, checksum)
        file.write(data)
    head = {
        "form": _FORM,
        "encoder": contents.encoder_key,
        "version": contents.version,
        "passages": [count, contents.dim],
        "codes": len(contents.codes),
        "places": list(contents.places.shape),
    }
    head["checksum"] = _sum_up(head, checksum)
    file.seek(0)
    file.write(json.dumps(head).encode().ljust(_HEAD_BYTES))
    _flush(file)


def _sum_up(head: dict[str, Any], checksum: int) -> int:
    return zlib.crc32(json.dumps(head, sort_keys=True).encode(), checksum)


def _flush(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())


def _read(file: BinaryIO) -> Contents | None:
    head = dict(json.loads(file.read(_HEAD_BYTES)))
    expected = head.pop("checksum")
    count, dim = head["passages"]
    numbers = (head["codes"] + _PASSAGE_COLUMNS) * count + math.prod(head["places"])
    start = _HEAD_BYTES + count * dim * _FLOAT_BYTES
    if head["form"] != _FORM or os.fstat(file.fileno()).st_size != start + numbers * _NUMBER_BYTES:
        return None
    file.seek(start)
    checksum = 0
    arrays: list[NDArray[Any]] = []
    for shape, dtype in (
        ((head["codes"], count), np.uint64),
        ((count, _PASSAGE_COLUMNS), np.int64),
        (tuple(head["places"]), np.int64),
    ):
        array = np.fromfile(file, dtype, shape[0] * shape[1]).reshape(shape)
        checksum = zlib.crc32(array.tobytes(), checksum)
        arrays.append(array)
    if _sum_up(head, checksum) != expected:
        return None
    codes, passages, places = arrays
    vectors = StoredRows(file, _HEAD_BYTES, (count, dim))
    return Contents(head["encoder"], head["version"], vectors, list(codes), passages, places)
