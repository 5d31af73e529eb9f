"""Mails made for a test."""

from datetime import UTC, datetime

from store.domain.comment import AuthorAlias, Comment, Discussion, SourceItem
from store.sources.formats import mail
from store.sources.formats.mail_headers import hash_id
from tests.store.sources.making import make_file

NOON = datetime(2016, 3, 3, 12, tzinfo=UTC)
FROM_LINE = b"From rosa@harbour.example  Thu Mar  3 12:00:00 2016\n"


def make_mail(
    number: int = 1, text: str | bytes = "Hello there.\n", *, extra: str = "", **changed: str | None
) -> bytes:
    """Write a mail; a header that is changed to None is left out. In names, "_" stands for "-"."""
    headers = {
        "From": "Rosa Díaz <rosa@harbour.example>",
        "Date": "Thu, 3 Mar 2016 12:00:00 +0000",
        "Subject": f"Benches {number}",
        "Message-ID": f"<{number}@harbour.example>",
    }
    named = {name.replace("_", "-"): value for name, value in changed.items()}
    lines = [f"{name}: {value}\n" for name, value in {**headers, **named}.items() if value is not None]
    body = text.encode() if isinstance(text, str) else text
    return ("".join(lines) + extra + "\n").encode() + body


def make_mailbox(*mails: bytes) -> bytes:
    return b"\n".join(FROM_LINE + one for one in mails)


def make_comment(number: int = 1, text: str = "Hello there.", *, thread: int = 0, parent: int = 0) -> Comment:
    """Give the comment that `make_mail` writes."""
    return Comment(
        native_id=native_id(number),
        discussion=Discussion(native_id(thread or number), f"Benches {thread or number}"),
        author=AuthorAlias("Rosa Díaz"),
        text=text,
        published=NOON,
        parent_id=native_id(parent) if parent else None,
    )


def native_id(number: int) -> str:
    return hash_id(f"{number}@harbour.example")


def parse_mails(*contents: bytes) -> list[SourceItem]:
    """Parse files of which each holds some mails."""
    return list(mail.parse([make_file(content, f"file{number}") for number, content in enumerate(contents)]))


def parse_one(content: bytes) -> Comment:
    """Parse a file that holds one comment and no problem."""
    (item,) = parse_mails(content)
    assert isinstance(item, Comment)
    return item
