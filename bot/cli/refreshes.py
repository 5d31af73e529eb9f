"""`harkback refreshes`: what each refresh did, and how far those at work are."""

from datetime import UTC, datetime, timedelta

import click
from rich.table import Table

from bot.cli.main import settings_of
from bot.cli.printing import format_time, limit_option, print_json, print_table
from bot.wiring import open_archive
from store.archive import Archive
from store.domain.refresh import Refresh, RefreshState
from store.errors import RefreshError
from store.refresh.owner import see

_COUNTED = ("added", "edited", "removed", "unchanged", "skipped", "problems")


@click.command()
@click.argument("source", metavar="[SOURCE]", required=False)
@limit_option
@click.option("--cancel", "cancelled", metavar="ID", type=int, help="End a refresh that is at work; list nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print the list as JSON, with the seconds of each stage.")
@click.pass_context
def command(ctx: click.Context, source: str | None, *, limit: int, cancelled: int | None, as_json: bool) -> int:
    """List what refreshes did, the latest first, or end one that is at work.

    Undo one by its number, as long as what it removed is kept: see `harkback rollback`.
    """
    with open_archive(settings_of(ctx)) as archive:
        if cancelled is not None:
            _cancel(archive, cancelled)
            return 0
        known = archive.get_source(source) if source else None
        found = [see(refresh) for refresh in archive.refreshes.list_latest(known, limit)]
    if as_json:
        print_json({"refreshes": [build_refresh_json(refresh) for refresh in found]})
    elif found:
        print_table(_build_table(found))
    else:
        click.echo("Nothing was refreshed yet: bring an archive in with `harkback import FILE_OR_URL`.")
    return 0


def _cancel(archive: Archive, refresh_id: int) -> None:
    """Ask a refresh to end.

    Raises:
        UnknownRefreshError: There is none of that number.
        RefreshError: It is not at work.
    """
    refresh = see(archive.refreshes.get(refresh_id))
    if refresh.is_at_work and (archive.refreshes.cancel(refresh_id) or refresh.state is RefreshState.CANCELLING):
        click.echo(f"It ends after what it is just writing: {refresh.kind} {refresh.id} of {refresh.source}.")
        return
    now = see(archive.refreshes.get(refresh_id))
    raise RefreshError(
        f"cannot cancel: {now.kind} {now.id} of {now.source!r}: it is not at work: {now.state}"
        f"{f' since {now.ended_at:%Y-%m-%d %H:%M} UTC' if now.ended_at else ''}: see `harkback refreshes`"
    )


def build_refresh_json(refresh: Refresh) -> dict[str, object]:
    """Build what is printed of one refresh as JSON."""
    counts = refresh.counts
    return {
        "id": refresh.id,
        "source": refresh.source,
        "kind": str(refresh.kind),
        "state": str(refresh.state),
        "undoes": refresh.undoes_id,
        "begun": format_time(refresh.begun_at),
        "ended": format_time(refresh.ended_at),
        "seen": format_time(refresh.seen_at),
        "by": refresh.owner,
        "stage": refresh.stage,
        "done": refresh.done,
        "total": refresh.total,
        "added": counts.added,
        "edited": counts.edited,
        "unchanged": counts.unchanged,
        "deleted": counts.deleted,
        "skipped": counts.skipped,
        "problem_count": counts.problems,
        "seconds": dict(refresh.seconds),
        "message": refresh.message,
    }


def _build_table(found: list[Refresh]) -> Table:
    table = Table("id", "source", "kind", "state", "begun", "took", *_COUNTED, "")
    for refresh in found:
        counts = refresh.counts
        numbers = (
            counts.added, counts.edited, counts.deleted, counts.unchanged, counts.skipped, counts.problems
        )  # fmt: skip
        table.add_row(
            str(refresh.id),
            refresh.source,
            str(refresh.kind),
            str(refresh.state),
            f"{refresh.begun_at:%Y-%m-%d %H:%M}",
            _describe_length((refresh.ended_at or datetime.now(UTC)) - refresh.begun_at),
            *(f"{number:,}" for number in numbers),
            _describe(refresh),
        )
    return table


def _describe(refresh: Refresh) -> str:
    """Say how far a refresh is, or what else there is to say of it."""
    if refresh.is_at_work:
        of_total = f" of about {refresh.total:,}" if refresh.total else ""
        return f"{refresh.stage or 'beginning'}, {refresh.done:,}{of_total}, by {refresh.owner}"
    undone = f"back to before {refresh.undoes_id}" if refresh.undoes_id else ""
    return ": ".join(filter(None, (undone, refresh.message)))


def _describe_length(length: timedelta) -> str:
    # The clock may have been set back meanwhile.
    seconds = max(0.0, length.total_seconds())
    if seconds < 60:  # noqa: PLR2004  # a minute
        return f"{seconds:.1f} s"
    return str(timedelta(seconds=round(seconds)))
