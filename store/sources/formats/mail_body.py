"""A mail's body to the text that somebody wrote: MIME (RFC 2045 to 2049), format=flowed (RFC 3676), OpenPGP's frames.

Of alternatives, plain text is preferred to HTML. Attachments, pictures, mails within the mail and what is encrypted are
left out. Quotations and signatures stay as they are: what is quoted is told apart where it is searched.
"""

import re
from dataclasses import dataclass, field
from email.message import Message
from email.utils import collapse_rfc2231_value
from quopri import decodestring

from store.sources.charsets import decode_bytes
from store.sources.formats.mail_cutting import split_mail
from store.sources.formats.mail_headers import Headers, decode_base64, mask_spoken
from store.text.cleaning import clean_text
from store.text.html import parse_html

# Real mails nest five deep at most; each part of one is looked at as often as it is deep.
_MAX_DEPTH = 12
_MAX_PARTS = 500
_MAX_KIND_CHARS = 2_000
_BASE64_LINE = re.compile(rb"[A-Za-z0-9+/=\s]*")
_SIGNATURE_MARK = "-- "
_TEXTS = ("text/plain", "text/html", "text/markdown", "text/x-markdown", "plain/text")
# Of other kinds of text, a mail that is one part holds what was said; but not of these.
_NO_TEXTS = ("text/calendar", "text/css", "text/csv", "text/directory", "text/rtf", "text/vcard", "text/x-vcard")
_ENRICHMENT = re.compile(r"<param>[^<]{0,500}</param>|(?<!<)</?[A-Za-z-]{1,60}>", re.IGNORECASE)
# What programs before MIME made of files (uuencode): a name, lines that begin with their length, and an end.
_UUENCODED = re.compile(r"^begin [0-7]{3,4} [^\n]+\n(?:[!-`][^\n]{1,90}\n)+(?:`?[ ]*\n)?end$", re.MULTILINE)

# What pipermail leaves of attachments: a rule, what was there, and where it is kept.
_SCRUBBED = re.compile(
    r"^-{8,20} next part -{8,20}\n+[^\n]*\bscrubbed\b[^\n]*(?:\n(?!\n)[^\n]*){0,10}?"
    r"(?:\n(?:URL|Url) ?:[^\n]*(?:\n<?https?://[^\n]*)?|(?=\n\n)|\Z)",
    re.MULTILINE,
)
_NEXT_PART = re.compile(r"^-{8,20} next part -{8,20}$", re.MULTILINE)
_ARMOUR_HEAD = re.compile(r"^-----BEGIN PGP SIGNED MESSAGE-----\n(?:[A-Z][\w-]*:[^\n]*\n)*\n?", re.MULTILINE)
_ARMOUR_TAIL = re.compile(
    r"^-----BEGIN PGP SIGNATURE-----\n(?:(?!-----END)[^\n]*\n){0,100}?-----END PGP SIGNATURE-----$", re.MULTILINE
)
_DASH_ESCAPED = re.compile(r"^- (?=-)", re.MULTILINE)
_ENCRYPTED = "-----BEGIN PGP MESSAGE-----"

# Pipermail's "jo at x.org" where it cannot be anything else: in brackets, in headers that were quoted, in the footer
# that lists add, and in the line above a quotation, which ends so in most languages.
_SPOKEN = r"[\w.+-]+ at [\w-]+(?:\.[\w-]+)*\.[A-Za-z]{2,}"
_SPOKEN_PLACES = (
    re.compile(rf"(?<=[<\[(])(?:mailto:)?{_SPOKEN}(?=[>\])])"),
    re.compile(rf"^[ \t>|]*(?:From|To|Cc|Reply-To|Sender)\*? ?:[^\n]{{0,300}}{_SPOKEN}[^\n]*", re.MULTILINE),
    re.compile(rf"(?<= mailing list\n)[ \t>|]*{_SPOKEN}[ \t]*$", re.MULTILINE),
    re.compile(r"^[^\n]{1,300} at [^\n]{1,300}:[ \t]*(?=\n[ \t]*\n?[ \t]*>)", re.MULTILINE),
)


@dataclass(slots=True)
class Body:
    """What a mail says. `is_faithful` is false where bytes did not fit what they were declared to be."""

    text: str = ""
    is_faithful: bool = True
    is_encrypted: bool = False


@dataclass(slots=True)
class _Reading:
    parts_left: int = _MAX_PARTS
    body: Body = field(default_factory=Body)


def read_body(headers: Headers, data: bytes) -> Body:
    """Read the text of a mail."""
    reading = _Reading()
    texts = _read_part(headers, data, reading, 0)
    text = _tidy(clean_text("\n\n".join(text for text in texts if text.strip())), reading.body)
    reading.body.text = clean_text(text)
    return reading.body


def _tidy(text: str, body: Body) -> str:
    if text.startswith(_ENCRYPTED):
        body.is_encrypted = True
        return ""
    if "\nend" in text:
        text = _UUENCODED.sub("", text)
    if " next part --" in text:
        text = _NEXT_PART.sub("", _SCRUBBED.sub("", text))
    if "-----BEGIN PGP SIGNED" in text:
        text = _DASH_ESCAPED.sub("", _ARMOUR_TAIL.sub("", _ARMOUR_HEAD.sub("", text)))
    return mask_addresses(text) if " at " in text else text


def mask_addresses(text: str) -> str:
    """Mask addresses that pipermail wrote out, where they cannot be anything else."""
    for pattern in _SPOKEN_PLACES:
        text = pattern.sub(lambda found: mask_spoken(found[0]), text)
    return text


def _read_part(headers: Headers, data: bytes, reading: _Reading, depth: int) -> list[str]:
    """Give the texts of a part, in order; the depth of parts in parts is bounded."""
    reading.parts_left -= 1
    kind = _find_kind(headers)
    if depth > _MAX_DEPTH or reading.parts_left < 0 or (depth and _is_attached(headers)):
        return []
    if kind.type.startswith("multipart/"):
        return _read_multipart(kind, headers, data, reading, depth)
    if kind.type not in _TEXTS and (depth or not kind.type.startswith("text/") or kind.type in _NO_TEXTS):
        return []
    text, fits = decode_bytes(_decode_transfer(headers, data), kind.charset)
    reading.body.is_faithful &= fits
    if kind.type == "text/html":
        return [parse_html(text)]
    if kind.type in ("text/enriched", "text/richtext"):
        return [_ENRICHMENT.sub("", text).replace("<<", "<")]
    return [unflow(text, joins_words=kind.joins_words) if kind.is_flowed else text]


def _read_multipart(kind: "_Kind", headers: Headers, data: bytes, reading: _Reading, depth: int) -> list[str]:
    if kind.type == "multipart/encrypted":
        reading.body.is_encrypted = True
        return []
    parts = split_parts(data, kind.boundary)
    if not parts:
        # Nothing to take apart by: what is there is what there is.
        return [decode_bytes(_decode_transfer(headers, data), "")[0]]
    found = [(Headers(head), body) for head, body in map(split_mail, parts)]
    read = {
        "multipart/alternative": _read_alternative,
        "multipart/signed": _read_first,
        "multipart/related": _read_first,
        "multipart/digest": _read_none,
    }.get(kind.type, _read_all)
    return read(found, reading, depth + 1)


_Parts = list[tuple[Headers, bytes]]


def _read_all(parts: _Parts, reading: _Reading, depth: int) -> list[str]:
    return [text for headers, data in parts for text in _read_part(headers, data, reading, depth)]


def _read_none(_parts: _Parts, _reading: _Reading, _depth: int) -> list[str]:
    return []


def _read_first(parts: _Parts, reading: _Reading, depth: int) -> list[str]:
    """Read the first part that has text: the others sign or belong to it."""
    for headers, data in parts:
        if texts := _read_part(headers, data, reading, depth):
            return texts
    return []


def _read_alternative(parts: _Parts, reading: _Reading, depth: int) -> list[str]:
    """Read the part that is plain text, if it says anything; else the first that does."""
    ranked = sorted(parts, key=lambda part: _find_kind(part[0]).type in ("text/html", "multipart/related"))
    for headers, data in ranked:
        texts = _read_part(headers, data, reading, depth)
        if any(text.strip() for text in texts):
            return texts
    return []


@dataclass(frozen=True, slots=True)
class _Kind:
    """What a Content-Type says."""

    type: str
    charset: str
    boundary: str
    is_flowed: bool
    joins_words: bool


_PLAIN = _Kind("text/plain", "", "", is_flowed=False, joins_words=False)


def _find_kind(headers: Headers) -> _Kind:
    value = headers.raw("content-type")[:_MAX_KIND_CHARS]
    if not value:
        return _PLAIN
    part: Message = Message()
    part["Content-Type"] = value
    try:
        kind = part.get_content_type().strip("\"' ")
        found = {name.lower(): collapse_rfc2231_value(value) for name, value in part.get_params([])}
    except (ValueError, LookupError, TypeError, AttributeError):
        # What the library raises of broken ones.
        return _PLAIN
    return _Kind(
        type=kind,
        charset=found.get("charset", ""),
        boundary=found.get("boundary", "").rstrip(),
        is_flowed=found.get("format", "").lower() == "flowed",
        joins_words=found.get("delsp", "").lower() == "yes",
    )


def _is_attached(headers: Headers) -> bool:
    disposition = headers.raw("content-disposition").lower()
    return disposition.startswith("attachment") or "filename" in disposition


def split_parts(data: bytes, boundary: str) -> list[bytes]:
    """Cut a body at its boundary lines; what stands before the first and after the last is for nobody."""
    if not boundary:
        return []
    line = re.compile(rb"^--" + re.escape(boundary.encode("utf-8", "replace")) + rb"(--)?[ \t]*\r?$", re.MULTILINE)
    parts: list[bytes] = []
    start = None
    for found in line.finditer(data):
        if start is not None:
            parts.append(data[start : found.start()])
        start = found.end() + 1
        if found[1] or len(parts) == _MAX_PARTS:
            return parts
    # One whose end is missing: it was cut short.
    return parts if start is None else [*parts, data[start:]]


def _decode_transfer(headers: Headers, data: bytes) -> bytes:
    encoding = headers.raw("content-transfer-encoding").lower()
    if encoding == "quoted-printable":
        return decodestring(data)
    if encoding == "base64":
        return _decode_base64(data)
    return data


def _decode_base64(data: bytes) -> bytes:
    """Decode up to the first line that is none: lists used to add their footer in plain text."""
    lines = data.split(b"\n")
    end = next((place for place, line in enumerate(lines) if not _BASE64_LINE.fullmatch(line)), len(lines))
    return decode_base64(b"".join(lines[:end]))


def unflow(text: str, *, joins_words: bool) -> str:
    """Join the lines of format=flowed (RFC 3676) to the paragraphs they were; quotations keep their marks."""
    paragraphs: list[str] = []
    open_depth = None
    for line in text.replace("\r\n", "\n").split("\n"):
        depth, rest = _unquote(line)
        is_soft = rest.endswith(" ") and rest != _SIGNATURE_MARK
        piece = rest[:-1] if is_soft and joins_words else rest
        if open_depth == depth and rest != _SIGNATURE_MARK:
            paragraphs.append(piece)
        else:
            start = "\n" if paragraphs else ""
            paragraphs.append(start + (f"{'>' * depth} {piece}" if depth else piece))
        open_depth = depth if is_soft else None
    return "".join(paragraphs)


def _unquote(line: str) -> tuple[int, str]:
    """Give how deep a line is quoted, and the line without its marks and the space that was stuffed in."""
    rest = line.lstrip(">")
    return len(line) - len(rest), rest.removeprefix(" ")
