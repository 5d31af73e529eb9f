"""HTML to readable text that keeps paragraphs, lists and quotations apart."""

import html
import re
from collections.abc import Callable

from selectolax.lexbor import LexborHTMLParser, LexborNode

from store.text.cleaning import clean_text

Element = LexborNode
Replace = Callable[[Element], str | None]

_DROPPED = ["script", "style", "template", "noscript", "iframe", "object", "svg"]
_BLOCKS = {
    "p", "div", "ul", "ol", "table", "pre", "blockquote", "section", "article",
    "h1", "h2", "h3", "h4", "h5", "h6", "dl", "figure",
}  # fmt: skip
_LINES = {"br", "li", "tr", "dt", "dd", "hr"}
_CELLS = {"td", "th"}
_LINE_END = re.compile(r"[\r\n]")
_LINE_FEED = re.compile(r"\r\n?")
_TAG = re.compile(r"<[a-zA-Z/!]")
# The tags comment forms allow; only these, escaped, tell that the whole was escaped once more.
_ESCAPED_TAG = re.compile(
    r"&lt;/?(?:br|p|b|i|em|strong|a|blockquote|ul|ol|li|div|span|pre|code)\b[^&]*?/?&gt;", re.IGNORECASE
)
_ESCAPED_ENTITY = re.compile(r"&amp;(?:#\d+|#x[0-9a-fA-F]+|quot|apos|amp|lt|gt|nbsp);")
# Tags next to which a line end is layout, not text; what is split at them is text, tag, text, tag …
_TAGS = re.compile(r"(<[a-zA-Z/!][^<>]*>)")
_BREAK = re.compile(r"<br\b", re.IGNORECASE)
_APART = re.compile(
    rf"</?(?:{'|'.join(sorted(_BLOCKS | (_LINES - {'br'}) | _CELLS | {'thead', 'tbody', 'tfoot'}))})\b", re.IGNORECASE
)
_LINK_TEXT_MAX = 2_000
_MAX_QUOTE_DEPTH = 10

# The parser's time grows with the square of the nesting, and tags that only format are opened again in every
# paragraph. Browsers stop at 512 levels too.
_MAX_DEPTH = 256
_TAG_NAME = re.compile(r"<(/?)([a-zA-Z][^\s/>]*)")
# Of attributes, too, the time grows with the square; links and their addresses are far shorter.
_HUGE_TAG = re.compile(r"<[a-zA-Z][^<>]{10000,}")
_FORMATTING = {"b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u"}
# Elements that hold nothing or that end where the next of their kind begins.
_NOT_NESTING = {
    "area", "base", "br", "col", "dd", "dt", "embed", "hr", "img", "input", "li", "link", "meta", "option", "p",
    "param", "source", "td", "th", "tr", "track", "wbr",
}  # fmt: skip


def parse_html(markup: str, replace: Replace | None = None) -> str:
    """Read HTML, escaped once more than it should be or not, as plain text.

    Line breaks, paragraphs and list items become line ends; quotations start with "> "; a link whose text
    is not its address is followed by the address in brackets.

    Args:
        markup: A fragment or a whole document, however broken.
        replace: Gives what stands in place of an element and all in it, where a program's own markup means something;
            None to read it as any other.
    """
    markup = unescape_doubled(markup)
    if not _TAG.search(markup):
        return clean_text(html.unescape(markup))
    # Line ends inside HTML are spaces, except inside <pre>, whose lines are kept, though not its columns.
    tree = LexborHTMLParser(_flatten(markup))
    tree.strip_tags(_DROPPED, recursive=True)
    return clean_text(_render(tree.body, replace)) if tree.body else ""


def parse_html_lines(markup: str) -> str:
    """Read HTML in which line ends are meant, as those who type into a comment form mean them.

    WordPress and Movable Type keep such text, and make paragraphs of it only where they show it.
    """
    pieces = _TAGS.split(_LINE_FEED.sub("\n", markup))
    for at in range(0, len(pieces), 2):
        before, after = pieces[at - 1] if at else "", pieces[at + 1] if at + 1 < len(pieces) else ""
        pieces[at] = _mark_line_ends(pieces[at], before, after)
    # The tag around it all also tells that nothing is escaped once too often: it is as it was typed.
    return parse_html(f"<div>{''.join(pieces)}</div>")


def _mark_line_ends(text: str, before: str, after: str) -> str:
    if _APART.match(before):
        text = text.lstrip()
    elif _BREAK.match(before):
        # The line end after a break that is written out is the same one.
        text = text.removeprefix("\n")
    if _APART.match(after):
        text = text.rstrip()
    return text.replace("\n", "<br>")


def unescape_doubled(markup: str) -> str:
    """Undo one escaping too many: only where no real tag stands and escaped tags or entities do.

    Blogger feeds hold comments escaped twice where the text was pasted from another feed.
    """
    if _TAG.search(markup):
        return markup
    if _ESCAPED_TAG.search(markup) or _ESCAPED_ENTITY.search(markup):
        return html.unescape(markup)
    return markup


def _flatten(markup: str) -> str:
    """Make tags that only format, and those nested too deeply, ones that hold nothing."""
    open_tags: list[str] = []

    def flatten(found: re.Match[str]) -> str:
        name = found[2].lower()
        if name in _NOT_NESTING:
            return found[0]
        if name not in _FORMATTING:
            if found[1]:
                if open_tags and open_tags[-1] == name:
                    open_tags.pop()
                return found[0]
            if len(open_tags) < _MAX_DEPTH:
                open_tags.append(name)
                return found[0]
        return f"<{found[1]}wbr"

    return _TAG_NAME.sub(flatten, _HUGE_TAG.sub("<wbr ", markup))


def _render(body: LexborNode, replace: Replace | None) -> str:
    """Walk the tree without recursion: comments may nest a hundred thousand tags."""
    parts: list[str] = []
    open_quotes: list[int] = []
    open_pre = 0
    stack: list[tuple[LexborNode, bool]] = [(body, False)]
    while stack:
        node, leaving = stack.pop()
        instead = None if leaving or not replace else replace(node)
        if instead is not None:
            parts.append(instead)
            continue
        if node.tag == "pre":
            open_pre += -1 if leaving else 1
        if leaving:
            _leave(node, parts, open_quotes)
            continue
        if open_pre and node.tag == "-text":
            parts.append(node.text_content or "")
            continue
        _enter(node, parts, open_quotes)
        stack.append((node, True))
        children = list(node.iter(include_text=True))
        stack.extend((child, False) for child in reversed(children))
    return "".join(parts)


def _enter(node: LexborNode, parts: list[str], open_quotes: list[int]) -> None:
    tag = node.tag
    if tag == "-text":
        parts.append(_LINE_END.sub(" ", node.text_content or ""))
    elif tag == "li":
        parts.append("\n- ")
    elif tag in _LINES:
        parts.append("\n")
    elif tag in _CELLS:
        parts.append(" ")
    elif tag in _BLOCKS:
        parts.append("\n\n")
    if tag == "blockquote":
        open_quotes.append(len(parts))


def _leave(node: LexborNode, parts: list[str], open_quotes: list[int]) -> None:
    tag = node.tag
    if tag == "blockquote":
        start = open_quotes.pop()
        if len(open_quotes) < _MAX_QUOTE_DEPTH:
            quoted = clean_text("".join(parts[start:]))
            parts[start:] = ["> " + quoted.replace("\n", "\n> ")] if quoted else []
    elif tag == "a":
        address = (node.attributes.get("href") or "").strip()
        shown = node.text(deep=True).strip()
        if address.startswith(("http://", "https://")) and shown not in address and len(address) < _LINK_TEXT_MAX:
            parts.append(f" ({address})")
    if tag in _BLOCKS:
        parts.append("\n\n")
