"""Character sets that mails name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.sources.charsets import decode_bytes


@pytest.mark.parametrize(
    ("data", "charset", "expected"),
    [
        (b"tea", "", ("tea", True)),
        ("café".encode(), "", ("café", True)),
        (b"caf\xe9", "", ("café", True)),
        (b"caf\xe9", "us-ascii", ("café", True)),
        (b"caf\xe9", "iso-8859-1", ("café", True)),
        (b"it\x92s", "iso-8859-1", ("it’s", True)),
        ("café".encode(), "iso-8859-1", ("café", True)),
        ("café".encode(), "UTF-8", ("café", True)),
        (b"caf\xe9", "utf-8", ("café", False)),
        ("café".encode() + b" it\x92s", "utf-8", ("café it’s", False)),
        (b"\xe4", "iso-8859-7", ("δ", True)),
        ("汉字".encode("gb2312"), "gb2312", ("汉字", True)),
        ("汉字鎔".encode("gbk"), "gb2312", ("汉字鎔", True)),
        (b"it\x92s and a lot more of plain text here", "gb2312", ("it’s and a lot more of plain text here", False)),
        ("漢字".encode("iso-2022-jp"), "iso-2022-jp", ("漢字", True)),
        ("한글".encode("cp949"), "ks_c_5601-1987", ("한글", True)),
        ("ж".encode("koi8-r"), '"koi8-r"', ("ж", True)),
        (b"caf\xe9", "x-unknown", ("café", True)),
        (b"tea", "zlib", ("tea", True)),
        (b"tea", "idna", ("tea", True)),
        (b"te\\x61", "unicode_escape", ("te\\x61", True)),
        (b"tea", "a\0b", ("tea", True)),
        (b"tea", "undefined", ("tea", True)),
        ("tea".encode("utf-16"), "utf-16", ("tea", True)),
        (b"", "utf-8", ("", True)),
    ],
)
def test_bytes_are_read_as_they_are_meant(data: bytes, charset: str, expected: tuple[str, bool]):
    assert decode_bytes(data, charset) == expected


@given(st.binary(), st.sampled_from(["utf-8", "utf-7", "utf-16", "gb2312", "big5", "latin-1", "hz", "cp037", ""]))
def test_any_bytes_are_read(data: bytes, charset: str):
    text, _ = decode_bytes(data, charset)
    assert bool(text) <= bool(data)
