"""`harkback ask`: one question, one answer."""

import click
from tzlocal import get_localzone

from bot.answering import is_empty
from bot.cli.main import EXIT_NOTHING_DONE, settings_of
from bot.cli.printing import build_answer_json, print_answer, print_json
from bot.wiring import Models, make_answering, open_archive
from store.domain.answer import Outcome
from store.domain.asked import Asked
from store.domain.query import Filter
from store.domain.viewer import Viewer
from store.search.ranking import PAGE_HITS


@click.command()
@click.argument("question")
@click.option("--limit", type=click.IntRange(1, 100), default=PAGE_HITS, show_default=True, help="Hits at most.")
@click.option(
    "--without",
    multiple=True,
    metavar="PART",
    type=click.Choice([one.value for one in Filter]),
    help=f"Drop a part of what was understood, or several: {', '.join(Filter)}.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON.")
@click.pass_context
def command(ctx: click.Context, question: str, limit: int, without: tuple[str, ...], *, as_json: bool) -> int:
    """Ask what was said about something.

    Whoever can read the database may see all that is in it, whatever its visibility.
    """
    settings = settings_of(ctx)
    gone = tuple(Filter(one) for one in without)
    if is_empty(question) and not as_json:
        raise click.UsageError('the question holds no word: try harkback ask "unconferences"')
    with open_archive(settings) as archive:
        answering = make_answering(settings, archive, Models(settings))
        asked = Asked(question, without=gone, zone=get_localzone())
        answer = answering.ask(asked, Viewer.operator(), limit=limit)
    if as_json:
        print_json(build_answer_json(answer))
    else:
        print_answer(answer, gone)
    return EXIT_NOTHING_DONE if answer.outcome is Outcome.NOTHING_INDEXED else 0
