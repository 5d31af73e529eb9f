"""Sentences, and passages that an encoder reads whole."""

import re
from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from embeddings.hashing import HashingEncoder
from store.text.passages import Span, split_passages, split_sentences
from tests.conftest import LoadedModel

COUNT_WORDS = HashingEncoder().count_tokens


def count_jamo(texts: Sequence[str]) -> list[int]:
    """Count as a tokenizer may that takes some letters apart into three tokens, and adds two of its own."""
    return [2 + sum(3 if char > "\u1100" else 1 for char in text if not char.isspace()) for text in texts]


def pieces_of(text: str, spans: list[Span]) -> list[str]:
    return [text[span.start : span.end] for span in spans]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One. Two! Three? Four", ["One.", "Two!", "Three?", "Four"]),
        ("He said “No.” Then he left.", ["He said “No.”", "Then he left."]),
        ("She asked “Why?” and left (at once!). He stayed.", ["She asked “Why?” and left (at once!).", "He stayed."]),
        ("I said no. Then plan b. Then none.", ["I said no.", "Then plan b.", "Then none."]),
        ("Dr. Osei met Prof. Lund, e.g. Monday.", ["Dr. Osei met Prof. Lund, e.g. Monday."]),
        ("J. Ingham wrote it. See No. 5 of it.", ["J. Ingham wrote it.", "See No. 5 of it."]),
        ("Version 2.0 is out. 3 people care.", ["Version 2.0 is out.", "3 people care."]),
        ("no capital. so no end", ["no capital. so no end"]),
        ("Wait… What?! Really.", ["Wait…", "What?!", "Really."]),
        ("line one\nline two\n\n- item", ["line one", "line two", "- item"]),
        ("これは。それは！", ["これは。", "それは！"]),
        ("Über alles. Élan vital.", ["Über alles.", "Élan vital."]),
        ("  \n ", []),
        ("", []),
    ],
)
def test_text_is_split_at_sentence_ends(text: str, expected: list[str]):
    assert pieces_of(text, split_sentences(text)) == expected


WORDY = st.text(st.sampled_from("abZ .!?。\n\"')é한…\u3000\t"), max_size=200)


@given(WORDY)
def test_sentences_hold_all_but_the_space_between_them(text: str):
    spans = split_sentences(text)

    gaps = [Span(0, 0), *spans, Span(len(text), len(text))]
    assert all(span.start < span.end for span in spans)
    assert "".join(text[left.end : right.start] for left, right in pairwise(gaps)).strip() == ""
    assert all(piece == piece.strip() for piece in pieces_of(text, spans))


@given(text=WORDY, max_tokens=st.integers(8, 40), counter=st.sampled_from([COUNT_WORDS, count_jamo]))
def test_every_passage_fits_and_together_they_hold_the_text(text: str, max_tokens: int, counter):  # noqa: ANN001
    passages = split_passages(text, counter, max_tokens)

    pieces = pieces_of(text, passages)
    assert [size for size in counter(pieces) if size > max_tokens] == []
    assert all(left.end <= right.start for left, right in pairwise(passages))
    assert re.sub(r"\s", "", "".join(pieces)) == re.sub(r"\s", "", text)


def test_short_text_is_one_passage():
    assert split_passages("  One. Two. ", COUNT_WORDS, 50) == [Span(2, 11)]


def test_passages_end_at_sentence_ends_and_are_as_few_as_can_be():
    text = "One two three. Four five. Six seven eight nine. Ten."

    assert pieces_of(text, split_passages(text, COUNT_WORDS, 5)) == [
        "One two three. Four five.",
        "Six seven eight nine. Ten.",
    ]


def test_overlong_sentence_is_halved_between_words():
    text = "one two three four five six seven eight"

    assert pieces_of(text, split_passages(text, COUNT_WORDS, 5)) == ["one two three four", "five six seven eight"]


def test_overlong_word_is_cut_anywhere():
    assert pieces_of("x" * 100, split_passages("x" * 100, count_jamo, 27)) == ["x" * 25] * 4


def test_text_of_letters_with_many_tokens_is_counted():
    text = "한국어 " * 40

    assert max(count_jamo(pieces_of(text, split_passages(text, count_jamo, 200)))) <= 200


def test_blank_text_has_no_passages():
    assert split_passages(" \n\t ", COUNT_WORDS, 10) == []


@pytest.mark.parametrize("text", ["a " * 100_000, "x" * 100_000, "A. " * 30_000, "." * 100_000, '."' * 50_000])
def test_long_text_is_split_at_once(text: str):

    assert split_passages(text, COUNT_WORDS, 256)[-1].end == len(text.rstrip())


@pytest.mark.model
@pytest.mark.xdist_group("model")
@pytest.mark.parametrize(
    "text", ["한국어로 쓴 댓글 " * 25, "漢字。" * 300, "A sentence of words. " * 90, "mot-valise, " * 300, "🙂 " * 400]
)
def test_every_passage_is_read_whole_by_the_model(loaded_model: LoadedModel, text: str):
    encoder = loaded_model.encoder

    sizes = encoder.count_tokens(pieces_of(text, split_passages(text, encoder.count_tokens, encoder.max_tokens)))

    assert max(sizes) <= encoder.max_tokens < encoder.count_tokens([text])[0]
