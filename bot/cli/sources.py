"""`harkback sources`: what the archive holds, and who may see it."""

import click
from rich.table import Table

from bot.cli.main import settings_of
from bot.cli.printing import format_time, print_json, print_table
from bot.wiring import open_archive
from store.domain.source import SourceSummary
from store.domain.viewer import Visibility
from store.errors import StoreError
from store.text.cleaning import mask_keys


@click.command()
@click.option(
    "--visibility",
    "shown_to",
    metavar="NAME WHO",
    type=(str, str),
    help="Change first who may see a source, at once: public, nobody, workspace:T…, channel:C… or people:U…",
)
@click.option("--json", "as_json", is_flag=True, help="Print the list as JSON.")
@click.pass_context
def command(ctx: click.Context, shown_to: tuple[str, str] | None, *, as_json: bool) -> int:
    """List the sources and what they hold."""
    change = (shown_to[0], parse_visibility(shown_to[1])) if shown_to else None
    with open_archive(settings_of(ctx)) as archive:
        if change:
            archive.show_source_to(*change)
        summaries = archive.list_sources()
    if as_json:
        print_json({"sources": [_build_json(summary) for summary in summaries]})
    elif summaries:
        print_table(_build_table(summaries))
    else:
        click.echo("The archive is empty: bring one in with `harkback import FILE_OR_URL`.")
    return 0


def parse_visibility(who: str) -> Visibility:
    """Read who may see a source.

    Raises:
        UsageError: It is nobody that can be named.
    """
    try:
        return Visibility.parse(who)
    except StoreError as error:
        raise click.UsageError(str(error)) from error


def _build_json(summary: SourceSummary) -> dict[str, object]:
    return {
        "name": summary.source.name,
        "format": summary.source.format,
        "place": mask_keys(summary.source.location),
        "visibility": str(summary.source.visibility),
        "comments": summary.comments,
        "discussions": summary.discussions,
        "authors": summary.authors,
        "first": format_time(summary.first),
        "last": format_time(summary.last),
        "refreshed": format_time(summary.refreshed),
        "problems": summary.problems,
    }


def _build_table(summaries: list[SourceSummary]) -> Table:
    counted, dated = ("comments", "discussions", "authors"), ("first", "last", "refreshed")
    table = Table("source", "format", "visibility", *counted, *dated, "problems", "place")
    for summary in summaries:
        source = summary.source
        moments = (summary.first, summary.last, summary.refreshed)
        days = [moment.date().isoformat() if moment else "—" for moment in moments]
        counts = [f"{count:,}" for count in (summary.comments, summary.discussions, summary.authors)]
        problems = f"{summary.problems:,}"
        table.add_row(
            source.name, source.format, str(source.visibility), *counts, *days, problems, mask_keys(source.location)
        )
    return table
