"""`harkback authors`: who is called how, and which of them are one person."""

import click

from bot.cli.main import settings_of
from bot.cli.printing import print_json
from bot.wiring import open_archive
from store.archive import Archive
from store.domain.comment import KnownAuthor
from store.errors import UnknownAuthorError

_NUMBER = "#"


@click.group()
def command() -> None:
    """Say which authors are one person, across sources too.

    NAME is a name as it stands under a comment, upper case and accents aside, or "#" and a number that `find` shows.
    """


@command.command()
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="Print the list as JSON.")
@click.pass_context
def find(ctx: click.Context, name: str, *, as_json: bool) -> None:
    """List everybody who is called NAME."""
    with open_archive(settings_of(ctx)) as archive:
        found = _get_authors(archive, name)
    if as_json:
        print_json({"authors": [_build_json(author) for author in found]})
        return
    for author in found:
        click.echo(_describe(author))


@command.command()
@click.argument("name")
@click.argument("others", metavar="OTHER...", nargs=-1, required=True)
@click.pass_context
def merge(ctx: click.Context, name: str, others: tuple[str, ...]) -> None:
    """Make everybody called NAME, or OTHER, one person.

    A question about one of their names finds what they wrote under any. Names under comments stay as they were
    published. Later imports keep to it; `split` undoes it.
    """
    with open_archive(settings_of(ctx)) as archive:
        into, *same = _get_authors(archive, name)
        merged = [author for other in others for author in _get_authors(archive, other)]
        archive.merge_authors(into, [*same, *merged])
    click.echo(f"One person from now on: {_describe(into)}")
    for author in dict.fromkeys([*same, *merged]):
        if author.id != into.id:
            click.echo(f"  {_describe(author)}")


@command.command()
@click.argument("name")
@click.pass_context
def split(ctx: click.Context, name: str) -> None:
    """Make everybody called NAME a person of their own again."""
    with open_archive(settings_of(ctx)) as archive:
        for author in _get_authors(archive, name):
            archive.split_author(author)
            click.echo(f"A person of their own: {_describe(author)}")


@command.command()
@click.option("--json", "as_json", is_flag=True, help="Print the list as JSON.")
@click.pass_context
def merged(ctx: click.Context, *, as_json: bool) -> None:
    """List all who were merged, each with whom."""
    with open_archive(settings_of(ctx)) as archive:
        pairs = archive.list_merged()
    if as_json:
        print_json({"merged": [{"author": _build_json(one), "into": _build_json(into)} for one, into in pairs]})
        return
    for one, into in pairs:
        click.echo(f"{_describe(one)} is {_describe(into)}")


def _get_authors(archive: Archive, name: str) -> list[KnownAuthor]:
    """Give those who are called by a name, or have a number.

    Raises:
        UnknownAuthorError: There is nobody.
    """
    number = name.removeprefix(_NUMBER)
    is_number = name.startswith(_NUMBER) and number.isdecimal() and number.isascii()
    found = archive.read_authors([int(number)]) if is_number else archive.find_authors(name)
    if not found:
        raise UnknownAuthorError(
            f"cannot find the author: {name!r}: nobody in the archive wrote under that name: "
            "look for a whole name, as it stands under a comment"
        )
    return found


def _describe(author: KnownAuthor) -> str:
    others = [name for name in author.names if name != author.name]
    also = f", also {', '.join(others)}" if others else ""
    comments = f"{author.comments:,} comment{'' if author.comments == 1 else 's'}"
    return f"{_NUMBER}{author.id} {author.name}{also} ({author.source}, {comments})"


def _build_json(author: KnownAuthor) -> dict[str, object]:
    return {
        "number": author.id,
        "name": author.name,
        "names": list(author.names),
        "source": author.source,
        "comments": author.comments,
    }
