"""Recognising a format by content."""

import json

import pytest

from bot.sample import COMMENTS
from store.errors import SourceError, UnknownFormatError
from store.sources.files import SourceFile, open_files
from store.sources.registry import FORMATS, find_format, get_format, recognise
from tests.store.sources.making import FEED, make_entry, make_feed, make_file

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
    "feed of another make": make_feed(make_entry()).lower().replace("blogger", "b").replace("google", "g"),
    "feed cut in its first tag": FEED[:100],
    "plain text": "some text\nand more text\n",
    "array": '[{"text": "one"}]',
    "zeros": "\0" * 1_000,
    "nothing": "",
}  # fmt: skip


@pytest.mark.parametrize(("name", "file"), [(name, file) for name, files in FILES.items() for file in files])
def test_file_is_recognised_by_exactly_one_format(name: str, file: SourceFile):
    assert [known.name for known in FORMATS.values() if known.recognises(file)] == [name]
    assert recognise(file) is FORMATS[name]


@pytest.mark.parametrize("content", UNKNOWN.values(), ids=UNKNOWN)
def test_other_content_is_recognised_by_none(content: str):
    file = make_file(content, name="thing")

    assert find_format(file) is None
    with pytest.raises(UnknownFormatError, match=r"^cannot import: 'thing': it"):
        recognise(file)


def test_web_page_is_told_apart_in_the_message():
    with pytest.raises(SourceError) as caught:
        recognise(make_file(HTML, name="blog.html"))

    assert str(caught.value) == (
        "cannot import: 'blog.html': it is a web page, not an archive: give the address of its comments feed "
        "(for Blogger https://BLOG/feeds/comments/default) or an export file"
    )


def test_formats_are_found_by_name():
    assert [get_format(name).name for name in FORMATS] == ["blogger", "jsonl", "csv"]
    with pytest.raises(UnknownFormatError, match=r"cannot use the format: 'disc': .* give one of blogger, csv, jsonl$"):
        get_format("disc")


@pytest.mark.parametrize("name", ["jsonl", "csv"])
def test_formats_that_are_not_paged_have_no_next_page(name: str):
    assert get_format(name).find_next_page(FILES[name][0]) is None
