"""Signatures, footers, and the lines above quotations in several languages."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.text.quotes import find_quoted, split_quoted

FOOTER = "_______________________________________________\nBoats mailing list\nboats@…\nhttps://lists.example/boats"
GROUP = "--\nYou received this message because you are subscribed to Boats.\nTo unsubscribe, send a mail."
ORIGINAL = "-----Original Message-----\nFrom: Ann\nSent: Monday\nSubject: Boats\n\nWhich boat?\n\nAnn"


@pytest.mark.parametrize(
    ("own", "rest"),
    [
        ("Yes.\n\n", "--\nJo\nHarbour"),
        ("Yes.\n", "--\nJo"),
        ("Yes.\n\n", FOOTER),
        ("Yes.\n\n", f"--\nJo\n\n{FOOTER}"),
        ("Yes.\n\n", f"--\nJo\n\n{FOOTER}\n{FOOTER}"),
        ("Yes.\n\n", f"--\nJo\n{GROUP}"),
        ("Yes.\n\n", "Sent from my iPhone"),
        ("Yes.\n\n", "Von meinem iPhone gesendet"),
        ("Yes.\n\n", f"Sent from my iPhone\n\n> Boats?\n{FOOTER}"),
        ("Yes.\n\n", "--\nJo\n\nOn Monday, Ann wrote:\n> Boats?\n>"),
        ("Yes.\n\n", "--\nJo\n\nAnn wrote:\n\n> Boats?"),
        ("Yes.\n\n", ORIGINAL),
        ("Yes.\n\n", f"--\nJo\n\n{ORIGINAL}"),
        ("Yes.\n\n", "-----Ursprüngliche Nachricht-----\nVon: Ann\nBetreff: Boote\n\nWelches?"),
        ("Yes.\n\n", "________________________________\nFrom: Ann\nSent: Monday\n\nBoats?"),
    ],
)
def test_what_stands_after_what_is_said_is_told_apart(own: str, rest: str):
    text = own + rest
    found_own, found_rest = split_quoted(text)

    assert found_own == own.strip()
    assert [line for line in found_rest.split("\n") if line] == [line for line in rest.split("\n") if line]


@pytest.mark.parametrize(
    "line",
    [
        "Jo Doe wrote:",
        "Jo Doe <jo@…> writes:",
        "Yesterday at 15:02, Jo Doe wrote:",
        "Le 15/03/2016 12:05, Jo Doe a écrit :",
        "Am 3. März 2016 um 12:05 schrieb Jo Doe <jo@…>:",
        "El jue, 3 mar 2016 a las 12:05, Jo Doe escribió:",
        "Em qui, 3 de mar de 2016, Jo Doe escreveu:",
        "Il giorno gio 3 mar 2016 Jo Doe ha scritto:",
        "Op do 3 mrt 2016 om 12:05 schreef Jo Doe:",
        "Den 3 mars 2016 skrev Jo Doe:",
        "3 марта 2016 г. Jo Doe написал:",
        "2016-04-14 11:06 GMT+02:00 Jo M. Doe <jo@…>:",
        "Jo Doe 于2016年写道：",
        "Am 3. März 2016 um 12:05\nschrieb Jo Doe <jo@…>:",
        "Le 15/03/2016 12:05, Jo Doe\na écrit :",
    ],
)
def test_line_above_a_quotation_is_told_apart(line: str):
    assert split_quoted(f"Hi.\n\n{line}\n> Boats?\n\nYes.") == ("Hi.\n\n\n\n\nYes.", f"{line}\n> Boats?")
    assert split_quoted(f"{line}\n\n> Boats?\nYes.") == ("Yes.", f"{line}\n> Boats?")


@pytest.mark.parametrize(
    "text",
    [
        "Jo wrote:\nYes.",
        "As I wrote: no.\n\nYes.",
        "---\ntitle: x\n---\ntext",
        "a / b\n------\nx",
        "One\n--\n" + "\n".join(f"line {number}" for number in range(6)),
        "One\n\n--\n" + "\n".join(f"line {number}" for number in range(20)),
        "One\n\n--\n" + "a long line, " * 60 + "and so on",
        "One\n\n--",
        "--verbose\nis an option",
        "------------------------------\nnothing of a list",
        "Sent from my iPhone\nis what it says.",
        "-----Original Message-----",
        "____\nhttps://short.example",
        "a -- b",
    ],
)
def test_other_lines_are_what_is_said(text: str):
    assert split_quoted(text) == (text, "")


def test_only_the_last_dashes_are_a_signature():
    text = "One\n\n--\n\nTwo\n\n--\n\nThree\n\n--\nJo"

    assert split_quoted(text) == ("One\n\n--\n\nTwo\n\n--\n\nThree", "--\nJo")


def test_text_that_is_a_signature_alone_is_its_own():
    assert split_quoted("--\nJo") == ("--\nJo", "")


def test_own_line_above_a_quotation_stays():
    assert split_quoted("I agree.\nJo wrote:\n> Boats?") == ("I agree.", "Jo wrote:\n> Boats?")
    assert split_quoted("Look:\n> Boats?") == ("Look:", "> Boats?")


PIECES = st.sampled_from([
    "--", "--\n", "\n", FOOTER, GROUP, ORIGINAL, "> a\n", "Jo wrote:\n", "On b\n", " wrote:", "\n\n",
    "Sent from my iPhone",
    "Am\n", "schrieb:\n", "text", "____________________", " ", "\t", "|",
])  # fmt: skip


@given(st.lists(PIECES, max_size=14).map("".join))
def test_spans_are_whole_lines_in_order(text: str):
    spans = find_quoted(text)
    ends = [position for span in spans for position in (span.start, span.end)]

    assert ends == sorted(ends)
    assert all(span.start < span.end for span in spans)
    assert all(span.start == 0 or text[span.start - 1] == "\n" for span in spans)
    assert all(span.end == len(text) or text[span.end] == "\n" for span in spans)


@pytest.mark.parametrize(
    "text",
    [
        "--\n" * 200_000,
        "> a\nJo wrote:\n" * 60_000,
        "_" * 500_000,
        "a--" * 300_000,
        "On x\n" * 100_000,
        "-----Original Message-----\n" * 40_000,
        "____________________\n" * 40_000,
        "> a\n\n" * 100_000 + "--\nJo",
    ],
)
def test_long_texts_take_no_long_time(text: str):
    start = time.process_time()
    find_quoted(text)

    assert time.process_time() - start < 3
