"""A mailbox's bytes to single mails: mbox in its variants, pipermail's months, files of one mail each.

A mail begins at a line that starts with "From " as delivery agents write it, after a blank line and before a header
(RFC 4155), or before a header that programs begin with. Everything here is bytes: what encoding they are in is for each
mail to say.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from store.sources.files import SourceFile

# Mail servers take less; a mailbox that was damaged may hold a "mail" of any size.
MAX_MAIL_BYTES = 16 * 2**20
_MAX_LINE_BYTES = 2**16

# "From jo@x.org  Thu Mar  3 18:20:35 2016", with or without a zone, seconds and the order of RFC 5322; pipermail writes
# "jo at x.org", some programs write no address at all.
SEPARATOR = re.compile(
    rb"From (?:[^\n]{0,500}?[ \t])??(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),?[ \t]+)"
    rb"(?P<date>(?:(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[ \t]+\d{1,2}"
    rb"|\d{1,2}[ \t]+(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec))"
    rb"[ \t][^\n]{0,100}?\d{1,2}:\d{2}[^\n]{0,100})\r?\n?"
)
_HEADER = re.compile(rb"[!-9;-~]{1,100}[ \t]?:")
# What programs write first: some leave no blank line between two mails.
_FIRST_HEADER = re.compile(
    rb"(?:Return-Path|Received|Delivered-To|Envelope-To|Message-ID|MIME-Version|From|Date|Status|X-[!-9;-~]{1,60}):",
    re.IGNORECASE,
)
# The first line of a patch that git made; mails have those attached, as they are.
_PATCH = re.compile(rb"From [0-9a-f]{40,64} Mon Sep 17 00:00:00 2001\r?\n?")
# mboxrd escapes each of these once more, mboxo only the first.
_ESCAPED = re.compile(rb"^>(>*From )", re.MULTILINE)
_END = re.compile(rb"\r?\n\r?\n")


@dataclass(frozen=True, slots=True)
class CutMail:
    """One mail's bytes. `sent` is the date of its separating line; `data` is None where it is too large."""

    number: int
    sent: str
    data: bytes | None

    def split(self) -> tuple[bytes, bytes]:
        """Give the headers and the body."""
        return split_mail(self.data or b"")


def split_mail(data: bytes) -> tuple[bytes, bytes]:
    """Part the headers of a mail, or of a part of one, from what follows them."""
    if data[:1] == b"\n" or data[:2] == b"\r\n":
        return b"", data.lstrip(b"\r\n")
    found = _END.search(data)
    return (data[: found.start()], data[found.end() :]) if found else (data, b"")


def begins_mailbox(head: bytes) -> bool:
    """Tell whether a file begins as a mailbox does: with a separator and a header."""
    first, _, rest = head.lstrip(b"\xef\xbb\xbf\r\n").partition(b"\n")
    return bool(SEPARATOR.fullmatch(first + b"\n") and is_header(rest))


def is_header(line: bytes) -> bool:
    """Tell whether a line may be the first of a mail; some agents escape a second separator there."""
    return bool(_HEADER.match(line)) or line.startswith(b">From ")


def iterate_mails(file: SourceFile) -> Iterator[CutMail]:
    """Give the mails of a mailbox, or a file that is one mail, one at a time.

    Raises:
        SourceError: The bytes cannot be read.
    """
    if not begins_mailbox(file.read_head()):
        yield _read_whole(file)
        return
    with file.open() as opened:
        yield from _cut(opened)


def _read_whole(file: SourceFile) -> CutMail:
    with file.open() as opened:
        data = opened.read(MAX_MAIL_BYTES + 1).removeprefix(b"\xef\xbb\xbf").lstrip(b"\r\n")
    return CutMail(1, "", data if len(data) <= MAX_MAIL_BYTES else None)


def _cut(opened: BinaryIO) -> Iterator[CutMail]:
    mail = _Growing(0, "")
    for line, separates in _mark_separators(opened):
        if separates:
            if mail.number:
                yield mail.finish()
            mail = _Growing(mail.number + 1, read_sent(line))
        else:
            mail.add(line)
    if mail.number:
        yield mail.finish()


def _mark_separators(opened: BinaryIO) -> Iterator[tuple[bytes, bool]]:
    """Give lines, and of each whether a mail begins there, which the lines before and after it decide."""
    before, line = b"\n", opened.readline(_MAX_LINE_BYTES).removeprefix(b"\xef\xbb\xbf")
    holds_patches = _PATCH.fullmatch(line) is not None
    while line:
        after = opened.readline(_MAX_LINE_BYTES)
        if line.startswith(b"From ") and (holds_patches or not _PATCH.fullmatch(line)):
            begins = is_header(after) if before in (b"\n", b"\r\n") else bool(_FIRST_HEADER.match(after))
            yield line, begins and SEPARATOR.fullmatch(line) is not None
        else:
            yield line, False
        before, line = line, after


class _Growing:
    """A mail whose lines are being read; those of one that is too large are let go."""

    def __init__(self, number: int, sent: str) -> None:
        self.number = number
        self._sent = sent
        self._lines: list[bytes] = []
        self._size = 0

    def add(self, line: bytes) -> None:
        self._size += len(line)
        if self._size <= MAX_MAIL_BYTES:
            self._lines.append(line)
        else:
            self._lines.clear()

    def finish(self) -> CutMail:
        if self._size > MAX_MAIL_BYTES:
            return CutMail(self.number, self._sent, None)
        return CutMail(self.number, self._sent, _ESCAPED.sub(rb"\1", b"".join(self._lines)))


def read_sent(line: bytes) -> str:
    """Give the date of a separating line, without the day of the week."""
    found = SEPARATOR.fullmatch(line)
    return found["date"].decode("ascii", "replace").strip() if found else ""
