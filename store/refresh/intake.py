"""One source being read: what came, what is told of it, and what did not come again."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime

from store.archive import Archive
from store.domain.comment import Comment, SkippedRecord, SourceProblem
from store.domain.refresh import RefreshTally
from store.domain.source import Source
from store.domain.viewer import Visibility
from store.refresh.forgotten import FORGOTTEN, NOBODY, Forgotten
from store.refresh.masking import mask_problem
from store.refresh.plan import Scope
from store.refresh.seen import SeenComments
from store.repositories.refreshes import RefreshKey

NOT_FETCHED = "a page could not be fetched"
TOO_MANY_PAGES = "it has more than"
GOES_ROUND = "it goes on and on, and nothing new came on"
# Problems of all that stands in a page or file, or from somewhere on.
_NOT_WHOLE = (NOT_FETCHED, TOO_MANY_PAGES, GOES_ROUND, "the file cannot be read", "the file ends before")


@dataclass(slots=True)
class Intake:
    """A source, as far as it is read.

    Attributes:
        name: What it is called.
        format_name: The format of what is read.
        identity: The place that it is of.
        source: It, if the archive has it.
        seen: What came so far.
        scope: Which comments should have come.
        key: What it is written as; None where nothing is.
        other: The place that the source was of before, if that was another.
        forgotten: Whoever is kept out of it.
        tally: What was done.
        closing: Private channels that may have been public before.
        gone: The ids of what the source says it has removed, and that is not done yet; `removed` holds all of them, and
            `unkept` those that nothing is kept of, and `hidden` who may see what is kept of those that it has hidden.
        ruled_out: The ids of what is not taken by a rule of ours, whatever the source says.
        marked: How many comments the source itself says it has removed.
        moved: How many came from another place before.
        taken_back: How many came with other content than is known, and do not say that they were edited since.
        missing: How many are gone, and how many others may be, if they were counted.
        newest: When the last of what came was written or edited.
        is_whole: Nothing but single records could not be read.
        usual_problems: How many these were when nothing was missing.
    """

    name: str
    format_name: str
    identity: str
    source: Source | None
    seen: SeenComments
    scope: Scope
    key: RefreshKey | None = None
    other: str = ""
    forgotten: Forgotten = NOBODY
    tally: RefreshTally = field(default_factory=RefreshTally)
    chunk: list[tuple[Comment, bytes]] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    removed: set[str] = field(default_factory=set)
    unkept: set[str] = field(default_factory=set)
    hidden: dict[str, Visibility] = field(default_factory=dict)
    ruled_out: set[str] = field(default_factory=set)
    closing: set[str] = field(default_factory=set)
    closed: set[str] = field(default_factory=set)
    newest: datetime | None = None
    is_whole: bool = True
    usual_problems: int = 0
    marked: int = 0
    moved: int = 0
    taken_back: int = 0
    missing: tuple[int, int] | None = None

    def note(self, item: SourceProblem | SkippedRecord) -> None:
        """Count what was not imported, or not as it stood."""
        if isinstance(item, SourceProblem):
            self.is_whole &= not item.reason.startswith(_NOT_WHOLE)
        # Which comments are of somebody who was forgotten is not kept.
        item = replace(item, record="") if item.reason == FORGOTTEN else item
        self.tally.note(mask_problem(item))

    @property
    def is_complete(self) -> bool:
        """Whether as much could be read as usual: else what did not come may be among the rest."""
        return self.is_whole and self.tally.count().problems <= self.usual_problems

    def count_missing(self, archive: Archive) -> tuple[int, int]:
        """Count the comments that are gone, and others that may be, when all was read: once, as that looks at all."""
        if self.missing is None:
            gone = others = 0
            for some, more in self.iterate_missing(archive):
                gone += len(some)
                others += len(more)
            self.missing = (gone, others)
        return self.missing

    def iterate_missing(self, archive: Archive, *, with_others: bool = False) -> Iterator[tuple[list[str], list[str]]]:
        """Give the ids of comments that are gone, and of others that may be, some at a time."""
        if self.source is None or not self.scope.tells:
            return
        for some in archive.iterate_held(self.source):
            came = self.seen.find([one.native_id for one in some])
            missing = [one for one in some if one.native_id not in came and one.native_id not in self.removed]
            gone = [one.native_id for one in missing if self.scope.is_gone(one.published, one.place_id)]
            others = [one.native_id for one in missing if self.scope.may_be_gone(one.published, one.place_id)]
            yield (gone + others, []) if with_others else (gone, others)
