"""Markdown as comment systems keep it: kept as it is, but for HTML that stands in its place.

Comments that were brought in from elsewhere are often HTML where the system's own are Markdown.
"""

import re

from store.text.html import parse_html

_BEGINS_AS_HTML = re.compile(r"\s*<(?:p|div|blockquote|ul|ol|h[1-6]|pre)\b", re.IGNORECASE)
_HOLDS_HTML = re.compile(r"</?(?:p|br|a|b|i|em|strong|blockquote)\b[^>]*>", re.IGNORECASE)


def read_markdown(text: str) -> str:
    """Give Markdown as it is, and HTML as plain text; what holds code is left alone."""
    if _BEGINS_AS_HTML.match(text):
        return parse_html(text)
    if "`" not in text and _HOLDS_HTML.search(text):
        # Line ends mean something here.
        return parse_html(text.replace("\n", "<br>"))
    return text
