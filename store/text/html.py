"""HTML to readable text that keeps paragraphs, lists, code and quotations apart."""

import html
import re
from collections.abc import Callable

from selectolax.lexbor import LexborHTMLParser, LexborNode

from store.text.cleaning import clean_text

Element = LexborNode
Replace = Callable[[Element], str | None]

_DROPPED = ["script", "style", "template", "noscript", "iframe", "object", "svg"]
_BLOCKS = {
    "p", "div", "ul", "ol", "table", "pre", "blockquote", "section", "article", "aside", "main", "header", "footer",
    "h1", "h2", "h3", "h4", "h5", "h6", "dl", "figure", "figcaption", "details", "address", "center",
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
_MAX_LIST_DEPTH = 5
_FENCE = re.compile(r"`{3,}")
# Pictures that stand for a character, in Discourse, WordPress and most forums.
_EMOJI = re.compile(r"emoji|smil(?:ey|ie)|emoticon", re.IGNORECASE)

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

    Line breaks, paragraphs and list items become line ends; items start with "- " or their number, those of lists in
    lists with "◦ " or both numbers; quotations start with "> "; code that was laid out stands between lines of three
    backticks, as in Markdown; a link whose text is not its address is followed by the address in brackets. What
    pictures show is told where there is nothing else.

    Args:
        markup: A fragment or a whole document, however broken.
        replace: Gives what stands in place of an element and all in it, where a program's own markup means something;
            None to read it as any other.
    """
    markup = unescape_doubled(markup)
    if not _TAG.search(markup):
        return clean_text(html.unescape(markup))
    tree = LexborHTMLParser(_flatten(markup))
    tree.strip_tags(_DROPPED, recursive=True)
    return clean_text(_Writer(replace).write(tree.body)) if tree.body else ""


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


class _Writer:
    """Writes a tree as text, walking it without recursion: comments may nest a hundred thousand tags."""

    def __init__(self, replace: Replace | None) -> None:
        self._replace = replace
        self._parts: list[str] = []
        # Where each quotation, link and piece of code that is open begins.
        self._quotes: list[int] = []
        self._links: list[tuple[int, int]] = []
        self._code: list[int] = []
        # Of each list that is open, the number before the next item's; None where it has none.
        self._lists: list[int | None] = []
        self._pictures: list[str] = []

    def write(self, body: LexborNode) -> str:
        """Give the text in a tree."""
        stack: list[tuple[LexborNode, bool]] = [(body, False)]
        while stack:
            node, leaving = stack.pop()
            tag = node.tag
            if tag == "-text":
                text = node.text_content or ""
                self._parts.append(text if self._code else _LINE_END.sub(" ", text))
            elif leaving:
                self._leave(node, tag or "")
            elif self._replace and (instead := self._replace(node)) is not None:
                self._parts.append(instead)
            elif self._enter(node, tag or ""):
                stack.append((node, True))
                children = list(node.iter(include_text=True))
                stack.extend((child, False) for child in reversed(children))
        text = "".join(self._parts)
        return text if text.strip() else "\n".join(self._pictures)

    def _enter(self, node: LexborNode, tag: str) -> bool:
        """Write what stands before an element's content; tell whether that is to be written."""
        if tag == "li":
            self._parts.append(f"\n{self._mark_item(node)} ")
        elif tag in _LINES:
            self._parts.append("\n")
        elif tag in _CELLS:
            self._parts.append(" ")
        elif tag in _BLOCKS:
            self._parts.append("\n\n")
            return self._enter_block(node, tag)
        elif tag == "a":
            self._links.append((len(self._parts), len(self._pictures)))
        elif tag == "img":
            self._take_picture(node)
        return True

    def _enter_block(self, node: LexborNode, tag: str) -> bool:
        if tag in ("ol", "ul"):
            self._lists.append(_read_number(node, "start", 1) - 1 if tag == "ol" else None)
        elif tag == "pre":
            self._code.append(len(self._parts))
        elif tag == "blockquote":
            self._quotes.append(len(self._parts))
        elif tag == "aside" and _is_quotation(node):
            self._quotes.append(len(self._parts))
            quoted = node.attributes.get("data-username")
            self._parts.append(f"{quoted}:\n" if quoted else "")
        # Who is quoted, once more, with a picture.
        return not (tag == "div" and _has_class(node, "title") and _names_quoted(node.parent))

    def _leave(self, node: LexborNode, tag: str) -> None:
        if tag == "a":
            self._leave_link(node)
        elif tag in _BLOCKS:
            if tag in ("ol", "ul"):
                self._lists.pop()
            elif tag == "pre":
                self._leave_code(self._code.pop())
            elif tag == "blockquote" or (tag == "aside" and _is_quotation(node)):
                self._leave_quotation(self._quotes.pop(), is_inner=_is_quotation(node.parent))
            self._parts.append("\n\n")

    def _mark_item(self, node: LexborNode) -> str:
        """Give an item's mark. Spaces before it would not last: that it is in another's shows in the mark itself."""
        if not self._lists:
            return "-"
        before = self._lists[-1]
        if before is None:
            return "-" if len(self._lists) == 1 else "◦"
        self._lists[-1] = _read_number(node, "value", before + 1)
        numbers: list[int] = []
        for number in reversed(self._lists[-_MAX_LIST_DEPTH:]):
            if number is None:
                break
            numbers.insert(0, number)
        return ".".join(map(str, numbers)) + "."

    def _take_picture(self, node: LexborNode) -> None:
        shown = (node.attributes.get("alt") or "").strip()
        if shown and _EMOJI.search(node.attributes.get("class") or ""):
            self._parts.append(shown)
        elif shown:
            self._pictures.append(shown)

    def _leave_link(self, node: LexborNode) -> None:
        start, pictures = self._links.pop()
        shown = "".join(self._parts[start:]).strip()
        if not shown:
            shown = " ".join(self._pictures[pictures:])
            self._parts.append(shown)
        address = (node.attributes.get("href") or "").strip()
        # What is a part of the address but is none is a word that happens to be.
        is_address = shown in address and (not shown or "." in shown or "/" in shown)
        if address.startswith(("http://", "https://")) and not is_address and len(address) < _LINK_TEXT_MAX:
            self._parts.append(f" ({address})")

    def _leave_code(self, start: int) -> None:
        if self._code:
            return
        code = "".join(self._parts[start:]).replace("\r\n", "\n").strip("\r\n")
        longest = max(map(len, _FENCE.findall(code)), default=2)
        fence = "`" * (longest + 1)
        self._parts[start:] = [f"{fence}\n{code}\n{fence}"] if code.strip() else []

    def _leave_quotation(self, start: int, *, is_inner: bool) -> None:
        if len(self._quotes) < _MAX_QUOTE_DEPTH and not is_inner:
            quoted = clean_text("".join(self._parts[start:]))
            self._parts[start:] = ["> " + quoted.replace("\n", "\n> ")] if quoted else []


def _is_quotation(node: LexborNode | None) -> bool:
    """Tell a quotation in Discourse: a blockquote in an element that says who is quoted."""
    return node is not None and node.tag == "aside" and _has_class(node, "quote")


def _names_quoted(node: LexborNode | None) -> bool:
    return node is not None and _is_quotation(node) and bool(node.attributes.get("data-username"))


def _has_class(node: LexborNode, name: str) -> bool:
    return name in (node.attributes.get("class") or "").split()


def _read_number(node: LexborNode, name: str, default: int) -> int:
    written = (node.attributes.get(name) or "").strip()
    return int(written) if re.fullmatch(r"\d{1,6}", written, re.ASCII) else default
