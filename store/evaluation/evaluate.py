"""Measuring rankers over a judged set: their table, what each ingredient brings, what display changes."""

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import astuple, dataclass, replace
from pathlib import Path

from store.domain.comment import Comment
from store.domain.refresh import Progress
from store.evaluation.judged import JudgedQuery, JudgedSet
from store.evaluation.measures import Figures, mean, measure, measure_gain
from store.evaluation.rankers import MeasuredArchive, OnProgress, fuse_ranks, strip
from store.evaluation.vectors import RememberingEncoder
from store.search.display import Ranked
from store.search.fusion import Evidence, Weights

# The field's three, over the plain text, and the search's own.
RANKERS = ("lexical", "dense", "hybrid", "harkback")
DEFAULT_RANKER = RANKERS[-1]
_PROGRESS_EVERY = 50
_FIRST = 5
# How many of a ranking are arranged: a few pages.
_ARRANGED = 30
_FULL = Weights()

# What is left out, and how. What a turn borrows from those around goes back to what it has of its own.
ABLATIONS: Mapping[str, Weights] = {
    "words of the turns around": replace(_FULL, words=_FULL.words + _FULL.context, context=0),
    "meaning of the turns around": replace(_FULL, meaning=_FULL.meaning + _FULL.nearby, nearby=0),
    "the opening comment": replace(_FULL, opening=0, opener=0),
    "the author's name in the question": replace(_FULL, named=0),
    "closeness of words": replace(_FULL, closeness=0),
    "what the question is narrowed to": replace(_FULL, within=0),
    "all words": replace(_FULL, words=0, context=0, closeness=0, named=0),
    "all meaning": replace(_FULL, meaning=0, nearby=0, opening=0),
}
_BY_RANKS = "scores (ranks are fused)"
_PLAIN = "author and title"


@dataclass(frozen=True, slots=True)
class FirstFive:
    """What the first five hold: nDCG@5, and how many different authors and discussions. Means over queries."""

    ndcg_5: float
    authors: float
    discussions: float


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The figures of one set: by ranker, by what is left out, and of the first five as ranked and as shown."""

    name: str
    queries: int
    rankers: Mapping[str, Figures]
    ablation: Mapping[str, Figures]
    ranked: FirstFive
    shown: FirstFive


def evaluate(judged: JudgedSet, encoder: RememberingEncoder, on_progress: OnProgress) -> Evaluation:
    """Measure every ranker over a set, and what each ingredient brings.

    Raises:
        EvaluationError: No query of the set has anything relevant, or the vectors cannot be kept.
    """
    queries = [query for query in judged.queries if query.grades]
    figures: dict[str, list[Figures]] = {name: [] for name in RANKERS}
    fives = []
    with _opened(judged, encoder, on_progress) as (whole, plain):
        for query in _following(queries, on_progress):
            evidence = whole.find(query.text)
            rankings = _rank_plainly(plain, query) | _rank_by_parts(whole, plain, evidence, query)
            for name, ranking in rankings.items():
                figures.setdefault(name, []).append(measure(_drop_barred(ranking, query), query.grades))
            ranked = whole.read(_drop_barred(rankings[DEFAULT_RANKER], query)[:_ARRANGED], evidence)
            shown = whole.arrange(ranked, query.text)
            fives.append((_look_at_first(ranked, query), _look_at_first(shown, query)))
    means = {name: mean(some) for name, some in figures.items()}
    return Evaluation(
        name=judged.name,
        queries=len(queries),
        rankers={name: means[name] for name in RANKERS},
        ablation={name: figure for name, figure in means.items() if name not in RANKERS},
        ranked=_average([ranked for ranked, _ in fives]),
        shown=_average([shown for _, shown in fives]),
    )


def rank(judged: JudgedSet, ranker: str, encoder: RememberingEncoder, on_progress: OnProgress) -> dict[str, list[str]]:
    """Rank the comments of a set for every query, by one ranker; barred ones are left out."""
    with _opened(judged, encoder, on_progress) as (whole, plain):
        rankings = {}
        for query in _following(judged.queries, on_progress):
            if ranker == DEFAULT_RANKER:
                ranking = whole.rank(whole.find(query.text))
            else:
                ranking = _rank_plainly(plain, query)[ranker]
            rankings[query.id] = _drop_barred(ranking, query)
    return rankings


def measure_rankings(judged: JudgedSet, rankings: Mapping[str, Sequence[str]]) -> tuple[int, Figures]:
    """Give how many queries were judged, and the means of their figures.

    Raises:
        EvaluationError: None was.
    """
    figures = [measure(rankings[query.id], query.grades) for query in judged.queries if query.grades]
    return len(figures), mean(figures)


@contextmanager
def _opened(
    judged: JudgedSet, encoder: RememberingEncoder, on_progress: OnProgress
) -> Iterator[tuple[MeasuredArchive, MeasuredArchive]]:
    """Open the set twice: whole, and with nothing but its text, which is the same archive where it has no more."""
    stripped = [strip(comment) for comment in judged.comments]
    with ExitStack() as stack:

        def open_archive(comments: Sequence[Comment]) -> MeasuredArchive:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="harkback-evaluation-")))
            return stack.enter_context(MeasuredArchive.open(comments, encoder, folder, on_progress))

        whole = open_archive(judged.comments)
        plain = whole if stripped == list(judged.comments) else open_archive(stripped)
        for archive in {id(one): one for one in (whole, plain)}.values():
            archive.prepare([query.text for query in judged.queries])
        yield whole, plain


def _following(queries: Sequence[JudgedQuery], on_progress: OnProgress) -> Iterator[JudgedQuery]:
    for done, query in enumerate(queries):
        if done % _PROGRESS_EVERY == 0:
            on_progress(Progress("ranking", done, len(queries)))
        yield query
    on_progress(Progress("ranking", len(queries), len(queries)))


def _rank_plainly(plain: MeasuredArchive, query: JudgedQuery) -> dict[str, list[str]]:
    """Rank as the field does."""
    lexical, dense = plain.rank_by_words(query.text), plain.rank_by_meaning(query.text)
    return dict(zip(RANKERS, (lexical, dense, fuse_ranks([lexical, dense])), strict=False))


def _rank_by_parts(
    whole: MeasuredArchive, plain: MeasuredArchive, evidence: Evidence, query: JudgedQuery
) -> dict[str, list[str]]:
    """Rank as the search does, and with each ingredient left out."""
    rankings = {name: whole.rank(evidence, weights) for name, weights in ABLATIONS.items()}
    ranking = whole.rank(evidence)
    without = ranking if plain is whole else plain.rank(plain.find(query.text))
    return {DEFAULT_RANKER: ranking, **rankings, _BY_RANKS: whole.rank_by_ranks(evidence), _PLAIN: without}


def _drop_barred(ranking: Sequence[str], query: JudgedQuery) -> list[str]:
    return [name for name in ranking if name not in query.barred]


def _look_at_first(hits: Sequence[Ranked], query: JudgedQuery) -> FirstFive:
    first = hits[:_FIRST]
    # Those that were folded into one say the same.
    gains = [max(query.grades.get(comment.native_id, 0.0) for comment in (hit.comment, *hit.also)) for hit in first]
    return FirstFive(
        measure_gain(gains, query.grades),
        len({hit.comment.author for hit in first}),
        len({hit.comment.discussion_id for hit in first}),
    )


def _average(fives: Sequence[FirstFive]) -> FirstFive:
    columns = zip(*map(astuple, fives), strict=True)
    return FirstFive(*(sum(column) / len(fives) for column in columns))
