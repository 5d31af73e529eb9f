"""What a format sees of a file."""

from typing import NoReturn

from store.sources.files import SourceFile
from store.sources.head import Head, read_outline_of
from store.sources.json import JsonOutline
from tests.store.sources.making import make_file


def test_outline_tells_what_stands_in_a_file():
    assert read_outline_of(make_file('{"a": 1}')) == JsonOutline(frozenset({"", "a"}), {"a": "1"})


def test_outline_of_what_cannot_be_read_is_empty():
    def fail() -> NoReturn:
        raise OSError

    assert read_outline_of(SourceFile("gone.json", fail, 7)) == JsonOutline()


def test_records_of_a_document_are_its_elements_or_itself():
    paths = [Head.read(make_file(content)).records_path for content in ("\ufeff [1]", '\n{"a": []}', "", "text")]
    assert paths == ["item", "", "", ""]
