"""What is to be gone goes for good: what was removed or edited long ago, and what is older than anybody keeps."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from store.archive import Archive
from store.domain.refresh import Progress, RefreshKind
from store.domain.source import Source
from store.errors import StoreError
from store.refresh.owner import Process
from store.refresh.run import OnProgress, RefreshRun

# A purge writes the whole file anew: it waits until something is so much older than it has to be kept (or twice as old,
# where that is less), and takes all that is old enough. Else, where something is edited all the time, each refresh
# would end with one. What is too old, and whoever is forgotten, goes at once.
PURGE_EVERY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Housekeeping:
    """Removes what is to be gone from an archive. Nothing of it is urgent: what cannot be done now is done later.

    Attributes:
        archive: The archive.
        keep_removed: How long what was removed or edited is kept, so that a rollback can bring it back.
        retention: How old comments may become; None for any age.
        index: Brings passages and vectors up to date; told how it goes on.
    """

    archive: Archive
    keep_removed: timedelta
    retention: timedelta | None = None
    index: Callable[[OnProgress], object] | None = None

    def run(self, on_progress: OnProgress = lambda _: None) -> list[str]:
        """Do all of it; give why some of it has to wait."""
        now, left = datetime.now(UTC), list[str]()
        try:
            has_dropped = self.retention is not None and self._drop_older(now - self.retention, left, on_progress)
            before = now - self.keep_removed
            due = before - min(PURGE_EVERY, self.keep_removed)
            if not self.archive.purging.purge(before, Process.current(), due) and has_dropped:
                self.archive.purging.erase_traces()
        except StoreError as error:
            left.append(str(error))
        return left

    def _drop_older(self, published: datetime, left: list[str], on_progress: OnProgress) -> bool:
        """Remove comments published before a time, as a refresh of each source, and what is kept of such.

        Returns:
            Whether there were any. Why others are left is added to `left`.
        """
        sources = self.archive.purging.find_with_older(published)
        for source in sources:
            try:
                self._drop_from(source, published, on_progress)
            except StoreError as error:
                left.append(str(error))
        return self.archive.purging.drop_older_history(published) or bool(sources)

    def _drop_from(self, source: Source, published: datetime, on_progress: OnProgress) -> None:
        archive = self.archive
        with RefreshRun(archive, source, RefreshKind.RETENTION, on_progress) as run:
            with run.timing("storing"):
                while dropped := archive.purging.drop_older(source, published, run.key()):
                    run.tally.deleted += dropped
                    run.note(Progress("removing what is too old", run.tally.deleted, None, source.name))
                archive.purging.delete_empty(source, run.key())
                run.tally.unchanged = archive.count_comments(source)
            if self.index:
                with run.timing("embedding"):
                    self.index(lambda progress: run.note(replace(progress, source=source.name)))
