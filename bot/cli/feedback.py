"""`harkback feedback`: what people said of answers, and a judged set made of it."""

from pathlib import Path

import click

from bot.cli.main import settings_of
from bot.cli.printing import print_json
from bot.judging import Judged, build_queries, gather_judged, iterate_comments
from bot.wiring import open_archive
from store.archive import Archive
from store.domain.feedback import Rated
from store.evaluation.judged import ExportedSet, write_judged_set
from store.text.cleaning import clean_line

_QUESTION_CHARS = 100


@click.command()
@click.option("--export", "folder", metavar="DIR", type=click.Path(path_type=Path), help="Write a judged set there.")
@click.option("--include-private", is_flag=True, help="Tell, and write, what not everyone may see, too.")
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
@click.pass_context
def command(ctx: click.Context, folder: Path | None, *, include_private: bool, as_json: bool) -> None:
    """Tell what people said of answers in Slack, by question: helpful or not.

    With --export, the questions of which people found comments helpful are written with these, and with all that was
    searched, as `harkback evaluate DIR` reads them. Questions that were asked in private, and comments that not
    everyone may see, are left out unless you ask for them: mind who reads the set then. Answers about a message in
    Slack are always left out: its words are not kept.
    """
    with open_archive(settings_of(ctx)) as archive:
        judged = gather_judged(archive, include_private=include_private)
        written = _export(archive, judged, folder, include_private=include_private) if folder else None
    if as_json:
        exported = {"exported": {"queries": written.queries, "comments": written.comments}} if written else {}
        print_json({"feedback": [_build_json(one) for one in judged], **exported})
        return
    for one in judged:
        click.echo(_describe(one))
    if not judged:
        click.echo("Nobody has judged an answer so far, or not where everyone may read: see --include-private.")
    if written:
        click.echo(f"Wrote {written.queries:,} judged questions over {written.comments:,} comments to {folder}")


def _export(archive: Archive, judged: list[Judged], folder: Path, *, include_private: bool) -> ExportedSet:
    return write_judged_set(folder, iterate_comments(archive, include_private=include_private), build_queries(judged))


def _describe(one: Judged) -> str:
    return (
        f"{clean_line(one.question, _QUESTION_CHARS)}: {one.answer.helpful:,} helpful, "
        f"{one.answer.unhelpful:,} not helpful; comments judged: {len(one.comments):,}"
    )


def _build_json(one: Judged) -> dict[str, object]:
    def build(rated: Rated, helpful: int, unhelpful: int) -> dict[str, object]:
        return {"source": rated.source, "id": rated.native_id, "helpful": helpful, "not_helpful": unhelpful}

    return {
        "question": one.question,
        "helpful": one.answer.helpful,
        "not_helpful": one.answer.unhelpful,
        "comments": [build(rated, votes.helpful, votes.unhelpful) for rated, votes in one.comments.items()],
    }
