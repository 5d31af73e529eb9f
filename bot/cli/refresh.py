"""`harkback refresh`: read sources again from where they came."""

from functools import partial

import click

from bot.choosing import choose_places
from bot.cli.main import EXIT_NOTHING_DONE, settings_of
from bot.cli.printing import showing_progress
from bot.cli.receipts import Job, print_receipts
from bot.priority import yield_to_others
from bot.settings import Settings
from bot.wiring import Models, make_housekeeping, make_places, open_archive
from store.archive import Archive
from store.domain.refresh import RefreshKind
from store.refresh.owner import Process


@click.command()
@click.argument("names", metavar="[SOURCE...]", nargs=-1)
@click.option("--full", is_flag=True, help="Read everything again, whether it changed or not.")
@click.option("--accept-removals", is_flag=True, help="Remove what is not there any more, however much it is.")
@click.option("--json", "as_json", is_flag=True, help="Print the receipts as JSON.")
@click.pass_context
def command(ctx: click.Context, names: tuple[str, ...], *, full: bool, accept_removals: bool, as_json: bool) -> int:
    """Bring sources up to date: all of them, or those named.

    A source that a rollback has taken back is left alone unless it is named.
    """
    yield_to_others()
    settings = settings_of(ctx)
    with open_archive(settings) as archive:
        choice = choose_places(archive, names, accept_removals=accept_removals)
        if not choice.requests and not choice.held:
            click.echo("harkback: nothing to refresh: the archive has no source: import one first", err=True)
            return EXIT_NOTHING_DONE
        for source in choice.held:
            click.echo(f"harkback: left alone: {source.name!r}: it was rolled back: refresh it by its name", err=True)
        models = Models(settings)
        places = make_places(settings, archive, models)
        jobs = [
            Job(request.location, partial(places.refresh_place, request, sources, is_full=full), sources)
            for request, sources in choice.requests.items()
        ]

        def finish() -> dict[str, object]:
            too_old = tidy(settings, archive, models, as_json=as_json)
            return {"too_old": too_old} if too_old else {}

        return print_receipts(archive, jobs, as_json=as_json, finish=finish)


def tidy(settings: Settings, archive: Archive, models: Models, *, as_json: bool) -> dict[str, int]:
    """Remove for good what is to be gone; say what has to wait. Gives how many comments were too old, by source."""
    before = max((one.id for one in archive.refreshes.list_latest(limit=1)), default=0)
    with showing_progress() as show:
        left = make_housekeeping(settings, archive, models).run(show)
    for message in left:
        click.echo(f"harkback: left for the next time: {message}", err=True)
    done = [one for one in archive.refreshes.list_of(Process.current().name) if one.id > before]
    removed = {one.source: one.counts.deleted for one in reversed(done) if one.kind is RefreshKind.RETENTION}
    if not as_json:
        for name, count in removed.items():
            click.echo(f"{name}: older than HARKBACK_RETENTION and removed for good: {count:,}")
    return removed
