"""`harkback db move`: copy an archive to another database, and compare the two."""

from dataclasses import asdict

import click
from rich.table import Table

from bot.cli.main import EXIT_PROBLEMS
from bot.cli.printing import format_time, print_json, print_table, showing_progress
from bot.settings import load_settings
from store.domain.moving import MoveReport
from store.refresh.owner import Process
from store.repositories.moving import compare, move

_HASH_CHARS = 12


@click.command("move")
@click.argument("from_url")
@click.argument("to_url")
@click.option("--verify", "only_compares", is_flag=True, help="Copy nothing; exit with 1 if the two differ.")
@click.option("--json", "as_json", is_flag=True, help="Print the receipt as JSON.")
def command(from_url: str, to_url: str, *, only_compares: bool, as_json: bool) -> int:
    """Copy an archive to another database, which must be empty.

    FROM_URL and TO_URL are written like HARKBACK_DATABASE_URL. Everything is copied as it is, with its ids; the word
    index is made anew. Then both are read and compared: TO_URL can be used as soon as they hold the same. Stopped at
    any moment, it goes on when it is run again.

    What FROM_URL holds is not changed, and it may be in use, though not by an import or a refresh. If it was written
    to meanwhile, this says so, and exits with 1: stop what writes to it, and run the same again, which copies what has
    changed.
    """
    # Each as if it were the archive's own, which may have its password elsewhere.
    source, target = (load_settings(database_url=url).database_url for url in (from_url, to_url))
    with showing_progress("rows") as show:
        report = compare(source, target, show) if only_compares else move(source, target, Process.current(), show)
    if as_json:
        print_json(_build_json(report))
    else:
        print_table(_build_table(report))
    if report.is_same:
        if not as_json:
            click.echo(_describe(report, only_compares=only_compares))
        return 0
    click.echo(f"harkback: {_explain(report, only_compares=only_compares)}", err=True)
    return EXIT_PROBLEMS


def _build_json(report: MoveReport) -> dict[str, object]:
    tables = [{**asdict(table), "is_same": table.is_same} for table in report.tables]
    return {
        **asdict(report),
        "tables": tables,
        "read_at": format_time(report.read_at),
        "is_same": report.is_same,
    }


def _build_table(report: MoveReport) -> Table:
    table = Table("Table", box=None, pad_edge=False)
    for title in ("Rows from", "Rows to"):
        table.add_column(title, justify="right")
    for title in ("Hash from", "Hash to", ""):
        table.add_column(title)
    for one in report.tables:
        hashes = (side.hash[:_HASH_CHARS] for side in (one.source, one.target))
        state = "same" if one.is_same else "differs"
        table.add_row(one.name, f"{one.source.rows:,}", f"{one.target.rows:,}", *hashes, state)
    return table


def _describe(report: MoveReport, *, only_compares: bool) -> str:
    read_at = format_time(report.read_at)
    if only_compares:
        return f"Both hold the same, as of {read_at}."
    removed = f", {report.removed:,} removed that had changed" if report.removed else ""
    return (
        f"Moved to {report.target}: {report.written:,} rows written{removed}, {report.seconds:,.1f} s. Both hold the "
        f"same, as of {read_at}; what is written to {report.source} from then on stays there alone."
    )


def _explain(report: MoveReport, *, only_compares: bool) -> str:
    """Say what differs, why, and what to do."""
    names = ", ".join(table.name for table in report.tables if not table.is_same)
    if only_compares:
        return (
            f"cannot find the two the same: {report.target!r}: it does not hold what {report.source!r} holds "
            f"({names}), since one of them was written to or damaged: move to an empty database"
        )
    if all(table.is_newer for table in report.tables if not table.is_same):
        return (
            f"cannot end the move: {report.source!r}: it was written to meanwhile ({names}): stop what writes to it, "
            "and run the same again, which copies what has changed"
        )
    return (
        f"cannot end the move: {report.target!r}: it does not hold what was written to it ({names}): see that nothing "
        "else writes to it and that its disk is sound, and run the same again"
    )
