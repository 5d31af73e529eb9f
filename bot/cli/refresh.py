"""`harkback refresh`: read sources again from where they came."""

import click

from bot.cli.import_ import name_source, run_imports
from bot.cli.main import EXIT_NOTHING_DONE, settings_of
from bot.wiring import open_archive
from store.domain.source import Source
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
        requests = list(dict.fromkeys(_build_request(source, every) for source in chosen))
        return run_imports(archive, settings_of(ctx), requests, as_json=as_json, check_vectors=True)


def _build_request(source: Source, every: list[Source]) -> ImportRequest:
    """Ask for what a source is read from; all sources that share it, as records may name theirs, ask for the same."""
    sharing = [one for one in every if one.location == source.location]
    usual = name_source(source.location)
    visibilities = {one.visibility for one in sharing}
    return ImportRequest(
        location=source.location,
        # Records that name no source belong to the one that they came to first.
        default_name=usual if usual in [one.name for one in sharing] else source.name,
        source_name=source.name if len(sharing) == 1 else None,
        format_name=source.format if source.is_format_given else None,
        # A source that is new there is for nobody else than those that were there.
        visibility=visibilities.pop() if len(sharing) > 1 and len(visibilities) == 1 else None,
    )
