"""Run files, and that an independent scorer reads in them the figures that are measured here."""

import json
import random
import subprocess
import sys
from pathlib import Path

import pytest

from store.errors import EvaluationError
from store.evaluation.judged import JudgedQuery, load_judged_set
from store.evaluation.measures import mean, measure
from store.evaluation.runs import RUN_DEPTH, write_run
from tests.store.evaluation.conftest import MakeSet
from tests.waiting import PATIENCE_SECONDS


def score(shared_folder: Path, folder: Path, run: Path) -> dict[str, float | str]:
    """Let the scorer that comes with the shared sets score a run."""
    command = [sys.executable, str(shared_folder / "eval" / "score.py"), str(folder), str(run)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=PATIENCE_SECONDS)
    return json.loads(done.stdout)


def draw_ranking(query: JudgedQuery, ids: list[str], drawn: random.Random) -> list[str]:
    """Draw a ranking, shallow or deep, that finds about half of what is relevant."""
    found = {name for name in query.grades if drawn.random() < 0.5}
    ranked = sorted(found.union(drawn.sample(ids, min(len(ids), 60))) - query.barred)
    drawn.shuffle(ranked)
    return ranked[: drawn.choice([0, 5, 20, RUN_DEPTH])]


def check_against_scorer(shared_folder: Path, folder: Path, run: Path) -> None:
    judged = load_judged_set(folder)
    queries = [query for query in judged.queries if query.grades]
    drawn = random.Random(folder.name)
    ids = [comment.native_id for comment in judged.comments]
    rankings = {query.id: draw_ranking(query, ids, drawn) for query in queries}
    write_run(run, rankings)

    figures = mean(measure(rankings[query.id], query.grades) for query in queries)

    assert figures.ndcg_10 > 0
    assert score(shared_folder, folder, run) == {
        "set": judged.name,
        "queries": len(queries),
        "nDCG@10": round(figures.ndcg_10, 4),
        "R@10": round(figures.recall_10, 4),
        "MRR@10": round(figures.mrr_10, 4),
        "R@50": round(figures.recall_50, 4),
    }


@pytest.mark.parametrize("name", ["qmsum-committee", "stackfaq-posts", "argkp2021"])
def test_figures_are_those_of_the_shared_scorer(shared_folder: Path, tmp_path: Path, name: str):
    check_against_scorer(shared_folder, shared_folder / "eval" / name, tmp_path / "run.txt")


def test_figures_with_barred_comments_are_those_of_the_shared_scorer(
    shared_folder: Path, tmp_path: Path, make_set: MakeSet
):
    comments = [{"id": f"c{number}", "text": "Kites."} for number in range(90)]
    queries = [{"id": f"q{n}", "text": "Kites?", "exclude": [f"c{n}"], "opener": f"c{n + 1}"} for n in range(20)]
    grades = "".join(f"q{n}\tc{(n * 7 + m) % 90}\t{m % 4 - 1}\n" for n in range(19) for m in range(0, 60, 3))

    check_against_scorer(shared_folder, make_set(comments, queries, grades), tmp_path / "run.txt")


def test_hits_stand_by_rank_with_falling_scores(tmp_path: Path):
    write_run(tmp_path / "run.txt", {"q1": ["c2", "c1"], "q2": [], "q3": ["c1"]}, "words")

    assert (tmp_path / "run.txt").read_text(encoding="utf-8") == (
        "q1 Q0 c2 1 100 words\nq1 Q0 c1 2 99 words\nq3 Q0 c1 1 100 words\n"
    )


def test_run_ends_at_its_depth(tmp_path: Path):
    write_run(tmp_path / "run.txt", {"q1": [f"c{number}" for number in range(RUN_DEPTH + 20)]})

    lines = (tmp_path / "run.txt").read_text(encoding="utf-8").splitlines()
    assert (len(lines), lines[-1]) == (RUN_DEPTH, "q1 Q0 c99 100 1 harkback")


@pytest.mark.parametrize(
    ("rankings", "tag", "trouble"),
    [
        ({"q 1": ["c1"]}, "words", "'q 1' is not one word, and white space parts the fields: change that id"),
        (
            {"q1": ["c1", "c\u00a02"]},
            "words",
            "'c\\xa02' is not one word, and white space parts the fields: change that id",
        ),
        ({"q1": [""]}, "words", "'' is not one word, and white space parts the fields: change that id"),
        ({"q1": ["c1"]}, "my words", "'my words' is not one word, and white space parts the fields: change that id"),
        ({"q1": ["c1", "c2", "c1"]}, "words", "the ranking of 'q1' has 'c1' twice: give every document one rank"),
    ],
)
def test_ranking_that_scorers_would_misread_is_refused(
    tmp_path: Path, rankings: dict[str, list[str]], tag: str, trouble: str
):
    run = tmp_path / "run.txt"
    run.write_text("before", encoding="utf-8")

    with pytest.raises(EvaluationError) as caught:
        write_run(run, rankings, tag)

    assert str(caught.value) == f"cannot write the run file: {str(run)!r}: {trouble}"
    assert run.read_text(encoding="utf-8") == "before"


def test_run_replaces_another_and_leaves_nothing_beside_it(tmp_path: Path):
    run, link = tmp_path / "run.txt", tmp_path / "link.txt"
    run.write_text("before", encoding="utf-8")
    link.symlink_to(run)

    write_run(link, {"q1": ["c1"]})

    assert run.read_text(encoding="utf-8") == "q1 Q0 c1 1 100 harkback\n"
    assert (link.is_symlink(), sorted(path.name for path in tmp_path.iterdir())) == (True, ["link.txt", "run.txt"])


def test_run_does_not_replace_what_is_no_file(tmp_path: Path):
    for path in (tmp_path, Path("/dev/null")):
        with pytest.raises(
            EvaluationError, match=r"something that is no regular file stands there: name another file$"
        ):
            write_run(path, {"q1": ["c1"]})


def test_run_that_cannot_be_written_is_explained(tmp_path: Path):
    path = tmp_path / "gone" / "run.txt"

    with pytest.raises(EvaluationError) as caught:
        write_run(path, {"q1": ["c1"]})

    assert str(caught.value) == (
        f"cannot write the run file: {str(path)!r}: no such file or directory: "
        "name a file in a folder that may be written"
    )
