"""Importing, end to end, against plain encoding of the same texts: how much faster, and where the time goes.

python -m tests.benchmarks.throughput [PLACE] [--comments 4000] [--rounds 3] [--only 0.3] [--one-thread]

PLACE is any export; without it, texts are made of the sample archive's sentences. Both load the model before the clock
runs, and take turns in one process. The import is of a JSONL file into a new archive: parsed, planned, stored, embedded
and indexed. Plain encoding is `SentenceTransformer(folder).encode(texts, batch_size=32)`. Where other work runs beside,
count the processor's time of one thread.
"""

import argparse
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from embeddings.sentence import DEFAULT_MODEL, SentenceEncoder, load_sentence_encoder, locate_model
from store.archive import Archive
from store.domain.comment import Comment
from store.refresh.indexing import index_pending
from store.refresh.parts import part_files
from store.refresh.reading import ImportRequest
from store.refresh.refreshing import Places
from store.sources.files import open_files
from tests.benchmarks.material import make_texts, write_records

SHARES = {0.0: 1.5, 0.3: 2.0}
_WARM_UP = 64


@dataclass(frozen=True)
class Measured:
    """One way to measure: seconds of each round, and of each stage of the import."""

    plain: Sequence[float]
    whole: Sequence[float]
    stages: Sequence[Mapping[str, float]]

    @property
    def ratio(self) -> float:
        """How many times as fast the import is, of rounds beside each other."""
        return statistics.median(plain / whole for plain, whole in zip(self.plain, self.whole, strict=True))


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("place", nargs="?", type=Path)
    parser.add_argument("--comments", type=int, default=4_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", type=float, choices=sorted(SHARES))
    parser.add_argument("--one-thread", action="store_true")
    chosen = parser.parse_args()
    clock = use_one_thread() if chosen.one_thread else time.perf_counter
    comments = read_comments(chosen.place, chosen.comments)
    encoder = load_sentence_encoder()
    plain = load_plain()
    for share in [chosen.only] if chosen.only is not None else SHARES:
        repeated = repeat(comments, share)
        measured = measure(repeated, encoder, plain, chosen.rounds, clock)
        show(repeated, share, measured)


def read_comments(place: Path | None, count: int) -> list[dict[str, Any]]:
    """Give comments of different texts as records, in the order that they stand in."""
    if place is None:
        found = [{"text": text, "author": f"Person {number % 200}"} for number, text in enumerate(make_texts(count))]
    else:
        parts, _ = part_files(list(open_files(place)), str(place))
        came = (item for part in parts for item in part.format.parse(iter(part.files)) if isinstance(item, Comment))
        found = [{"text": one.text, "author": one.author.name} for one in came]
    different = list({one["text"]: one for one in found}.values())
    return random.Random(1).sample(different, min(count, len(different)))


def repeat(comments: Sequence[dict[str, Any]], share: float) -> list[dict[str, Any]]:
    """Say a share of the comments once more in place of others, as who posts the same in several places does."""
    kept = list(comments[: round(len(comments) * (1 - share))])
    again = random.Random(2).choices(kept, k=len(comments) - len(kept))
    every = kept + again
    random.Random(3).shuffle(every)
    return [{"id": f"{number}", "thread": f"t{number // 8}", **one} for number, one in enumerate(every)]


def load_plain() -> Callable[[list[str]], object]:
    """Load the model as anybody would, in float32."""
    from sentence_transformers import SentenceTransformer  # noqa: PLC0415  # heavy

    model = SentenceTransformer(locate_model(DEFAULT_MODEL)[0], local_files_only=True, device="cpu")
    return lambda texts: model.encode(texts, batch_size=32, show_progress_bar=False)


def use_one_thread() -> Callable[[], float]:
    """Compute in one thread; give the clock that counts what it takes of the processor."""
    import torch  # noqa: PLC0415  # heavy

    torch.set_num_threads(1)
    return time.process_time


def measure(
    comments: Sequence[dict[str, Any]],
    encoder: SentenceEncoder,
    plain: Callable[[list[str]], object],
    rounds: int,
    clock: Callable[[], float],
) -> Measured:
    """Take turns, and begin with another one each round."""
    texts = [one["text"] for one in comments]
    plain(texts[:_WARM_UP])
    encoder.encode_comments(texts[:_WARM_UP])
    seconds: dict[str, list[float]] = {"plain": [], "whole": []}
    stages = []
    for number in range(rounds):
        for way in ("plain", "whole") if number % 2 == 0 else ("whole", "plain"):
            began = clock()
            if way == "plain":
                plain(texts)
            else:
                stages.append(import_once(comments, encoder))
            seconds[way].append(clock() - began)
    return Measured(seconds["plain"], seconds["whole"], stages)


def import_once(comments: Sequence[dict[str, Any]], encoder: SentenceEncoder) -> Mapping[str, float]:
    """Import into a new archive; give the seconds of each stage."""
    with tempfile.TemporaryDirectory(prefix="harkback-benchmark-") as name:
        place = Path(name, "comments.jsonl")
        write_records(place, comments)
        with closing(Archive.open(f"sqlite:///{name}/archive.db")) as archive:
            places = Places(archive, nullcontext, lambda note: index_pending(archive, lambda: encoder, note))
            [report] = places.import_place(ImportRequest(str(place), "comments"))
            assert report.added == len(comments)
            assert archive.indexing.count_changes() == 0
            [refresh] = archive.refreshes.list_latest()
    return refresh.seconds


def show(comments: Sequence[dict[str, Any]], share: float, measured: Measured) -> None:
    """Print the figures."""
    chars = statistics.mean(len(one["text"]) for one in comments)
    plain, whole = statistics.median(measured.plain), statistics.median(measured.whole)
    write(f"{len(comments):,} comments of {chars:.0f} characters on average, {share:.0%} of them said before")
    write(f"  plain encode, batch 32   {plain:6.2f} s   {describe(measured.plain)}")
    write(f"  import, end to end       {whole:6.2f} s   {describe(measured.whole)}")
    write(f"  {measured.ratio:.2f} × as fast (to reach: {SHARES[share]})")
    for stage in measured.stages[0]:
        share_of = statistics.median(one[stage] / sum(one.values()) for one in measured.stages)
        write(f"    {stage:22} {share_of:6.1%}")


def describe(seconds: Sequence[float]) -> str:
    """Give the seconds of each round."""
    return " ".join(f"{one:.2f}" for one in seconds)


def write(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
