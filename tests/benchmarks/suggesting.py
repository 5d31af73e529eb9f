"""How many questions get a suggestion at each floor: of a set's own, the right discussion or another; and of others'.

python -m tests.benchmarks.suggesting SETS_DIR [SET…]
"""

import argparse
import sys
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

from bot.settings import load_settings
from bot.slack.suggesting import SUGGESTION_FLOOR
from bot.wiring import load_encoder
from store.evaluation.judged import JudgedQuery, JudgedSet, load_judged_set
from store.evaluation.rankers import MeasuredArchive
from store.evaluation.vectors import RememberingEncoder
from store.search.relevance import measure_relevance
from store.text.words import index_terms
from tests.benchmarks.abstention import draw

# Where people ask, in other words, what was asked before.
_SETS = ("stackfaq-posts", "semeval-cqa-b")
_FOREIGN = ("bc3-mails", "locomo", "qmsum-committee", *_SETS)
_FLOORS = (1.0, 1.2, 1.4, 1.6, 1.8, SUGGESTION_FLOOR, 2.2, 2.4)
_OWN, _OF_EACH = 200, 40


@dataclass(frozen=True)
class Best:
    """How far the best comment is about a question, and whether its discussion is one that people found relevant."""

    relevance: float
    is_right: bool


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("sets", nargs="*", default=_SETS)
    chosen = parser.parse_args()
    settings = load_settings()
    encoder = RememberingEncoder(load_encoder(settings), settings.cache_folder / "vectors.db")
    foreign = {name: draw(load_judged_set(chosen.folder / name), _OF_EACH) for name in _FOREIGN}
    sys.stdout.write(f"{'':16}floor {' '.join(f'{floor:5.1f}' for floor in _FLOORS)}\n")
    for name in chosen.sets:
        judged = load_judged_set(chosen.folder / name)
        with (
            tempfile.TemporaryDirectory() as folder,
            MeasuredArchive.open(judged.comments, encoder, Path(folder), lambda _: None) as archive,
        ):
            own = measure(archive, encoder, judged, draw(judged, _OWN))
            others = [query for other, queries in foreign.items() if other != name for query in queries]
            strange = measure(archive, encoder, judged, others)
        write(name, "right", own, [one for one in own if one.is_right])
        write(name, "wrong", own, [one for one in own if not one.is_right])
        write(name, "foreign", strange, strange)


def measure(
    archive: MeasuredArchive, encoder: RememberingEncoder, judged: JudgedSet, queries: list[JudgedQuery]
) -> list[Best]:
    """Give the best comment for each query, less what may not stand in its ranking and what is the query itself."""
    threads = {comment.native_id: comment.discussion.native_id for comment in judged.comments}
    terms = {comment.native_id: index_terms(comment.text) for comment in judged.comments}
    archive.prepare([query.text for query in queries])
    found = []
    for query in queries:
        asked = index_terms(query.text)
        itself = {name for name, said in terms.items() if said == asked}
        found.append(_find_best(archive, encoder, replace(query, barred=query.barred | itself), threads))
    return found


def _find_best(
    archive: MeasuredArchive, encoder: RememberingEncoder, query: JudgedQuery, threads: dict[str, str]
) -> Best:
    evidence = archive.find(query.text)
    relevance = measure_relevance(evidence, encoder.related_similarity)
    by_name = dict(zip(archive.name(evidence), relevance.tolist(), strict=True))
    best = next((name for name in archive.rank(evidence) if name not in query.barred), None)
    if best is None:
        return Best(0.0, is_right=False)
    right = {threads[name] for name in query.grades if name in threads}
    return Best(by_name[best], is_right=threads[best] in right)


def write(name: str, kind: str, every: list[Best], some: list[Best]) -> None:
    """Print what part of all questions gets a suggestion of a kind at each floor, in percent."""
    shares = [100 * sum(one.relevance >= floor for one in some) / len(every) for floor in _FLOORS]
    sys.stdout.write(f"{name:14} {kind:7} {' '.join(f'{share:5.1f}' for share in shares)}\n")


if __name__ == "__main__":
    main()
