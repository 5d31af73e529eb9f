"""`harkback db`: the archive's database itself."""

from contextlib import closing

import click

from bot.cli import moving
from bot.cli.main import settings_of
from store.db import migrate
from store.db.engine import Database


@click.group("db")
def command() -> None:
    """Look after the archive's database."""


command.add_command(moving.command)


@command.command("upgrade")
@click.option("--check", "is_check", is_flag=True, help="Change nothing: exit with 3 if the schema is not up to date.")
@click.pass_context
def upgrade(ctx: click.Context, *, is_check: bool) -> int:
    """Bring the database's schema up to date.

    On SQLite every command does so when it opens an archive. On PostgreSQL an empty database gets its schema so, and
    later this one alone changes it: run it once with a new version, before that version is started anywhere. Those of
    the version before may go on meanwhile.
    """
    with closing(Database(settings_of(ctx).database_url)) as database:
        before = migrate.check(database) if is_check else migrate.find_revision(database)
        if not is_check:
            migrate.upgrade(database)
        after = migrate.check(database)
    click.echo(_describe(before, after))
    return 0


def _describe(before: str | None, after: str) -> str:
    if before is None:
        return f"The schema was made: {after}."
    if before != after:
        return f"The schema was brought from {before} to {after}."
    if after != migrate.HEAD:
        return f"The schema is {after}, newer than this program's {migrate.HEAD}, which can use it: nothing to do."
    return f"The schema is up to date: {after}."
