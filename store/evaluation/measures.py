"""How good a ranking is: nDCG, recall and reciprocal rank. Pure: numbers in, numbers out."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass

from store.errors import EvaluationError

_TOP = 10
_DEEP = 50


@dataclass(frozen=True, slots=True)
class Figures:
    """What is measured of one ranking, or the means over many; each from 0 to 1, higher is better."""

    ndcg_10: float
    recall_10: float
    mrr_10: float
    recall_50: float


def measure(ranked: Sequence[str], grades: Mapping[str, float]) -> Figures:
    """Measure the ranking of one query.

    With g(i) the grade of what stands at rank i, and 0 for what has none:

    - nDCG@10: DCG / ideal DCG, where DCG is the sum over i = 1…10 of g(i) / log2(i + 1), and the ideal one has the
      highest grades first (Järvelin and Kekäläinen 2002, with the grade itself as the gain).
    - R@10: relevant among the first 10 / the most there could be: the lesser of 10 and all that are relevant.
    - MRR@10: 1 / the rank of the first relevant one, 0 if it is not among the first 10.
    - R@50: relevant among the first 50 / all that are relevant.

    Args:
        ranked: Ids, best first, none twice, without those that are barred from the query's ranking.
        grades: By id; what has no grade above 0 is not relevant.

    Raises:
        EvaluationError: Nothing is relevant, so that nothing can be measured.
    """
    relevant = {name: grade for name, grade in grades.items() if grade > 0}
    if not relevant:
        raise EvaluationError(
            "cannot measure the ranking: its query: nothing is judged relevant to it: leave such queries out"
        )
    gains = [relevant.get(name, 0.0) for name in ranked[:_TOP]]
    first = next((rank for rank, gain in enumerate(gains, start=1) if gain), None)
    return Figures(
        ndcg_10=_discount(gains) / _discount(sorted(relevant.values(), reverse=True)[:_TOP]),
        recall_10=_count(ranked[:_TOP], relevant) / min(len(relevant), _TOP),
        mrr_10=1 / first if first else 0.0,
        recall_50=_count(ranked[:_DEEP], relevant) / len(relevant),
    )


def measure_gain(gains: Sequence[float], grades: Mapping[str, float]) -> float:
    """Give the nDCG of the grades that stand at the first ranks, at the depth of as many as there are."""
    ideal = sorted((grade for grade in grades.values() if grade > 0), reverse=True)[: len(gains)]
    return _discount(gains) / _discount(ideal) if ideal else 0.0


def mean(figures: Iterable[Figures]) -> Figures:
    """Give the mean of each figure, every query counting the same.

    Raises:
        EvaluationError: There are none.
    """
    columns = list(zip(*map(astuple, figures), strict=True))
    if not columns:
        raise EvaluationError(
            "cannot average the figures: of no query: nothing was measured: give a set that has judged queries"
        )
    return Figures(*(math.fsum(column) / len(column) for column in columns))


def _discount(gains: Iterable[float]) -> float:
    """Sum gains, each divided by the binary logarithm of its rank and one."""
    return sum(gain / math.log2(rank + 1) for rank, gain in enumerate(gains, start=1))


def _count(ranked: Sequence[str], relevant: Mapping[str, float]) -> int:
    return len(relevant.keys() & set(ranked))
