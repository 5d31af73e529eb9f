"""What is measured over a set, against the same reckoned from its parts."""

from dataclasses import astuple, replace
from pathlib import Path

import pytest

from embeddings.hashing import HashingEncoder
from store.domain.refresh import Progress
from store.errors import EvaluationError
from store.evaluation.evaluate import ABLATIONS, RANKERS, Evaluation, FirstFive, evaluate, measure_rankings, rank
from store.evaluation.judged import JudgedSet, load_judged_set
from store.evaluation.measures import Figures, mean, measure, measure_gain
from store.evaluation.rankers import strip
from store.evaluation.vectors import RememberingEncoder
from store.search.fusion import Weights
from tests.store.evaluation.making import JUDGED, QUERIES, make_records, write_judged_set
from tests.store.factories import CountingEncoder

BARRED = {"q1": {"l0"}, "q3": {"f0", "f6"}}
BESIDES = ("scores (ranks are fused)", "author and title")


@pytest.fixture
def judged(tmp_path: Path) -> JudgedSet:
    return load_judged_set(write_judged_set(tmp_path / "harbour"))


@pytest.fixture
def remembering(tmp_path: Path) -> RememberingEncoder:
    return RememberingEncoder(HashingEncoder(), tmp_path / "vectors.db")


def run(judged: JudgedSet, encoder: RememberingEncoder) -> Evaluation:
    return evaluate(judged, encoder, lambda _: None)


def rank_by(judged: JudgedSet, ranker: str, encoder: RememberingEncoder) -> dict[str, list[str]]:
    return rank(judged, ranker, encoder, lambda _: None)


def test_evaluation_has_every_ranker_and_every_ablation(judged: JudgedSet, remembering: RememberingEncoder):
    found = run(judged, remembering)
    assert (found.name, found.queries) == ("harbour", JUDGED)
    assert tuple(found.rankers) == RANKERS == ("lexical", "dense", "hybrid", "harkback")
    assert tuple(found.ablation) == (*ABLATIONS, *BESIDES)
    for figures in (*found.rankers.values(), *found.ablation.values()):
        assert isinstance(figures, Figures)
        assert all(0 < figure <= 1 for figure in astuple(figures))


def test_evaluation_of_a_ranker_is_that_of_its_rankings(judged: JudgedSet, remembering: RememberingEncoder):
    found = run(judged, remembering)
    for ranker in RANKERS:
        rankings = rank_by(judged, ranker, remembering)
        assert measure_rankings(judged, rankings) == (JUDGED, found.rankers[ranker])


def test_evaluation_is_the_same_again(judged: JudgedSet, remembering: RememberingEncoder, tmp_path: Path):
    again = RememberingEncoder(HashingEncoder(), tmp_path / "others.db")
    assert run(judged, remembering) == run(judged, remembering) == run(judged, again)


@pytest.mark.parametrize("ranker", RANKERS)
def test_ranking_has_no_barred_comment_and_none_twice(judged: JudgedSet, remembering: RememberingEncoder, ranker: str):
    rankings = rank_by(judged, ranker, remembering)
    assert list(rankings) == [query["id"] for query in QUERIES]
    ids = {comment.native_id for comment in judged.comments}
    for query, ranked in rankings.items():
        assert len(ranked) == len(set(ranked))
        assert set(ranked) <= ids - BARRED.get(query, set())
    # What is barred from one query's ranking may stand in another's.
    assert "l0" in rankings["q7"] or ranker == "lexical"


def test_barred_comments_make_room_for_those_below(judged: JudgedSet, remembering: RememberingEncoder):
    free = replace(judged, queries=tuple(replace(query, barred=frozenset()) for query in judged.queries))
    barred, whole = (rank_by(one, "harkback", remembering) for one in (judged, free))
    for query, ranked in whole.items():
        assert barred[query] == [name for name in ranked if name not in BARRED.get(query, set())]
    assert whole["q1"][0] == "l0"


def test_field_looks_at_texts_alone(judged: JudgedSet, remembering: RememberingEncoder):
    stripped = replace(judged, comments=tuple(map(strip, judged.comments)))
    whole, plain = run(judged, remembering), run(stripped, remembering)
    for ranker in ("lexical", "dense", "hybrid"):
        assert whole.rankers[ranker] == plain.rankers[ranker]
    assert whole.rankers["harkback"] != plain.rankers["harkback"]
    # Where there is no more than text, there is nothing to leave out.
    assert whole.ablation["author and title"] == plain.rankers["harkback"] == plain.ablation["author and title"]


def test_each_ablation_leaves_something_out():
    full = Weights()
    assert full not in ABLATIONS.values()
    for weights in ABLATIONS.values():
        changed = [name for name in Weights.__slots__ if getattr(weights, name) != getattr(full, name)]
        assert any(getattr(weights, name) == 0 for name in changed)
    # What is borrowed goes back to what is a comment's own.
    words, meaning = ABLATIONS["words of the turns around"], ABLATIONS["meaning of the turns around"]
    assert (words.words, words.context) == (full.words + full.context, 0)
    assert (meaning.meaning, meaning.nearby) == (full.meaning + full.nearby, 0)


def test_ablation_of_what_a_set_lacks_changes_nothing(tmp_path: Path, remembering: RememberingEncoder):
    # Without a number, no comment has another before it; without a name, nobody is named.
    records = [{"id": record["id"], "text": record["text"]} for record in make_records()]
    found = run(load_judged_set(write_judged_set(tmp_path / "texts", records)), remembering)
    full = found.rankers["harkback"]
    same = (
        "words of the turns around",
        "meaning of the turns around",
        "the opening comment",
        "the author's name in the question",
        "what the question is narrowed to",
        "author and title",
    )
    # What is the comment's own counts as much in another form: figures are those of the same ranking.
    assert {name: found.ablation[name] for name in same} == dict.fromkeys(same, full)


def test_first_five_as_ranked_are_those_of_the_ranking(judged: JudgedSet, remembering: RememberingEncoder):
    found = run(judged, remembering)
    rankings = rank_by(judged, "harkback", remembering)
    by_id = {comment.native_id: comment for comment in judged.comments}
    firsts = [[by_id[name] for name in rankings[query.id][:5]] for query in judged.queries if query.grades]
    authors, discussions = (
        sum(len({name(comment) for comment in first}) for first in firsts) / len(firsts)
        for name in (lambda comment: comment.author.name, lambda comment: comment.discussion.native_id)
    )
    assert (found.ranked.authors, found.ranked.discussions) == (authors, discussions)
    gains = [
        measure_gain([query.grades.get(name, 0.0) for name in rankings[query.id][:5]], query.grades)
        for query in judged.queries
        if query.grades
    ]
    assert found.ranked.ndcg_5 == sum(gains) / len(gains)
    # Here the first five as ranked are mostly of one discussion each.
    assert found.shown.discussions >= found.ranked.discussions
    assert 0 < found.shown.ndcg_5 <= 1


def test_comment_that_others_are_folded_into_is_as_good_as_the_best(tmp_path: Path, remembering: RememberingEncoder):
    said = "The ferry runs in winter, twice a day, at eight and at four, from the pier below the market and back."
    records = [
        {"id": "a", "text": said, "author": "Ann"},
        {"id": "b", "text": said, "author": "Ann"},
        {"id": "c", "text": "Nothing.", "author": "Bob"},
    ]
    judged = load_judged_set(write_judged_set(tmp_path / "twice", records, [("q3", "b", 1)]))
    found = run(judged, remembering)
    assert found.shown == FirstFive(1.0, 2.0, 2.0)
    assert (found.ranked.authors, found.ranked.discussions) == (2.0, 3.0)
    assert found.ranked.ndcg_5 < 1


def test_queries_that_nobody_judged_are_ranked_and_not_measured(judged: JudgedSet, remembering: RememberingEncoder):
    rankings = rank_by(judged, "harkback", remembering)
    assert rankings["q8"][0] == "c9"
    count, figures = measure_rankings(judged, rankings)
    assert (count, figures) == (
        JUDGED,
        mean(measure(rankings[query.id], query.grades) for query in judged.queries if query.id != "q8"),
    )


def test_set_that_nobody_judged_is_refused(tmp_path: Path, remembering: RememberingEncoder):
    judged = load_judged_set(write_judged_set(tmp_path / "harbour", grades=[]))
    for measuring in (
        lambda: run(judged, remembering),
        lambda: measure_rankings(judged, rank_by(judged, "lexical", remembering)),
    ):
        with pytest.raises(EvaluationError, match=r"^cannot average the figures: .*: give a set that has judged quer"):
            measuring()


@pytest.mark.parametrize("ranker", RANKERS)
def test_set_without_comments_is_ranked_as_nothing(tmp_path: Path, remembering: RememberingEncoder, ranker: str):
    judged = load_judged_set(write_judged_set(tmp_path / "harbour", [], []))
    assert rank_by(judged, ranker, remembering) == {query["id"]: [] for query in QUERIES}


def test_nothing_is_encoded_a_second_time(judged: JudgedSet, tmp_path: Path):
    encoder = CountingEncoder()
    run(judged, RememberingEncoder(encoder, tmp_path / "vectors.db"))
    first = encoder.encoded
    texts = {comment.text for comment in judged.comments}
    said = {f"{comment.author.name}: {comment.text}" for comment in judged.comments}
    assert len(first) == len(set(first))
    assert texts | said | {query["text"] for query in QUERIES} <= set(first)
    run(judged, RememberingEncoder(encoder, tmp_path / "vectors.db"))
    assert encoder.encoded == first


def test_progress_goes_from_nothing_to_all(judged: JudgedSet, remembering: RememberingEncoder):
    told: list[Progress] = []
    evaluate(judged, remembering, told.append)
    assert [step for step in told if step.stage == "ranking"] == [
        Progress("ranking", 0, JUDGED),
        Progress("ranking", JUDGED, JUDGED),
    ]
    assert {step.stage for step in told} == {"embedding", "ranking"}


def test_archives_leave_nothing_behind(
    judged: JudgedSet, remembering: RememberingEncoder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    run(judged, remembering)
    assert list(folder.iterdir()) == []
