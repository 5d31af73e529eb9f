"""Which lines of a text are somebody else's words: quoted, as mail programs mark them. Pure."""

import re

from store.text.passages import Span

# Lines marked as mail programs and `parse_html` do, and the line that mail programs put above them, which they may have
# wrapped.
_QUOTED = re.compile(r"^[ \t]*(?:[>|].*|On\b[^\n]{1,200}(?:\n[^\n]{1,200})?\bwrote:[ \t]*)$", re.MULTILINE)


def find_quoted(text: str) -> list[Span]:
    """Give the quoted lines of a text, in order."""
    return [Span(*line.span()) for line in _QUOTED.finditer(text)]


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
