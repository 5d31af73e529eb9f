"""`harkback forget`: remove a person from every source, and keep them away."""

import sys

import click

from bot.cli.main import settings_of
from bot.cli.printing import print_json, showing_progress
from bot.wiring import Models, make_index, open_archive
from store.domain.forgetting import ForgetReport, Person
from store.refresh.forgetting import describe_namesake, forget, get_person, survey

_STAYS = (
    "Left as it is: what others wrote in words of their own, their name in it included, and the titles of posts and "
    "subjects. Backups of the archive, and the files that it was imported from, are not touched."
)


@click.command()
@click.argument("author")
@click.option("--source", metavar="NAME", help="The one who is called so in this source.")
@click.option("--account", help="The one who has this account.")
@click.option("--dry-run", is_flag=True, help="Show what would go, and do nothing.")
@click.option("--yes", is_flag=True, help="Do not ask first.")
@click.option("--json", "as_json", is_flag=True, help="Print the receipt as JSON.")
@click.pass_context
def command(
    ctx: click.Context, author: str, *, source: str | None, account: str | None, dry_run: bool, yes: bool, as_json: bool
) -> int:
    """Remove AUTHOR from every source for good, and keep them away.

    AUTHOR is a name as it stands under a comment, upper case and accents aside. All authors who were merged are one
    person; see `harkback authors`. Their comments go, and their names, and what others quote of them. Keyed hashes of
    their accounts, names and lines are kept for what comes later. In the same sources, and others of the same places,
    nothing under their accounts and names comes back, whatever it says. In any other source, no comment of theirs comes
    back word for word under their name, but for those too short to be theirs alone; other words of theirs do, and have
    to be forgotten once more.
    """
    settings = settings_of(ctx)
    with open_archive(settings) as archive:
        person = get_person(archive, author, source, account)
        if dry_run:
            _print(survey(archive, person), author, as_json=as_json)
            return 0
        if not yes:
            _confirm(author, person)
        with showing_progress() as show:
            report = forget(archive, person, show)
        # Whatever becomes of indexing: they are gone.
        _print(report, author, as_json=as_json)
        with showing_progress() as show:
            make_index(archive, Models(settings))(show)
    return 0


def _confirm(author: str, person: Person) -> None:
    """Ask whether it is meant.

    Raises:
        UsageError: There is nobody to ask.
        Abort: It is not.
    """
    if not _is_terminal():
        raise click.UsageError(
            f"cannot forget the author: {author!r}: it cannot be undone, and there is no terminal to ask on: pass --yes"
        )
    for one in person.authors:
        click.echo(describe_namesake(one), err=True)
    click.confirm("Remove them from every source, for good?", abort=True, err=True)


def _is_terminal() -> bool:
    return sys.stdin.isatty()


def _print(report: ForgetReport, author: str, *, as_json: bool) -> None:
    if as_json:
        print_json({"author": author, **_build_json(report)})
        return
    if not (report.names or report.is_dry_run):
        click.echo(f"{author} was forgotten before.")
    click.echo(f"{'Would remove' if report.is_dry_run else 'Removed'}: {_describe(report)}.")
    if not (report.is_erased or report.is_dry_run):
        click.echo(
            "Another process is reading, or the disk is full, and the database's files may keep some of it: "
            "run the same again to be sure."
        )
    click.echo(_STAYS)


def _describe(report: ForgetReport) -> str:
    counts = [
        _count(report.comments, "comment") + (f" in {', '.join(report.sources)}" if report.sources else ""),
        _count(report.names, "name"),
        _count(report.quotes, "quotation") + " by others",
        _count(report.titles, "title") + " of threads",
        _count(report.former, "earlier version"),
    ]
    return ", ".join(counts if report.vectors is None else [*counts, _count(report.vectors, "vector")])


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _build_json(report: ForgetReport) -> dict[str, object]:
    return {
        "dry_run": report.is_dry_run,
        "sources": list(report.sources),
        "comments": report.comments,
        "names": report.names,
        "quotes": report.quotes,
        "titles": report.titles,
        "former_versions": report.former,
        "vectors": report.vectors,
        "erased": report.is_erased,
    }
