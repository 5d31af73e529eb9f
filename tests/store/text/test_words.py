"""Words, stop words and stems."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.text.words import STOP_WORDS, content_words, find_words, fold, stem


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Café CRÈME", "cafe creme"),
        ("cafe\u0301", "cafe"),
        ("Straße", "strasse"),
        ("Ångström Łódź", "angstrom łodz"),
        ("ﬁle №5", "file no5"),
        ("ΣΟΦΟΣ", "σοφοσ"),
        ("Привет", "привет"),
    ],
)
def test_fold_drops_case_and_accents(text: str, expected: str):
    assert fold(text) == expected


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["unconference", "Unconferences", "UNCONFERENCE'S", "unconference’s"], "unconfer"),
        (["learn", "learning", "learns", "Learned"], "learn"),
        (["café", "Cafés", "cafe's"], "cafe"),
        (["city", "Cities"], "citi"),
        (["O'Farrell", "O’Farrell"], "o"),
    ],
)
def test_forms_of_a_word_have_one_stem(words: list[str], expected: str):
    assert {stem(word) for word in words} == {expected}


def test_words_come_with_their_places():
    text = "It's “naïve”, snake_case & C++ (v2.0)!"

    found = list(find_words(text))

    assert [word for word, _, _ in found] == ["It's", "naïve", "snake", "case", "C", "v2", "0"]
    assert [text[start:end] for _, start, end in found] == [word for word, _, _ in found]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("What was said about the Unconferences?", ["said", "unconferences"]),
        ("learning, Learning and LEARNING's end", ["learning", "end"]),
        ("to be or not to be", ["to", "be", "or", "not"]),
        ("Where's Jon’s café", ["jon", "cafe"]),
        ("_ ' … ?", []),
        ("", []),
    ],
)
def test_content_words_carry_the_subject(text: str, expected: list[str]):
    assert content_words(text) == expected


@given(st.text())
def test_content_words_are_folded_and_come_once(text: str):
    words = content_words(text)

    assert len(set(words)) == len(words)
    assert [fold(word) for word in words] == words
    assert bool(words) == any(fold(word) for word, _, _ in find_words(text))


def test_stop_words_are_folded():
    assert {fold(word) for word in STOP_WORDS} == STOP_WORDS


def test_stems_are_the_same_in_many_threads():
    words = [f"{beginning}{ending}" for beginning in ("unconferenc", "relat", "mentor", "hopp", "sens") for ending in
             ("es", "ing", "ed", "ational", "ibility", "iveness", "er", "ization", "fulness", "ement")]  # fmt: skip
    alone = [stem.__wrapped__(word) for word in words]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(lambda _: [stem.__wrapped__(word) for word in words], range(80)))
    assert together == [alone] * 80
