"""Lines that are somebody else's words, and what is left without them."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.text.passages import Span
from store.text.quotes import drop_spans, find_quoted, split_quoted

OWN_LINES = ("I agree.", "On the pier", "a > b", "She wrote: no", "wrote:", "Only on Monday Ann wrote: no.", "")
QUOTED_LINES = ("> Kites?", "  >> deep", "\t| barred", ">", "On Monday, Ann wrote:", "> wrote:")
lines = st.lists(st.sampled_from(OWN_LINES + QUOTED_LINES), max_size=8)
# Of signs that mark quotes, that end lines in other tongues, and any.
texts = st.one_of(
    lines.map("\n".join),
    st.text(st.sampled_from("On wrote:>|\t \n\r\x0b\u2028a")),
    st.text(),
)


def count_lines(*parts: str) -> Counter[str]:
    """Count the lines that are not blank, without white space at their ends."""
    return Counter(line.strip() for part in parts for line in part.split("\n") if line.strip())


@pytest.mark.parametrize(
    ("text", "own", "quoted"),
    [
        ("", "", ""),
        ("I agree.", "I agree.", ""),
        ("> Kites?\nYes.", "Yes.", "> Kites?"),
        ("Yes.\n\n  >> Kites?\n\t| Boats?\n\nNo.", "Yes.\n\n\n\n\nNo.", "  >> Kites?\n\t| Boats?"),
        ("On 1 May 2019, Ann wrote:\n> Kites?\nYes.", "Yes.", "On 1 May 2019, Ann wrote:\n> Kites?"),
        (
            "On 1 May 2019 at noon, Ann\n<ann@harbour.example> wrote:\n> Kites?\n\nYes.",
            "Yes.",
            "On 1 May 2019 at noon, Ann\n<ann@harbour.example> wrote:\n> Kites?",
        ),
        ("On Monday Ann wrote: yes.", "On Monday Ann wrote: yes.", ""),
        ("Once upon a time Ann wrote:\nKites.", "Once upon a time Ann wrote:\nKites.", ""),
        ("2 > 1 and\na | b", "2 > 1 and\na | b", ""),
    ],
)
def test_quoted_lines_are_told_from_what_is_said(text: str, own: str, quoted: str):
    assert split_quoted(text) == (own, quoted)


OUTLOOK = "From: Ann <ann@…>\nSent: Thursday, 3 March 2016 10:00\nTo: List\nSubject: RE: Kites\n\nKites?"
GERMAN = "*Von:* Ann\n*Gesendet:* Donnerstag\n*An:* Liste\n*Betreff:* Drachen\n\nDrachen?"
YAHOO = "--- On Thu, 3/3/16, Ann <ann@…> wrote:\n\nFrom: Ann <ann@…>\nSubject: Kites\n\nKites?"


@pytest.mark.parametrize("quoted", [OUTLOOK, GERMAN, YAHOO])
def test_mail_quoted_whole_below_its_headers_is_told_from_what_is_said(quoted: str):
    assert split_quoted(f"Yes.\n\n{quoted}") == ("Yes.", quoted)


def test_headers_that_somebody_writes_about_are_theirs():
    text = "Set these:\n\nFrom: the list\nSubject: its name\n\nand send."

    assert split_quoted(text) == (text, "")


@pytest.mark.parametrize(
    "line", ["Quoting Ann <ann@…>:", "Zitat von Ann:", "2016年3月3日 10:00 Ann <ann@…>:", "Ann <ann@…>:"]
)
def test_line_above_a_quotation_may_name_whom_it_quotes_alone(line: str):
    assert split_quoted(f"Yes.\n\n{line}\n\n> Kites?") == ("Yes.", f"{line}\n> Kites?")


@pytest.mark.parametrize(
    "text", ["> Kites?", "> Kites?\n\n| Boats?\n", "On Monday, Ann wrote:\n> Kites?", " \n> Kites?\n\t\n", "\n \n"]
)
def test_text_that_only_quotes_is_its_own(text: str):
    assert split_quoted(text) == (text, "")


def test_line_above_a_quotation_has_an_end():
    far = "On Monday " + "and on " * 60 + "Ann wrote:"
    assert split_quoted(f"{far}\nYes.") == (f"{far}\nYes.", "")


@given(texts)
def test_what_is_said_and_what_is_quoted_are_the_lines_of_the_text(text: str):
    own, quoted = split_quoted(text)
    assert count_lines(own, quoted) == count_lines(text)


@given(texts)
def test_quoted_spans_are_whole_lines_in_order(text: str):
    spans = find_quoted(text)
    ends = [position for span in spans for position in (span.start, span.end)]
    assert ends == sorted(ends)
    assert all(span.start < span.end for span in spans)
    assert all(span.start == 0 or text[span.start - 1] == "\n" for span in spans)
    assert all(span.end == len(text) or text[span.end] == "\n" for span in spans)


@given(lines)
def test_own_lines_are_kept_and_quoted_ones_dropped(drawn: list[str]):
    text = "\n".join(drawn)
    kept = drop_spans(text, find_quoted(text), Span(0, len(text))).split("\n")
    # The line above a quotation may be two, so that a line of one's own that begins as it does may go with the next.
    assert [line for line in kept if line in QUOTED_LINES] == []
    assert count_lines(*kept) <= count_lines(*(line for line in drawn if line in OWN_LINES))


@given(texts, st.data())
def test_parts_of_a_text_lose_what_lies_in_them_alone(text: str, data: st.DataObject):
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    spans = find_quoted(text)
    kept = [
        character
        for place, character in enumerate(text)
        if start <= place < end and not any(span.start <= place < span.end for span in spans)
    ]
    assert drop_spans(text, spans, Span(start, end)) == "".join(kept).strip()
    assert drop_spans(text, [], Span(start, end)) == text[start:end].strip()
