"""Vectors that are remembered: encoded once, the same ever after, whatever becomes of the file."""

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from embeddings.encoder import Encoder
from embeddings.hashing import HashingEncoder
from store.errors import EvaluationError
from store.evaluation import vectors as vectors_module
from store.evaluation.vectors import RememberingEncoder
from tests.embeddings.test_encoder import EncoderContract
from tests.store.factories import CountingEncoder, DyingEncoder, KilledError

TEXTS = [f"Kite number {number} over the bay." for number in range(30)]


class UnaskedEncoder(HashingEncoder):
    """Fails a test that encodes again what was encoded before."""

    def encode_comments(self, texts: Sequence[str]) -> NDArray[np.float32]:
        raise AssertionError(texts)


class TestRememberingEncoder(EncoderContract):
    @pytest.fixture
    def encoder(self, tmp_path: Path) -> Encoder:
        return RememberingEncoder(HashingEncoder(), tmp_path / "vectors.db")


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "made" / "vectors.db"


def test_encoder_passes_for_the_other(place: Path):
    other = HashingEncoder(dim=32)
    encoder = RememberingEncoder(other, place)

    assert (encoder.id, encoder.max_tokens, encoder.related_similarity) == (
        other.id,
        other.max_tokens,
        other.related_similarity,
    )
    assert encoder.count_tokens(TEXTS) == other.count_tokens(TEXTS)


def test_texts_are_encoded_once_over_all_runs(place: Path):
    counting = CountingEncoder()

    vectors = RememberingEncoder(counting, place).encode_comments(["a", "b", "a"])
    again = RememberingEncoder(counting, place).encode_comments(["b", "c", "a"])

    assert counting.calls == [["a", "b"], ["c"]]
    np.testing.assert_array_equal(vectors, HashingEncoder().encode_comments(["a", "b", "a"]))
    np.testing.assert_array_equal(again, HashingEncoder().encode_comments(["b", "c", "a"]))


def test_questions_are_remembered_apart_from_comments(place: Path):
    counting = CountingEncoder()
    RememberingEncoder(counting, place).encode_comments(["a"])
    question = RememberingEncoder(counting, place).encode_question("a")

    assert counting.calls == [["a"], ["a"]]
    remembering = RememberingEncoder(UnaskedEncoder(), place)
    np.testing.assert_array_equal(remembering.encode_questions(["a", "a"]), [question, question])
    np.testing.assert_array_equal(remembering.encode_question("a"), question)


def test_encoders_are_told_apart(place: Path):
    RememberingEncoder(HashingEncoder(dim=32), place).encode_comments(TEXTS)

    wider = RememberingEncoder(HashingEncoder(dim=64), place).encode_comments(TEXTS)

    np.testing.assert_array_equal(wider, HashingEncoder(dim=64).encode_comments(TEXTS))


def test_half_a_surrogate_pair_is_a_text(place: Path):
    RememberingEncoder(HashingEncoder(), place).encode_comments(["\ud83d kites"])

    assert RememberingEncoder(UnaskedEncoder(), place).encode_comments(["\ud83d kites"]).shape == (1, 128)


def test_what_was_encoded_before_the_end_is_remembered(place: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(vectors_module, "_CHUNK_TEXTS", 10)
    with pytest.raises(KilledError):
        RememberingEncoder(DyingEncoder(3), place).encode_comments(TEXTS)
    counting = CountingEncoder()

    vectors = RememberingEncoder(counting, place).encode_comments(TEXTS)

    assert counting.calls == [TEXTS[20:]]
    np.testing.assert_array_equal(vectors, HashingEncoder().encode_comments(TEXTS))


def test_killed_run_leaves_a_file_that_is_whole(place: Path):
    script = (
        "import sys\n"
        "from itertools import count\n"
        "from pathlib import Path\n"
        "from embeddings.hashing import HashingEncoder\n"
        "from store.evaluation.vectors import RememberingEncoder\n"
        "encoder = RememberingEncoder(HashingEncoder(), Path(sys.argv[1]))\n"
        "for number in count():\n"
        "    encoder.encode_comments([f'kite {number} {one}' for one in range(20)])\n"
        "    print(number, flush=True)\n"
    )
    with subprocess.Popen([sys.executable, "-c", script, str(place)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        done = [int(process.stdout.readline()) for _ in range(20)]
        os.kill(process.pid, signal.SIGKILL)

    encoder = RememberingEncoder(UnaskedEncoder(), place)

    assert encoder.encode_comments([f"kite {number} {one}" for number in done for one in range(20)]).shape == (400, 128)
    with sqlite3.connect(place) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    connection.close()


def test_threads_may_share_a_file(place: Path):
    encoder = RememberingEncoder(HashingEncoder(), place)
    with ThreadPoolExecutor(4) as pool:
        turns = list(pool.map(lambda start: encoder.encode_comments(TEXTS[start:]), range(8)))

    for start, vectors in enumerate(turns):
        np.testing.assert_array_equal(vectors, HashingEncoder().encode_comments(TEXTS[start:]))


@given(st.data())
def test_damaged_file_never_gives_other_vectors(data: st.DataObject):
    with TemporaryDirectory() as folder:
        place = Path(folder) / "vectors.db"
        expected = RememberingEncoder(HashingEncoder(), place).encode_comments(TEXTS)
        content = bytearray(place.read_bytes())
        for _ in range(data.draw(st.integers(1, 5))):
            start = data.draw(st.integers(0, len(content) - 1) | st.integers(0, 4 * 4096))
            content[start : start + 8] = data.draw(st.binary(min_size=1, max_size=8))
        place.write_bytes(content[: data.draw(st.integers(0, len(content)) | st.just(len(content)))])

        encoder = RememberingEncoder(HashingEncoder(), place)

        np.testing.assert_array_equal(encoder.encode_comments(TEXTS), expected)
        np.testing.assert_array_equal(encoder.encode_comments(TEXTS), expected)


@pytest.mark.parametrize(
    "content", [b"no database at all, but longer than a header is" * 10, b"SQLite format 3\0" * 50]
)
def test_file_that_is_no_database_is_set_aside(place: Path, content: bytes):
    place.parent.mkdir()
    place.write_bytes(content)
    RememberingEncoder(HashingEncoder(), place).encode_comments(TEXTS)

    vectors = RememberingEncoder(UnaskedEncoder(), place).encode_comments(TEXTS)

    np.testing.assert_array_equal(vectors, HashingEncoder().encode_comments(TEXTS))
    assert place.with_name("vectors.db.damaged").read_bytes() == content


def test_vector_that_is_damaged_is_made_again(place: Path):
    RememberingEncoder(HashingEncoder(), place).encode_comments(TEXTS)
    with sqlite3.connect(place) as connection:
        connection.execute("UPDATE vectors_1 SET vector = zeroblob(512) WHERE rowid IN (3, 4)")
        connection.execute("UPDATE vectors_1 SET vector = 'kites' WHERE rowid = 5")
        connection.execute("UPDATE vectors_1 SET vector = 7 WHERE rowid = 6")
    connection.close()
    counting = CountingEncoder()

    vectors = RememberingEncoder(counting, place).encode_comments(TEXTS)

    assert counting.calls == [TEXTS[2:6]]
    np.testing.assert_array_equal(vectors, HashingEncoder().encode_comments(TEXTS))


def test_file_that_cannot_be_used_is_explained(tmp_path: Path):
    (tmp_path / "file").touch()
    for place, reason in ((tmp_path, "unable to open database file"), (tmp_path / "file" / "v.db", "exists")):
        with pytest.raises(EvaluationError, match=reason) as caught:
            RememberingEncoder(HashingEncoder(), place).encode_comments(TEXTS)
        assert str(caught.value).startswith(f"cannot remember vectors: {str(place)!r}: ")
        assert str(caught.value).endswith(": name a file in a folder that may be written, with room on its disk")
    assert tmp_path.is_dir()
