"""Telling the language of a text: by script, by letters, and not at all where that is not sure."""

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.domain.language import LANGUAGES
from store.text.language import detect_language
from tests.store.text.languages import SENTENCES

GERMAN, ENGLISH = SENTENCES["de"][0], SENTENCES["en"][0]
PROSE = " ".join(SENTENCES["en"])


@pytest.mark.parametrize("code", SENTENCES)
def test_detect_language_of_several_sentences(code: str):
    assert detect_language(" ".join(SENTENCES[code])) == code


def test_detect_language_of_one_sentence_is_right_or_none():
    found = {(code, sentence): detect_language(sentence) for code, some in SENTENCES.items() for sentence in some}
    right = [key for key, language in found.items() if language == key[0]]
    wrong = {key: language for key, language in found.items() if language not in (key[0], None)}
    assert len(right) >= 140
    # Nobody who reads only this sentence could tell.
    assert wrong == {("id", "Sebaiknya kita tanya rekan baru dulu."): "ms"}


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \n",
        "ok, danke",
        "Thanks, works now!",
        "+1",
        "😀" * 40,
        "a" * 40,
        "Ω ≈ 3",
        "https://example.de/das/ist/kein/deutscher/satz/und/auch/keine/sprache",
        "@jürgen.weissmann @annegret.schuster-hoffmann #allgemeine-besprechungen",
        "def total(row): return row[3] + 1; import os; os.path.join(a, b)",
        "```\nprint('Das ist kein deutscher Satz, sondern ein Programm')\n```",
        "ERROR 2024-01-01 java.lang.NullPointerException at com.example.Foo.bar(Foo.java:32)",
        # As much of one script as of another.
        "Спасибо всем за помощь / thank you for the help",
    ],
)
def test_detect_language_is_none_where_nobody_could_be_sure(text: str):
    assert detect_language(text) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"> {ENGLISH}\n> {ENGLISH}\n\n{GERMAN}", "de"),
        (f"On Monday, Ann wrote:\n> {ENGLISH}\n\n{GERMAN}", "de"),
        # Who only quotes says that.
        (f"> {ENGLISH}", "en"),
        (f"```\nfor row in the_table: print(row, 'and nothing else')\n```\n{GERMAN}", "de"),
        (f"`git rebase --interactive` {GERMAN}", "de"),
        (f"<@U12345|the person in question> {GERMAN} :thumbsup:", "de"),
        (f"{GERMAN} https://example.com/this/is/the/place/where/you/can/read/more/about/it", "de"),
        (GERMAN.upper(), "de"),
        ("このPythonスクリプトのimport errorはどう直せばいいですか", "ja"),
        ("東京都渋谷区神宮前にあります", "ja"),
        ("这部日本电影叫『となり』,我觉得非常好看,大家都应该去看一下", "zh"),
        ("Ευχαριστώ", "el"),
        ("감사합니다", "ko"),
        # Both forms of Norwegian are one language.
        ("Eg veit ikkje kvar møtet skal vere, men det byrjar i morgon klokka ni.", "no"),
        (f"\ud800\x00 {ENGLISH}", "en"),
    ],
)
def test_detect_language_looks_at_somebodys_own_words(text: str, expected: str):
    assert detect_language(text) == expected


def test_detect_language_is_that_of_most_words():
    assert detect_language(f"{PROSE} Wie man so schön sagt.") == "en"


def test_detect_language_reads_the_beginning_of_what_is_long():
    assert detect_language(" ".join([GERMAN] * 20_000)) == "de"


@given(st.text(max_size=200))
def test_detect_language_takes_any_text(text: str):
    assert detect_language(text) in {*LANGUAGES, None}


def test_the_model_is_loaded_by_nothing_but_a_text():
    code = "import store.text.language, store.archive, bot.cli.main, sys; print('py3langid' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"
