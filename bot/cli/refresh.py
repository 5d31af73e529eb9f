"""`harkback refresh`: read sources again from where they came."""

import click

from bot.cli.import_ import run_imports
from bot.cli.main import EXIT_NOTHING_DONE, settings_of
from bot.wiring import open_archive
from store.refresh.pipeline import ImportRequest


@click.command()
@click.argument("names", metavar="[SOURCE...]", nargs=-1)
@click.option("--json", "as_json", is_flag=True, help="Print the receipts as JSON.")
@click.pass_context
def command(ctx: click.Context, names: tuple[str, ...], *, as_json: bool) -> int:
    """Bring sources up to date: all of them, or those named."""
    with open_archive(settings_of(ctx)) as archive:
        every = [summary.source for summary in archive.list_sources()]
        chosen = [archive.get_source(name) for name in names] if names else every
        if not chosen:
            click.echo("harkback: nothing to refresh: the archive has no source: import one first", err=True)
            return EXIT_NOTHING_DONE
        requests = [
            ImportRequest(
                location=source.location,
                default_name=source.name,
                source_name=source.name if [one.location for one in every].count(source.location) == 1 else None,
                format_name=source.format if source.is_format_given else None,
            )
            for source in chosen
        ]
        return run_imports(archive, settings_of(ctx), requests, as_json=as_json, check_vectors=True)
