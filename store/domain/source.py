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

    `stamp` tells whether it changed since; empty where only reading tells. `address` is where its comments were found,
    if it is an address. Nothing is missing of what was there at `read_at`; all of it was read at `full_at`.
    `problem_count` is how many records could not be read when nothing was missing.
    """

    id: int
    location: str
    stamp: str
    read_at: datetime
    full_at: datetime | None
    address: str = ""
    problem_count: int = 0


@dataclass(frozen=True, slots=True)
class PlaceReading:
    """How a place was read.

    Attributes:
        stamp: What tells later whether it changed since; empty where nothing does.
        address: Where its comments were found; empty where that is what it was, or no address.
        began_at: When reading it began; None for now.
        is_whole: Nothing of what was asked for is missing but single records.
        is_partial: Only what is new was asked for.
        problem_count: How many records could not be read, if nothing that was there is missing for that.
    """

    stamp: str = ""
    address: str = ""
    began_at: datetime | None = None
    is_whole: bool = False
    is_partial: bool = False
    problem_count: int | None = None


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


@dataclass(frozen=True, slots=True)
class SourceStanding:
    """How well a source is kept: when it was brought up to date last, and what came of the latest reading.

    `problems` are those of the latest reading of each place. It `is_troubled` where the latest reading that is over did
    not end well.
    """

    id: int
    name: str
    refreshed: datetime | None
    problems: int
    is_troubled: bool
