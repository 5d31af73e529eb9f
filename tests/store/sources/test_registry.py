"""Recognising a format by content: the right one, and no other.

`samples` holds, in a folder for each format, files of it; whatever else is added there is tried with every format.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from bot.sample import COMMENTS
from store.errors import SourceError, UnknownFormatError
from store.sources.files import SourceFile, open_files
from store.sources.head import Head
from store.sources.registry import find_format, get_format, load_formats, recognise
from tests.store.sources.making import FEED, make_entry, make_feed, make_file

SAMPLES = Path(__file__).parent / "formats" / "samples"
FILES = {
    "blogger": [
        make_file(make_feed(make_entry())),
        make_file(make_feed(make_entry()).encode("utf-16")),
        make_file(make_feed(make_entry(), prolog="<!-- text,id -->\n")),
        make_file("<!DOCTYPE feed [<!ENTITY x '<y>'>]>" + make_feed(make_entry(), prolog="")),
        *open_files(COMMENTS),
    ],
    "jsonl": [make_file('{"text": "one", "id": "a,text"}'), make_file("\n" + json.dumps({"text": make_feed()}))],
    "csv": [make_file("text"), make_file("id;text\n"), make_file('"text","<feed xmlns=""tag:blogger.com,1999:"">"\n')],
}
HTML = '<!DOCTYPE html><html><link href="tag:blogger.com,1999:blog-1"><body><feed >Blogger</feed></body></html>'
UNKNOWN = {
    "web page": HTML,
    "bare web page": "\n  <HTML><body>text</body>",
    "feed cut in its first tag": FEED[:100],
    "plain text": "some text\nand more text\n",
    "array": '[{"text": "one"}]',
    "empty array": "[]",
    "empty object": "{}",
    "zeros": "\0" * 1_000,
    "nothing": "",
}  # fmt: skip


def find_samples() -> list[tuple[str, SourceFile]]:
    """Give every file of `samples` with its format, which the folder is named after."""
    folders = sorted(folder for folder in SAMPLES.iterdir() if folder.is_dir())
    return [(folder.name, file) for folder in folders for file in open_files(folder)]


def find_large() -> list[tuple[str, Any]]:
    """Give the JSON of `samples` that holds lists, each with its longest made so long that its end is not seen."""
    found = []
    for name, file in find_samples():
        try:
            content = json.loads(file.read_head())
        except ValueError:
            continue
        if longest := max(find_lists(content), key=lambda some: len(json.dumps(some)), default=None):
            longest *= 100_000 // len(json.dumps(longest)) + 2
            found.append((name, content))
    return found


def find_lists(content: Any) -> list[list[Any]]:
    """Give the lists of objects in a document, and in its objects."""
    if isinstance(content, list):
        return [content] if content and isinstance(content[0], dict) else []
    values = content.values() if isinstance(content, dict) else ()
    return [found for value in values for found in find_lists(value)]


LARGE = find_large()
CASES = [*((name, file) for name, files in FILES.items() for file in files), *find_samples()]


@pytest.mark.parametrize(("name", "file"), CASES, ids=[f"{name}-{file.member}" for name, file in CASES])
def test_file_is_recognised_by_exactly_one_format(name: str, file: SourceFile):
    head = Head.read(file)

    assert [known.name for known in load_formats().values() if known.recognises(head)] == [name]
    assert recognise(file) is load_formats()[name]


@pytest.mark.parametrize("indent", [None, 1], ids=["on one line", "with line ends"])
@pytest.mark.parametrize(("name", "content"), LARGE, ids=[f"{name}-{number}" for number, (name, _) in enumerate(LARGE)])
def test_large_json_is_recognised_by_its_beginning(name: str, content: Any, indent: int | None):
    file = make_file(json.dumps(content, indent=indent))

    assert file.size > len(file.read_head())
    assert [known.name for known in load_formats().values() if known.recognises(Head.read(file))] == [name]


@pytest.mark.parametrize("name", load_formats())
def test_every_format_has_a_sample(name: str):
    assert name in {*FILES, *(name for name, _ in find_samples())} or name == "text"


@pytest.mark.parametrize("content", UNKNOWN.values(), ids=UNKNOWN)
def test_other_content_is_recognised_by_none(content: str):
    file = make_file(content, name="thing")

    assert find_format(Head.read(file)) is None
    with pytest.raises(UnknownFormatError, match=r"^cannot import: 'thing': it"):
        recognise(file)


def test_web_page_is_told_apart_in_the_message():
    with pytest.raises(SourceError) as caught:
        recognise(make_file(HTML, name="blog.html"))

    assert str(caught.value) == (
        "cannot import: 'blog.html': it is a web page, not an archive: give the address of its comments feed "
        "(for Blogger https://BLOG/feeds/comments/default) or an export file"
    )


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"PK\x03\x04" + b"x" * 90, "it begins like a zip and is cut short or damaged: download it again"),
        (b"x".ljust(257, b"\0") + b"ustar\x0000", "it is a tar archive: unpack it, and import the folder"),
        (b"BZh9" + b"x" * 90, "it is compressed with bzip2: unpack it, and import what is in it"),
    ],
)
def test_other_archives_are_told_apart_in_the_message(content: bytes, reason: str):
    with pytest.raises(UnknownFormatError) as caught:
        recognise(make_file(content, name="export"))

    assert str(caught.value) == f"cannot import: 'export': {reason}"


def test_formats_are_found_by_name():
    assert all(get_format(name).name == name for name in load_formats())
    with pytest.raises(UnknownFormatError, match=r"cannot use the format: 'disc': .* give one of .*blogger, .*csv"):
        get_format("disc")
