"""Sources, and what each holds."""

from dataclasses import dataclass
from datetime import datetime

from store.domain.viewer import Visibility


@dataclass(frozen=True, slots=True)
class Source:
    """One archive: its name, its format, where it is read from, and who may see it.

    `identity` names the place that it was exported from, such as a blog's number, in whatever way it was; empty where
    that is not known. Private conversations in it are left out unless `include_private`. `is_format_given` where
    somebody said which format it is, whatever the content looks like. It `is_held` after a rollback: it is
    refreshed only if it is named.
    """

    id: int
    name: str
    format: str
    location: str
    visibility: Visibility
    identity: str = ""
    include_private: bool = False
    is_format_given: bool = False
    is_held: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """A place that a source was read from, as it was when it was read last.

    `stamp` tells whether it changed since; empty where only reading tells. `full_at` is when all of it was read.
    """

    id: int
    location: str
    stamp: str
    read_at: datetime
    full_at: datetime | None


@dataclass(frozen=True, slots=True)
class SourceSummary:
    """A source with what it holds. `problems` counts those of the latest reading of each place."""

    source: Source
    comments: int
    discussions: int
    authors: int
    first: datetime | None
    last: datetime | None
    refreshed: datetime | None
    problems: int = 0
