"""`harkback evaluate`: how good the ranking is, measured on judged questions."""

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from bot.cli.main import settings_of
from bot.cli.printing import print_json, showing_progress
from bot.settings import Settings
from bot.wiring import load_encoder
from store.domain.refresh import Progress
from store.errors import EvaluationError
from store.evaluation.evaluate import DEFAULT_RANKER, RANKERS, Evaluation, evaluate, measure_rankings, rank
from store.evaluation.judged import find_judged_sets, load_judged_set
from store.evaluation.measures import Figures, mean
from store.evaluation.rankers import OnProgress
from store.evaluation.runs import write_run
from store.evaluation.vectors import RememberingEncoder

_NAMES = {"nDCG@10": "ndcg_10", "R@10": "recall_10", "MRR@10": "mrr_10", "R@50": "recall_50"}
_WIDTH = 100
# The encoder of this process.
_encoders: list[RememberingEncoder] = []
_NOTHING_JUDGED = "nothing there is judged: every set's qrels.tsv is empty"


@click.command()
@click.argument("folder", metavar="SET_DIR", type=click.Path(path_type=Path))
@click.option("--ranker", type=click.Choice(RANKERS), help="Measure this one alone.")
@click.option("--run-file", type=click.Path(path_type=Path), help="Write the ranking there, 100 deep, in TREC's form.")
@click.option("--save", type=click.Path(path_type=Path), help="Where the tables are saved as JSON.")
@click.option("--json", "as_json", is_flag=True, help="Print the figures of one ranker as JSON, a line for each set.")
@click.pass_context
def command(
    ctx: click.Context, folder: Path, ranker: str | None, run_file: Path | None, save: Path | None, *, as_json: bool
) -> int:
    """Measure the ranking on a judged set, or on every set in a folder.

    A set is a folder of corpus.jsonl, queries.jsonl and qrels.tsv. Without --ranker, --run-file or --json, all
    rankers are compared, and each ingredient of Harkback's own is left out in turn.
    """
    sets = find_judged_sets(folder)
    if run_file and len(sets) > 1:
        raise click.UsageError("a run file holds one set: name the folder of one")
    if save and (ranker or run_file or as_json):
        raise click.UsageError("--save is for the tables: leave out --ranker, --run-file and --json")
    settings = settings_of(ctx)
    if ranker or run_file or as_json:
        _measure_one(sets, ranker or DEFAULT_RANKER, _make_encoder(settings), run_file, as_json=as_json)
        return 0
    evaluations = _evaluate(sets, settings)
    if not evaluations:
        raise click.UsageError(_NOTHING_JUDGED)
    print_evaluations(evaluations)
    saved = save or settings.cache_folder / f"evaluation-{folder.resolve().name}.json"
    _save(saved, evaluations)
    click.echo(f"Saved as {saved}")
    return 0


def _save(place: Path, evaluations: Sequence[Evaluation]) -> None:
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(json.dumps([_build_json(one) for one in evaluations], indent=2) + "\n", encoding="utf-8")
    except OSError as error:
        reason = (error.strerror or type(error).__name__).lower()
        raise EvaluationError(
            f"cannot save the figures: {str(place)!r}: {reason}: name another file with --save"
        ) from error


def _make_encoder(settings: Settings) -> RememberingEncoder:
    return RememberingEncoder(load_encoder(settings), settings.cache_folder / "vectors.db")


def _evaluate(sets: Sequence[Path], settings: Settings) -> list[Evaluation]:
    """Evaluate sets, several at once on as many processors; those that nobody judged are left out."""
    with showing_progress() as show:
        if len(sets) == 1:
            _start_worker(settings)
            found = [_evaluate_set(sets[0], show)]
        else:
            found = []
            # Those with most questions first, so that no processor is left with one of them at the end.
            largest_first = sorted(sets, key=lambda place: -(place / "queries.jsonl").stat().st_size)
            # A process that has loaded the model must not be forked.
            with ProcessPoolExecutor(
                min(len(sets), os.cpu_count() or 1), get_context("spawn"), _start_worker, (settings,)
            ) as pool:
                waiting = [pool.submit(_evaluate_set, place) for place in largest_first]
                for done, finished in enumerate(as_completed(waiting), start=1):
                    found.append(finished.result())
                    show(Progress("evaluating sets", done, len(sets)))
    return sorted((one for one in found if one), key=lambda one: one.name)


def _start_worker(settings: Settings) -> None:
    """Load the encoder, once for all sets that a process evaluates."""
    _encoders[:] = [_make_encoder(settings)]


def _evaluate_set(place: Path, show: OnProgress = lambda _: None) -> Evaluation | None:
    judged = load_judged_set(place)
    if not any(query.grades for query in judged.queries):
        return None
    return evaluate(judged, _encoders[0], show)


def _measure_one(
    sets: Sequence[Path], ranker: str, encoder: RememberingEncoder, run_file: Path | None, *, as_json: bool
) -> None:
    is_done = run_file is not None
    for place in sets:
        judged = load_judged_set(place)
        with showing_progress() as show:
            rankings = rank(judged, ranker, encoder, show)
        if run_file:
            write_run(run_file, rankings, ranker)
        if not any(query.grades for query in judged.queries):
            continue
        is_done = True
        count, figures = measure_rankings(judged, rankings)
        line = {"set": judged.name, "ranker": ranker, "queries": count, **_name_figures(figures)}
        if as_json:
            print_json(line)
        else:
            click.echo("  ".join(f"{name} {value}" for name, value in line.items()))
    if not is_done:
        raise click.UsageError(_NOTHING_JUDGED)


def print_evaluations(evaluations: Sequence[Evaluation]) -> None:
    """Print each set's rankers, then what each ingredient brings and what display changes, over all sets."""
    console = Console() if Console().is_terminal else Console(width=_WIDTH)
    table = Table("set", "ranker", *_NAMES)
    for one in evaluations:
        _add_rows(table, f"{one.name}, {one.queries:,} queries", one.rankers)
    if len(evaluations) > 1:
        _add_rows(table, f"mean of {len(evaluations)} sets", _average([one.rankers for one in evaluations]))
    console.print(table)
    console.print(_build_ablation(evaluations))
    console.print(_build_first_five(evaluations))


def _add_rows(table: Table, name: str, rankers: Mapping[str, Figures]) -> None:
    for number, (ranker, figures) in enumerate(rankers.items()):
        values = [f"{value:.3f}" for value in _name_figures(figures).values()]
        table.add_row("" if number else name, ranker, *values, end_section=number == len(rankers) - 1)


def _build_ablation(evaluations: Sequence[Evaluation]) -> Table:
    """Build the table of what is lost without each ingredient; negative where it is better without."""
    full = _average([one.rankers for one in evaluations])[DEFAULT_RANKER]
    table = Table(f"{DEFAULT_RANKER} without", *_NAMES, "lost nDCG@10", title="Each ingredient left out")
    for name, figures in _average([one.ablation for one in evaluations]).items():
        values = [f"{value:.3f}" for value in _name_figures(figures).values()]
        table.add_row(name, *values, f"{full.ndcg_10 - figures.ndcg_10:+.3f}")
    return table


def _build_first_five(evaluations: Sequence[Evaluation]) -> Table:
    table = Table(
        "the first five", "nDCG@5", "authors", "discussions", title="What folding, mixing and grouping change"
    )
    for name, fives in (
        ("as ranked", [one.ranked for one in evaluations]),
        ("as shown", [one.shown for one in evaluations]),
    ):
        table.add_row(
            name,
            f"{_mean_of(five.ndcg_5 for five in fives):.3f}",
            f"{_mean_of(five.authors for five in fives):.2f}",
            f"{_mean_of(five.discussions for five in fives):.2f}",
        )
    return table


def _average(tables: Sequence[Mapping[str, Figures]]) -> dict[str, Figures]:
    """Average over sets, each counting the same."""
    return {name: mean(table[name] for table in tables) for name in tables[0]}


def _mean_of(values: Iterable[float]) -> float:
    listed = list(values)
    return sum(listed) / len(listed)


def _name_figures(figures: Figures) -> dict[str, float]:
    return {name: round(getattr(figures, field), 4) for name, field in _NAMES.items()}


def _build_json(evaluation: Evaluation) -> dict[str, Any]:
    return {
        "set": evaluation.name,
        "queries": evaluation.queries,
        "rankers": {name: _name_figures(figures) for name, figures in evaluation.rankers.items()},
        "without": {name: _name_figures(figures) for name, figures in evaluation.ablation.items()},
        "first_five": {"ranked": asdict(evaluation.ranked), "shown": asdict(evaluation.shown)},
    }
