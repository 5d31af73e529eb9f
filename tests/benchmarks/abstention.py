"""How many questions are refused at each floor: those a set's archive answers, and those of every other set.

python -m tests.benchmarks.abstention SETS_DIR
"""

import argparse
import json
import random
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bot.settings import load_settings
from bot.wiring import load_encoder
from store.evaluation.judged import JudgedQuery, JudgedSet, find_judged_sets, load_judged_set
from store.evaluation.rankers import MeasuredArchive
from store.evaluation.vectors import RememberingEncoder
from store.search.ranking import ANSWER_FLOOR
from store.search.relevance import measure_relevance

FIGURE = Path(__file__).with_name("abstention.svg")
FLOORS = np.arange(0.3, 2.0, 0.05)
_OWN, _FOREIGN = 400, 120
_WIDTH, _HEIGHT, _MARGIN = 640, 360, 48


def main() -> None:
    """Measure, print a table, and draw it."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    sets = [load_judged_set(place) for place in find_judged_sets(parser.parse_args().folder)]
    settings = load_settings()
    encoder = RememberingEncoder(load_encoder(settings), settings.cache_folder / "vectors.db")
    own, foreign, unanswerable = {}, {}, {}
    for judged in sets:
        if not judged.comments:
            continue
        with (
            tempfile.TemporaryDirectory() as folder,
            MeasuredArchive.open(judged.comments, encoder, Path(folder), lambda _: None) as archive,
        ):
            own[judged.name] = measure(archive, encoder, draw(judged, _OWN))
            others = [
                query for other in sets if other is not judged and other.comments for query in draw(other, _FOREIGN)
            ]
            foreign[judged.name] = measure(archive, encoder, others)
            for other in sets:
                if not other.comments and other.name.startswith(judged.name):
                    unanswerable[other.name] = measure(archive, encoder, list(other.queries))
    print_table(own, foreign, unanswerable)
    FIGURE.write_text(draw_figure(own, foreign), encoding="utf-8")


def draw(judged: JudgedSet, count: int) -> list[JudgedQuery]:
    """Draw some of the answerable queries of a set; the same every time."""
    queries = [query for query in judged.queries if query.grades]
    return random.Random(0).sample(queries, min(count, len(queries)))


def measure(
    archive: MeasuredArchive, encoder: RememberingEncoder, queries: Sequence[JudgedQuery]
) -> NDArray[np.float64]:
    """Give the relevance of what is nearest to each query."""
    archive.prepare([query.text for query in queries])
    found = [measure_relevance(archive.find(query.text), encoder.related_similarity) for query in queries]
    return np.array([float(relevance.max(initial=0.0)) for relevance in found])


def refuse(values: NDArray[np.float64], floor: float) -> float:
    """Give the share of questions that a floor refuses."""
    return float((values < floor).mean())


def print_table(*groups: dict[str, NDArray[np.float64]]) -> None:
    """Print what is refused at some floors, by set, in percent."""
    floors = sorted({0.6, 0.8, 0.9, ANSWER_FLOOR, 1.1, 1.2, 1.4, 1.6})
    sys.stdout.write(json.dumps({"floors": floors}) + "\n")
    for kind, group in zip(("own", "foreign", "unanswerable"), groups, strict=True):
        for name, values in group.items():
            shares = " ".join(f"{100 * refuse(values, floor):5.1f}" for floor in floors)
            sys.stdout.write(f"{kind:13} {name:20} {len(values):5} {shares}\n")
        if len(group) > 1:
            mean = [np.mean([refuse(values, floor) for values in group.values()]) for floor in floors]
            sys.stdout.write(f"{kind:13} {'mean':20} {'':5} {' '.join(f'{100 * value:5.1f}' for value in mean)}\n")


def draw_figure(own: dict[str, NDArray[np.float64]], foreign: dict[str, NDArray[np.float64]]) -> str:
    """Draw the curves: thin lines are sets, thick ones their means; own questions are dashed."""
    lines = []
    for group, style in ((own, 'stroke-dasharray="5 4" stroke="#1f5fa8"'), (foreign, 'stroke="#a8431f"')):
        curves = [[refuse(values, floor) for floor in FLOORS] for values in group.values()]
        lines += [_draw_line(curve, f'{style} stroke-width="0.7" opacity="0.6"') for curve in curves]
        lines.append(_draw_line(np.mean(curves, axis=0).tolist(), f'{style} stroke-width="3"'))
    floor = _x(ANSWER_FLOOR)
    ticks = [
        *(_text(_x(value), _HEIGHT - 28, f"{value:.1f}") for value in (0.4, 0.6, 0.8, 1.0, 1.2, 1.4, 1.6, 1.8)),
        *(_text(26, _y(value) + 4, f"{100 * value:.0f} %") for value in (0, 0.25, 0.5, 0.75, 1)),
        _text(_WIDTH / 2, _HEIGHT - 8, "floor: the least relevance that is answered"),
        _text(_WIDTH / 2, 18, "Questions refused: of the archive's own (dashed) and of other archives (solid)"),
        f'<line x1="{floor:.1f}" x2="{floor:.1f}" y1="{_y(0):.1f}" y2="{_y(1):.1f}" stroke="#444"/>',
        f'<path d="M{_MARGIN},{_y(1)}V{_y(0)}H{_WIDTH - _MARGIN}" fill="none" stroke="#999"/>',
    ]
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" font-family="sans-serif" '
        'font-size="12"><rect width="100%" height="100%" fill="white"/>'
    )
    return "\n".join([head, *lines, *ticks, "</svg>"]) + "\n"


def _draw_line(shares: Sequence[float], style: str) -> str:
    points = " ".join(f"{_x(floor):.1f},{_y(share):.1f}" for floor, share in zip(FLOORS, shares, strict=True))
    return f'<polyline fill="none" {style} points="{points}"/>'


def _text(x: float, y: float, text: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="middle">{text}</text>'


def _x(floor: float) -> float:
    return _MARGIN + (floor - FLOORS[0]) / (FLOORS[-1] - FLOORS[0]) * (_WIDTH - 2 * _MARGIN)


def _y(share: float) -> float:
    return _MARGIN - 16 + (1 - share) * (_HEIGHT - 2 * _MARGIN)


if __name__ == "__main__":
    main()
