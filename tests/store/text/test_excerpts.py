"""Choosing what to quote, and marking the words that match."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.domain.answer import Excerpt
from store.text.cleaning import collapse_spaces
from store.text.excerpts import MAX_CHARS, MAX_SENTENCES, build_excerpt, find_highlights
from store.text.passages import split_sentences
from store.text.words import find_words, stem

VOCABULARY = ["bench", "Benches", "learning", "harbour", "café", "it’s", "and", "so"]
SENTENCE = st.lists(st.sampled_from(VOCABULARY), min_size=1, max_size=60).map(lambda words: " ".join(words) + ". ")
TEXT = st.lists(SENTENCE | st.just("Oh. ") | st.just("\n\n") | st.text(max_size=20), max_size=12).map("".join)
WEIGHTS = st.dictionaries(st.sampled_from([stem(word) for word in VOCABULARY] + ["zeppelin"]), st.floats(0.1, 5))
LONG = "This sentence is long enough to stand as an excerpt by itself, since it has well over ninety characters in it."


@given(text=TEXT, weights=WEIGHTS)
def test_highlights_are_the_matching_words_of_the_excerpt(text: str, weights: dict[str, float]):
    excerpt = build_excerpt(text, weights)

    marked = [excerpt.text[start:end] for start, end in excerpt.highlights]
    assert marked == [word for word, _, _ in find_words(excerpt.text) if stem(word) in weights]
    assert list(excerpt.highlights) == sorted(set(excerpt.highlights))


@given(text=TEXT, weights=WEIGHTS)
def test_excerpt_is_a_quotation_of_bounded_length(text: str, weights: dict[str, float]):
    excerpt = build_excerpt(text, weights)

    assert len(excerpt.text) <= MAX_CHARS
    assert len(split_sentences(excerpt.text)) <= len(split_sentences(text))
    assert excerpt.text.strip("…").strip() in collapse_spaces(text)
    assert bool(excerpt.text) == bool(text.strip())


@given(text=TEXT, weights=WEIGHTS)
def test_excerpt_holds_a_match_where_the_text_does(text: str, weights: dict[str, float]):
    assert bool(build_excerpt(text, weights).highlights) == bool(find_highlights(text, weights))


def test_best_sentence_is_quoted():
    best = "The harbour was cold and the benches wet, and we stood there for an hour with nothing to say at all."

    excerpt = build_excerpt(f"{LONG} {best} {LONG}", {"harbour": 1.0, "bench": 1.0})

    assert excerpt == Excerpt(best, ((4, 11), (29, 36)))


def test_weight_decides_between_sentences():
    text = f"{LONG} and a harbour. {LONG} And a zeppelin, which is rare."

    assert "zeppelin" in build_excerpt(text, {"harbour": 0.5, "zeppelin": 3.0}).text
    assert "zeppelin" not in build_excerpt(text, {"harbour": 3.0, "zeppelin": 0.1}).text


def test_first_of_equal_sentences_is_quoted():
    one, two = (f"{LONG[:-1]} of bench {number}." for number in (1, 2))

    assert build_excerpt(f"{one} {two}", {"bench": 1.0}).text == one


def test_neighbour_that_brings_another_word_is_added():
    text = f"{LONG[:-1]} and a bench. {LONG[:-1]} and a harbour. {LONG}"

    assert build_excerpt(text, {"bench": 1.0, "harbour": 0.9}).text == text.removesuffix(f" {LONG}")


def test_short_sentence_gets_its_neighbours():
    assert build_excerpt("Why? A bench. Yes. Indeed. Then rain.", {"bench": 1.0}).text == "A bench. Yes. Indeed."
    assert build_excerpt("Why? Oh. Then rain. A bench.", {"bench": 1.0}).text == "Oh. Then rain. A bench."
    assert MAX_SENTENCES == 3


def test_without_a_match_the_passage_is_quoted():
    text = f"One. {LONG} Three."
    start = text.index("Three")

    assert build_excerpt(text, {"zeppelin": 1.0}, start, len(text)) == Excerpt("Three.")
    assert build_excerpt(text, {}, 5, 5 + len(LONG)).text == LONG


def test_without_a_match_or_a_passage_the_beginning_is_quoted():
    assert build_excerpt(f"{LONG} Two.", {}).text == LONG


def test_passage_inside_an_overlong_sentence_is_quoted():
    words = [f"word{number}" for number in range(400)]
    text = " ".join(words)
    start, end = text.index("word200"), text.index("word250")

    excerpt = build_excerpt(text, {"zeppelin": 1.0}, start, end)

    assert excerpt == Excerpt(text[start:end].strip())


def test_overlong_sentence_is_cut_around_its_first_match():
    text = "before " * 100 + "the bench " + "after " * 100

    excerpt = build_excerpt(text, {"bench": 1.0})

    assert excerpt.text.startswith("…before before")
    assert excerpt.text.endswith("after after…")
    assert [excerpt.text[start:end] for start, end in excerpt.highlights] == ["bench"]
    assert MAX_CHARS - 50 < len(excerpt.text) <= MAX_CHARS


def test_overlong_word_is_cut_anywhere():
    assert build_excerpt("x" * 5_000, {}).text == "x" * (MAX_CHARS - 2) + "…"


def test_paragraphs_are_quoted_on_one_line():
    assert build_excerpt("A bench\n\n- stands\n- here", {"bench": 1.0}) == Excerpt("A bench - stands - here", ((2, 7),))


def test_blank_text_has_an_empty_excerpt():
    assert build_excerpt(" \n ", {"bench": 1.0}) == Excerpt("")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Unconferences are an UNCONFERENCE’s kin", ["Unconferences", "UNCONFERENCE’s"]),
        ("The cafés of a café; a decaf", ["cafés", "café"]),
        ("none", []),
    ],
)
def test_words_are_marked_in_any_form(text: str, expected: list[str]):
    stems = {"unconfer": 1.0, "cafe": 1.0}

    assert [text[start:end] for start, end in find_highlights(text, stems)] == expected
