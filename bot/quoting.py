r"""Quote cards: a comment's words with their author, date and link, to be copied into other places. Pure.

Each format escapes what means something in it: Slack's composer (mentions of everyone), CommonMark, HTML, and BibTeX,
which counts braces even behind a backslash.
"""

import re
from dataclasses import dataclass
from html import escape

from store.domain.comment import ANONYMOUS, ArchivedComment
from store.text.cleaning import clean_line, clean_text, find_http_url, shorten

# Slack takes 3,000 characters of text in most places.
MAX_CARD_CHARS = 2_900
# How much is taken of a text, a title and a name: as much as has room, however much longer escaping makes it.
_ROOMS = ((1_200, 200, 100), (800, 200, 100), (400, 150, 80), (100, 40, 30), (30, 15, 10))
_MAX_URL_CHARS = 1_500
_LABEL_CHARS = 80

# Pasted into Slack as they stand, these would notify everybody there.
_LIVE = re.compile(r"@(?=(?:here|channel|everyone)\b)", re.IGNORECASE)
_MARKS = re.compile(r"[\\`*_{}\[\]()<>#~|&!$]")
# What begins a list, a heading or a rule at the beginning of a line.
_LINE_MARK = re.compile(r"^(?:(?P<number>\d+)(?=[.)])|(?=[+=-]))")
_INDENT = re.compile(r"^ +")
_ENTITY = re.compile(r"&(?=#?\w+;)")
_TEX = {
    "\\": r"\textbackslash{}",
    "{": r"\textbraceleft{}",
    "}": r"\textbraceright{}",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    **{mark: f"\\{mark}" for mark in "#$%&_"},
}
_TEX_MARKS = re.compile("|".join(map(re.escape, _TEX)))
# None of these may stand in an address as it is.
_IN_ADDRESSES = str.maketrans({"{": "%7B", "}": "%7D", "\\": "%5C"})
_NOT_IN_KEYS = re.compile(r"[^A-Za-z0-9]+")


@dataclass(frozen=True, slots=True)
class QuoteCard:
    """The same quotation in each format, ready to be copied."""

    slack: str
    markdown: str
    html: str
    bibtex: str
    is_cut: bool

    @property
    def formats(self) -> tuple[str, ...]:
        """Give it in each format."""
        return self.slack, self.markdown, self.html, self.bibtex


@dataclass(frozen=True, slots=True)
class _Quotation:
    text: str
    author: str
    title: str
    day: str
    url: str
    id: int


def quote_comment(comment: ArchivedComment) -> QuoteCard:
    """Quote a comment in every format, as much of it as has room in all of them."""
    text = clean_text(comment.text)
    cards = (_build(_read(comment, shorten(text, room[0]), *room[1:]), text) for room in _ROOMS)
    # What has least room fits, whatever it is.
    return next(card for card in cards if max(map(len, card.formats)) <= MAX_CARD_CHARS)


def _build(quotation: _Quotation, whole: str) -> QuoteCard:
    return QuoteCard(
        slack=_write_slack(quotation),
        markdown=_write_markdown(quotation),
        html=_write_html(quotation),
        bibtex=_write_bibtex(quotation),
        is_cut=quotation.text != whole,
    )


def _read(comment: ArchivedComment, text: str, title_chars: int, name_chars: int) -> _Quotation:
    url = (find_http_url(comment.url) or find_http_url(comment.discussion_url)).translate(_IN_ADDRESSES)
    is_short = len(escape(url)) <= _MAX_URL_CHARS
    return _Quotation(
        text=text,
        author=clean_line(comment.author, name_chars) or ANONYMOUS,
        title=clean_line(comment.discussion_title, title_chars),
        day=comment.published.date().isoformat() if comment.published else "",
        url=url if is_short else "",
        id=comment.id,
    )


def _write_slack(quotation: _Quotation) -> str:
    """Write what can be pasted into Slack: its composer takes text as it stands, and makes links of addresses."""
    lines = [f"> {line}".rstrip() for line in quotation.text.split("\n")]
    parts = [part for part in (quotation.author, quotation.day, quotation.title) if part]
    return _LIVE.sub("@\u2060", "\n".join([*lines, f"— {', '.join(parts)}"])) + (
        f"\n{quotation.url}" if quotation.url else ""
    )


def _write_markdown(quotation: _Quotation) -> str:
    """Write CommonMark: lines end where they do in the comment."""
    paragraphs = [
        "  \n".join(map(_escape_markdown, paragraph.split("\n"))) for paragraph in quotation.text.split("\n\n")
    ]
    credit = [_escape_markdown(part) for part in (quotation.author, quotation.day, _label(quotation)) if part]
    if quotation.url:
        credit[-1] = f"[{credit[-1]}](<{_ENTITY.sub(chr(92) + '&', quotation.url)}>)"
    paragraphs.append(f"— {', '.join(credit)}")
    return "\n".join(f"> {line}" if line else ">" for line in "\n\n".join(paragraphs).split("\n"))


def _escape_markdown(line: str) -> str:
    escaped = _INDENT.sub(lambda found: "\u00a0" * len(found[0]), _MARKS.sub(r"\\\g<0>", line))
    return _LINE_MARK.sub(r"\g<number>\\", escaped)


def _write_html(quotation: _Quotation) -> str:
    """Write HTML 5: a figure, so that the credit is no part of what is quoted."""
    paragraphs = [escape(paragraph).replace("\n", "<br>") for paragraph in quotation.text.split("\n\n")]
    credit = [escape(quotation.author)]
    if quotation.day:
        credit.append(f'<time datetime="{quotation.day}">{quotation.day}</time>')
    if label := escape(_label(quotation)):
        credit.append(f'<a href="{escape(quotation.url)}">{label}</a>' if quotation.url else label)
    return "\n".join(
        [
            "<figure>",
            "  <blockquote>",
            *(f"    <p>{paragraph}</p>" for paragraph in paragraphs),
            "  </blockquote>",
            f"  <figcaption>{', '.join(credit)}</figcaption>",
            "</figure>",
        ]
    )


def _label(quotation: _Quotation) -> str:
    """Say what a link goes to."""
    return quotation.title or shorten(quotation.url, _LABEL_CHARS)


def _write_bibtex(quotation: _Quotation) -> str:
    """Write an entry for BibTeX and biblatex; names in braces of their own are never taken apart."""
    year, month, day = quotation.day.split("-") if quotation.day else ("", "", "")
    fields = {
        "author": f"{{{_escape_tex(quotation.author)}}}",
        "title": f"{{{_escape_tex(quotation.title)}}}" if quotation.title else "",
        "year": year,
        "month": month.lstrip("0"),
        "day": day.lstrip("0"),
        "url": quotation.url,
        "note": f"``{_escape_tex(' '.join(quotation.text.split()))}''",
    }
    lines = ",\n".join(f"  {name} = {{{value}}}" for name, value in fields.items() if value)
    return f"@misc{{{_make_key(quotation, year)},\n{lines}\n}}"


def _escape_tex(text: str) -> str:
    return _TEX_MARKS.sub(lambda found: _TEX[found[0]], text)


def _make_key(quotation: _Quotation, year: str) -> str:
    name = _NOT_IN_KEYS.sub("", quotation.author.rpartition(" ")[2]).lower() or "comment"
    return f"{name}{year}c{quotation.id}"
