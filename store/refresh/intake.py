"""One source being read: what came, what is told of it, and what did not come again."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime

from store.archive import Archive
from store.domain.comment import Comment, SkippedRecord, SourceProblem
from store.domain.refresh import ProblemGroup, RefreshTally
from store.domain.source import Source
from store.domain.viewer import Visibility
from store.errors import FetchError
from store.refresh.forgotten import FORGOTTEN, NOBODY, Forgotten
from store.refresh.masking import mask_line, mask_problem
from store.refresh.plan import Scope
from store.refresh.seen import SeenComments
from store.repositories.refreshes import RefreshKey

NOT_FETCHED = "a page could not be fetched"
TOO_MANY_PAGES = "it has more than"
GOES_ROUND = "it goes on and on, and nothing new came on"
# Problems of all that stands in a page or file, or from somewhere on.
_NOT_WHOLE = (TOO_MANY_PAGES, GOES_ROUND, "the file cannot be read", "the file ends before")
_PAGE_GONE = "its page is gone, and so is what stood there"


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
        is_whole: Nothing could not be read but single records, and the pages of `unread_threads`.
        is_usual: What could not be read beside single records could not be the last time either.
        unread_threads: The discussions of which a page could not be fetched: what is held of them stays.
        unread_pages: How many these pages are.
        usual_failures: The pages that could not be fetched the last time.
        accepts_removals: What did not come is gone, whatever could not be read.
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
    is_usual: bool = True
    unread_threads: set[str] = field(default_factory=set)
    unread_pages: int = 0
    usual_failures: frozenset[str] = frozenset()
    usual_problems: int = 0
    accepts_removals: bool = False
    marked: int = 0
    moved: int = 0
    taken_back: int = 0
    missing: tuple[int, int] | None = None

    def note(self, item: SourceProblem | SkippedRecord) -> None:
        """Count what was not imported, or not as it stood."""
        if isinstance(item, SourceProblem) and item.reason.startswith(_NOT_WHOLE):
            self.is_whole = self.is_usual = False
        # Which comments are of somebody who was forgotten is not kept.
        item = replace(item, record="") if item.reason == FORGOTTEN else item
        self.tally.note(mask_problem(item))

    def note_unfetched(self, error: FetchError, thread: str, *, is_partial: bool) -> None:
        """Count a page that could not be fetched.

        A discussion that a server says is not there is gone, as if nothing had led there. Behind a page of a list there
        may be others, which are not known then: nothing is taken for gone because of it, whatever the server says. Any
        other failure may pass: so that one that does not is no reason to read all anew for ever, it counts as usual
        when it comes again; of a list of what is new alone, that would pass over what is on its page.

        Args:
            error: Why not.
            thread: The discussion that the page is of; empty where it is of more, or of a list.
            is_partial: Only what is new is asked for.
        """
        is_usual = mask_line(str(error)) in self.usual_failures and (bool(thread) or not is_partial)
        if error.is_gone and thread:
            self.note(SkippedRecord(str(error), _PAGE_GONE))
            return
        self.is_usual &= is_usual
        if thread:
            self.unread_threads.add(thread)
            self.unread_pages += 1
        else:
            self.is_whole = False
        self.note(SourceProblem(str(error), NOT_FETCHED))

    def count_problems(self) -> int:
        """Count what could not be read, but for pages that are known to be of one discussion each."""
        return self.tally.count().problems - self.unread_pages

    @property
    def is_complete(self) -> bool:
        """Whether as much could be read as usual: else what did not come may be among the rest."""
        return self.is_whole and self.count_problems() <= self.usual_problems

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
        unread = self._find_unread(archive)
        for some in archive.iterate_held(self.source):
            came = self.seen.find([one.native_id for one in some])
            stays = (came, self.removed, unread)
            missing = [one for one in some if not any(one.native_id in ids for ids in stays)]
            gone = [one.native_id for one in missing if self.scope.is_gone(one.published, one.place_id)]
            others = [one.native_id for one in missing if self.scope.may_be_gone(one.published, one.place_id)]
            yield (gone + others, []) if with_others else (gone, others)

    def count_unread(self, archive: Archive) -> int:
        """Count the comments that may have stood on the pages of `unread_threads`."""
        held = self._find_unread(archive) - self.removed if self.scope.tells else set()
        return sum(not self.seen.find([native_id]) for native_id in held)

    def _find_unread(self, archive: Archive) -> set[str]:
        """Give the ids of all that is held of `unread_threads`."""
        if self.source is None or self.accepts_removals or not self.unread_threads:
            return set()
        return archive.find_ids_of_discussions(self.source, self.unread_threads)


def find_usual_failures(groups: Iterable[ProblemGroup], location: str) -> frozenset[str]:
    """Give the pages of a place that could not be fetched the last time."""
    found = [group.records for group in groups if group.place == location and group.reason == NOT_FETCHED]
    return frozenset(record for records in found for record in records)
