"""Reading one place after another: each gives receipts, and what fails is told and does not stop the others."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import click

from bot.cli.main import EXIT_NOTHING_DONE, EXIT_PROBLEMS
from bot.cli.printing import build_reports_json, print_json, print_reports, showing_progress
from embeddings.errors import EncoderError
from store.archive import Archive
from store.domain.comment import SourceProblem
from store.domain.refresh import Refresh, RefreshCounts, RefreshReport, RefreshState
from store.domain.source import Source
from store.errors import ArchiveError, StoreError
from store.refresh.masking import mask_line
from store.refresh.owner import Process
from store.refresh.run import OnProgress

# How those begin that read a place: they do not know why it is read.
_CANNOT_IMPORT = "cannot import: "


@dataclass(frozen=True, slots=True)
class Job:
    """A place to read.

    Attributes:
        location: The place.
        read: Reads it; is given what shows how far that is.
        sources: Those that are brought up to date from it; none where it is brought in.
    """

    location: str
    read: Callable[[OnProgress], list[RefreshReport]]
    sources: tuple[Source, ...] = ()


def print_receipts(
    archive: Archive, jobs: Sequence[Job], *, as_json: bool, finish: Callable[[], Mapping[str, object]] = dict
) -> int:
    """Do one job after another, and print the receipts of each when it is done; give the exit code.

    Args:
        archive: What the jobs write to: it tells how far those came that fail.
        jobs: What to do.
        as_json: Whether to print JSON, when all is done, or what was done until this was told to stop.
        finish: What is done at last; gives what JSON says of that.
    """
    receipts = _Receipts(archive, as_json=as_json)
    finished: Mapping[str, object] = {}
    try:
        receipts.do(jobs)
        if not receipts.is_archive_lost:
            with receipts.telling():
                finished = finish()
    finally:
        if as_json:
            print_json({**build_reports_json(receipts.reports), **finished})
    return receipts.exit_code


class _Receipts:
    """What was done so far, and whether it went well."""

    def __init__(self, archive: Archive, *, as_json: bool) -> None:
        self.reports: list[RefreshReport] = []
        self.is_archive_lost = False
        self._archive = archive
        self._as_json = as_json
        self._done = 0
        self._failed = 0

    @property
    def exit_code(self) -> int:
        """What the command exits with."""
        if self._failed and not self._done:
            return EXIT_NOTHING_DONE
        return EXIT_PROBLEMS if self._failed or any(report.problem_count for report in self.reports) else 0

    def do(self, jobs: Sequence[Job]) -> None:
        """Do all, unless the archive itself fails for two of them in a row: it would for the others, too."""
        for number, job in enumerate(jobs, start=1):
            was_lost, self.is_archive_lost = self.is_archive_lost, False
            with self.telling(job.sources):
                self._take(job)
            if was_lost and self.is_archive_lost and number < len(jobs):
                click.echo(
                    f"harkback: not begun: {len(jobs) - number:,} more: the archive cannot be used: "
                    "mend that, and run this again",
                    err=True,
                )
                return

    @contextmanager
    def telling(self, sources: Sequence[Source] = ()) -> Iterator[None]:
        """Tell of what fails, and of which sources, and go on."""
        try:
            yield
        except (StoreError, EncoderError) as error:
            self._failed += 1
            self.is_archive_lost = isinstance(error, ArchiveError)
            click.echo(f"harkback: {_explain(error, sources)}", err=True)

    def _take(self, job: Job) -> None:
        before = None
        try:
            before = max((one.id for one in self._archive.refreshes.list_latest(limit=1)), default=0)
            with showing_progress() as show:
                done = job.read(show)
        except (StoreError, EncoderError, KeyboardInterrupt) as error:
            self.reports += _report_failed(self._find_read(job, before), job.location, str(error))
            raise
        self._done += 1
        self.reports += done
        if not self._as_json:
            print_reports(done)

    def _find_read(self, job: Job, before: int | None) -> list[tuple[Source, Refresh | None]]:
        """Find the sources that a job is of, each with what the archive has noted of it after an earlier refresh."""
        sources = {source.name: source for source in job.sources}
        noted: dict[str, Refresh] = {}
        if before is not None:
            with suppress(StoreError):
                mine = Process.current().name
                noted = {one.source: one for one in self._archive.refreshes.list_after(before) if one.owner == mine}
                sources |= {name: self._archive.get_source(name) for name in noted}
        return [(source, noted.get(name)) for name, source in sources.items()]


def _report_failed(
    read: Iterable[tuple[Source, Refresh | None]], location: str, reason: str
) -> Iterator[RefreshReport]:
    """Give the receipts of sources that failed: what was stored is kept."""
    for source, refresh in read:
        counts = refresh.counts if refresh else RefreshCounts()
        why = (refresh.message if refresh else "") or mask_line(reason)
        # Of those that had not begun when the command was told to stop there is nothing to say.
        if why:
            yield RefreshReport(
                source=source.name,
                format=source.format,
                added=counts.added,
                edited=counts.edited,
                unchanged=counts.unchanged,
                deleted=counts.deleted,
                skipped=counts.skipped,
                problems=(SourceProblem(mask_line(location), why),),
                problem_count=counts.problems + 1,
                refresh_id=refresh.id if refresh else None,
                state=RefreshState.FAILED if refresh is None or refresh.is_at_work else refresh.state,
            )


def _explain(error: Exception, sources: Sequence[Source]) -> str:
    """Say why something failed, and of which sources, unless it says so itself, or is of the whole archive."""
    reason = str(error)
    if not sources or isinstance(error, ArchiveError) or any(repr(source.name) in reason for source in sources):
        return reason
    names = ", ".join(repr(source.name) for source in sources)
    return f"cannot refresh: {names}: {reason.removeprefix(_CANNOT_IMPORT)}"
