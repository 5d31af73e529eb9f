"""Every sentence of the bot is in the catalogue of each language, with the same placeholders, and no other is."""

import ast
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

import bot
from bot.slack.subcommands import Verb
from bot.translations import (
    join_all,
    join_any,
    join_parts,
    list_languages,
    name_language,
    say,
    say_count,
    speaking,
    write_day,
)

FOLDER = Path(bot.__file__).parent
OTHERS = sorted(list_languages() - {"en"})
KEYWORDS = {"say": None, "say_count": (1, 2)}


def read_catalogue(language: str) -> Catalog:
    with (FOLDER / "locale" / f"{language}.po").open("rb") as file:
        return read_po(file, locale=language)


def list_forms(said: str | tuple[str, ...] | list[str]) -> tuple[str, ...]:
    return (said,) if isinstance(said, str) else tuple(said)


def list_messages(language: str) -> Iterator[Message]:
    return (message for message in read_catalogue(language) if message.id)


@pytest.mark.parametrize("language", OTHERS)
def test_catalogue_has_what_the_code_says_and_no_more(language: str):
    said = {list_forms(found[2]) for found in extract_from_dir(FOLDER, [("**.py", "python")], keywords=KEYWORDS)}
    assert {list_forms(message.id) for message in list_messages(language)} == said


def test_every_sentence_of_the_code_is_found_for_the_catalogues():
    found = {
        list_forms(message[2])[0] for message in extract_from_dir(FOLDER, [("**.py", "python")], keywords=KEYWORDS)
    }
    written = [call.args[0] for path in FOLDER.rglob("*.py") for call in find_calls(path)]
    # A name, or what stands within an f-string, is not found, and would be said in English to everybody.
    assert [ast.unparse(one) for one in written if not isinstance(one, ast.Constant) or one.value not in found] == []


def find_calls(path: Path) -> Iterator[ast.Call]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in KEYWORDS:
            yield node


@pytest.mark.parametrize("language", OTHERS)
def test_every_sentence_is_translated_with_its_placeholders(language: str):
    for message in list_messages(language):
        forms = list_forms(message.string)
        assert all(forms), message.id
        assert not message.fuzzy, message.id
        placeholders = {frozenset(re.findall(r"{\w*}", form)) for form in forms}
        assert placeholders == {frozenset(re.findall(r"{\w*}", list_forms(message.id)[-1]))}, message.id


@pytest.mark.parametrize("language", OTHERS)
def test_every_sentence_is_calm_and_names_the_same_commands(language: str):
    for message in list_messages(language):
        english, translated = list_forms(message.id), list_forms(message.string)
        assert not any("!" in form for form in (*english, *translated)), message.id
        for forms in (english, translated):
            assert len({frozenset(find_commands(form)) for form in forms}) == 1, message.id
        assert find_commands(translated[0]) == find_commands(english[0]), message.id


def find_commands(text: str) -> set[str]:
    """Find what is typed, less the words of an example."""
    verbs = "|".join(sorted(Verb, key=len, reverse=True))
    return set(re.findall(rf"`(?:/hark(?: (?:{verbs})(?: (?:on|off))?\b)?|harkback [a-z]+)", text))


def test_nothing_but_english_is_said_in_an_unknown_language():
    with speaking("tlh-KL"):
        assert say("Ask {whom}.", whom="{me}") == "Ask {me}."
        assert say_count("{number} kettle", "{number} kettles", 1_200) == "1,200 kettles"


def test_numbers_are_written_as_their_readers_write_them():
    with speaking("de_CH"):
        assert (
            say("{number} kettles, {flag}, {text}", number=1_200, flag=True, text="1200") == "1.200 kettles, True, 1200"
        )
    assert say("{number}", number=1_200) == "1,200"


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", ["", "a", "a and b", "a, b and c", "a, b or c", "a, b, c", "2011-11-18", "German", "xx"]),
        ("de", ["", "a", "a und b", "a, b und c", "a, b oder c", "a, b, c", "18.11.2011", "Deutsch", "xx"]),
    ],
)
def test_lists_days_and_languages_are_those_of_their_readers(language: str, said: list[str]):
    parts = ["a", "b", "c"]
    with speaking(language):
        lists = [join_all([]), join_all("a"), join_all("ab"), join_all(parts), join_any(parts), join_parts(parts)]
        assert [*lists, write_day(date(2011, 11, 18)), name_language("de"), name_language("xx")] == said


def test_lists_leave_braces_in_names_alone():
    assert join_parts(["{0}", "{x}", "{"]) == "{0}, {x}, {"
    assert join_any(["{0}", "{x}", "{"]) == "{0}, {x} or {"


def test_language_ends_with_what_was_said_in_it():
    with speaking("de"), speaking("en"):
        assert say("{number}", number=1_200) == "1,200"
    assert say("{number}", number=1_200) == "1,200"
