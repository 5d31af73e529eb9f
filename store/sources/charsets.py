"""Bytes to text in the character set that a mail names, which may lie or not exist.

What does not fit is read as UTF-8, and what is none of that as Windows-1252 (see `decoding`).
"""

import codecs

from store.sources.decoding import STRAY_BYTE_MARK

_STRAY_BYTES = "harkback.stray_bytes"
# What is written where only the larger set holds it: browsers read the larger one (WHATWG Encoding, 4.2).
_LARGER = {
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "euc_kr": "cp949",
    "shift_jis": "cp932",
    "big5": "big5hkscs",
    "iso8859-9": "cp1254",
    "tis-620": "cp874",
}
# Names that no codec has.
_OTHER_NAMES = {"iso-8859-8-i": "iso-8859-8", "ks_c_5601-1987": "cp949", "x-gbk": "gb18030", "utf8mb4": "utf-8"}
# Python's own escapes, and what domain names are written in.
_NO_CHARSETS = (
    "idna",
    "punycode",
    "unicode-escape",
    "unicode_escape",
    "raw-unicode-escape",
    "raw_unicode_escape",
    "undefined",
)
_AS_DECLARED = ("utf-8", "ascii")
_LATIN_1 = "iso8859-1"
# Chinese, Japanese and Korean text is mostly not ASCII; a single stray quotation mark does not make it that.
_MIN_SHARE = 0.1
_ASCII = bytes(range(0x80))


def decode_bytes(data: bytes, charset: str) -> tuple[str, bool]:
    """Decode bytes.

    Returns:
        The text, and whether it could be read as declared. What declares nothing is read as declared in any case.
    """
    name = _find_codec(charset)
    if name not in (*_AS_DECLARED, _LATIN_1):
        text = _try(data, name) or _try_larger(data, name)
        if text is not None:
            return text, True
    text = data.decode("cp1252" if name == _LATIN_1 and not _is_utf8(data) else "utf-8", _STRAY_BYTES)
    plain = text.replace(STRAY_BYTE_MARK, "")
    was_declared = bool(charset) and name not in ("ascii", _LATIN_1)
    return plain, not was_declared or (name == "utf-8" and plain == text)


def _find_codec(charset: str) -> str:
    """Give the codec's own name; ASCII where there is none, which any stray byte may stand in."""
    asked = charset.strip().strip("\"'").lower()
    try:
        name = codecs.lookup(_OTHER_NAMES.get(asked, asked)).name
        # Fails for what Python calls a codec but is no character set.
        b"a".decode(name, "replace")
    except (LookupError, ValueError):
        return "ascii"
    return "ascii" if name in _NO_CHARSETS else name


def _try(data: bytes, name: str) -> str | None:
    try:
        return data.decode(name)
    except (ValueError, LookupError):
        return None


def _try_larger(data: bytes, name: str) -> str | None:
    far = len(data.translate(None, _ASCII))
    return _try(data, _LARGER[name]) if name in _LARGER and far >= _MIN_SHARE * len(data) else None


def _is_utf8(data: bytes) -> bool:
    return _try(data, "utf-8") is not None
