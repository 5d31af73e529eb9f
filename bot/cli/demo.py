"""`harkback demo`: the main job on the sample that is shipped, in an archive that is thrown away."""

import tempfile

import click

from bot.cli.main import settings_of
from bot.cli.printing import print_answer, print_reports, showing_progress
from bot.sample import COMMENTS
from bot.wiring import Models, make_answering, make_places, open_archive
from store.domain.asked import Asked
from store.domain.viewer import Viewer
from store.refresh.reading import ImportRequest

QUESTION = "what was said about unconferences"


@click.command()
@click.pass_context
def command(ctx: click.Context) -> int:
    """Import a sample archive, ask it, print the answer."""
    with tempfile.TemporaryDirectory(prefix="harkback-demo-") as folder:
        settings = settings_of(ctx).model_copy(update={"database_url": f"sqlite:///{folder}/archive.db"})
        with open_archive(settings) as archive:
            models = Models(settings)
            request = ImportRequest(location=str(COMMENTS), default_name="Tideway Practice")
            with showing_progress() as show:
                reports = make_places(settings, archive, models).import_place(request, show)
            print_reports(reports)
            click.echo(f"\n$ harkback ask {QUESTION!r}\n")
            print_answer(make_answering(settings, archive, models).ask(Asked(QUESTION), Viewer.anyone()))
    return 0
