"""Where mails begin and end."""

import pytest

from store.sources.formats.mail_cutting import CutMail, begins_mailbox, iterate_mails, split_mail
from tests.store.sources.making import make_file

LINE = b"From jo@x.example  Thu Mar  3 18:20:35 2016\n"
PATCH = b"From 0123456789abcdef0123456789abcdef01234567 Mon Sep 17 00:00:00 2001\n"
SENT = "Mar  3 18:20:35 2016"


def cut(content: bytes) -> list[bytes | None]:
    return [mail.data for mail in iterate_mails(make_file(content))]


@pytest.mark.parametrize(
    "line",
    [
        b"From jo@x.example  Thu Mar  3 18:20:35 2016",
        b"From jo at x.example  Thu Mar  3 18:20:35 2016",
        b"From jo@x.example Thu Mar  3 18:20 2016",
        b"From jo@x.example Thu Mar 03 18:20:35 +0000 2016",
        b"From jo@x.example Thu Mar  3 18:20:35 EST 2016",
        b"From jo@x.example Thu, 3 Mar 2016 18:20:35 +0000",
        b"From - Thu Mar  3 18:20:35 2016",
        b"From ???@??? Thu Mar 03 18:20:35 2016",
        b"From 1527@xxx Thu Mar 03 18:20:35 +0000 2016\r",
        b"From Thu Mar  3 18:20:35 2016",
        b'From "jo doe"@x.example Thu Mar  3 18:20:35 2016 remote from y',
    ],
)
def test_separators_of_all_programs_are_known(line: bytes):
    mailbox = line + b"\nFrom: a\n\none\n\n" + line + b"\nFrom: b\n\ntwo\n"

    assert begins_mailbox(mailbox)
    assert cut(mailbox) == [b"From: a\n\none\n\n", b"From: b\n\ntwo\n"]


@pytest.mark.parametrize(
    "text",
    [
        b"\nFrom here it is far.\n\nFrom: no\n",
        b"one\n" + LINE + b"Subject: a quoted mail\n",
        b"\n" + LINE + b"no header\n",
        b"\n>" + LINE[:0] + b"x From y\n",
        b"\n\nFrom Monday on, at 10:00, in March 2016\nX: y\n",
        b"\n" + PATCH + b"From: Jo <jo@x.example>\n",
    ],
)
def test_other_lines_separate_nothing(text: bytes):
    assert cut(LINE + b"From: a\n\n" + text) == [b"From: a\n\n" + text]


def test_mails_without_a_blank_line_between_them_are_parted():
    assert cut(LINE + b"From: a\n\none\n" + LINE + b"Return-Path: b\n\ntwo\n") == [
        b"From: a\n\none\n",
        b"Return-Path: b\n\ntwo\n",
    ]


def test_patches_in_a_file_of_patches_are_parted():
    assert cut(PATCH + b"From: a\n\none\n\n" + PATCH + b"From: b\n\ntwo\n") == [
        b"From: a\n\none\n\n",
        b"From: b\n\ntwo\n",
    ]


def test_escaped_lines_are_read_once_unescaped():
    assert cut(LINE + b"From: a\n\n>From b\n>>From c\n> From d\nx >From\n") == [
        b"From: a\n\nFrom b\n>From c\n> From d\nx >From\n"
    ]


def test_single_mail_is_left_as_it_is():
    assert list(iterate_mails(make_file(b"From: a\n\n>From b\n"))) == [CutMail(1, "", b"From: a\n\n>From b\n")]


def test_mails_are_numbered_with_the_dates_of_their_separators():
    mails = list(iterate_mails(make_file(b"\xef\xbb\xbf" + (LINE + b"From: a\n\n") * 2)))

    assert [(mail.number, mail.sent) for mail in mails] == [(1, SENT), (2, SENT)]


def test_lines_without_end_are_no_matter():
    text = b"x" * 200_000

    assert cut(LINE + b"From: a\n\n" + text + b"\n\n" + LINE + b"From: b\n\n") == [
        b"From: a\n\n" + text + b"\n\n",
        b"From: b\n\n",
    ]


@pytest.mark.parametrize(
    ("data", "parts"),
    [
        (b"A: b\n\ntext", (b"A: b", b"text")),
        (b"A: b\r\n\r\ntext", (b"A: b", b"text")),
        (b"A: b", (b"A: b", b"")),
        (b"\ntext", (b"", b"text")),
        (b"", (b"", b"")),
    ],
)
def test_headers_end_at_the_first_blank_line(data: bytes, parts: tuple[bytes, bytes]):
    assert split_mail(data) == parts
