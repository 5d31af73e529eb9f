"""A record as its source has it, to a Comment: cleaned, checked, with a problem for each thing that cannot be read."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from store.domain.comment import (
    ANONYMOUS,
    AuthorAlias,
    Channel,
    Comment,
    Discussion,
    SkippedRecord,
    SourceItem,
    SourceProblem,
)
from store.sources.dates import parse_date
from store.text.cleaning import clean_line, clean_name, clean_text, find_http_url

_SHOWN_CHARS = 60
_WHOLE = Channel()
# What a database holds in an integer everywhere.
MAX_POSITION = 2**31 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class RawComment:
    """A comment as its source has it; nothing is checked, and any field may hold anything that JSON can.

    Attributes:
        id: What the source calls it.
        text: Plain text; HTML and Markdown are read by the format.
        thread: What the source calls the discussion; without it the discussion is known by its address, else its title,
            else it is the comment's own.
        author: The name it was published under.
        account: What the source calls the author, the same under all their names.
        also: Other names that the source says this account has.
        published: A date in any form that `parse_date` reads.
        edited: The same; that of publishing again is none.
        skipped: Why it is left out on purpose, in few words; empty if it is not.
        place: Where it stands in the file, for problems where there is no id.
    """

    id: Any
    text: str
    thread: Any = ""
    title: Any = ""
    thread_url: Any = ""
    author: Any = ""
    account: Any = ""
    also: Sequence[Any] = ()
    published: Any = ""
    edited: Any = ""
    url: Any = ""
    parent: Any = ""
    channel: Channel = _WHOLE
    position: int | None = None
    skipped: str = ""
    place: str = ""

    def finish(self) -> Iterator[SourceItem]:
        """Give the comment, or that it was left out, and problems with it."""
        native_id = clean_line(as_text(self.id))
        if not native_id:
            yield SourceProblem(self.place or "a record", "the comment has no id")
            return
        text = clean_text(self.text)
        if self.skipped or not text:
            yield SkippedRecord(native_id, self.skipped or "without text")
            return
        dates = [as_text(self.published).strip(), as_text(self.edited).strip()]
        published, edited = map(parse_date, dates)
        for shown, read in zip(dates, (published, edited), strict=True):
            if shown and read is None:
                yield SourceProblem(
                    f"{native_id}: {clean_line(shown, _SHOWN_CHARS)!r}", "the date cannot be read: kept without one"
                )
        yield Comment(
            native_id=native_id,
            discussion=self._discussion(native_id),
            author=self._author(),
            text=text,
            url=find_http_url(as_text(self.url)),
            published=published,
            edited=edited if edited != published else None,
            parent_id=clean_line(as_text(self.parent)) or None,
            position=self.position if self.position is not None and abs(self.position) <= MAX_POSITION else None,
        )

    def _discussion(self, native_id: str) -> Discussion:
        title, url = clean_line(as_text(self.title)), find_http_url(as_text(self.thread_url))
        return Discussion(clean_line(as_text(self.thread)) or url or title or native_id, title, url, self.channel)

    def _author(self) -> AuthorAlias:
        account = clean_line(as_text(self.account)) or None
        name = clean_name(as_text(self.author)) or (ANONYMOUS if account is None else clean_name(account))
        others = dict.fromkeys(clean_name(as_text(other)) for other in self.also)
        return AuthorAlias(name, account, tuple(other for other in others if other and other != name))


def as_text(value: Any) -> str:
    """Give a scalar as text; what is none, or is no scalar, as an empty one."""
    return "" if value is None or isinstance(value, dict | list) else str(value)


def as_object(value: Any) -> dict[str, Any]:
    """Give an object; what is none as an empty one."""
    return value if isinstance(value, dict) else {}


def as_list(value: Any) -> list[Any]:
    """Give a list; what is none as an empty one."""
    return value if isinstance(value, list) else []
