"""A mail's headers: decoded whatever was done to them, and what they say of who wrote when, in answer to what.

RFC 5322, RFC 2047 (encoded words), RFC 2919 (List-Id), RFC 5064 (Archived-At), and what programs write in their place.
Addresses are read here and given to nobody: of a Message-ID, a hash, as HyperKitty and Mailman have it
(X-Message-ID-Hash); of a From without a name, what stands before the "@".
"""

import binascii
import hashlib
import re
from base64 import b32encode, b64decode
from datetime import datetime
from functools import cached_property, lru_cache
from quopri import decodestring

from store.sources.charsets import decode_bytes
from store.sources.dates import parse_date
from store.text.cleaning import clean_line, find_http_url

# What is looked at of one header, and of all: spam fills them.
_MAX_CHARS = 20_000
_MAX_HEADERS = 1_000
_MAX_AUTHOR_CHARS = 1_000

_LINE = re.compile(rb"([!-9;-~]+)[ \t]*:([^\n]*(?:\n[ \t][^\n]*)*)")
# An encoded word's set may name a language, too (RFC 2231). Programs leave spaces in them that should not be there.
_WORD = re.compile(r"=\?([^?*\s]{1,40})(?:\*[^?]*)?\?([bBqQ])\?([^?]*)\?=")
_BETWEEN_WORDS = re.compile(r"(\?=)\s+(?==\?[^?\s]{1,60}\?[bBqQ]\?)")
_CHARSET = re.compile(rb"charset\s*=\s*\"?([A-Za-z0-9_.:-]{1,40})", re.IGNORECASE)
_NOT_BASE64 = re.compile(r"[^A-Za-z0-9+/]")

_ID = re.compile(r"<\s*([^<>\s]+)\s*>")
_BARE_ID = re.compile(r"[^<>\s\"]+@[^<>\s\"]+")
_MAX_REFERENCES = 50

# Pipermail's "jo at x.org (Jo Doe)", its "at" in the language of the list, or the same with "@"; and
# "Jo Doe <jo@x.org>".
_NAME_AFTER = re.compile(r"\s*<?[^\s<>()]+(?:@|\s+[^\s.]{1,5}\s+)[^\s<>()]+>?\s*\((.*)\)\s*", re.DOTALL)
_NAME_BEFORE = re.compile(r"(.*?)<[^<>]*(?:>|$)", re.DOTALL)
_AT = re.compile(r"@|\s+at\s+")
_SPOKEN_ADDRESS = re.compile(
    r"(?<![\w.+-])([\w.+-]+)\s+(?:at|AT|\(at\)|\[at\]|en|em|à|bei|på)\s+[\w-]+(?:(?:\.|\s+(?:dot|DOT)\s+)[\w-]+)+"
)
# What lists put in the place of senders whose domains forbid them to pass a mail on (DMARC).
_VIA = re.compile(r"(.+?)\s+via\s+\S.*")

_LIST_ID = re.compile(r"<([^<>@\s]+)>\s*$")
# HyperKitty's address of a list is that of its archives, "list", and the list's own.
_HYPERKITTY_LIST = re.compile(r"https?://[^\s<>]+/list/[^/\s<>]+@[^/\s<>]+/")
_HYPERKITTY_MAIL = re.compile(r"(.*/list/[^/]+@[^/]+/)message/[A-Z2-7]{32}/?")


class Headers:
    """The headers of a mail or of a part of one, by name in lower case, as they stand there."""

    def __init__(self, data: bytes) -> None:
        self._values: dict[str, list[bytes]] = {}
        for count, found in enumerate(_LINE.finditer(data)):
            if count == _MAX_HEADERS:
                break
            self._values.setdefault(found[1].decode("ascii").lower(), []).append(found[2][:_MAX_CHARS])

    def __contains__(self, name: str) -> bool:
        return name in self._values

    def raw(self, name: str) -> str:
        """Give the first header of a name on one line, encoded words and all; empty if there is none."""
        value = self._values.get(name, [b""])[0]
        text = value.decode("ascii") if value.isascii() else decode_bytes(value, self._charset)[0]
        return " ".join(text.replace("\0", "").split())

    @cached_property
    def _charset(self) -> str:
        """The set that the mail's text is in: what programs wrote into headers as it was is in that, too."""
        found = _CHARSET.search(self._values.get("content-type", [b""])[0])
        return found[1].decode("ascii") if found else ""

    def text(self, name: str) -> str:
        """Give the first header of a name as it is to be read."""
        return decode_words(self.raw(name))


def decode_words(text: str) -> str:
    """Decode the encoded words of a header (RFC 2047); a character may be split between two of them."""
    if "=?" not in text:
        return text
    parts: list[str] = []
    position, charset, gathered = 0, "", b""
    for found in _WORD.finditer(_BETWEEN_WORDS.sub(r"\1", text)):
        between = found.string[position : found.start()]
        if between or found[1].lower() != charset:
            parts += [decode_bytes(gathered, charset)[0], between]
            charset, gathered = found[1].lower(), b""
        gathered += _decode_word(found[2], found[3])
        position = found.end()
    rest = _BETWEEN_WORDS.sub(r"\1", text)[position:]
    return "".join([*parts, decode_bytes(gathered, charset)[0], rest])


def _decode_word(kind: str, word: str) -> bytes:
    data = word.encode("utf-8", "replace")
    if kind in "qQ":
        return decodestring(data, header=True)
    return decode_base64(data)


def decode_base64(data: bytes) -> bytes:
    """Decode base64, whatever stands between its characters and however it ends."""
    wanted = _NOT_BASE64.sub("", data.decode("ascii", "replace"))
    if len(wanted) % 4 == 1:
        wanted = wanted[:-1]
    try:
        return b64decode(wanted + "=" * (-len(wanted) % 4))
    except (binascii.Error, ValueError):
        return b""


def hash_id(message_id: str) -> str:
    """Give a Message-ID's hash, as X-Message-ID-Hash has it: a mail's id wherever its list's archive comes from."""
    return encode_digest(digest_id(message_id))


def digest_id(message_id: str) -> bytes:
    """Hash a Message-ID without its brackets."""
    return hashlib.sha1(message_id.encode("utf-8", "replace"), usedforsecurity=False).digest()


@lru_cache(maxsize=1_000)
def encode_digest(digest: bytes) -> str:
    """Write a hash as X-Message-ID-Hash does."""
    return b32encode(digest).decode("ascii")


def find_id(headers: Headers) -> str:
    """Give the mail's Message-ID without brackets; empty if it has none."""
    value = headers.raw("message-id")
    found = _ID.search(value)
    return found[1] if found else value.strip("<> ")


def find_references(headers: Headers) -> list[str]:
    """Give the Message-IDs that a mail follows, the oldest first.

    In old mails In-Reply-To is free text; what it answers stands in brackets there, after whose message it is.
    """
    found = _ID.findall(headers.raw("references"))
    value = headers.raw("in-reply-to")
    answered = _ID.findall(value) or ([value] if " " not in value and _BARE_ID.fullmatch(value) else [])
    # The last in the References is what is answered; programs that write none of those write this alone.
    found = list(dict.fromkeys(found)) or answered[-1:]
    return found if len(found) <= _MAX_REFERENCES else [*found[:5], *found[5 - _MAX_REFERENCES :]]


def find_answered(headers: Headers, references: list[str]) -> str:
    """Give the Message-ID of what a mail answers; empty if it answers none."""
    answered = _ID.findall(headers.raw("in-reply-to"))
    known = [one for one in answered if one in references]
    return (known or references or [""])[-1]


def find_author(headers: Headers) -> str:
    """Give the name that a mail was published under; of a bare address, no more than is before the "@"."""
    value = headers.raw("from")[:_MAX_AUTHOR_CHARS]
    after = _NAME_AFTER.fullmatch(value)
    before = _NAME_BEFORE.match(value)
    name = _tidy_name(after[1] if after else before[1] if before else "")
    if name:
        return mask_spoken(name)
    local, *host = _AT.split(value.strip("<> \"'()"), maxsplit=1)
    return f"{local}@…" if host else local


def _tidy_name(name: str) -> str:
    decoded = clean_line(decode_words(name.strip().strip('"')))
    for quote in ('"', "'"):
        if len(decoded) > 1 and decoded.startswith(quote) and decoded.endswith(quote):
            decoded = decoded[1:-1].strip()
    via = _VIA.fullmatch(decoded.replace('\\"', '"').replace("\\\\", "\\"))
    return via[1].strip("'\" ") if via else decoded.replace('\\"', '"').replace("\\\\", "\\")


def mask_spoken(text: str) -> str:
    """Mask addresses written out: "jo at x.org", "jo at x dot org"."""
    return _SPOKEN_ADDRESS.sub(r"\1@…", text)


def find_date(headers: Headers, separated: str) -> datetime | None:
    """Give when a mail was sent: as it says, or else as those who took it noted."""
    said = headers.raw("date")
    noted = (headers.raw("received").rpartition(";")[2], headers.raw("x-list-received-date"))
    for value in (said, _order_date(separated), *noted, headers.raw("nntp-posting-date"), _drop_zone(said)):
        found = parse_date(value) if value else None
        if found:
            return found
    return None


def _order_date(text: str) -> str:
    """Write the date of a separating line, "Mar  3 18:20:35 +0000 2016", as headers have it."""
    found = re.match(r"([A-Z][a-z]{2})\s+(\d{1,2})\s.*?(\d{1,2}:\d{2}(?::\d{2})?)", text)
    year = re.search(r"\b(?:19|20)\d{2}\b", text)
    zone = re.search(r"[+-]\d{4}\b", text)
    if not found or not year:
        return text
    return f"{found[2]} {found[1]} {year[0]} {found[3]} {zone[0] if zone else '+0000'}"


def _drop_zone(date: str) -> str:
    """Leave out a zone that there is none of."""
    found = re.match(r"(.*?\d{1,2}:\d{2}(?::\d{2})?)\s", date + " ")
    return found[1] if found else ""


def find_list_id(headers: Headers) -> str:
    """Give the name a list has for programs; empty if the mail names none."""
    found = _LIST_ID.search(headers.raw("list-id"))
    return found[1].lower() if found else ""


def find_list_names(headers: Headers) -> set[str]:
    """Give what the list may call itself in subjects, in letters and figures."""
    names = [find_list_id(headers).partition(".")[0]]
    for name in ("list-id", "list-post", "to", "delivered-to", "x-beenthere", "newsgroups"):
        names += re.findall(r"[\w.+-]+(?=@)", headers.raw(name))
    return {plain for plain in (make_plain(name) for name in names) if plain}


def make_plain(name: str) -> str:
    """Give a name's letters and figures alone, in lower case."""
    return re.sub(r"[\W_]", "", name).lower()


def find_links(headers: Headers, native_id: str, root_id: str) -> tuple[str, str]:
    """Give a mail's link and its discussion's: as the archive wrote it into the mail, or as HyperKitty has it.

    Of other archives, none can be told from a mail.
    """
    url = find_http_url(headers.raw("archived-at").strip("<> "))
    known = _HYPERKITTY_MAIL.fullmatch(url)
    archive = headers.raw("list-archive").strip("<> ")
    base = known[1] if known else archive if _HYPERKITTY_LIST.fullmatch(archive) and not url else ""
    if not base:
        return url, ""
    return url or find_http_url(f"{base}message/{native_id}/"), find_http_url(f"{base}thread/{root_id}/")
