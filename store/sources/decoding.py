"""Bytes to text where encodings lie: byte order marks first, then what the file declares, then UTF-8.

Bytes that do not fit are read as Windows-1252, which they nearly always are, and are followed by a mark so that the
record they stand in can be reported.
"""

import codecs
import re
from collections.abc import Iterator

from store.sources.files import SourceFile

CHUNK_BYTES = 2**18
# A private-use character no archive holds.
STRAY_BYTE_MARK = "\uf8fe"

_STRAY_BYTES = "harkback.stray_bytes"
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# The WHATWG's reading: what calls itself Latin-1 holds Windows-1252's quotation marks where Latin-1 has controls.
_LATIN_1 = codecs.lookup("latin-1").name
# A declaration that could be read byte by byte stands in an encoding that reads this as it is: not in UTF-16 nor UTF-7,
# whatever it says, and not in what Python calls a codec but is no character set.
_PROBE = "<?xml \\x41\\u0041+AGE-?>"
_DECLARED = re.compile(rb"""<\?xml[^>]{0,200}?encoding\s*=\s*["']([\w.:-]{1,40})["']""")


def detect_encoding(head: bytes) -> str:
    """Tell the encoding of a file from its first bytes."""
    for bom, encoding in _BOMS:
        if head.startswith(bom):
            return encoding
    declared = _DECLARED.search(head[:1_000])
    if declared:
        return _find_encoding(declared[1].decode("ascii"))
    return "utf-8"


def _find_encoding(name: str) -> str:
    """Give the encoding that a declaration means; UTF-8 where it means none that it could stand in."""
    try:
        if _PROBE.encode().decode(name, _STRAY_BYTES) != _PROBE:
            return "utf-8"
    except (LookupError, UnicodeError):
        return "utf-8"
    return "cp1252" if codecs.lookup(name).name == _LATIN_1 else name


def decode(head: bytes) -> str:
    """Give the beginning of a file as text, without a byte order mark."""
    decoder = codecs.getincrementaldecoder(detect_encoding(head))(_STRAY_BYTES)
    return decoder.decode(head).replace(STRAY_BYTE_MARK, "")


def read_text(file: SourceFile) -> Iterator[str]:
    """Give a whole file as text, in parts; never raises for what the bytes are."""
    with file.open() as opened:
        chunk = opened.read1(CHUNK_BYTES)
        decoder = codecs.getincrementaldecoder(detect_encoding(chunk))(_STRAY_BYTES)
        while chunk:
            yield decoder.decode(chunk)
            chunk = opened.read1(CHUNK_BYTES)
        yield decoder.decode(b"", final=True)


def read_lines(file: SourceFile, max_chars: int) -> Iterator[str]:
    """Give a file's lines without their ends; one that is too long is cut there and its rest dropped."""
    begun: list[str] = []
    left = max_chars
    for part in read_text(file):
        for number, piece in enumerate(part.split("\n")):
            if number:
                yield "".join(begun).removesuffix("\r")
                begun, left = [], max_chars
            if piece and left:
                begun.append(piece[:left])
                left -= len(begun[-1])
    if begun:
        yield "".join(begun).removesuffix("\r")


def _decode_stray_bytes(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    stray = error.object[error.start : error.end]
    return stray.decode("cp1252", errors="replace") + STRAY_BYTE_MARK, error.end


codecs.register_error(_STRAY_BYTES, _decode_stray_bytes)
