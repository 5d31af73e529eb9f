"""`harkback rollback`: return a source to what it was before a refresh."""

from shlex import quote

import click

from bot.cli.main import settings_of
from bot.cli.printing import print_json, showing_progress
from bot.cli.refresh import tidy
from bot.cli.refreshes import build_refresh_json
from bot.wiring import Models, make_index, open_archive
from store.domain.refresh import Refresh


@click.command()
@click.argument("source", metavar="SOURCE")
@click.argument("refresh_id", metavar="[ID]", type=int, required=False)
@click.option("--json", "as_json", is_flag=True, help="Print what was done as JSON.")
@click.pass_context
def command(ctx: click.Context, source: str, refresh_id: int | None, *, as_json: bool) -> int:
    """Return a source to what it was before a refresh, and before all after that.

    ID is a number that `harkback refreshes` lists; without it, the latest refresh that changed something is undone.
    Comments that were made private meanwhile stay private. The source is left alone afterwards by `harkback refresh`,
    until you name it there. A rollback has an ID, too: roll that back, and all is as it was.
    """
    from store.refresh.rollback import roll_back  # noqa: PLC0415  # what listing and asking have no need of

    settings = settings_of(ctx)
    with open_archive(settings) as archive:
        known = archive.get_source(source)
        models = Models(settings)
        # What is kept too long already is not brought back.
        tidy(settings, archive, models, as_json=as_json)
        with showing_progress() as show:
            done = roll_back(archive, known, refresh_id, index=make_index(archive, models), on_progress=show)
        undone = archive.refreshes.get(done.undoes_id or 0)
    if as_json:
        print_json({"rollback": build_refresh_json(done)})
    else:
        _print(done, undone)
    return 0


def _print(done: Refresh, undone: Refresh) -> None:
    counts = done.counts
    click.echo(
        f"{done.source} is what it was before {undone.kind} {undone.id} of {undone.begun_at:%Y-%m-%d %H:%M} UTC: "
        f"{counts.deleted:,} removed, {counts.added:,} brought back, {counts.edited:,} put back as they were, "
        f"{counts.unchanged:,} unchanged"
    )
    click.echo(
        f"  Refresh it by its name to bring it up to date again; undo this with `harkback rollback "
        f"{quote(done.source)} {done.id}`"
    )
