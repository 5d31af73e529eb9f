"""Comments as they come from a source, and as the archive knows them."""

from dataclasses import dataclass
from datetime import datetime

from store.domain.viewer import PUBLIC, Visibility

ANONYMOUS = "Anonymous"


@dataclass(frozen=True, slots=True)
class AuthorAlias:
    """A name somebody wrote under, with the account that tells them from namesakes where the source has one.

    `also` holds other names that the source says the account has.
    """

    name: str
    account: str | None = None
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Channel:
    """A part of a source with a visibility of its own. A source without channels is one unnamed channel."""

    name: str = ""
    visibility: Visibility = PUBLIC


@dataclass(frozen=True, slots=True)
class Discussion:
    """The thread a comment belongs to."""

    native_id: str
    title: str = ""
    url: str = ""
    channel: Channel = Channel()


@dataclass(frozen=True, slots=True)
class Comment:
    """One thing one person said, as its source has it. Times are aware; text is plain, paragraphs kept.

    `source` names the source where one file holds comments of several; else it is empty. `position` is its place in its
    discussion, where the source numbers them.
    """

    native_id: str
    discussion: Discussion
    author: AuthorAlias
    text: str
    url: str = ""
    published: datetime | None = None
    edited: datetime | None = None
    parent_id: str | None = None
    source: str = ""
    position: int | None = None


@dataclass(frozen=True, slots=True)
class SourceProblem:
    """A record that could not be taken: which, and why. `reason` groups: details belong in `record`."""

    record: str
    reason: str


@dataclass(frozen=True, slots=True)
class SkippedRecord:
    """A record left out on purpose: deleted, spam, a draft. `record` is the id its comment has or would have."""

    record: str
    reason: str


SourceItem = Comment | SourceProblem | SkippedRecord


@dataclass(frozen=True, slots=True)
class ArchivedComment:
    """A comment as the archive knows it. `id` is the archive's own, `native_id` the source's.

    `language` is an ISO 639-1 code; None where it could not be told.
    """

    id: int
    native_id: str
    author: str
    text: str
    url: str
    published: datetime | None
    source: str
    channel: str
    discussion_id: int
    discussion_title: str
    discussion_url: str
    language: str | None = None


@dataclass(frozen=True, slots=True)
class KnownAuthor:
    """An author as the archive knows them: in which source, under which names, and how much they wrote."""

    id: int
    source: str
    name: str
    names: tuple[str, ...]
    comments: int
