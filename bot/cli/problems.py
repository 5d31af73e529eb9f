"""`harkback problems`: what of a source was not imported, and why."""

import click

from bot.cli.main import settings_of
from bot.cli.printing import print_json
from bot.wiring import open_archive
from store.domain.refresh import ProblemGroup
from store.text.cleaning import mask_keys

_SHOWN = 20


@click.command()
@click.argument("source", metavar="SOURCE")
@click.option("--all", "show_all", is_flag=True, help=f"List every record that is kept, not {_SHOWN} of each reason.")
@click.option("--json", "as_json", is_flag=True, help="Print the list as JSON, with all records that are kept.")
@click.pass_context
def command(ctx: click.Context, source: str, *, show_all: bool, as_json: bool) -> int:
    """List what of a source was not imported, or not as it stood, and why.

    It tells about the latest reading of each place that the source was read from.
    """
    with open_archive(settings_of(ctx)) as archive:
        groups = archive.read_problems(archive.get_source(source))
    if as_json:
        print_json({"source": source, "problems": [_build_json(group) for group in groups]})
    elif groups:
        _print_groups(groups, None if show_all else _SHOWN)
    else:
        click.echo(f"All of {source} was imported as it stood.")
    return 0


def _build_json(group: ProblemGroup) -> dict[str, object]:
    return {
        "reason": group.reason,
        "on_purpose": group.is_on_purpose,
        "count": group.count,
        "place": mask_keys(group.place),
        "records": list(group.records),
    }


def _print_groups(groups: list[ProblemGroup], limit: int | None) -> None:
    for group in groups:
        left_out = "left out on purpose: " if group.is_on_purpose else ""
        click.echo(f"{group.count:,} × {left_out}{group.reason} ({mask_keys(group.place)})")
        shown = group.records[:limit]
        for record in shown:
            click.echo(f"  {record}")
        if group.records and group.count > len(shown):
            kept = f"; --all lists {len(group.records):,}" if len(group.records) > len(shown) else ""
            click.echo(f"  and {group.count - len(shown):,} more{kept}")
