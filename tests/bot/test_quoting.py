"""A quotation in each format, as a reader of that format reads it: the same words, and nothing that means anything."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser
from itertools import accumulate

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token
from syrupy.assertion import SnapshotAssertion

from bot.quoting import MAX_CARD_CHARS, QuoteCard, quote_comment
from store.domain.comment import ArchivedComment
from store.text.cleaning import clean_line, clean_text, shorten
from tests.bot.slack.views.factories import make_hit

HOSTILE = [
    "<!here>", "@here", "@channel", "@Everyone", "<@U1>", "<script>alert(1)</script>", "</p></blockquote>",
    "<img src=x>", "&amp;", "&lt;b&gt;", "&#60;", "&copy;", '"', "'", "`", "```", "~~~", "    indented", "\t", "# x",
    "> x", "- x", "+ x", "* x", "1. x", "12) x", "---", "===", "***", "___", "| a | b |", "|---|",
    "[a](javascript:alert(1))", "![a](b)", "[a]: b", "<https://evil.example>", "https://evil.example", "\\", "\\\\",
    "{", "}", "{{{", "}}", "%", "$", "#", "_", "^", "~", "@misc{x,", "\\input{x}", "\\end{document}", "  ", "\n",
    "\n\n", "\n    ", "\u202e", "\x00", "🌊", "שלום", "e\u0301", "x" * 90, "word " * 60, "&" * 500, "\\" * 300,
    "<" * 400, "{" * 300, "\n" * 40,
]  # fmt: skip
URLS = [
    "", "https://blog.example/a?b=1&c=2#d", "https://blog.example/a?x=1&copy;=2", "https://blog.example/{a}\\b%20(c)_d~",
    "https://blog.example/'x'", "https://blog.example/" + "&" * 400, "https://blog.example/" + "x" * 2_000,
    "javascript:alert(1)", "https://blog.example/)>`*", "https://blog.example/שלום",
]  # fmt: skip
texts = st.lists(st.one_of(st.sampled_from(HOSTILE), st.text(max_size=30)), max_size=8).map("".join)
comments = st.builds(
    lambda text, author, title, url, published: (
        make_hit(text=text, author=author, title=title, url=url, discussion_url="", published=published).comment
    ),
    texts,
    texts,
    texts,
    st.sampled_from(URLS),
    st.one_of(st.none(), st.datetimes(timezones=st.just(UTC))),
)
HARD = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def read_lines(text: str) -> list[str]:
    """The words of each line, whatever the spaces before and between them."""
    return [" ".join(line.split()) for line in text.splitlines() if line.strip()]


def is_beginning(shown: str, comment: ArchivedComment) -> bool:
    """Whether a quotation is all of a comment, or its beginning with a mark that it is cut."""
    read, whole = " ".join(shown.split()), " ".join(clean_text(comment.text).split())
    return read == whole or (read.endswith("…") and whole.startswith(read.removesuffix("…").rstrip()))


@given(comment=comments)
@HARD
def test_every_format_fits_whatever_is_quoted(comment: ArchivedComment):
    assert max(map(len, quote_comment(comment).formats)) <= MAX_CARD_CHARS


@pytest.mark.parametrize("mark", ["\\", "&", "{", "<", "'", "~"])
def test_worst_comment_of_all_fits(mark: str):
    many = mark * 3_000
    for url in ("https://blog.example/" + "&" * 290, "https://blog.example/" + "{" * 400):
        comment = make_hit(text=many, author=many, title=many, url=url).comment
        assert max(map(len, quote_comment(comment).formats)) <= MAX_CARD_CHARS


def read_slack(card: QuoteCard) -> tuple[str, list[str]]:
    """What is quoted, and what stands below it."""
    lines = card.slack.split("\n")
    quoted = [line for line in lines if line.startswith(">")]
    assert lines[: len(quoted)] == quoted
    return "\n".join(line.removeprefix(">").removeprefix(" ") for line in quoted), lines[len(quoted) :]


@given(comment=comments)
@HARD
def test_slack_quotes_every_line_and_notifies_nobody(comment: ArchivedComment):
    card = quote_comment(comment)
    quoted, credit = read_slack(card)
    assert is_beginning(quoted.replace("@\u2060", "@"), comment)
    assert credit[0].startswith("— ")
    assert all(line.startswith("https://blog.example/") for line in credit[1:])
    assert re.search(r"@(here|channel|everyone)\b", card.slack, re.IGNORECASE) is None


def find_inline(tokens: list[Token]) -> Iterator[Token]:
    for token in tokens:
        yield from token.children or ()


@given(comment=comments)
@HARD
def test_markdown_is_one_quotation_with_one_link_of_ours(comment: ArchivedComment):
    card = quote_comment(comment)
    tokens = MarkdownIt("commonmark").parse(card.markdown)
    assert {token.type for token in tokens} == {
        "blockquote_open", "paragraph_open", "inline", "paragraph_close", "blockquote_close",
    }  # fmt: skip
    assert [token.type for token in tokens].count("blockquote_open") == 1
    inline = [token for token in tokens if token.type == "inline"]
    kinds = {token.type for token in find_inline(tokens)}
    assert kinds <= {"text", "text_special", "hardbreak", "softbreak", "link_open", "link_close"}
    assert "link_open" not in {token.type for token in find_inline(inline[:-1])}
    assert is_beginning("\n".join(map(read_inline, inline[:-1])), comment)
    links = [str(token.attrs["href"]) for token in find_inline(tokens) if token.type == "link_open"]
    assert [normalise(link) for link in links] == [normalise(url) for url in find_urls(card)]


@pytest.mark.parametrize(
    "line", ["- x", "+ x", "* x", "1. x", "12) x", "---", "===", "# x", "> x", "    x", "```", "<p>", "[a]: b"]
)
@pytest.mark.parametrize("before", ["", "x\n"])
def test_markdown_of_a_line_that_begins_something_is_that_line(line: str, before: str):
    card = quote_comment(make_hit(text=f"x\n\n{before}{line}\n- y").comment)
    inline = [token for token in MarkdownIt("commonmark").parse(card.markdown) if token.type == "inline"]
    assert [read_lines(read_inline(token)) for token in inline[1:-1]] == [read_lines(f"{before}{line}\n- y")]


def read_inline(token: Token) -> str:
    return "".join("\n" if one.type in {"hardbreak", "softbreak"} else one.content for one in token.children or ())


def normalise(url: str) -> str:
    return MarkdownIt().normalizeLink(url)


def find_urls(card: QuoteCard) -> list[str]:
    """The address, as it stands in what is pasted into Slack."""
    return read_slack(card)[1][1:]


class Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, str] = {}
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag == "br":
            self.texts["p"] += "\n"
        else:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open:
            self.texts[self.open[-1]] = (
                self.texts.setdefault(self.open[-1], "") + data + ("\n" if self.open[-1] == "p" else "")
            )


@given(comment=comments)
@HARD
def test_html_has_our_tags_and_the_words_as_text(comment: ArchivedComment):
    card = quote_comment(comment)
    reader = Reader()
    reader.feed(card.html)
    reader.close()
    assert reader.open == []
    assert {tag for tag, _ in reader.tags} <= {"figure", "blockquote", "p", "br", "figcaption", "time", "a"}
    assert {name for _, given in reader.tags for name in given} <= {"href", "datetime"}
    assert [given["href"] for tag, given in reader.tags if tag == "a"] == find_urls(card)
    assert read_lines(reader.texts.get("p", "")) == read_lines(read_slack(card)[0].replace("@\u2060", "@"))


def parse_bibtex(entry: str) -> dict[str, str]:
    """Read an entry as BibTeX does: braces count, whatever stands before them."""
    head, _, rest = entry.partition(",\n")
    assert re.fullmatch(r"@misc\{[A-Za-z0-9]+", head)
    assert rest.endswith("\n}")
    fields, rest = {}, rest.removesuffix("\n}")
    while rest:
        name, _, rest = rest.lstrip(", \n").partition(" = ")
        assert rest[0] == "{"
        depths = accumulate({"{": 1, "}": -1}.get(char, 0) for char in rest)
        end = next(place for place, depth in enumerate(depths) if depth == 0)
        fields[name] = rest[1:end]
        rest = rest[end + 1 :]
    return fields


COMMANDS = {
    "textbackslash": "\\", "textbraceleft": "{", "textbraceright": "}", "textasciicircum": "^", "textasciitilde": "~",
    "textless": "<", "textgreater": ">", "textbar": "|",
}  # fmt: skip


def read_tex(text: str) -> str:
    """What TeX prints; anything that would be a command of somebody else's fails."""
    left = re.sub(r"\\(?:(text[a-z]+)\{\}|([#$%&_]))", "", text)
    assert re.search(r"[\\{}#$%&_^~]", left) is None
    return re.sub(r"\\(?:(text[a-z]+)\{\}|([#$%&_]))", lambda found: COMMANDS.get(found[1], found[2]), text)


@given(comment=comments)
@HARD
def test_bibtex_keeps_its_braces_and_says_what_is_quoted(comment: ArchivedComment):
    card = quote_comment(comment)
    fields = parse_bibtex(card.bibtex)
    assert {"author", "note"} <= fields.keys() <= {"author", "title", "year", "month", "day", "url", "note"}
    assert [url for name, url in fields.items() if name == "url"] == find_urls(card)
    assert is_beginning(read_tex(fields["note"].removeprefix("``").removesuffix("''")), comment)
    author = clean_line(comment.author) or "Anonymous"
    read = read_tex(fields["author"].removeprefix("{").removesuffix("}"))
    assert read == author or author.startswith(read.removesuffix("…").rstrip())


def test_quotation_of_several_paragraphs_in_every_format(snapshot: SnapshotAssertion):
    text = "1. Wikis & *badges*\n2. 100% <lunch>\n\nAsk @channel, or Tom_Lee {later}."
    comment = make_hit(text=text, author="Zoë de la Cruz", published=datetime(2011, 11, 8, tzinfo=UTC)).comment
    assert "\n\n".join(quote_comment(comment).formats) == snapshot


def test_quotation_without_date_link_and_title():
    comment = make_hit(text="Yes.", author="", published=None, url="", title="", discussion_url="").comment
    card = quote_comment(comment)
    assert card.slack == "> Yes.\n— Anonymous"
    assert card.markdown == "> Yes.\n>\n> — Anonymous"
    assert "<figcaption>Anonymous</figcaption>" in card.html
    assert card.bibtex == "@misc{anonymousc1,\n  author = {{Anonymous}},\n  note = {``Yes.''}\n}"


def test_quotation_links_the_discussion_where_the_comment_has_no_link():
    comment = replace(make_hit().comment, url="")
    assert quote_comment(comment).slack.endswith("\nhttps://tideway.example/2007/06/agenda.html")


def test_long_comment_is_cut_at_a_word_and_said_to_be():
    card = quote_comment(make_hit(text="word " * 1_000).comment)
    assert card.is_cut
    assert read_slack(card)[0] == shorten("word " * 1_000, 1_200)
    assert not quote_comment(make_hit(text="word").comment).is_cut
