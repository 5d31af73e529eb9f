"""`harkback evaluate`: its figures, however they are asked for, are the same ones."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from store.evaluation.evaluate import ABLATIONS, RANKERS
from store.evaluation.judged import load_judged_set
from store.evaluation.measures import mean, measure
from store.evaluation.runs import RUN_DEPTH
from tests.bot.cli.conftest import Done, Run
from tests.bot.cli.test_main import assert_four_parts
from tests.store.evaluation.making import AUTHORS, JUDGED, QUERIES, make_records, write_judged_set

KEYS = ["set", "ranker", "queries", "nDCG@10", "R@10", "MRR@10", "R@50"]
FIGURES = KEYS[3:]
WITHOUT = [*ABLATIONS, "scores (ranks are fused)", "author and title"]
BARRED = {"q1": {"l0"}, "q3": {"f0", "f6"}}
# More comments than a run is deep, all of them about what is asked.
CROWD = [
    {"id": f"x{number}", "text": f"The ferry, number {number}, in a winter storm.", "author": AUTHORS[number % 4]}
    for number in range(RUN_DEPTH + 40)
]


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where vectors and results are kept."""
    folder = tmp_path / "cache"
    monkeypatch.setenv("HARKBACK_CACHE_FOLDER", str(folder))
    return folder


@pytest.fixture
def harbour(tmp_path: Path) -> Path:
    return write_judged_set(tmp_path / "sets" / "harbour")


def rows_of(out: str) -> list[list[str]]:
    """Give the cells of every row of the tables."""
    rows = [[cell.strip() for cell in re.split("[│┃]", line)[1:-1]] for line in out.splitlines() if line[:1] in "│┃"]
    return [row for row in rows if row]


def format_figures(figures: dict[str, float]) -> list[str]:
    return [f"{figures[name]:.3f}" for name in FIGURES]


def read_run(path: Path) -> dict[str, list[str]]:
    """Read a run as a scorer does."""
    rankings: dict[str, list[tuple[int, str]]] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        query, zero, document, rank, score, tag = line.split()
        assert (zero, int(score), tag in RANKERS) == ("Q0", RUN_DEPTH + 1 - int(rank), True)
        rankings.setdefault(query, []).append((int(rank), document))
    for ranked in rankings.values():
        assert [rank for rank, _ in ranked] == list(range(1, len(ranked) + 1))
    return {query: [document for _, document in ranked] for query, ranked in rankings.items()}


def measure_run(folder: Path, path: Path) -> dict[str, float]:
    rankings = read_run(path)
    figures = mean(
        measure(rankings.get(query.id, []), query.grades) for query in load_judged_set(folder).queries if query.grades
    )
    values = (figures.ndcg_10, figures.recall_10, figures.mrr_10, figures.recall_50)
    return {name: round(value, 4) for name, value in zip(FIGURES, values, strict=True)}


def figures_of(line: dict[str, Any]) -> dict[str, float]:
    return {name: line[name] for name in FIGURES}


def test_evaluate_prints_every_ranker_and_every_ablation_and_saves_them(run: Run, harbour: Path, cache: Path):
    done = run("evaluate", harbour)

    assert (done.code, done.err) == (0, "")
    saved = cache / "evaluation-harbour.json"
    assert done.out.endswith(f"\nSaved as {saved}\n")
    [found] = json.loads(saved.read_text(encoding="utf-8"))
    assert list(found) == ["set", "queries", "rankers", "without", "first_five"]
    assert (found["set"], found["queries"]) == ("harbour", JUDGED)
    assert (list(found["rankers"]), list(found["without"])) == ([*RANKERS], WITHOUT)

    table, ablation, five = (
        rows_of(part) for part in re.split(r"\n.*(?:Each ingredient left out|What folding).*\n", done.out)
    )
    assert table == [
        ["set", "ranker", *FIGURES],
        *(
            ["" if number else f"harbour, {JUDGED} queries", name, *format_figures(figures)]
            for number, (name, figures) in enumerate(found["rankers"].items())
        ),
    ]
    full = found["rankers"]["harkback"]["nDCG@10"]
    assert ablation[0] == ["harkback without", *FIGURES, "lost nDCG@10"]
    assert [row[:-1] for row in ablation[1:]] == [
        [name, *format_figures(figures)] for name, figures in found["without"].items()
    ]
    assert [float(row[-1]) for row in ablation[1:]] == pytest.approx(
        [full - figures["nDCG@10"] for figures in found["without"].values()], abs=0.0011
    )
    assert five == [
        ["the first five", "nDCG@5", "authors", "discussions"],
        *(
            [shown, f"{values['ndcg_5']:.3f}", f"{values['authors']:.2f}", f"{values['discussions']:.2f}"]
            for shown, values in zip(("as ranked", "as shown"), found["first_five"].values(), strict=True)
        ),
    ]
    assert list(found["first_five"]) == ["ranked", "shown"]


def test_evaluate_saves_where_it_is_told_to(run: Run, harbour: Path, tmp_path: Path, cache: Path):
    place = tmp_path / "new" / "results.json"

    done = run("evaluate", harbour, "--save", place)

    assert (done.code, done.out.splitlines()[-1]) == (0, f"Saved as {place}")
    assert [found["set"] for found in json.loads(place.read_text(encoding="utf-8"))] == ["harbour"]
    assert [path.name for path in cache.iterdir()] == ["vectors.db"]


def test_evaluate_json_has_the_contracts_keys_and_the_tables_figures(run: Run, harbour: Path, cache: Path):
    lines = {ranker: run("evaluate", harbour, "--ranker", ranker, "--json").json for ranker in RANKERS}
    alone = run("evaluate", harbour, "--json")

    assert (alone.code, alone.err, alone.json) == (0, "", lines["harkback"])
    for ranker, line in lines.items():
        assert list(line) == KEYS
        assert (line["set"], line["ranker"], line["queries"]) == ("harbour", ranker, JUDGED)
    # A ranker alone saves nothing.
    assert [path.name for path in cache.iterdir()] == ["vectors.db"]
    run("evaluate", harbour)
    [found] = json.loads((cache / "evaluation-harbour.json").read_text(encoding="utf-8"))
    assert found["rankers"] == {ranker: figures_of(line) for ranker, line in lines.items()}


def test_evaluate_prints_one_ranker_on_a_line(run: Run, harbour: Path):
    line = run("evaluate", harbour, "--ranker", "lexical", "--json").json

    done = run("evaluate", harbour, "--ranker", "lexical")

    assert (done.code, done.err) == (0, "")
    assert done.out == "  ".join(f"{name} {value}" for name, value in line.items()) + "\n"


@pytest.mark.parametrize("ranker", RANKERS)
def test_run_file_has_the_figures_that_are_printed(run: Run, harbour: Path, tmp_path: Path, ranker: str):
    path = tmp_path / "run.txt"

    done = run("evaluate", harbour, "--ranker", ranker, "--run-file", path, "--json")

    assert (done.code, list(done.json)) == (0, KEYS)
    assert measure_run(harbour, path) == figures_of(done.json)
    rankings = read_run(path)
    ids = {record["id"] for record in make_records()}
    # The query that nobody judged is ranked as well.
    assert list(rankings) == [query["id"] for query in QUERIES]
    for query, ranked in rankings.items():
        assert set(ranked) <= ids - BARRED.get(query, set())


def test_run_file_is_of_the_default_ranker(run: Run, harbour: Path, tmp_path: Path):
    done = run("evaluate", harbour, "--run-file", tmp_path / "run.txt")

    assert (done.code, done.err) == (0, "")
    assert done.out.startswith(f"set harbour  ranker harkback  queries {JUDGED}  nDCG@10 ")
    named = run("evaluate", harbour, "--ranker", "harkback", "--run-file", tmp_path / "named.txt")
    assert (named.out, (tmp_path / "named.txt").read_bytes()) == (done.out, (tmp_path / "run.txt").read_bytes())


@pytest.mark.parametrize("ranker", RANKERS)
def test_run_file_ends_at_its_depth_below_what_is_barred(run: Run, tmp_path: Path, ranker: str):
    folder = write_judged_set(tmp_path / "crowd", [*make_records(), *CROWD])

    done = run("evaluate", folder, "--ranker", ranker, "--run-file", tmp_path / "run.txt", "--json")

    rankings = read_run(tmp_path / "run.txt")
    assert max(len(ranked) for ranked in rankings.values()) == len(rankings["q3"]) == RUN_DEPTH
    assert not set(rankings["q3"]) & BARRED["q3"]
    assert measure_run(folder, tmp_path / "run.txt") == figures_of(done.json)


def test_run_file_of_a_set_that_nobody_judged_is_written(run: Run, tmp_path: Path):
    folder = write_judged_set(tmp_path / "unjudged", grades=[])

    done = run("evaluate", folder, "--run-file", tmp_path / "run.txt")

    assert (done.code, done.out) == (0, "")
    assert list(read_run(tmp_path / "run.txt")) == [query["id"] for query in QUERIES]


def test_folder_of_sets_prints_each_and_the_mean(run: Run, tmp_path: Path, cache: Path):
    sets = tmp_path / "sets"
    # The first in the alphabet has most questions to do, the last is judged by nobody.
    write_judged_set(sets / "boats", [*make_records(), *CROWD[:9]])
    write_judged_set(sets / "harbour")
    write_judged_set(sets / "unjudged", grades=[])

    done = run("evaluate", sets)

    assert (done.code, done.err) == (0, "")
    saved = json.loads((cache / "evaluation-sets.json").read_text(encoding="utf-8"))
    assert [found["set"] for found in saved] == ["boats", "harbour"]
    singles = []
    for name in ("boats", "harbour"):
        run("evaluate", sets / name)
        singles += json.loads((cache / f"evaluation-{name}.json").read_text(encoding="utf-8"))
    assert saved == singles
    rows = rows_of(done.out)[1:13]
    assert [row[0] for row in rows if row[0]] == [
        f"boats, {JUDGED} queries",
        f"harbour, {JUDGED} queries",
        "mean of 2 sets",
    ]
    assert [row[1] for row in rows] == [*RANKERS] * 3
    means = [[sum(found["rankers"][ranker][name] for found in saved) / 2 for name in FIGURES] for ranker in RANKERS]
    printed = [[float(cell) for cell in row[2:]] for row in rows]
    assert printed[:8] == [[float(f"{value:.3f}") for value in found["rankers"][ranker].values()]
                           for found in saved for ranker in RANKERS]  # fmt: skip
    assert printed[8:] == [pytest.approx(row, abs=0.0006) for row in means]
    lines = [json.loads(line) for line in run("evaluate", sets, "--json").out.splitlines()]
    assert [(line["set"], figures_of(line)) for line in lines] == [
        (found["set"], found["rankers"]["harkback"]) for found in saved
    ]


@pytest.mark.parametrize("arguments", [(), ("--json",), ("--ranker", "dense")])
def test_folder_that_is_missing_is_told_about(run: Run, tmp_path: Path, arguments: tuple[str, ...]):
    done = run("evaluate", tmp_path / "gone", *arguments)

    assert (done.code, done.out) == (3, "")
    assert_four_parts(done.err, "find judged sets", "gone", "neither it nor a folder in it holds", "name a folder")


def test_set_that_is_damaged_is_told_about(run: Run, harbour: Path):
    (harbour / "qrels.tsv").write_text("query-id\tdoc-id\tgrade\nq1\tl1\n", encoding="utf-8")

    done = run("evaluate", harbour)

    assert (done.code, done.out) == (3, "")
    assert_four_parts(done.err, "read the judged set", "qrels.tsv', line 2", "not three fields", "part query-id")


@pytest.mark.parametrize("arguments", [(), ("--json",), ("--ranker", "lexical")])
def test_set_that_nobody_judged_is_told_about(run: Run, tmp_path: Path, cache: Path, arguments: tuple[str, ...]):
    done = run("evaluate", write_judged_set(tmp_path / "unjudged", grades=[]), *arguments)

    assert (done.code, done.out) == (2, "")
    assert "nothing there is judged" in done.err
    assert not list(cache.glob("*.json"))


def test_run_file_of_several_sets_is_refused(run: Run, tmp_path: Path):
    for name in ("boats", "harbour"):
        write_judged_set(tmp_path / "sets" / name)

    done = run("evaluate", tmp_path / "sets", "--run-file", tmp_path / "run.txt")

    assert (done.code, done.out) == (2, "")
    assert "a run file holds one set: name the folder of one" in done.err
    assert not (tmp_path / "run.txt").exists()


def test_ranker_that_is_unknown_is_refused(run: Run, harbour: Path):
    done = run("evaluate", harbour, "--ranker", "guess")

    assert (done.code, done.out) == (2, "")
    assert "'guess' is not one of 'lexical', 'dense', 'hybrid', 'harkback'" in done.err


def test_run_file_that_cannot_be_written_is_told_about(run: Run, harbour: Path, tmp_path: Path):
    done = run("evaluate", harbour, "--ranker", "lexical", "--run-file", tmp_path / "gone" / "run.txt")

    assert (done.code, done.out) == (3, "")
    assert_four_parts(done.err, "write the run file", "run.txt", "no such file or directory", "name a file in a folder")


def test_place_that_nothing_can_be_saved_in_is_told_about(run: Run, harbour: Path, tmp_path: Path):
    done: Done = run("evaluate", harbour, "--save", tmp_path)

    assert done.code == 3
    assert_four_parts(done.err, "save the figures", tmp_path.name, "is a directory", "name another file")
