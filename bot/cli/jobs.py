"""`harkback jobs`: what waits in the queue, what workers are at, and why what failed did."""

from typing import TYPE_CHECKING

import click
from rich.table import Table

from bot.cli.main import settings_of
from bot.cli.printing import format_time, limit_option, print_json, print_table
from bot.settings import Settings
from bot.wiring import find_queue, open_archive
from store.archive import Archive
from store.errors import ArchiveError

if TYPE_CHECKING:
    # It brings the queue, which not every archive has.
    from bot.job_queue import JobQueue, QueuedJob


@click.command()
@limit_option
@click.option("--cancel", "cancelled", metavar="ID", type=int, help="End a job, or do not begin it; list nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print the list as JSON.")
@click.pass_context
def command(ctx: click.Context, *, limit: int, cancelled: int | None, as_json: bool) -> int:
    """List the jobs of workers, the latest first, or cancel one.

    What ended is listed for a week. What a refresh did to each source is listed by `harkback refreshes`.
    """
    settings = settings_of(ctx)
    with open_archive(settings) as archive:
        queue = get_queue(settings, archive)
        if cancelled is not None:
            _cancel(queue, cancelled)
            return 0
        found, has_workers = queue.list_jobs(limit=limit), queue.has_workers()
    if as_json:
        print_json({"has_workers": has_workers, "jobs": [_build_json(job) for job in found]})
        return 0
    if found:
        print_table(_build_table(found))
    else:
        click.echo("No job was given to workers in the last week.")
    if not has_workers:
        click.echo("No worker is alive: start one with `harkback worker`; until then, refreshes are done without.")
    return 0


def get_queue(settings: Settings, archive: Archive) -> "JobQueue":
    """Give the queue of an archive.

    Raises:
        ArchiveError: It has none.
    """
    queue = find_queue(settings, archive)
    if queue is None:
        raise ArchiveError(
            f"cannot use workers: {archive.database.place!r}: an archive in a file has no queue: nothing is missing, "
            "as `harkback serve` and `harkback refresh` do all themselves there; for workers, use PostgreSQL"
        )
    return queue


def _cancel(queue: "JobQueue", job_id: int) -> None:
    """Cancel a job.

    Raises:
        ArchiveError: None of that number waits or is being done.
    """
    if not queue.cancel(job_id):
        raise ArchiveError(
            f"cannot cancel the job: {job_id}: none of that number waits or is being done: see `harkback jobs`"
        )
    click.echo(f"It is not begun, or ends after what it is just writing: job {job_id}.")


def _build_json(job: "QueuedJob") -> dict[str, object]:
    return {
        "id": job.id,
        "job": job.name,
        "source": job.given.get("source", ""),
        "by": job.given.get("by", ""),
        "state": str(job.state),
        "asked": format_time(job.asked_at),
        "begun": format_time(job.begun_at),
        "ended": format_time(job.ended_at),
        "due": format_time(job.due_at),
        "failures": job.failures,
        "worker": job.worker,
        "reason": job.reason,
    }


def _build_table(found: "list[QueuedJob]") -> Table:
    table = Table("id", "job", "source", "state", "asked for", "failures", "worker", "why it failed")
    for job in found:
        table.add_row(
            str(job.id),
            job.name,
            job.given.get("source", ""),
            str(job.state),
            f"{job.asked_at:%Y-%m-%d %H:%M}",
            f"{job.failures:,}",
            job.worker,
            job.reason,
        )
    return table
