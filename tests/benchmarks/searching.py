"""What a question costs in a large archive, beside plain hybrid search of the same: BM25, cosine, ranks fused.

python -m tests.benchmarks.searching [--comments 100000]

The vectors of the comments are drawn at random: what a search costs does not depend on them. Questions are encoded.
"""

import argparse
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from embeddings.encoder import Encoder
from embeddings.hashing import HashingEncoder
from embeddings.sentence import SentenceEncoder, load_sentence_encoder
from store.archive import Archive
from store.domain.asked import Asked
from store.domain.comment import AuthorAlias, Comment, Discussion
from store.domain.viewer import Viewer
from store.evaluation.rankers import fuse_ranks
from store.refresh.indexing import index_pending
from store.refresh.plan import fingerprint
from store.search.searcher import Searcher
from store.text.words import question_terms
from tests.benchmarks.__main__ import QUESTIONS
from tests.benchmarks.material import make_texts

_DEPTH = 200
_ROUNDS = 10
_CHUNK = 1_000


class DrawnEncoder(HashingEncoder):
    """Encodes questions with the model, and draws the vectors of comments."""

    def __init__(self, model: SentenceEncoder) -> None:
        super().__init__(model.id.dim)
        self._model = model
        self._drawn = np.random.default_rng(7)

    def encode_comments(self, texts: Sequence[str]) -> NDArray[np.float32]:
        vectors = self._drawn.standard_normal((len(texts), self.id.dim)).astype(np.float32)
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)

    def encode_question(self, text: str) -> NDArray[np.float32]:
        return self._model.encode_question(text)


class PlainHybrid:
    """What the field does by default, done well: FTS5 with its own BM25, one matrix product, reciprocal ranks."""

    def __init__(self, texts: Sequence[str], encoder: Encoder) -> None:
        self._encoder = encoder
        self._vectors = encoder.encode_comments(texts)
        self._database = sqlite3.connect(":memory:")
        self._database.execute("CREATE VIRTUAL TABLE words USING fts5(text, tokenize = 'porter unicode61')")
        self._database.executemany("INSERT INTO words (rowid, text) VALUES (?, ?)", enumerate(texts))

    def search(self, question: str) -> list[str]:
        matched = " OR ".join(f'"{term}"' for term in question_terms(question))
        rows = self._database.execute(
            "SELECT rowid FROM words WHERE words MATCH ? ORDER BY rank LIMIT ?", (matched, _DEPTH)
        )
        by_words = [str(row[0]) for row in rows]
        scores = self._vectors @ self._encoder.encode_question(question)
        best = np.argpartition(-scores, _DEPTH)[:_DEPTH]
        by_meaning = [str(row) for row in best[np.argsort(-scores[best])]]
        return fuse_ranks([by_words, by_meaning])


def main() -> None:
    """Measure both in turn, question by question, so that a busy machine is busy for both."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--comments", type=int, default=100_000)
    count = parser.parse_args().comments
    encoder = DrawnEncoder(load_sentence_encoder())
    texts = make_texts(count)
    with tempfile.TemporaryDirectory(prefix="harkback-benchmark-") as folder:
        archive = Archive.open(f"sqlite:///{folder}/archive.db")
        fill(archive, texts, encoder)
        searcher, plain = Searcher(archive, encoder), PlainHybrid(texts, encoder)
        viewer = Viewer.operator()
        ways: dict[str, Callable[[str], object]] = {
            "plain hybrid, ranked ids": plain.search,
            "harkback, ranked candidates": lambda question: searcher.find(
                searcher.understand(question, viewer), viewer
            ),
            "harkback, a whole answer": lambda question: searcher.search(Asked(question), viewer),
        }
        times = measure(ways)
        archive.close()
    base = statistics.median(times["plain hybrid, ranked ids"])
    for name, taken in times.items():
        median = statistics.median(taken)
        sys.stdout.write(f"{name:30} p50 {median:6.1f} ms  {median / base:.2f} x\n")


def fill(archive: Archive, texts: Sequence[str], encoder: Encoder) -> None:
    """Put texts in an archive, ten to a discussion."""
    source = archive.put_source("benchmark", "made", "nowhere", None)
    start = datetime(2005, 1, 1, tzinfo=UTC)
    for begin in range(0, len(texts), _CHUNK):
        comments = [
            Comment(
                native_id=str(number),
                discussion=Discussion(f"t{number // 10}", f"Discussion number {number // 10}"),
                author=AuthorAlias(f"Person {number % 200}"),
                text=text,
                published=start + timedelta(hours=number),
            )
            for number, text in enumerate(texts[begin : begin + _CHUNK], start=begin)
        ]
        archive.put_comments(source, [(comment, fingerprint(comment)) for comment in comments])
    index_pending(archive, lambda: encoder)


def measure(ways: dict[str, Callable[[str], object]]) -> dict[str, list[float]]:
    """Give the milliseconds of each way for each question, some rounds after a first one that does not count."""
    times: dict[str, list[float]] = {name: [] for name in ways}
    for number in range(_ROUNDS + 1):
        for question in QUESTIONS:
            for name, way in ways.items():
                began = time.perf_counter()
                way(question)
                if number:
                    times[name].append((time.perf_counter() - began) * 1000)
    return times


if __name__ == "__main__":
    main()
