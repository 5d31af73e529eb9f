"""What searching in the database finds and costs, beside searching in memory, on an archive that was filled at once.

python -m tests.benchmarks.pgsearch fill SUPERUSER_URL [--comments 100000]
python -m tests.benchmarks.pgsearch recall URL
python -m tests.benchmarks.pgsearch ask URL [--search memory [--file FILE]]
python -m tests.benchmarks.pgsearch evaluate URL_OF_AN_EMPTY_DATABASE --set SET_DIR
"""

import argparse
import os
import statistics
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import make_url, text

from embeddings.sentence import SentenceEncoder, load_sentence_encoder
from store.archive import Archive
from store.db import postgres_vectors
from store.domain.asked import Asked
from store.domain.viewer import Viewer
from store.evaluation.evaluate import measure_rankings
from store.evaluation.judged import load_judged_set
from store.evaluation.rankers import MeasuredArchive, put_all
from store.evaluation.vectors import RememberingEncoder
from store.refresh.indexing import index_pending
from store.search.database_index import DatabaseIndex
from store.search.index import SearchIndex
from store.search.ranking import CANDIDATES
from store.search.searcher import Searcher
from tests.benchmarks.__main__ import QUESTIONS
from tests.benchmarks.material import make_texts
from tests.benchmarks.pgfilling import fill_at_once

_ROUNDS = 5
_DRAWN = 60
_TOP = 10
_SHARES = (1.0, 0.1, 0.01)


def main() -> None:
    """Run what is asked for."""
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=["fill", "recall", "ask", "evaluate"])
    parser.add_argument("url")
    parser.add_argument("--comments", type=int, default=100_000)
    parser.add_argument("--search", choices=["memory", "database"], default="database")
    parser.add_argument("--file", type=Path, help="where the index in memory is kept, as serve does it")
    parser.add_argument("--set", type=Path)
    parser.add_argument("--candidates", type=int, default=None)
    chosen = parser.parse_args()
    if chosen.candidates:
        postgres_vectors._FEW_IN_VIEW = postgres_vectors._MANY_IN_VIEW = chosen.candidates
    _say(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    encoder = load_sentence_encoder()
    url = make_url(chosen.url).set(drivername="postgresql+psycopg")
    archive = Archive.open(url.render_as_string(hide_password=False), chosen.file)
    if chosen.what == "fill":
        fill_at_once(chosen.url, chosen.comments, encoder)
    elif chosen.what == "recall":
        measure_recall(archive, encoder)
    elif chosen.what == "evaluate":
        measure_quality(archive, RememberingEncoder(encoder, Path(f"/tmp/vectors-{chosen.set.name}.db")), chosen.set)
    else:
        measure_asking(archive, encoder, chosen.search)
    _say(f"load at the end {os.getloadavg()[0]:.1f}")
    archive.close()


def measure_recall(archive: Archive, encoder: SentenceEncoder) -> None:
    """Give how much of the nearest passages is found, of everything and of what filters leave, and in what time."""
    ids, vectors = _read_vectors(archive, encoder)
    asked = np.concatenate([
        np.array([encoder.encode_question(question) for question in QUESTIONS]),
        encoder.encode_comments(make_texts(_DRAWN, seed=9)),
    ])  # fmt: skip
    drawn = np.random.default_rng(1)
    _say(f"{len(ids):,} passages, {len(asked)} questions")
    for way in ("as it is", "by the index alone"):
        with _scanning(is_forced=way != "as it is"):
            for share in _SHARES:
                # Others for each question: none is lucky.
                figures = [_measure_one(archive, encoder, one, *_leave(ids, vectors, drawn, share)) for one in asked]
                ten, all_of_them, times = (np.array(some) for some in zip(*figures, strict=True))
                _say(
                    f"{way:20} {share:6.0%} of all  recall@10 {ten.mean():.4f} (least {ten.min():.1f})  "
                    f"recall@{CANDIDATES} {all_of_them.mean():.4f}  p50 {np.median(times):6.1f} ms  "
                    f"p95 {np.percentile(times, 95):6.1f} ms"
                )


def _leave(
    ids: NDArray[np.int64], vectors: NDArray[np.float32], drawn: np.random.Generator, share: float
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    if share == 1:
        return ids, vectors
    kept = np.sort(drawn.choice(len(ids), round(len(ids) * share), replace=False))
    return ids[kept], vectors[kept]


def _measure_one(
    archive: Archive,
    encoder: SentenceEncoder,
    question: NDArray[np.float32],
    ids: NDArray[np.int64],
    vectors: NDArray[np.float32],
) -> tuple[float, float, float]:
    scores = vectors @ question
    best = np.argpartition(-scores, CANDIDATES)[:CANDIDATES]
    best = ids[best[np.argsort(-scores[best])]]
    began = time.perf_counter()
    found = archive.searching.find_near(encoder.id.key, question, CANDIDATES, ids)
    taken = (time.perf_counter() - began) * 1000
    return float(np.isin(best[:_TOP], found).mean()), float(np.isin(best, found).mean()), taken


@contextmanager
def _scanning(*, is_forced: bool) -> Iterator[None]:
    before = postgres_vectors.EXACT_COMMENTS
    postgres_vectors.EXACT_COMMENTS = 0 if is_forced else before
    try:
        yield
    finally:
        postgres_vectors.EXACT_COMMENTS = before


def _read_vectors(archive: Archive, encoder: SentenceEncoder) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Give all vectors as they were made, in the order of their comments."""
    statement = text(
        "SELECT comment_id, data FROM passage JOIN text_vector USING (encoder_id, content_hash) ORDER BY comment_id"
    )
    with archive.database.reading() as connection:
        rows = connection.execute(statement).all()
    data = b"".join(row.data for row in rows)
    return np.array([row.comment_id for row in rows]), np.frombuffer(data, "<f4").reshape(len(rows), encoder.id.dim)


def measure_asking(archive: Archive, encoder: SentenceEncoder, search: str) -> None:
    """Give what a whole answer takes, and what the process holds for it."""
    for question in QUESTIONS:
        encoder.encode_question(question)
    before, began = _measure_memory(), time.perf_counter()
    searcher = Searcher(archive, encoder, make_index=DatabaseIndex if search == "database" else SearchIndex)
    searcher.live.warm_up()
    ready, viewer, times = time.perf_counter() - began, Viewer.operator(), []
    for question in QUESTIONS:
        searcher.search(Asked(question), viewer)
    worked = _measure_work(archive)
    for question in QUESTIONS * _ROUNDS:
        began = time.perf_counter()
        searcher.search(Asked(question), viewer)
        times.append((time.perf_counter() - began) * 1000)
    ours, theirs = (
        1000 * (after - then) / len(times) for after, then in zip(_measure_work(archive), worked, strict=True)
    )
    _say(
        f"{search:9} {len(searcher.live.snapshot.places):,} comments: ready after {ready:.1f} s, "
        f"{(_measure_memory() - before) / 2**20:.0f} MiB more held; "
        f"an answer p50 {statistics.median(times):.1f} ms, p95 {np.percentile(times, 95):.1f} ms, "
        f"of processors {ours:.1f} ms here and {theirs:.1f} ms in the server"
    )


def measure_quality(archive: Archive, encoder: RememberingEncoder, place: Path) -> None:
    """Give how good the ranking is over one judged set with both searches; of the database, by its index alone."""
    judged = load_judged_set(place)
    put_all(archive, judged.comments)
    index_pending(archive, lambda: encoder)
    with _scanning(is_forced=True):
        for index in (SearchIndex, DatabaseIndex):
            whole = MeasuredArchive(archive, encoder, judged.comments, index)
            whole.prepare([query.text for query in judged.queries])
            found = {query.id: whole.rank(whole.find(query.text)) for query in judged.queries}
            kept = {
                query.id: [name for name in found[query.id] if name not in query.barred] for query in judged.queries
            }
            count, figures = measure_rankings(judged, kept)
            _say(f"{judged.name:16} {count:5} queries  {index.__name__:13} {figures}")


def _measure_memory() -> int:
    """Give what this process holds of its own, in bytes."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def _measure_work(archive: Archive) -> tuple[float, float]:
    """Give the seconds of processors that this process has had, and the server for it where that is on this machine."""
    with archive.database.reading() as connection:
        pids = connection.scalars(text("SELECT pid FROM pg_stat_activity WHERE datname = current_database()")).all()
    fields = [Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split() for pid in pids]
    return time.process_time(), sum(int(one[11]) + int(one[12]) for one in fields) / os.sysconf("SC_CLK_TCK")


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
