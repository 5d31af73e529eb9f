"""Mailing lists and newsgroups: mbox, maildir, single mails, pipermail's months, HyperKitty's exports, NNTP dumps.

A mail is known by a hash of its Message-ID (X-Message-ID-Hash), so that it is the same wherever its list's archive
comes from. Neither addresses nor Message-IDs are kept: names alone. Reading is in `mail_cutting` (bytes to mails),
`mail_headers`, `mail_body` and `mail_threads`.
"""

import re
from collections.abc import Iterable, Iterator
from datetime import datetime

from store.domain.comment import SourceItem, SourceProblem
from store.errors import SourceError
from store.sources.files import SourceFile
from store.sources.format import Coverage, Format, locate
from store.sources.formats.mail_body import read_body
from store.sources.formats.mail_cutting import CutMail, begins_mailbox, iterate_mails, read_sent, split_mail
from store.sources.formats.mail_headers import (
    Headers,
    digest_id,
    encode_digest,
    find_answered,
    find_author,
    find_date,
    find_id,
    find_links,
    find_list_id,
    find_list_names,
    find_references,
    hash_id,
)
from store.sources.formats.mail_threads import Subject, Threads
from store.sources.head import Head
from store.sources.raw import RawComment

_HEADER_LINE = re.compile(rb"[!-9;-~]{1,100}[ \t]?:[^\n]*|[ \t][^\n]*|>?From [^\n]*|\r?")
# One of these is written by programs alone; or else a mail has all of those.
_OF_MAIL = ("message-id", "received", "mime-version", "return-path", "newsgroups", "x-original-to")
_AT_LEAST = ("date", "subject", "to")
# In a maildir, what was read, deleted or never sent stands at the end of a file's name.
_FLAGS = re.compile(r"[:;!]2,([A-Za-z]*)$")
# What Google Mail's export tells of each mail; the labels are in English for accounts that are.
_LABELLED = {"spam": "spam", "trash": "deleted", "drafts": "draft", "draft": "draft"}
_FLAGGED = {"T": "deleted", "D": "draft"}


def recognises(head: Head) -> bool:
    """Tell whether a file begins with a mailbox's separator, or with the headers of a mail."""
    return begins_mailbox(head.data) or _begins_mail(head)


def _begins_mail(head: Head) -> bool:
    data = head.data.removeprefix(b"\xef\xbb\xbf").lstrip(b"\r\n")
    block = split_mail(data)[0]
    if len(block) == len(data) and not head.is_whole:
        # Of headers longer than what is looked at, the last line may be cut.
        block = block.rpartition(b"\n")[0]
    lines = block.split(b"\n")
    if not all(_HEADER_LINE.fullmatch(line) for line in lines) or lines[0][:1] in (b" ", b"\t"):
        return False
    headers = Headers(block)
    return "from" in headers and (
        any(name in headers for name in _OF_MAIL) or all(name in headers for name in _AT_LEAST)
    )


def parse(files: Iterable[SourceFile]) -> Iterator[SourceItem]:
    """Give the mails of a list, file by file in the order of their first mails: names put April before January."""
    with Threads() as threads:
        for file in sorted(files, key=_find_begin):
            yield from locate(file, _parse_file(file, threads))


def _find_begin(file: SourceFile) -> str:
    """Give the date of a file's first mail, in a form that sorts; what cannot be read says so when it is its turn."""
    try:
        first = _read_first(file)
    except SourceError:
        return ""
    date = find_date(Headers(first.split()[0]), first.sent)
    return date.isoformat() if date else ""


def _read_first(file: SourceFile) -> CutMail:
    """Give the first mail of a file, or what of it is in its beginning."""
    head = file.read_head()
    line, _, rest = head.lstrip(b"\xef\xbb\xbf\r\n").partition(b"\n")
    return CutMail(1, read_sent(line), rest) if begins_mailbox(head) else CutMail(1, "", head)


def identify(file: SourceFile) -> str:
    """Give the list's own name for programs, which its mails have in every archive that keeps their headers."""
    list_id = find_list_id(Headers(_read_first(file).split()[0]))
    return f"mail:{list_id}" if list_id else ""


def _parse_file(file: SourceFile, threads: Threads) -> Iterator[SourceItem]:
    flags = _FLAGS.search(file.name)
    skipped = next((why for flag, why in _FLAGGED.items() if flags and flag in flags[1]), "")
    for mail in iterate_mails(file):
        if mail.data is None:
            yield SourceProblem(f"mail {mail.number}", "the mail is larger than 16 MiB: left out")
        else:
            yield from _parse_mail(mail, threads, skipped)


def _parse_mail(mail: CutMail, threads: Threads, skipped: str) -> Iterator[SourceItem]:
    head, data = mail.split()
    headers = Headers(head)
    if "from" not in headers and "message-id" not in headers and "subject" not in headers:
        yield SourceProblem(f"mail {mail.number}", "it has no headers of a mail: left out")
        return
    body = read_body(headers, data)
    published = find_date(headers, mail.sent)
    own = _digest(headers, body.text)
    native_id = encode_digest(own)
    if not body.is_faithful and body.text:
        yield SourceProblem(native_id, "some bytes are not in the encoding the mail declares: read as Windows-1252")
    if skipped := skipped or _why_skipped(headers) or ("encrypted" if body.is_encrypted and not body.text else ""):
        yield from RawComment(id=native_id, text="", skipped=skipped).finish()
        return
    if published is None:
        yield SourceProblem(native_id, "no date can be read: kept without one")
    yield from _place(headers, own, body.text, published, threads).finish()


def _place(headers: Headers, own: bytes, text: str, published: datetime | None, threads: Threads) -> RawComment:
    references = find_references(headers)
    subject = Subject(headers.text("subject"), find_list_names(headers))
    root_id, title = threads.place(own, references, subject, published)
    native_id = encode_digest(own)
    url, thread_url = find_links(headers, native_id, root_id)
    answered = find_answered(headers, references)
    parent_id = hash_id(answered) if answered else ""
    return RawComment(
        id=native_id,
        text=text,
        thread=root_id,
        title=title,
        thread_url=thread_url,
        author=find_author(headers),
        published=published.isoformat() if published else "",
        url=url,
        parent=parent_id if parent_id != native_id else "",
    )


def _digest(headers: Headers, text: str) -> bytes:
    """Give the hash that a mail is known by; of one without a Message-ID, of what it says."""
    message_id = find_id(headers)
    if message_id:
        return digest_id(message_id)
    return digest_id("\x1f".join([*(headers.raw(name) for name in ("from", "date", "subject")), text]))


def _why_skipped(headers: Headers) -> str:
    if "control" in headers:
        return "a message to news servers"
    if headers.raw("x-no-archive").lower() == "yes" or headers.raw("archive").lower().startswith("no"):
        return "not to be archived"
    labels = headers.text("x-gmail-labels").lower().split(",")
    return next((why for label, why in _LABELLED.items() if label in labels), "")


FORMAT = Format("mail", recognises, parse, identify=identify, coverage=Coverage.PART)
