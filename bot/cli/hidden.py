"""`harkback hidden`: what admins hid from every answer, and showing it again."""

import click

from bot.cli.main import settings_of
from bot.cli.printing import print_json
from bot.wiring import open_archive
from store.domain.hiding import HiddenDiscussion
from store.errors import UnknownHiddenError
from store.text.cleaning import clean_line

_TITLE_CHARS = 80


@click.command()
@click.option("--show", "shown", metavar="ID", type=int, help="Show this discussion again to whoever may see it.")
@click.option("--json", "as_json", is_flag=True, help="Print the list, or what is shown again, as JSON.")
@click.pass_context
def command(ctx: click.Context, shown: int | None, *, as_json: bool) -> None:
    """List the discussions that admins hid from every answer, in Slack by a hit's menu; or show one again.

    Nobody finds what is hidden, nor do you by `harkback ask`; refreshes bring it up to date as ever.
    """
    with open_archive(settings_of(ctx)) as archive:
        found = [one for one in archive.hiding.list_hidden() if shown in (None, one.id)]
        if shown is not None and not archive.hiding.show(shown):
            raise UnknownHiddenError(
                f"cannot show a discussion again: {shown}: none that is hidden has that number: see `harkback hidden`"
            )
    if as_json:
        print_json({"hidden" if shown is None else "shown": [_build_json(one) for one in found]})
        return
    for one in found:
        click.echo(f"{_describe(one)}" if shown is None else f"Shown again: {_describe(one)}")
    if not found:
        click.echo("Nothing is hidden.")


def _describe(one: HiddenDiscussion) -> str:
    title = clean_line(one.title or one.native_id, _TITLE_CHARS)
    comments = f"{one.comments:,} comment{'' if one.comments == 1 else 's'}"
    link = f", {one.url}" if one.url else ""
    return f"{one.id}  {title} ({one.source}, {comments}{link}), hidden {one.at:%Y-%m-%d %H:%M} UTC by {one.by}"


def _build_json(one: HiddenDiscussion) -> dict[str, object]:
    return {
        "id": one.id,
        "source": one.source,
        "discussion": {"id": one.native_id, "title": one.title, "url": one.url},
        "comments": one.comments,
        "hidden_by": one.by,
        "hidden_at": one.at.isoformat(),
    }
