"""`harkback import`: bring archives in, by file or URL."""

from functools import partial
from pathlib import Path

import click

from bot.choosing import is_url, name_source
from bot.cli.main import settings_of
from bot.cli.receipts import Job, print_receipts
from bot.cli.sources import parse_visibility
from bot.wiring import Models, make_places, open_archive, open_for_trial
from store.errors import StoreError
from store.refresh.reading import ImportRequest
from store.sources.registry import BUILT_IN, get_format
from store.text.cleaning import shorten

# Buttons in Slack carry it, and it is typed after commands.
_NAME_CHARS = 200
_SHOWN_CHARS = 60


@click.command()
@click.argument("places", metavar="PATH_OR_URL...", nargs=-1, required=True)
@click.option(
    "--format",
    "format_name",
    metavar="NAME",
    help=f"One of {', '.join(sorted(known.name for known in BUILT_IN))}; default: by content.",
)
@click.option("--source", metavar="NAME", help="The source's name; default: from the file's or host's name.")
@click.option(
    "--visibility",
    metavar="WHO",
    help="Who may see it: public (default), nobody, workspace:T…, channel:C… or people:U…",
)
@click.option(
    "--include-private", is_flag=True, help="Take private channels and direct messages too, for their members."
)
@click.option("--accept-removals", is_flag=True, help="Remove what is not there any more, however much it is.")
@click.option("--dry-run", is_flag=True, help="Say what would be imported, with examples; change nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print the receipts as JSON.")
@click.pass_context
def command(  # noqa: PLR0913  # an option each
    ctx: click.Context,
    places: tuple[str, ...],
    format_name: str | None,
    source: str | None,
    visibility: str | None,
    *,
    include_private: bool,
    accept_removals: bool,
    dry_run: bool,
    as_json: bool,
) -> int:
    """Bring archives in, by file, folder, zip or URL.

    Importing the same again changes nothing; edited comments are updated.
    """
    if source and len(source) > _NAME_CHARS:
        raise click.UsageError(
            f"cannot name the source: {shorten(source, _SHOWN_CHARS)!r}: it is longer than {_NAME_CHARS} characters: "
            "give a shorter --source"
        )
    try:
        if format_name:
            get_format(format_name)
    except StoreError as error:
        raise click.UsageError(str(error)) from error
    visible_to = parse_visibility(visibility) if visibility else None
    requests = [
        ImportRequest(
            location=place if is_url(place) else str(Path(place).absolute()),
            default_name=name_source(place),
            source_name=source,
            format_name=format_name,
            visibility=visible_to,
            is_dry_run=dry_run,
            include_private=include_private,
            accept_removals=accept_removals,
        )
        for place in places
    ]
    open_it = open_for_trial if dry_run else open_archive
    settings = settings_of(ctx)
    with open_it(settings) as archive:
        importer = make_places(settings, archive, None if dry_run else Models(settings))
        jobs = [Job(request.location, partial(importer.import_place, request)) for request in requests]
        return print_receipts(archive, jobs, as_json=as_json)
