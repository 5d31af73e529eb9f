"""`harkback import`: bring archives in, by file or URL."""

from pathlib import Path
from urllib.parse import urlsplit

import click

from bot.cli.main import EXIT_NOTHING_DONE, EXIT_PROBLEMS, settings_of
from bot.cli.printing import build_reports_json, print_json, print_reports, showing_progress
from bot.settings import Settings
from bot.wiring import make_get_encoder, open_archive, open_fetcher
from store.archive import Archive
from store.domain.source import RefreshReport
from store.domain.viewer import Visibility
from store.errors import SourceError, StoreError
from store.refresh.indexing import index_pending
from store.refresh.pipeline import Importer, ImportRequest, OnProgress
from store.sources.files import open_files
from store.sources.registry import BUILT_IN, get_format


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
    dry_run: bool,
    as_json: bool,
) -> int:
    """Bring archives in, by file, folder, zip or URL.

    Importing the same again changes nothing; edited comments are updated.
    """
    try:
        if format_name:
            get_format(format_name)
        visible_to = Visibility.parse(visibility) if visibility else None
    except StoreError as error:
        raise click.UsageError(str(error)) from error
    requests = [
        ImportRequest(
            location=place if is_url(place) else str(Path(place).absolute()),
            default_name=name_source(place),
            source_name=source,
            format_name=format_name,
            visibility=visible_to,
            is_dry_run=dry_run,
            include_private=include_private,
        )
        for place in places
    ]
    with open_archive(settings_of(ctx)) as archive:
        return run_imports(archive, settings_of(ctx), requests, as_json=as_json)


def run_imports(
    archive: Archive,
    settings: Settings,
    requests: list[ImportRequest],
    *,
    as_json: bool,
    check_vectors: bool = False,
) -> int:
    """Import places one after the other, index what changed, print the receipts; give the exit code.

    A place that cannot be read is told about and does not stop the others. With check_vectors, comments that were
    indexed with another model are indexed again.
    """
    reports: list[RefreshReport] = []
    failed = 0
    with showing_progress() as show:
        for request in requests:
            try:
                reports += import_place(archive, settings, request, show)
            except SourceError as error:
                failed += 1
                click.echo(f"harkback: {error}", err=True)
        if not any(request.is_dry_run for request in requests):
            get_encoder = make_get_encoder(settings)
            if check_vectors:
                archive.log_changes(archive.find_unencoded(get_encoder().id.key))
            index_pending(archive, get_encoder, show)
    if as_json:
        print_json(build_reports_json(reports))
    else:
        print_reports(reports)
    if failed == len(requests):
        return EXIT_NOTHING_DONE
    return EXIT_PROBLEMS if failed or any(report.problem_count for report in reports) else 0


def import_place(
    archive: Archive, settings: Settings, request: ImportRequest, on_progress: OnProgress
) -> list[RefreshReport]:
    """Import one place.

    Raises:
        SourceError: It cannot be read.
    """
    importer = Importer(archive, request, on_progress)
    if not is_url(request.location):
        return importer.run(open_files(Path(request.location)))
    with open_fetcher(settings) as fetcher:
        return importer.run([fetcher.fetch(request.location)], fetcher.fetch)


def is_url(place: str) -> bool:
    """Tell an address from a path."""
    return "://" in place


def name_source(place: str) -> str:
    """Name a source after where it comes from: the host, or the file without its endings."""
    if is_url(place):
        return urlsplit(place).hostname or place
    return Path(place).name.partition(".")[0] or Path(place).name or place
