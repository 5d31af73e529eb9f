"""Making text from anywhere safe to keep and show: control, direction and zero-width characters, spaces, lengths."""

import re
import unicodedata
from hashlib import sha256

# Of what something is told apart by; in bytes it may be four times as long.
MAX_ID_CHARS = 500
# Everything that ends a line somewhere: CR, vertical tab, form feed, NEL, line and paragraph separators.
_LINE_ENDS = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
# C0 and C1 controls but tab and line feed; lone surrogates; non-characters.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
# Zero-width spaces and marks, direction marks, embeddings, overrides and isolates, the byte order mark, soft hyphens.
# The zero-width joiner stays: emoji and several scripts need it.
_INVISIBLE = re.compile("[\u00ad\u061c\u200b\u200c\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]")
# One space, which is what most are, stays what it is: putting it in its own place takes most of the time.
_SPACES = re.compile(r"[ \t\u00a0]{2,}|[\t\u00a0]")
_LINE_EDGES = re.compile(r" +\n *|\n +")
_BLANK_LINES = re.compile(r"\n{3,}")
# Begins and ends code, as in Markdown; in a quotation, too. Group 1 is the run that the end has to be as long as.
_FENCE = re.compile(r"[> ]*(`{3,})([^`]*)")
_TAB_CHARS = 4
# Anything that the steps of clean_text would change: most text holds none of it, and one look is enough.
_UNTIDY = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\xa0\xad\u061c\u200b\u200c\u200e\u200f\u2028-\u202e\u2060\u2066-\u2069\ud800-\udfff\ufeff\ufffe\uffff]"
    "|  | \n|\n |\n\n\n"
)
# Where an address goes on after its first part. A version, as in "package@1.2.3", is none.
_EMAIL_HOST = re.compile(r"(?<=[\w.+-])@[\w-]+(?:\.[\w-]+)*\.[^\W\d_]{2}[\w-]*")
# What exports put into the addresses of files, and what people paste by mistake.
_SLACK_TOKEN = re.compile(r"\bxox[a-z]-[\w-]{8,}")
# What an address that is fetched may let its holder in by.
_LOGIN = re.compile(r"(\b[a-z][a-z0-9+.-]{0,30}://)[^/\s'\"]*@", re.IGNORECASE)
_SECRET = re.compile(
    r"([?&](?:api_?key|key|(?:access_?|private_?)?token|(?:client_?)?secret|password|auth|sig(?:nature)?)=)[^\s&#'\"]+",
    re.IGNORECASE,
)
# What is looked at of a name: longer ones are cut anyway.
_NAME_HEAD = 1_000


def clean_text(text: str) -> str:
    """Drop characters that cannot be kept, compose accents, settle line ends and spaces, keep paragraphs.

    Spaces between lines of three backticks are kept, but at the ends of lines: that is code.
    """
    if _UNTIDY.search(text):
        text = _FORBIDDEN.sub("", _LINE_ENDS.sub("\n", text))
        text = _INVISIBLE.sub("", text)
        text = _settle_around_code(text) if "```" in text else _settle_spaces(text)
        text = _BLANK_LINES.sub("\n\n", text)
    # An accent that stands as a character of its own would part the word it is in.
    return unicodedata.normalize("NFC", text).strip()


def _settle_spaces(text: str) -> str:
    return _LINE_EDGES.sub("\n", _SPACES.sub(" ", text))


def _settle_around_code(text: str) -> str:
    settled: list[str] = []
    # The lines of code so far, in a fence that may never end; then they are none.
    code: list[str] = []
    fence = ""
    for line in text.split("\n"):
        found = _FENCE.fullmatch(line.rstrip())
        if fence:
            code.append(line)
            if found and not found[2] and len(found[1]) >= len(fence):
                settled += [line.expandtabs(_TAB_CHARS).replace("\u00a0", " ").rstrip(" ") for line in code]
                code, fence = [], ""
        elif found:
            code, fence = [line], found[1]
        else:
            settled.append(_SPACES.sub(" ", line).strip(" "))
    return "\n".join([*settled, *(_SPACES.sub(" ", line).strip(" ") for line in code)])


def clean_line(text: str, max_chars: int = 300) -> str:
    """Make one line of a name or title: as `clean_text`, without line ends, and cut with an ellipsis."""
    return shorten(collapse_spaces(clean_text(text)), max_chars)


def clean_name(text: str, max_chars: int = 200) -> str:
    """Make one line of a person's name; an e-mail address in it is never kept whole."""
    # Cleaned first, so that no invisible character hides an address.
    line = clean_line(text, _NAME_HEAD)
    return shorten(mask_private(line), max_chars)


def mask_private(text: str) -> str:
    """Take the hosts out of e-mail addresses, and tokens out of anything: neither is ever kept."""
    if "@" in text:
        text = _EMAIL_HOST.sub("@…", text)
    return _SLACK_TOKEN.sub("xox…", text) if "xox" in text else text


def mask_id(text: str) -> str:
    """Take the same out of what something is told apart by, and let it not be longer than such may be."""
    return bound_id(mask_private(text))


def bound_id(text: str) -> str:
    """Of what something is told apart by, where it is very long, keep its beginning and a hash.

    Not every database can find rows by texts of any length.
    """
    if len(text) <= MAX_ID_CHARS:
        return text
    # What cannot be encoded is told apart all the same.
    digest = sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    return f"{text[: MAX_ID_CHARS - len(digest) - 1]}…{digest}"


def mask_keys(text: str) -> str:
    """Take logins and keys out of addresses: whoever reads an error or a receipt may not be let in by them."""
    return _SECRET.sub(r"\1…", _LOGIN.sub(r"\1", text)) if "://" in text else text


def collapse_spaces(text: str) -> str:
    """Turn every run of white space into one space."""
    return " ".join(text.split())


def shorten(text: str, max_chars: int) -> str:
    """Cut a text to at most max_chars characters, at a space where one is near, ending in an ellipsis."""
    if len(text) <= max_chars:
        return text
    cut = text[: max_chars - 1]
    space = cut.rfind(" ")
    # A cut more than a fifth back would lose more than it tidies.
    return (cut[:space] if space > max_chars * 0.8 else cut).rstrip() + "…"


def find_http_url(text: str) -> str:
    """Give the text back if it is an http or https URL without spaces or controls, else an empty string.

    Half of a surrogate pair, which JSON may hold, is no character, and no database takes it.
    """
    text = text.strip()
    return text if re.fullmatch(r"https?://[^\s<>\"|\x00-\x1f\ud800-\udfff]{1,2900}", text) else ""
