"""Words, stop words and stems, and the terms of the word index."""

import re
import unicodedata
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.text.words import (
    _ALGORITHMS,
    STOP_WORDS,
    find_terms,
    fold,
    index_terms,
    question_forms,
    question_terms,
    stem,
)

# Letters whose capitals and accents go and come back, and what stands between them.
CASED = "abcXYZ019éÅñüçßœæøłΣσςάЖйğšẽ手机図書がパー한국 '’.,-_&\n"
UNSPACED = "手机図書館がぱピーｶ々한국어กำที่ไทยລາວမြန်ខ្មែရ"
WRITTEN = st.text(st.sampled_from(CASED + UNSPACED) | st.characters(), max_size=40)


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


def test_stop_words_are_folded():
    assert {fold(word) for word in STOP_WORDS} == STOP_WORDS


def test_stems_are_the_same_in_many_threads():
    words = [f"{beginning}{ending}" for beginning in ("unconferenc", "relat", "mentor", "hopp", "sens") for ending in
             ("es", "ing", "ed", "ational", "ibility", "iveness", "er", "ization", "fulness", "ement")]  # fmt: skip
    alone = [stem.__wrapped__(word) for word in words]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(lambda _: [stem.__wrapped__(word) for word in words], range(80)))
    assert together == [alone] * 80


def marked(text: str) -> list[tuple[str, str]]:
    return [(term, text[start:end]) for term, start, end in find_terms(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Learning’s end", [("learn", "Learning’s"), ("end", "end")]),
        ("v2 in 2010, 2.0", [("v2", "v2"), ("in", "in"), ("2010", "2010"), ("2", "2"), ("0", "0")]),
        ("JavaScript my_Cafés", [("javascript", "JavaScript"), ("my", "my"), ("cafe", "Cafés")]),
        ("C++ or c#, F#.", [("c++", "C++"), ("or", "or"), ("c#", "c#"), ("f#", "F#")]),
        ("C++11", [("c++", "C++"), ("11", "11")]),
        ("Notepad++ #C .NET R&D", [("notepad", "Notepad"), ("c", "C"), ("net", "NET"), ("r", "R"), ("d", "D")]),
        ("l’école", [("l", "l’école"), ("ecol", "l’école")]),
        ("O'Farrell’s", [("o", "O'Farrell’s"), ("farrel", "O'Farrell’s")]),
        ("don't they'll", [("don", "don't"), ("they", "they'll")]),
        ("図書館", [("図書", "図書"), ("書館", "書館")]),
        ("猫 と", [("猫", "猫"), ("と", "と")]),
        ("iPhone手机", [("iphon", "iPhone"), ("手机", "手机")]),
        ("가나 다", [(fold("가나"), "가나"), (fold("다"), "다")]),
        ("ｶﾞﾊ ガハ", [("カハ", "ｶﾞﾊ"), ("カハ", "ガハ")]),
        ("ที่นำ", [("ทีนํา", "ที่นำ")]),
        ("हिन्दी", [("हिनदी", "हिन्दी")]),
        ("葛\U000e0100城 3\ufe0f\u20e3", [("葛城", "葛\U000e0100城"), ("3", "3\ufe0f\u20e3")]),
        ("½ ﷺ", [("12", "½"), ("صلىاللهعليهوسلم", "ﷺ")]),
        ("\u0e33 \uff9e \u0e31 \u0301 _ ' …", [("า", "\u0e33")]),
        ("", []),
    ],
)
def test_terms_come_with_their_places(text: str, expected: list[tuple[str, str]]):
    assert marked(text) == expected


@given(WRITTEN)
def test_terms_are_in_order_and_inside_the_text(text: str):
    found = list(find_terms(text))

    starts = [start for _, start, _ in found]
    assert starts == sorted(starts)
    assert all(0 <= start < end <= len(text) for _, start, end in found)
    assert index_terms(text) == [term for term, _, _ in found]


@given(WRITTEN, st.data())
def test_terms_asked_for_are_given_alone(text: str, data: st.DataObject):
    found = list(find_terms(text))
    asked = data.draw(st.sets(st.sampled_from([term for term, _, _ in found]))) if found else set()

    assert list(find_terms(text, asked)) == [mark for mark in found if mark[0] in asked]


@given(WRITTEN)
def test_terms_can_be_joined_by_spaces(text: str):
    terms = index_terms(text)

    assert " ".join(terms).split() == terms
    assert not any(unicodedata.category(term[0])[0] == "M" for term in terms)
    assert all(len(term.encode(errors="surrogatepass")) < 2_046 for term in terms)


@given(WRITTEN)
def test_terms_of_a_word_are_terms_of_its_text(text: str):
    assert all(term in index_terms(text[start:end]) for term, start, end in find_terms(text))
    assert all(set(index_terms(text[start:end])) <= set(index_terms(text)) for _, start, end in find_terms(text))


@given(st.text(st.sampled_from(UNSPACED), max_size=20), st.data())
def test_terms_of_a_part_of_a_run_are_terms_of_its_text(text: str, data: st.DataObject):
    bigrams = [(start, end) for _, start, end in find_terms(text)]
    if not bigrams:
        return
    first = data.draw(st.integers(0, len(bigrams) - 1))
    last = data.draw(st.integers(first, len(bigrams) - 1))

    assert set(index_terms(text[bigrams[first][0] : bigrams[last][1]])) <= set(index_terms(text))


@given(st.text(st.sampled_from(CASED + UNSPACED), max_size=40))
def test_terms_are_stable_under_case_and_accents(text: str):
    terms = index_terms(text)

    assert index_terms(text.upper()) == index_terms(text.lower()) == terms
    assert index_terms(unicodedata.normalize("NFD", text)) == index_terms(unicodedata.normalize("NFC", text)) == terms
    assert index_terms(re.sub("[\u0301\u0308]", "", unicodedata.normalize("NFD", text))) == terms


@given(WRITTEN)
def test_question_asks_for_terms_of_its_text_once(text: str):
    terms = question_terms(text)

    assert len(set(terms)) == len(terms)
    assert set(terms) <= set(index_terms(text))
    assert bool(terms) == bool(index_terms(text))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("What was said about the Unconferences?", ["said", "unconfer"]),
        ("learning, Learning and LEARNING's end", ["learn", "end"]),
        ("to be or not to be", ["to", "be", "or", "not"]),
        ("Where's Jon’s café", ["jon", "cafe"]),
        ("what about iPhone手机?", ["iphon", "手机"]),
        ("is C++ like C#", ["c++", "c#"]),
        ("O’Farrell’s", ["o", "farrel"]),
        ("_ ' … ?", []),
    ],
)
def test_question_terms_carry_the_subject(text: str, expected: list[str]):
    assert question_terms(text) == expected


@pytest.mark.parametrize(
    "text", ["x" * 1_000_000, "é" * 1_000_000, "a\u0301" * 300_000, "a'" * 300_000, "手" * 300_000]
)
def test_terms_of_a_huge_text_are_given_at_once(text: str):
    assert max(map(len, index_terms(text))) <= 100


@pytest.mark.parametrize(
    ("language", "words", "expected"),
    [
        ("de", ["Besprechung", "Besprechungen"], "besprech"),
        ("de", ["Haus", "Häuser", "HÄUSERN"], "haus"),
        ("nl", ["vergadering", "Vergaderingen"], "vergader"),
        ("fr", ["employé", "employés", "employe\u0301e"], "emploi"),
        # Accents go after the ending, which has them.
        ("pt", ["organização", "organizações"], "organiz"),
        ("ru", ["новый", "новые", "НОВОГО"], "нов"),
        ("es", ["reunión", "reuniones", "reunion"], "reunion"),
        # Snowball has no Japanese and no Ukrainian.
        ("ja", ["meeting", "meetings"], "meet"),
        ("uk", ["meeting", "meetings"], "meet"),
        ("en", ["meeting", "meetings"], "meet"),
        (None, ["meeting", "meetings"], "meet"),
    ],
)
def test_forms_of_a_word_have_one_term_in_its_language(language: str | None, words: list[str], expected: str):
    assert {tuple(index_terms(word, language)) for word in words} == {(expected,)}
    assert {term for word in words for term, _, _ in find_terms(word, None, language)} == {expected}


def test_terms_of_other_languages_keep_words_apart_as_english_does():
    text = "L’école C++ 日本語 collega's"
    assert index_terms(text, "fr") == ["l", "ecol", "c++", "日本", "本語", "colleg"]
    assert index_terms(text, "nl") == ["l", "ecool", "c++", "日本", "本語", "collega"]


@given(WRITTEN, st.sampled_from(sorted(_ALGORITHMS)))
def test_terms_of_every_language_stand_at_the_same_places(text: str, language: str):
    found = list(find_terms(text, None, language))
    assert [place[1:] for place in found] == [place[1:] for place in find_terms(text)]
    assert [term for term, _, _ in found] == index_terms(text, language)
    assert all(re.fullmatch(r"[^\s'’]+", term) for term, _, _ in found)


def test_question_forms_give_each_term_in_the_stems_of_a_language():
    assert question_forms("the Vergaderingen and a collega, vergaderingen", "nl") == {
        "vergaderingen": frozenset({"vergader"}),
        "collega": frozenset({"collega"}),
    }


def test_question_forms_hold_all_that_is_one_word_in_english():
    assert question_forms("organize organizing", "nl") == {"organiz": frozenset({"organize", "organis"})}


@given(WRITTEN, st.sampled_from(sorted(_ALGORITHMS)))
def test_question_forms_are_of_the_question_terms(text: str, language: str):
    assert list(question_forms(text, language)) == question_terms(text)
    assert all(question_forms(text, language).values())
