"""Every sentence of the bot is in the catalogue of each language, with the same placeholders, and no other is."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

import bot
from bot.translations import list_languages, say, say_count, speaking

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


@pytest.mark.parametrize("language", OTHERS)
def test_every_sentence_is_translated_with_its_placeholders(language: str):
    for message in list_messages(language):
        forms = list_forms(message.string)
        assert all(forms), message.id
        assert not message.fuzzy, message.id
        placeholders = {frozenset(re.findall(r"{\w*}", form)) for form in forms}
        assert placeholders == {frozenset(re.findall(r"{\w*}", list_forms(message.id)[-1]))}, message.id


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


def test_language_ends_with_what_was_said_in_it():
    with speaking("de"), speaking("en"):
        assert say("{number}", number=1_200) == "1,200"
    assert say("{number}", number=1_200) == "1,200"
