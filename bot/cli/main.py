"""The command line's root: global options, exit codes, and the verbs, each imported when it is called."""

import gc
import importlib
import sys
from typing import Any, NoReturn, cast

import click

from bot.settings import Settings, SettingsError, list_secrets, load_settings
from bot.telemetry.logs import set_up_logs
from embeddings.errors import EncoderError
from store.errors import StoreError

EXIT_PROBLEMS = 1
EXIT_USAGE = 2
EXIT_NOTHING_DONE = 3

_VERBS = {
    "ask": "Ask what was said about something.",
    "authors": "Say which authors are one person.",
    "db": "Look after the archive's database.",
    "demo": "Import a sample archive, ask it, print the answer.",
    "doctor": "Check everything, and say what to do about what is wrong.",
    "evaluate": "Measure the ranking on judged questions.",
    "feedback": "Tell what people said of answers, and make a judged set of it.",
    "forget": "Remove a person from every source, for good.",
    "health": "Ask the bot that runs here whether it is well.",
    "hidden": "List what admins hid from every answer, and show it again.",
    "import": "Bring an archive in, by file, folder, zip or URL.",
    "jobs": "List what workers are at and what waits for them, and cancel it.",
    "problems": "List what of a source was not imported, and why.",
    "refresh": "Bring sources up to date.",
    "reindex": "Change the archive to another embedding model.",
    "refreshes": "List what refreshes did, and end one that is at work.",
    "rollback": "Return a source to what it was before a refresh.",
    "serve": "Answer in Slack.",
    "sources": "List the sources and what they hold.",
    "worker": "Refresh and embed for others.",
}
_MODULES = {"import": "import_"}


class _Verbs(click.Group):
    """Imports a verb's module when it is called, so that --help stays quick."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # click's signature
        return sorted(_VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in _VERBS:
            return None
        command: click.Command = _import(f"bot.cli.{_MODULES.get(cmd_name, cmd_name)}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl(sorted(_VERBS.items()))


def _import(name: str) -> Any:
    """Import a module, and do not look for garbage meanwhile, nor ever in what it brought: that takes a sixth of it."""
    if name not in sys.modules:
        gc.disable()
        try:
            importlib.import_module(name)
        finally:
            gc.enable()
        gc.freeze()
    return sys.modules[name]


@click.group(cls=_Verbs, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--database", metavar="URL", help="The archive's database (or HARKBACK_DATABASE_URL).")
@click.version_option(package_name="harkback")
@click.pass_context
def root(ctx: click.Context, database: str | None) -> None:
    """Harkback answers "what was said about …?" from archived discussions, in quotations."""
    ctx.obj = {"database_url": database}


def settings_of(ctx: click.Context) -> Settings:
    """Read the settings, once, when a verb needs them."""
    if "settings" not in ctx.obj:
        settings = load_settings(database_url=ctx.obj["database_url"])
        # A verb prints its results itself; only `serve` tells more.
        level = "warning" if settings.log_level == "info" else settings.log_level
        set_up_logs(level, settings.log_format, list_secrets(settings))
        ctx.obj["settings"] = settings
    return cast("Settings", ctx.obj["settings"])


def main(arguments: list[str] | None = None) -> NoReturn:
    """Run the command line; errors become messages and exit codes, never tracebacks."""
    try:
        result: Any = root.main(args=arguments, prog_name="harkback", standalone_mode=False)
        sys.exit(result if isinstance(result, int) else 0)
    except click.ClickException as error:
        error.show()
        sys.exit(EXIT_USAGE)
    except (click.Abort, KeyboardInterrupt):
        click.echo("stopped: what was done is kept; run the same command again to go on", err=True)
        sys.exit(130)
    except SettingsError as error:
        _fail(error, EXIT_USAGE)
    except (StoreError, EncoderError) as error:
        _fail(error, EXIT_NOTHING_DONE)


def _fail(error: Exception, code: int) -> NoReturn:
    click.echo(f"harkback: {error}", err=True)
    sys.exit(code)
