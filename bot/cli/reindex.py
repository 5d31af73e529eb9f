"""`harkback reindex`: change the archive to another embedding model."""

from dataclasses import asdict

import click

from bot.cli.main import EXIT_NOTHING_DONE, settings_of
from bot.cli.printing import print_json, showing_progress
from bot.settings import Settings
from bot.wiring import Models, is_other_set, name_model, open_archive
from store.archive import Archive
from store.refresh.reindexing import ReindexReport, ReindexState, reindex


@click.command()
@click.option(
    "--model",
    metavar="NAME",
    default="",
    help="all-MiniLM-L6-v2, a folder, a hub name (with @REVISION if wanted), or hashing for no model at all. "
    "Default: HARKBACK_MODEL, or the one that is half done.",
)
@click.option("--instead", is_flag=True, help="Give up what is half done of another model.")
@click.option("--json", "as_json", is_flag=True, help="Print the receipt as JSON.")
@click.pass_context
def command(ctx: click.Context, model: str, *, instead: bool, as_json: bool) -> int:
    """Change the archive to another embedding model.

    Every comment is embedded anew, while questions are answered by the model that the archive has; when all are done,
    the new one answers. Stopped at any moment, it goes on when it is run again.
    """
    settings = settings_of(ctx)
    with open_archive(settings) as archive:
        if not archive.list_sources():
            click.echo(
                "harkback: nothing to reindex: the archive has no source: import one, with the model that "
                "HARKBACK_MODEL names",
                err=True,
            )
            return EXIT_NOTHING_DONE
        encoder = Models(settings).load(_choose(archive, settings, model))
        with showing_progress() as show:
            report = reindex(archive, encoder, show, gives_up_other=instead)
    if as_json:
        print_json(asdict(report))
    else:
        click.echo(_describe(report))
    return 0


def _choose(archive: Archive, settings: Settings, asked: str) -> str:
    """Give the name of the model to change to: the archive's own where no other is asked for."""
    active, building = archive.indexing.find_active_encoder(), archive.indexing.find_building_encoder()
    if asked or active is None or is_other_set(settings, active):
        return name_model(settings, asked)
    return building.name if building else active.name


def _describe(report: ReindexReport) -> str:
    if report.state is ReindexState.NOTHING_TO_DO:
        return f"Nothing to do: {report.model} is the archive's model. Name another with --model."
    given_up = f"; what was half done of {report.gave_up} was given up" if report.gave_up else ""
    return (
        f"{report.model} is the archive's model now: {report.comments:,} comments in {report.passages:,} passages, "
        f"{report.embedded:,} texts embedded, {report.seconds:,.1f} s{given_up}"
    )
