"""Cutting text at sentence ends: into sentences, and into passages an encoder reads whole."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

# After ., ! or ? (with closing quotes or brackets) before a space; after CJK full stops; at line ends.
# It begins with all the characters that may end one, so that the search skips any other: twice as fast.
_SENTENCE_END = re.compile(
    r"[.!?…。！？\n](?:(?<=[.!?…])[\"'”’)\]]*\s+(?=[\"'“‘(\[]?[^\W_a-z])|(?<=[。！？])|(?<=\n)\n*)"
)
# Not ends: titles, initials and common abbreviations before a name or word. "No." in capitals is a number's.
_ABBREVIATION = re.compile(r"\b(?:(?i:e\.g|i\.e|etc|vs|mr|mrs|ms|dr|prof|st|cf|approx)|No|[A-Z])\.$")
# A text of n ASCII characters has at most n tokens plus the two special ones; others may be taken apart into several.
_SPECIAL_TOKENS = 2

CountTokens = Callable[[Sequence[str]], list[int]]


@dataclass(frozen=True, slots=True)
class Span:
    """Half-open offsets into a text."""

    start: int
    end: int


def split_sentences(text: str) -> list[Span]:
    """Split a text into sentences, without the white space between them; none is empty."""
    spans: list[Span] = []
    start = 0
    for found in _SENTENCE_END.finditer(text):
        mark_end = found.start() + 1
        is_in_line = found[0][1:].isspace() and "\n" not in found[0]
        if is_in_line and _ABBREVIATION.search(text, max(start, mark_end - 8), mark_end):
            continue
        spans.append(Span(start, found.end()))
        start = found.end()
    spans.append(Span(start, len(text)))
    return [span for span in (_strip(text, span) for span in spans) if span.start < span.end]


def split_passages(text: str, count_tokens: CountTokens, max_tokens: int) -> list[Span]:
    """Cut a text into as few passages of at most max_tokens as sentence ends allow.

    A sentence that is too long by itself is cut at spaces, and a word that is too long anywhere.

    Returns:
        Passages in order, covering every sentence once; none for a text without any.
    """
    whole = _strip(text, Span(0, len(text)))
    if whole.start == whole.end:
        return []
    if text.isascii() and whole.end - whole.start + _SPECIAL_TOKENS <= max_tokens:
        return [whole]
    if count_tokens([text[whole.start : whole.end]])[0] <= max_tokens:
        return [whole]
    pieces = split_sentences(text)
    sizes = count_tokens([text[piece.start : piece.end] for piece in pieces])
    fitting: list[tuple[Span, int]] = []
    for piece, size in zip(pieces, sizes, strict=True):
        fitting += [(piece, size)] if size <= max_tokens else _cut(text, piece, count_tokens, max_tokens)
    return _join(fitting, max_tokens)


def _join(pieces: list[tuple[Span, int]], max_tokens: int) -> list[Span]:
    joined: list[Span] = []
    room = 0
    for piece, size in pieces:
        if joined and size <= room:
            joined[-1] = Span(joined[-1].start, piece.end)
            room -= size
        else:
            joined.append(piece)
            room = max_tokens - size
    return joined


def _cut(text: str, piece: Span, count_tokens: CountTokens, max_tokens: int) -> list[tuple[Span, int]]:
    """Halve a piece, at a space if there is one, until every part fits."""
    parts: list[tuple[Span, int]] = []
    stack = [piece]
    while stack:
        span = _strip(text, stack.pop())
        if span.start == span.end:
            continue
        size = count_tokens([text[span.start : span.end]])[0]
        if size <= max_tokens or span.end - span.start == 1:
            parts.append((span, size))
            continue
        middle = (span.start + span.end) // 2
        space = text.rfind(" ", span.start + 1, middle)
        cut = space if space > 0 else middle
        stack += [Span(cut, span.end), Span(span.start, cut)]
    return parts


def _strip(text: str, span: Span) -> Span:
    piece = text[span.start : span.end]
    start = span.start + len(piece) - len(piece.lstrip())
    return Span(start, max(start, span.start + len(piece.rstrip())))
