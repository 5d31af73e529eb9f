"""The file that large archives are searched from: whole or not there, and without what is to be forgotten."""

import errno
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Self

import numpy as np
import pytest
from numpy.typing import NDArray

from embeddings.rows import ArrayRows
from embeddings.two_steps import make_codes
from store.db import index_file
from store.db.index_file import Contents, IndexFile

# Writes a file, and waits to be killed before it is put in place.
WRITING = """
import sys, time
from pathlib import Path
from typing import Self
from tests.store.db.test_index_file import make_contents
from store.db.index_file import IndexFile

def wait():
    print("written", flush=True)
    time.sleep(600)

IndexFile(Path(sys.argv[1])).write(make_contents(version=2), wait)
"""


def make_vectors(count: int, dim: int = 64) -> NDArray[np.float32]:
    return np.random.default_rng(5).standard_normal((count, dim)).astype(np.float32)


def make_contents(count: int = 30, version: int = 1) -> Contents:
    vectors = make_vectors(count)
    numbers = np.arange(1, count + 1)
    passages = np.stack([numbers, numbers, 0 * numbers, numbers + 7], axis=1)
    places = np.stack([numbers, *(numbers * 0 + 1,) * 6], axis=1)
    return Contents("key", version, ArrayRows(vectors), list(make_codes(vectors)), passages, places)


def list_all(contents: Contents | None) -> list[object]:
    assert contents is not None
    vectors = contents.vectors.take(np.arange(len(contents.passages)))
    arrays = (vectors, *contents.codes, contents.passages, contents.places)
    return [contents.encoder_key, contents.version, *(array.tolist() for array in arrays)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "archive.db.index"


@pytest.fixture
def file(folder: Path) -> IndexFile:
    made = IndexFile(folder)
    assert made.write(make_contents(), lambda: True)
    return made


def test_file_holds_what_was_written(file: IndexFile):
    assert list_all(file.read()) == list_all(make_contents())
    assert file.write(make_contents(count=5, version=2), lambda: True)
    assert list_all(file.read()) == list_all(make_contents(count=5, version=2))


def test_file_is_its_owners_alone(file: IndexFile, folder: Path):
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {path.name: path.stat().st_mode & 0o777 for path in folder.iterdir()} == {
        "search.index": 0o600,
        "lock": 0o600,
    }
    assert file.identify() is not None


def test_file_is_another_when_it_was_written_again(file: IndexFile):
    before = file.identify()
    file.write(make_contents(), lambda: True)
    assert file.identify() not in (before, None)


def test_there_is_no_file_without_a_folder():
    file = IndexFile(None)
    parts = iter([make_vectors(3)])
    assert (file.is_possible, file.identify(), file.read(), file.erase(lambda _: pytest.fail("there is none"))) == (
        False,
        None,
        None,
        True,
    )
    np.testing.assert_array_equal(file.gather(parts, 64), make_vectors(3))


@pytest.mark.parametrize("share", [0, 0.1, 0.5, 0.9, 0.999])
def test_a_torn_file_is_none(file: IndexFile, share: float):
    data = file.path.read_bytes()
    file.path.write_bytes(data[: int(share * len(data))])
    assert file.read() is None


def test_a_file_with_something_else_in_it_is_none(file: IndexFile):
    data = file.path.read_bytes()
    vectors_end = 4_096 + make_vectors(30).nbytes
    places = [data.index(b'"version": 1') + 11, data.index(b'"key"') + 2, vectors_end, vectors_end + 300, len(data) - 8]
    for place in places:
        file.path.write_bytes(data[:place] + bytes([data[place] ^ 2]) + data[place + 1 :])
        assert file.read() is None, place
    for other in (
        b"",
        b"{}",
        b"[1]",
        b"null".ljust(5_000),
        data.replace(b"[30, 64]", b"[30, 6400000000]"),
        data.replace(b"index 1", b"index 9"),
    ):
        file.path.write_bytes(other)
        assert file.read() is None


def test_what_was_removed_meanwhile_is_not_put_in_place(file: IndexFile, folder: Path):
    assert not file.write(make_contents(version=2), lambda: False)
    assert list_all(file.read()) == list_all(make_contents())
    assert {path.name for path in folder.iterdir()} == {"search.index", "lock"}


def test_one_process_writes_at_a_time(file: IndexFile, folder: Path):
    def write_another() -> bool:
        assert not IndexFile(folder).write(make_contents(version=3), lambda: True)
        return True

    assert file.write(make_contents(version=2), write_another)
    assert list_all(file.read()) == list_all(make_contents(version=2))


def test_a_file_stays_whole_where_there_is_no_room_for_another(
    file: IndexFile, folder: Path, monkeypatch: pytest.MonkeyPatch
):
    def fail(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", fail)
        with pytest.raises(OSError, match="No space left"):
            file.write(make_contents(version=2), lambda: True)
    assert list_all(file.read()) == list_all(make_contents())
    assert {path.name for path in folder.iterdir()} == {"search.index", "lock"}


@pytest.fixture
def killed(file: IndexFile, folder: Path) -> None:
    """A process that was killed when it had written all but was not done."""
    assert file.identify()
    process = subprocess.Popen([sys.executable, "-c", WRITING, str(folder)], stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline() == b"written\n"
    assert not file.write(make_contents(version=3), lambda: True)
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()
    assert (folder / "search.part").exists()


@pytest.mark.usefixtures("killed")
def test_a_process_killed_in_writing_leaves_the_file_whole_and_the_next_writes(file: IndexFile, folder: Path):
    assert list_all(file.read()) == list_all(make_contents())
    assert file.write(make_contents(version=3), lambda: True)
    assert list_all(file.read()) == list_all(make_contents(version=3))
    assert not (folder / "search.part").exists()


@pytest.mark.usefixtures("killed")
def test_what_a_killed_process_left_is_erased(file: IndexFile, folder: Path):
    nothing = np.zeros(0, np.int64)
    assert file.erase(lambda _: (nothing, nothing))
    assert {path.name for path in folder.iterdir()} == {"search.index", "lock"}


def test_erasing_leaves_nothing_of_what_is_gone(file: IndexFile, folder: Path):
    before, gone = file.read(), np.array([3, 17])
    expected = make_contents().select(np.delete(np.arange(30), gone), make_contents().places[:-1])
    assert before is not None

    assert file.erase(lambda contents: (gone, np.array([len(contents.places) - 1])))

    assert list_all(file.read()) == list_all(expected)
    data = b"".join(path.read_bytes() for path in folder.iterdir())
    vectors = make_vectors(30)
    assert [number for number in range(30) if vectors[number].tobytes() in data] == np.delete(
        np.arange(30), gone
    ).tolist()
    # Nor where another process still has the file that was there before.
    np.testing.assert_array_equal(before.vectors.take(gone), np.zeros((2, 64), np.float32))
    np.testing.assert_array_equal(before.vectors.take(gone + 1), vectors[gone + 1])


def test_erasing_removes_a_file_that_cannot_be_read_or_written_anew(file: IndexFile, monkeypatch: pytest.MonkeyPatch):
    def fail(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(index_file, "_write", fail)
        assert file.erase(lambda _: (np.array([3]), np.zeros(0, np.int64)))
    assert file.identify() is None
    file.path.write_bytes(b"torn")
    assert file.erase(lambda _: pytest.fail("there is nothing to compare"))
    assert file.identify() is None


def test_erasing_waits_for_who_is_writing(file: IndexFile, folder: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(index_file, "_WAIT_SECONDS", 0.05)
    erased = []

    def erase() -> bool:
        erased.append(IndexFile(folder).erase(lambda _: pytest.fail("it is not ours")))
        return True

    file.write(make_contents(version=2), erase)
    assert erased == [False]


def split(vectors: NDArray[np.float32]) -> Iterator[NDArray[np.float32]]:
    yield from (vectors[start : start + 7] for start in range(0, len(vectors), 7))


@pytest.mark.parametrize("count", [0, 5, 20, 100])
def test_vectors_are_gathered_in_memory_or_in_a_file_without_a_name(
    folder: Path, monkeypatch: pytest.MonkeyPatch, count: int
):
    monkeypatch.setattr(index_file, "_HELD_ROWS", 20)
    gathered = IndexFile(folder).gather(split(make_vectors(count)), 64)
    np.testing.assert_array_equal(gathered, make_vectors(count))
    assert folder.exists() == (count > 20)
    assert not folder.exists() or not list(folder.iterdir())


@pytest.mark.parametrize("break_folder", [Path.write_text, lambda *_: None])
def test_vectors_are_gathered_in_memory_where_there_is_no_room(
    folder: Path, monkeypatch: pytest.MonkeyPatch, break_folder: Callable[[Path, str], object]
):
    monkeypatch.setattr(index_file, "_HELD_ROWS", 20)
    break_folder(folder, "")
    make_file = index_file.tempfile.TemporaryFile

    def make_full(**given: object) -> object:
        file, room = make_file(**given), [30 * 64 * 4]
        write = file.write

        class Full:
            def __getattr__(self, name: str) -> object:
                return getattr(file, name)

            def write(self, data: bytes) -> int:
                room[0] -= len(memoryview(data).cast("B"))
                if room[0] < 0:
                    raise OSError(errno.ENOSPC, "No space left on device")
                return int(write(data))

            def __enter__(self) -> Self:
                return self

            def __exit__(self, *_: object) -> None:
                file.close()

        return Full()

    monkeypatch.setattr(index_file.tempfile, "TemporaryFile", make_full)
    np.testing.assert_array_equal(IndexFile(folder).gather(split(make_vectors(100)), 64), make_vectors(100))
