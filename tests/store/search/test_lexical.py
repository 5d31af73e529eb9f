import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import pstdev

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.archive import Archive
from store.db.dialect import Field, Postings
from store.db.readers import PlaceColumn
from store.search.lexical import Terms, WordEvidence, find_words, measure_closeness, read_terms
from store.search.places import Places
from store.search.ranking import (
    BM25_LENGTH,
    BM25_SATURATION,
    CANDIDATES,
    CLOSE_TERMS,
    CONTEXT_SHARE,
    CONTEXT_TURNS,
    FIRST_SENTENCE,
    LONG_TERMS,
)
from tests.store.factories import make_comment, put_comments
from tests.store.search.making import Standing, make_places

ASKED = Terms(("kettl", "lamp", "gull"), (3.0, 1.0, 1.0), (True, False, True))


@dataclass(frozen=True)
class Written:
    """A comment's terms by field."""

    text: Sequence[str] = ()
    author: Sequence[str] = ()
    title: Sequence[str] = ()

    @property
    def terms(self) -> list[str]:
        return [*self.text, *self.author, *self.title]


class Shelf:
    """Holds comments as an archive's word index does, by ids from 1."""

    def __init__(self, comments: Sequence[Written]) -> None:
        self._comments = comments

    def read_postings(self, terms: Sequence[str]) -> list[Postings]:
        return [self._read(term) for term in terms]

    def _read(self, term: str) -> Postings:
        rows = [
            (number, field, offset)
            for number, comment in enumerate(self._comments, start=1)
            for field, held in (
                (Field.TEXT, comment.text),
                (Field.AUTHOR, comment.author),
                (Field.TITLE, comment.title),
            )
            for offset, one in enumerate(held)
            if one == term
        ]
        return Postings(*np.array(rows, np.int64).reshape(-1, 3).T)


terms = st.sampled_from(["kettl", "lamp", "gull", "tea", "sugar"])
texts = st.lists(terms, max_size=9)
written = st.builds(Written, texts, st.lists(terms, max_size=2), st.lists(terms, max_size=2))
held = st.lists(st.tuples(written, st.tuples(st.integers(1, 3), st.none() | st.integers(0, 9), st.none())), max_size=14)


@dataclass(frozen=True)
class Held:
    """Comments with where they stand, and in which of them the audience may look."""

    comments: list[Written]
    places: Places
    allowed: np.ndarray

    @classmethod
    def make(cls, drawn: Sequence[tuple[Written, Standing]], hidden: Sequence[int] = ()) -> "Held":
        comments = [one for one, _ in drawn]
        places = make_places(*(standing for _, standing in drawn), words=[len(one.text) for one in comments])
        return cls(comments, places, ~np.isin(places.rows[:, PlaceColumn.DISCUSSION], hidden))

    def find(self, asked: Terms) -> WordEvidence:
        return find_words(Shelf(self.comments), self.places, asked, self.allowed)

    def find_around(self, place: int) -> list[int]:
        """The neighbours that lend a place their words."""
        discussions = self.places.rows[:, PlaceColumn.DISCUSSION]
        return [
            other
            for other in range(len(self.places))
            if 0 < abs(other - place) <= CONTEXT_TURNS
            and discussions[other] == discussions[place]
            and self.places.is_ordered[place]
        ]

    def at(self, place: int) -> Written:
        return self.comments[self.places.ids[place] - 1]


def score_plainly(held: Held, asked: Terms, share: float) -> list[float]:
    """BM25 as it is defined, with each word of a neighbour counted as a share of one."""
    seen = np.flatnonzero(held.allowed).tolist()

    def measure(place: int) -> float:
        return len(held.at(place).text) + sum(len(held.at(other).text) for other in held.find_around(place)) * (
            share > 0
        )

    def count(term: str, place: int) -> float:
        return held.at(place).terms.count(term) + share * sum(
            held.at(other).terms.count(term) for other in held.find_around(place)
        )

    mean = (sum(map(measure, seen)) / len(seen) if seen else 0) or 1.0
    scores = [0.0] * len(held.places)
    for term, emphasis in zip(asked.terms, asked.emphasis, strict=True):
        holding = sum(term in held.at(place).terms for place in seen)
        rarity = math.log(1 + (len(seen) - holding + 0.5) / (holding + 0.5))
        for place in seen:
            frequency = count(term, place)
            norm = BM25_SATURATION * (1 - BM25_LENGTH + BM25_LENGTH * measure(place) / mean)
            scores[place] += emphasis * rarity * frequency * (BM25_SATURATION + 1) / (frequency + norm)
    return scores


def measure_plainly(held: Held, asked: Terms, evidence: WordEvidence) -> list[float]:
    """Closeness as it is defined, by looking at every two words of each text."""
    deviation = pstdev(sorted([*evidence.own, *[0.0] * CANDIDATES], reverse=True)[:CANDIDATES]) or 1.0
    found = []
    for place in range(len(held.places)):
        text, total = held.at(place).text, 0.0
        for first, second in zip(asked.terms, asked.terms[1:], strict=False):
            distances = [
                abs(one - other)
                for one, term in enumerate(text)
                for other, another in enumerate(text)
                if (term, another) == (first, second)
            ]
            if held.allowed[place] and min(distances, default=math.inf) <= CLOSE_TERMS:
                rarity = min(evidence.rarities[first], evidence.rarities[second])
                total += rarity / math.sqrt(min(distances))
        found.append(total * min(1, len(text) / LONG_TERMS) / deviation)
    return found


@pytest.mark.parametrize(
    ("topic", "expected"),
    [
        ("", Terms((), (), ())),
        ("the kettles", Terms(("kettl",), (1.0,), (False,))),
        ("kettles, Lamps and kettles", Terms(("kettl", "lamp"), (1.0, 1.0), (False, True))),
        ("what is it", Terms(("what", "is", "it"), (1.0, 1.0, 1.0), (False, False, False))),
        (
            "Why does the kettle whistle? My lamp never did. Ann has a kettle too.",
            Terms(
                ("kettl", "whistl", "lamp", "never", "ann"),
                (FIRST_SENTENCE, FIRST_SENTENCE, 1.0, 1.0, 1.0),
                (False, False, False, False, True),
            ),
        ),
    ],
)
def test_terms_are_read_in_order_once(topic: str, expected: Terms):
    assert read_terms(topic) == expected


def test_words_of_an_archive_are_scored(archive: Archive):
    comments = [
        make_comment("1", "A kettle, a lamp; the kettles.", author="Bo Gull", thread="a"),
        make_comment("2", "Nothing.", title="Lamps", author="Ann", thread="b"),
        make_comment("3", "Gulls and gulls.", author="Ann", thread="c"),
    ]
    put_comments(archive, *comments)
    places = make_places(*((number, None, None) for number in (1, 2, 3)), words=[6, 1, 3])
    found = find_words(archive.searching, places, read_terms("the kettle, lamps and Gulls"), np.ones(3, np.bool_))
    of_one, of_two = math.log(1 + 2.5 / 1.5), math.log(1 + 1.5 / 2.5)
    assert found.rarities == pytest.approx({"kettl": of_one, "lamp": of_two, "gull": of_two})
    assert found.named.tolist() == [True, False, False]
    assert found.share.tolist() == pytest.approx([1.0, of_two / (of_one + 2 * of_two), of_two / (of_one + 2 * of_two)])
    offsets = [sorted(key % 2**22 for key in found.keys[term]) for term in ("kettl", "lamp", "gull")]
    assert offsets == [[1, 5], [3], [0, 2]]
    assert found.own[0] > found.own[2] > found.own[1] > 0


@given(held, st.sets(st.integers(1, 3)))
def test_scores_are_those_of_the_formula(drawn: list[tuple[Written, Standing]], hidden: set[int]):
    held = Held.make(drawn, sorted(hidden))
    found = held.find(ASKED)
    assert found.own.tolist() == pytest.approx(score_plainly(held, ASKED, 0.0))
    assert found.context.tolist() == pytest.approx(score_plainly(held, ASKED, CONTEXT_SHARE))


@given(held, st.sets(st.integers(1, 3)))
def test_shares_and_names_are_those_of_each_comment(drawn: list[tuple[Written, Standing]], hidden: set[int]):
    held = Held.make(drawn, sorted(hidden))
    found = held.find(ASKED)
    total = sum(found.rarities.values())
    shares, named = [], []
    for place, is_seen in enumerate(held.allowed.tolist()):
        own = set(held.at(place).terms) if is_seen else set()
        shares.append(sum(found.rarities[term] for term in ASKED.terms if term in own) / total)
        named.append(is_seen and bool({"kettl", "gull"} & set(held.at(place).author)))
    assert (found.share.tolist(), found.named.tolist()) == (pytest.approx(shares), named)


@given(held, st.sets(st.integers(1, 3)), st.sets(st.integers(0, 3)))
def test_closeness_equals_a_look_at_every_two_words(
    drawn: list[tuple[Written, Standing]], hidden: set[int], left_out: set[int]
):
    held = Held.make(drawn, sorted(hidden))
    found = held.find(ASKED)
    chosen = np.setdiff1d(np.arange(len(held.places)), sorted(left_out))
    close = measure_closeness(found, ASKED.terms, held.places, chosen)
    assert close.tolist() == pytest.approx(np.array(measure_plainly(held, ASKED, found))[chosen].tolist())


@given(held, st.sets(st.integers(1, 3), min_size=1))
def test_what_is_hidden_changes_no_score(drawn: list[tuple[Written, Standing]], hidden: set[int]):
    beside = Held.make(drawn, sorted(hidden))
    alone = Held.make([(one, standing) for one, standing in drawn if standing[0] not in hidden])
    shown = np.flatnonzero(beside.allowed)
    with_hidden, without = beside.find(ASKED), alone.find(ASKED)
    assert with_hidden.rarities == without.rarities
    for name in ("own", "context", "share", "named"):
        assert getattr(with_hidden, name)[shown].tolist() == getattr(without, name).tolist()
        assert not getattr(with_hidden, name)[~beside.allowed].any()


def test_rarity_is_above_nought_however_common_a_word_is():
    held = Held.make([(Written(["kettl"]), (number, None, None)) for number in range(20)])
    assert 0 < held.find(ASKED).rarities["kettl"] < 0.05


def test_neighbours_lend_words_in_ordered_discussions_alone():
    turns = [Written(["kettl"]), Written(["tea"]), Written(["tea"]), Written(["tea"])]
    thread = Held.make([(one, (1, number, None)) for number, one in enumerate(turns)]).find(ASKED)
    pile = Held.make([(one, (1, None, None)) for one in turns]).find(ASKED)
    assert (thread.context > 0).tolist() == [True, True, True, False]
    assert (thread.own > 0).tolist() == [True, False, False, False]
    assert (pile.context > 0).tolist() == [True, False, False, False]


def test_no_terms_score_nothing():
    held = Held.make([(Written(["kettl"]), (1, None, None))])
    found = held.find(Terms((), (), ()))
    assert (found.own.tolist(), found.share.tolist(), found.rarities, found.keys) == ([0.0], [0.0], {}, {})
    assert measure_closeness(found, (), held.places, np.arange(1)).tolist() == [0.0]


def test_nothing_is_scored_for_an_audience_that_sees_nothing():
    held = Held.make([(Written(["kettl"], ["gull"]), (1, None, None))], hidden=[1])
    found = held.find(ASKED)
    assert (found.own.tolist(), found.context.tolist(), found.named.tolist()) == ([0.0], [0.0], [False])


@pytest.mark.parametrize(
    ("text", "distance"),
    [
        ("kettl lamp", 1),
        ("lamp kettl", 1),
        ("kettl tea tea lamp tea tea lamp kettl", 1),
        ("kettl " + "tea " * (CLOSE_TERMS - 1) + "lamp", CLOSE_TERMS),
        ("kettl " + "tea " * CLOSE_TERMS + "lamp", None),
        ("kettl kettl", None),
    ],
)
def test_closeness_is_by_the_least_distance(text: str, distance: int | None):
    filled = [*text.split(), *["sugar"] * LONG_TERMS]
    held = Held.make([(Written(filled), (1, None, None)), (Written(["tea"]), (2, None, None))])
    found = held.find(ASKED)
    [close, _] = measure_closeness(found, ASKED.terms, held.places, np.arange(2)).tolist()
    expected = 0.0 if distance is None else min(found.rarities["kettl"], found.rarities["lamp"]) / math.sqrt(distance)
    deviation = pstdev([*found.own, *[0.0] * (CANDIDATES - 2)])
    assert close == pytest.approx(expected / deviation)


def test_words_that_stand_apart_are_not_close_whichever_are_chosen():
    held = Held.make([(Written(["kettl"]), (1, None, None)), (Written(["lamp"]), (2, None, None))])
    found = held.find(ASKED)
    for chosen in ([], [0], [1], [0, 1]):
        assert not measure_closeness(found, ASKED.terms, held.places, np.array(chosen, np.int64)).any()


def test_closeness_counts_less_in_short_texts_and_not_across_comments():
    long = ["kettl", "lamp", *["sugar"] * (LONG_TERMS - 2)]
    drawn = [long, long[: LONG_TERMS // 5], [*long[2:], "kettl"], ["lamp", *long[2:]]]
    held = Held.make([(Written(text), (1, number, None)) for number, text in enumerate(drawn)])
    close = measure_closeness(held.find(ASKED), ASKED.terms, held.places, np.arange(4))
    assert (close / close[0]).tolist() == pytest.approx([1.0, 0.2, 0.0, 0.0])


def test_words_of_authors_and_titles_stand_close_to_nothing():
    held = Held.make([(Written(["kettl"], ["lamp"], ["lamp"]), (1, None, None))])
    assert measure_closeness(held.find(ASKED), ASKED.terms, held.places, np.arange(1)).tolist() == [0.0]
