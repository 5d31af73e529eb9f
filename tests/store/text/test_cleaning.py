"""Text from anywhere, made safe to keep and show."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.text.cleaning import (
    MAX_ID_CHARS,
    clean_line,
    clean_name,
    clean_text,
    collapse_spaces,
    find_http_url,
    mask_id,
    shorten,
)

# Lone surrogates as well, which hypothesis leaves out of its own texts.
ANY_TEXT = st.text(st.characters() | st.sampled_from("\ud800\udfff\0\r\n\t \u00a0\u202e\u2028e\u0301"))
KEPT_CONTROLS = "\n"
DIRECTION_MARKS = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("one\r\ntwo\rthree\x0bfour\x0cfive\x85six\u2028seven\u2029eight",
         "one\ntwo\nthree\nfour\nfive\nsix\nseven\neight"),
        ("one\0two\x07\x1b[31m\x7f\x9fthree", "onetwo[31mthree"),
        ("pay\u202egnp.exe\u202c \u2066now\u2069", "paygnp.exe now"),
        ("zero\u200bwidth\ufeff soft\u00adhyphen", "zerowidth softhyphen"),
        ("half \ud83d\ude00 \udfff\ufffe\uffff pairs", "half pairs"),
        ("  wide \t\u00a0 space  \n  edges  ", "wide space\nedges"),
        ("one\n\n\n\n \n two", "one\n\ntwo"),
        ("cafe\u0301s", "caf\u00e9s"),
        ("👩\u200d🔬", "👩\u200d🔬"),
        ("", ""),
    ],
)  # fmt: skip
def test_text_is_cleaned(raw: str, expected: str):
    assert clean_text(raw) == expected


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("so:\n```py\nif x:  \n\ty\n  z  =  1\n```\n  and  on", "so:\n```py\nif x:\n    y\n  z  =  1\n```\nand on"),
        ("  ```\n  a\n  ```  ", "```\n  a\n  ```"),
        ("> ```\n>   a\n> ```\nb  c", "> ```\n>   a\n> ```\nb c"),
        ("````\n```\n  a\n```\n````", "````\n```\n  a\n```\n````"),
        # Without an end it is no code; nor is what does not stand alone in its line.
        ("```\n  a  b\nc  d", "```\na b\nc d"),
        ("```a``` b\n  c  d", "```a``` b\nc d"),
        ("```\na\n\n\n\nb\n```", "```\na\n\nb\n```"),
    ],
)
def test_code_keeps_its_spaces(raw: str, expected: str):
    assert clean_text(raw) == expected
    assert clean_text(expected) == expected


@given(st.lists(st.sampled_from(["```", "````", "\n", "  ", "\t", "> ", "a", "b  c", "\u00a0", "py"])).map("".join))
def test_code_changes_no_words_and_is_settled_at_once(raw: str):
    cleaned = clean_text(raw)

    assert cleaned.split() == raw.split()
    assert clean_text(cleaned) == cleaned


def test_many_beginnings_of_code_are_read_at_once():
    assert clean_text("```py\n  a\n" * 100_000).count("\na\n") == 99_999


@given(ANY_TEXT)
def test_clean_text_holds_nothing_unsafe(raw: str):
    cleaned = clean_text(raw)

    categories = {unicodedata.category(char) for char in cleaned if char not in KEPT_CONTROLS}
    assert not categories & {"Cc", "Cs"}
    assert not set(cleaned) & set(DIRECTION_MARKS)
    assert "  " not in cleaned
    assert "\n\n\n" not in cleaned
    assert cleaned == cleaned.strip()


@given(ANY_TEXT)
def test_cleaning_twice_changes_nothing_more(raw: str):
    assert clean_text(clean_text(raw)) == clean_text(raw)


@given(ANY_TEXT, st.integers(2, 40))
def test_line_is_one_line_of_bounded_length(raw: str, max_chars: int):
    line = clean_line(raw, max_chars)

    assert len(line) <= max_chars
    assert line == collapse_spaces(line)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Rosa Díaz", "Rosa Díaz"),
        ("  Rosa\n Díaz ", "Rosa Díaz"),
        ("rosa.diaz+blog@mail.example.com", "rosa.diaz+blog@…"),
        ("Rosa <rosa@example.com>", "Rosa <rosa@…>"),
        ("rosa@exam\u200bple.com", "rosa@…"),
        ("r\u202eosa@example.com and milo@example.org", "rosa@… and milo@…"),
        ("@rosa", "@rosa"),
        ("rosa@home", "rosa@home"),
        ("", ""),
    ],
)
def test_name_never_holds_an_address(name: str, expected: str):
    assert clean_name(name) == expected


@given(ANY_TEXT, ANY_TEXT)
def test_address_hidden_in_any_text_is_cut(before: str, after: str):
    assert "diaz@example.com" not in clean_name(f"{before}diaz@example.com{after}", max_chars=2_000)


def test_overlong_name_is_cut_at_once():

    assert clean_name("a" * 2_000_000) == "a" * 199 + "…"


@pytest.mark.parametrize(
    ("text", "max_chars", "expected"),
    [
        ("as it is", 8, "as it is"),
        ("just a little too long", 18, "just a little too…"),
        ("just a little too long", 16, "just a little…"),
        ("indivisibility", 8, "indivis…"),
        ("a indivisibility", 8, "a indiv…"),
    ],
)
def test_shortening_ends_at_a_word_where_one_is_near(text: str, max_chars: int, expected: str):
    assert shorten(text, max_chars) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (" https://blog.example/a?b=c#d ", "https://blog.example/a?b=c#d"),
        ("http://blog.example", "http://blog.example"),
        ("javascript:alert(1)", ""),
        ("//blog.example", ""),
        ("https://", ""),
        ("https://blog.example/a b", ""),
        ("https://blog.example/<b>", ""),
        ("https://blog.example/a|b", ""),
        ("https://blog.example/\x00", ""),
        ("https://blog.example/" + "a" * 3_000, ""),
        ("https://a.example/\ud800", ""),
    ],
)
def test_only_whole_web_addresses_are_found(text: str, expected: str):
    assert find_http_url(text) == expected


@pytest.mark.parametrize("text", ["", "tag:blog.example,2019:1", "x" * MAX_ID_CHARS])
def test_ids_are_what_they_are(text: str):
    assert mask_id(text) == text


def test_ids_that_are_very_long_are_bounded_and_told_apart():
    long = ["x" * (MAX_ID_CHARS + 1), "x" * MAX_ID_CHARS + "y", "x" * 9_000, "\ud800" * 9_000]
    bounded = [mask_id(text) for text in long]
    assert [len(one) for one in bounded] == [MAX_ID_CHARS] * 4
    assert len(set(bounded)) == 4
    assert [mask_id(one) for one in bounded] == bounded
