"""The rankers, each against what it is by definition, on a set small enough to reckon by hand."""

import math
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from embeddings.hashing import HashingEncoder
from store.domain.comment import ANONYMOUS, AuthorAlias, Comment, Discussion
from store.domain.refresh import Progress
from store.evaluation import rankers
from store.evaluation.judged import load_judged_set
from store.evaluation.rankers import MeasuredArchive, fuse_ranks, strip
from store.evaluation.vectors import RememberingEncoder
from store.search.fusion import Weights
from store.search.ranking import BM25_LENGTH, BM25_SATURATION, QUOTED_SHARE
from store.text.words import index_terms, question_terms
from tests.store.evaluation.making import QUERIES, write_judged_set
from tests.store.factories import NOON, make_comment

Open = Callable[[Sequence[Comment]], AbstractContextManager[MeasuredArchive]]
NO_WEIGHTS = Weights(**dict.fromkeys((field.name for field in fields(Weights)), 0.0))
names = st.lists(st.sampled_from("abcdefgh"), unique=True)


class AskedEncoder(HashingEncoder):
    """Remembers which questions it was asked to encode, call by call."""

    def __init__(self) -> None:
        super().__init__()
        self.questions: list[list[str]] = []

    def encode_questions(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.questions.append(list(texts))
        return super().encode_questions(texts)


@pytest.fixture
def asked() -> AskedEncoder:
    return AskedEncoder()


@pytest.fixture
def open_archive(tmp_path: Path, asked: AskedEncoder) -> Open:
    encoder = RememberingEncoder(asked, tmp_path / "vectors.db")
    return lambda comments: MeasuredArchive.open(comments, encoder, tmp_path, lambda _: None)


@pytest.fixture
def comments(tmp_path: Path) -> tuple[Comment, ...]:
    return load_judged_set(write_judged_set(tmp_path / "harbour")).comments


@pytest.fixture
def measured(open_archive: Open, comments: tuple[Comment, ...]) -> Iterator[MeasuredArchive]:
    with open_archive(comments) as opened:
        yield opened


def rank_plainly(question: str, comments: Sequence[Comment]) -> list[str]:
    """BM25 as it is defined, over texts without quotations."""
    held = {comment.native_id: Counter(index_terms(comment.text)) for comment in comments}
    mean = sum(sum(counts.values()) for counts in held.values()) / len(held)
    scores = dict.fromkeys(held, 0.0)
    asked = Counter(index_terms(question))
    for term in question_terms(question):
        holding = sum(term in counts for counts in held.values())
        rarity = math.log(1 + (len(held) - holding + 0.5) / (holding + 0.5))
        for name, counts in held.items():
            norm = BM25_SATURATION * (1 - BM25_LENGTH + BM25_LENGTH * sum(counts.values()) / mean)
            scores[name] += asked[term] * rarity * counts[term] * (BM25_SATURATION + 1) / (counts[term] + norm)
    return sorted((name for name in scores if scores[name] > 0), key=lambda name: -scores[name])


def test_lexical_is_bm25_over_texts(open_archive: Open, comments: tuple[Comment, ...]):
    plain = [strip(comment) for comment in comments]
    with open_archive(plain) as measured:
        for text in ("storm", "museum opening times", "seaweed bread bread", "ferry! The ferry? A captain.", "what is"):
            assert measured.rank_by_words(text) == rank_plainly(text, plain)


def test_lexical_counts_a_term_as_often_as_it_is_asked(open_archive: Open):
    comments = [make_comment("1", "A kettle."), make_comment("2", "A lamp."), make_comment("3", "No lamp.")]
    with open_archive([strip(comment) for comment in comments]) as measured:
        assert measured.rank_by_words("kettle or lamp") == ["1", "2", "3"]
        assert measured.rank_by_words("lamp, lamp and lamp or kettle") == ["2", "3", "1"]


def test_lexical_finds_nothing_for_words_that_nobody_said(measured: MeasuredArchive):
    assert measured.rank_by_words("zeppelin") == measured.rank_by_words("?") == []


def test_dense_is_the_cosine_of_texts(open_archive: Open, comments: tuple[Comment, ...]):
    encoder = HashingEncoder()
    vectors = encoder.encode_comments([comment.text for comment in comments])
    with open_archive([strip(comment) for comment in comments]) as measured:
        for query in QUERIES:
            cosines = (vectors @ encoder.encode_question(query["text"])).tolist()
            by_name = dict(zip((comment.native_id for comment in comments), cosines, strict=True))
            ranked = measured.rank_by_meaning(query["text"])
            assert sorted(ranked) == sorted(by_name)
            found = [by_name[name] for name in ranked]
            assert found == pytest.approx(sorted(cosines, reverse=True), abs=1e-6)


def test_hybrid_adds_the_reciprocals_of_ranks():
    assert fuse_ranks([["a", "b", "c"], ["c", "a"]]) == ["a", "c", "b"]
    assert fuse_ranks([["a"], ["b"]]) == ["a", "b"]
    assert fuse_ranks([[], []]) == fuse_ranks([]) == []


@given(st.lists(names, max_size=4))
def test_fused_ranks_are_sorted_by_their_sum(rankings: list[list[str]]):
    sums = {
        name: sum(1 / (60 + ranking.index(name) + 1) for ranking in rankings if name in ranking)
        for name in {name for ranking in rankings for name in ranking}
    }
    fused = fuse_ranks(rankings)
    assert sorted(fused) == sorted(sums)
    assert [sums[name] for name in fused] == pytest.approx(sorted(sums.values(), reverse=True))


def test_stripped_comment_keeps_its_text_and_where_it_stands():
    comment = replace(make_comment("1", "Kites.", author="Ann", account="a7", title="Sky", thread="t"), position=3)
    assert strip(comment) == Comment("1", Discussion("t"), AuthorAlias(ANONYMOUS), "Kites.", published=NOON, position=3)


def test_archive_ranks_by_the_sets_own_ids(measured: MeasuredArchive, comments: tuple[Comment, ...]):
    evidence = measured.find("Which engine is louder?")
    ranked = measured.rank(evidence)
    assert ranked[0] == "f8"
    assert set(ranked) == {comment.native_id for comment in comments}
    assert [hit.comment.native_id for hit in measured.read(ranked[:4], evidence)] == ranked[:4]


def test_archive_ranks_by_the_evidence_that_weighs(measured: MeasuredArchive):
    evidence = measured.find("When was the lighthouse painted?")
    by_words = measured.rank(evidence, replace(NO_WEIGHTS, words=1.0))
    by_meaning = measured.rank(evidence, replace(NO_WEIGHTS, meaning=1.0))
    assert by_words[0] == "l0"
    assert by_words != by_meaning
    # Nothing weighs: all are equal, and stand in reading order.
    assert measured.rank(evidence, NO_WEIGHTS)[:3] == ["l0", "l1", "l2"]
    assert measured.rank_by_ranks(evidence)[0] == "l0"


def test_archive_reads_a_query_as_a_question_to_the_search(measured: MeasuredArchive):
    evidence = measured.find("What did Ann Quist say about the diary?")
    inside = measured.rank(evidence, replace(NO_WEIGHTS, within=1.0))[: int(evidence.within.sum())]
    assert {hit.comment.author for hit in measured.read(inside, evidence)} == {"Ann Quist"}
    assert 0 < len(inside) < len(measured.rank(evidence))


def test_arranged_are_the_first_of_the_ranking(measured: MeasuredArchive):
    evidence = measured.find("seaweed bread")
    ranked = measured.read(measured.rank(evidence), evidence)
    arranged = [hit.comment.native_id for hit in measured.arrange(ranked, "seaweed bread")]
    assert sorted(arranged) == sorted(measured.rank(evidence))
    assert arranged[0] == measured.rank(evidence)[0]


def test_arranged_are_folded(open_archive: Open):
    same = [make_comment(f"{number}", "The kettle is on.", thread=f"t{number}") for number in range(3)]
    with open_archive([*same, make_comment("else", "A lamp.", thread="u")]) as measured:
        evidence = measured.find("the kettle is on")
        shown = measured.arrange(measured.read(measured.rank(evidence), evidence), "the kettle is on")
    assert [{hit.comment.native_id, *(one.native_id for one in hit.also)} for hit in shown] == [
        {"0", "1", "2"},
        {"else"},
    ]


def test_prepared_questions_are_encoded_once(open_archive: Open, asked: AskedEncoder, comments: tuple[Comment, ...]):
    texts = [query["text"] for query in QUERIES]
    with open_archive(comments) as measured:
        measured.prepare(texts)
        prepared = list(asked.questions)
        for text in texts:
            measured.find(text)
            measured.rank_by_meaning(text)
        assert asked.questions == prepared
    assert len(prepared) == 1
    assert set(texts) < set(prepared[0])


@pytest.mark.parametrize("chunk", [1, 7, 1_000])
def test_comments_are_put_in_chunks_of_any_size(
    open_archive: Open, comments: tuple[Comment, ...], chunk: int, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(rankers, "_CHUNK_COMMENTS", chunk)
    with open_archive(comments) as measured:
        assert len(measured.rank(measured.find("diesel"))) == len(comments)
        assert measured.rank_by_words("diesel") == ["c5"]


def test_archive_tells_how_far_it_is(tmp_path: Path, asked: AskedEncoder, comments: tuple[Comment, ...]):
    told: list[Progress] = []
    encoder = RememberingEncoder(asked, tmp_path / "vectors.db")
    with MeasuredArchive.open(comments, encoder, tmp_path, told.append):
        assert told[-1] == Progress("embedding", len(comments), len(comments))


def test_archive_of_nothing_ranks_nothing(open_archive: Open):
    with open_archive([]) as measured:
        measured.prepare([])
        evidence = measured.find("kettle")
        assert (measured.rank(evidence), measured.rank_by_ranks(evidence), measured.arrange([], "kettle")) == (
            [],
            [],
            [],
        )
        assert (measured.rank_by_words("kettle"), measured.rank_by_meaning("kettle")) == ([], [])


def test_lexical_counts_what_is_quoted_as_a_part(open_archive: Open):
    assert 0 < QUOTED_SHARE < 1
    comments = [
        make_comment("quotes", "> The kettle?\nA lamp here."),
        make_comment("says", "The kettle on a lamp here."),
    ]
    with open_archive([strip(comment) for comment in comments]) as measured:
        assert measured.rank_by_words("kettle") == ["says", "quotes"]
