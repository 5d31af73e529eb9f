"""Which lines of a text are not what its author says there: quoted, as mail programs mark it, or a signature. Pure."""

import re
from collections.abc import Sequence

from store.text.passages import Span

# Lines marked as mail programs and `parse_html` do, and the line that mail programs put above them, which they may have
# wrapped.
_QUOTED = re.compile(r"^[ \t]*(?:[>|].*|On\b[^\n]{1,200}(?:\n[^\n]{1,200})?\bwrote:[ \t]*)$", re.MULTILINE)
# That line in any language: only above a quotation is it told from others.
_ATTRIBUTION = re.compile(
    r"(?:\b(?:wrote|writes|a écrit|schrieb|schreibt|escribió|escribe|escreveu|ha scritto|schreef|skrev|skriver"
    r"|kirjoitti|napisał(?:a|\(a\))?|pisze|napsala?|пишет|писала?|написала?|yazdı)\b[^\n]{0,120}"
    r"|写道|寫道|のメール|さんは書きました|\bGMT[+-]\d\d:\d\d [^\n]{1,120}|\b(?:Quoting|Zitat von|Citando) [^\n]{1,120}"
    r"|<[^<>\s]{1,80}@[^<>\s]{1,80}>)[ \xa0]?[:：][ \t]*"
)
_ATTRIBUTION_CHARS = 300
# How it begins where it is wrapped.
_OPENING = re.compile(r"(?:On|Le|Am|El|Em|Il|Op|Den|Dne|W dniu|\d{4}-\d\d-\d\d)\b")

# What stands at the end of a mail: a signature (RFC 3676, 4.3; the space after the dashes is lost in cleaning), what a
# list adds to every mail, and what telephones write.
_TAIL = re.compile(
    r"^(?:(?P<footer>_{20,}|-{20,}|--[ \t]*(?=\nYou received this message because))|(?P<signature>--)"
    r"|(?P<device>Sent from my [^\n]{2,40}|Sent from (?:Mail|Outlook|Yahoo|ProtonMail)\b[^\n]{0,60}"
    r"|Get Outlook for [^\n]{2,60}|Von meinem [^\n]{2,30} gesendet|Envoyé de mon [^\n]{2,30}"
    r"|Enviado (?:desde|do) m[^\n]{2,30}|Inviato da[^\n]{2,30}|Verstuurd vanaf mijn [^\n]{2,30}))[ \t]*$",
    re.MULTILINE,
)
_OF_LIST = re.compile(r"mailing list|unsubscribe|listinfo|https?://", re.IGNORECASE)
# A text without any of these has none of those: most comments are none of mail, and need no further look.
_SIGNS = (
    "--",
    "____",
    "Sent from",
    "Get Outlook",
    "gesendet",
    "Envoyé de",
    "Enviado d",
    "Inviato da",
    "Verstuurd vanaf",
    "Subject",
    "Betreff",
    "Objet",
    "Asunto",
    "Assunto",
    "Oggetto",
    "Onderwerp",
    "Ämne",
)
_TAIL_LINES = 12
_SIGNATURE_LINES = 10
# Four lines are the custom. Where text stands right above the dashes, they may be the underline of a heading.
_CLOSE_SIGNATURE_LINES = 4
_SIGNATURE_CHARS = 600
# A list's footer, another list's, a device's line and a signature may stand one after the other.
_MAX_TAILS = 4

# Outlook's way to quote: headers, and then the whole mail unmarked, to the end; Yahoo's, with another line above them.
# Headers alone have to be those of sender, date and subject; they may be bold.
_ORIGINAL = re.compile(
    r"^(?:-{3,}[ ]?(?:Original Message|Original Appointment|Ursprüngliche Nachricht|Message d'origine|Mensaje original"
    r"|Mensagem original|Messaggio originale|Oorspronkelijk bericht|Ursprungligt meddelande)[ ]?-{3,}|_{20,}"
    r"|--- On [^\n]{1,200} wrote:)[ \t]*\n+(?:From|Von|De|Da|Van|Från)\*?[ ]?:[^\n]*\n"
    r"|^\*?(?:From|Von|De|Da|Van|Från)\*?[ ]?:[^\n]*\n"
    r"\*?(?:Sent|Date|Gesendet|Datum|Envoyé|Enviad[oa]|Fecha|Data|Inviato|Verzonden|Skickat)\b[^\n:]{0,5}:[^\n]*\n"
    r"(?:\*?(?:To|Cc|An|À|Para|A|Aan|Till|Kopie)\*?[ ]?:[^\n]*\n){0,3}"
    r"\*?(?:Subject|Betreff|Objet|Asunto|Assunto|Oggetto|Onderwerp|Ämne)\*?[ ]?:",
    re.MULTILINE | re.IGNORECASE,
)


def find_quoted(text: str) -> list[Span]:
    """Give the lines of a text that are not its author's words there, in order: quoted lines and signatures."""
    quoted = [Span(*line.span()) for line in _QUOTED.finditer(text)]
    if quoted:
        quoted = _add_attributions(text, quoted)
    if not any(sign in text for sign in _SIGNS):
        return quoted
    tails = _find_tails(text, quoted)
    outside = [span for span in quoted if not any(tail.start <= span.start < tail.end for tail in tails)]
    return sorted([*outside, *tails], key=lambda span: span.start)


def _add_attributions(text: str, quoted: list[Span]) -> list[Span]:
    """Add the line above each quotation that says whose words it is."""
    added: list[Span] = []
    for line in quoted:
        floor = added[-1].end if added else 0
        found = _find_attribution(text, floor, line.start)
        added += [found, line] if found else [line]
    return added


def _find_attribution(text: str, floor: int, start: int) -> Span | None:
    """Find such a line between other quoted lines and the one that starts there, a blank line away at most."""
    end = start - 1
    if text[max(floor, end - 1) : end] == "\n":
        end -= 1
    begin = text.rfind("\n", floor, max(floor, end)) + 1 or floor
    if not 0 < end - begin <= _ATTRIBUTION_CHARS or not text[begin:end].strip():
        return None
    found = _ATTRIBUTION.search(text, begin, end)
    if not found or found.end() != end:
        return None
    # The line above belongs to it if the two are one that was wrapped.
    above = text.rfind("\n", floor, max(floor, begin - 1)) + 1 or floor
    is_wrapped = above < begin - 1 <= above + _ATTRIBUTION_CHARS and _OPENING.match(text, above)
    return Span(above if is_wrapped and not _OPENING.match(text, begin) else begin, end)


def _find_tails(text: str, quoted: Sequence[Span]) -> list[Span]:
    """Find what stands after what is said, quotations between it passed over; the last first."""
    tails: list[Span] = []
    end, kinds = len(text), {"footer", "signature", "device"}
    if found := _ORIGINAL.search(text):
        tails.append(Span(found.start(), end))
        end = max(0, found.start() - 1)
    for _ in range(_MAX_TAILS):
        end = _pass_quoted(text, quoted, end)
        start, kind = _find_tail(text, end, kinds)
        if not kind:
            break
        tails.append(Span(start, end))
        end = max(0, start - 1)
        if kind == "signature":
            # A second line of dashes is one that somebody drew.
            kinds.discard(kind)
    return tails


def _pass_quoted(text: str, quoted: Sequence[Span], end: int) -> int:
    """Give where a text ends without the quoted lines at its end."""
    for line in reversed(quoted):
        if line.start >= end:
            continue
        if line.end > end or text[line.end : end].strip():
            break
        end = max(0, line.start - 1)
    return end


def _find_tail(text: str, end: int, kinds: set[str]) -> tuple[int, str]:
    """Find where the last such thing begins, within a few lines of the end, and of what kind it is."""
    begin = end
    for _ in range(_TAIL_LINES + 1):
        begin = text.rfind("\n", 0, max(0, begin))
    for found in reversed(list(_TAIL.finditer(text, max(0, begin), end))):
        kind = found.lastgroup or ""
        if kind in kinds and _is_tail(kind, text, found.start(), text[found.end() : end]):
            return found.start(), kind
    return 0, ""


def _is_tail(kind: str, text: str, start: int, rest: str) -> bool:
    lines = [line for line in rest.split("\n") if line.strip()]
    if kind == "device":
        return not lines
    if kind == "footer":
        return bool(_OF_LIST.search(rest))
    above = text[text.rfind("\n", 0, max(0, start - 1)) + 1 : max(0, start - 1)]
    is_close = bool(above.strip()) and not above.lstrip().startswith(">")
    most = _CLOSE_SIGNATURE_LINES if is_close else _SIGNATURE_LINES
    return 0 < len(lines) <= most and len(rest) <= _SIGNATURE_CHARS


def split_quoted(text: str) -> tuple[str, str]:
    """Give what somebody says themselves and what they quote; of a text that only quotes, all is their own."""
    quoted = find_quoted(text)
    own = drop_spans(text, quoted, Span(0, len(text)))
    return (own, "\n".join(text[line.start : line.end] for line in quoted)) if own else (text, "")


def drop_spans(text: str, spans: list[Span], within: Span) -> str:
    """Give a part of a text without some spans of it, which come in order."""
    kept, position = [], within.start
    for span in spans:
        if span.end > position and span.start < within.end:
            kept.append(text[position : max(position, span.start)])
            position = span.end
    kept.append(text[position : within.end])
    return "".join(kept).strip()
