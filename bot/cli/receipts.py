"""Doing one thing after another that gives receipts: what fails is told, and does not stop the others."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

import click

from bot.cli.main import EXIT_NOTHING_DONE, EXIT_PROBLEMS
from bot.cli.printing import build_reports_json, print_json, print_reports, showing_progress
from embeddings.errors import EncoderError
from store.domain.refresh import RefreshReport
from store.errors import ArchiveError, StoreError
from store.refresh.run import OnProgress

Job = Callable[[OnProgress], list[RefreshReport]]


def print_receipts(jobs: Sequence[Job], *, as_json: bool, finish: Callable[[], Mapping[str, object]] = dict) -> int:
    """Do one thing after another, and print the receipts of each when it is done; give the exit code.

    Args:
        jobs: What to do.
        as_json: Whether to print JSON, when all is done, or what was done until this was told to stop.
        finish: What is done at last; gives what JSON says of that.
    """
    receipts = _Receipts(as_json=as_json)
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

    def __init__(self, *, as_json: bool) -> None:
        self.reports: list[RefreshReport] = []
        self.is_archive_lost = False
        self._as_json = as_json
        self._done = 0
        self._failed = 0

    @property
    def exit_code(self) -> int:
        """What the command exits with."""
        if not self._done:
            return EXIT_NOTHING_DONE
        return EXIT_PROBLEMS if self._failed or any(report.problem_count for report in self.reports) else 0

    def do(self, jobs: Sequence[Job]) -> None:
        """Do all, unless the archive itself fails for two of them in a row: it would for the others, too."""
        for number, job in enumerate(jobs, start=1):
            was_lost, self.is_archive_lost = self.is_archive_lost, False
            with self.telling():
                self._take(job)
            if was_lost and self.is_archive_lost and number < len(jobs):
                click.echo(f"harkback: not begun: {len(jobs) - number:,} more: the archive cannot be used", err=True)
                return

    @contextmanager
    def telling(self) -> Iterator[None]:
        """Tell of what fails, and go on."""
        try:
            yield
        except (StoreError, EncoderError) as error:
            self._failed += 1
            self.is_archive_lost = isinstance(error, ArchiveError)
            click.echo(f"harkback: {error}", err=True)

    def _take(self, job: Job) -> None:
        with showing_progress() as show:
            done = job(show)
        self._done += 1
        self.reports += done
        if not self._as_json:
            print_reports(done)
