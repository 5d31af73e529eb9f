"""`harkback health`: whether the bot that runs here answers; what runs containers asks so."""

from http.client import HTTPException
from urllib.error import HTTPError
from urllib.request import ProxyHandler, build_opener

import click

from bot.cli.main import EXIT_PROBLEMS, settings_of
from bot.settings import Settings

_TIMEOUT_SECONDS = 4
# What listens on every address is asked on this machine's own.
_OWN = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104  # what is asked, not what is listened on


@click.command()
@click.option("--ready", "is_readiness", is_flag=True, help="Ask whether it can answer in Slack, not whether it lives.")
@click.pass_context
def command(ctx: click.Context, *, is_readiness: bool) -> int:
    """Ask the bot that runs on this machine whether it is well: exit with 1 if it is not."""
    url = _build_url(settings_of(ctx), "readyz" if is_readiness else "healthz")
    try:
        # A proxy that is set for other hosts is not asked for this one.
        with build_opener(ProxyHandler({})).open(url, timeout=_TIMEOUT_SECONDS) as answered:
            click.echo(answered.read().decode().strip())
    except HTTPError as error:
        click.echo(error.read().decode(errors="replace").strip())
        return EXIT_PROBLEMS
    except (OSError, HTTPException) as error:
        click.echo(f"harkback: cannot ask the bot: {url!r}: {error}: start it with `harkback serve`", err=True)
        return EXIT_PROBLEMS
    return 0


def _build_url(settings: Settings, path: str) -> str:
    host = _OWN.get(settings.host, settings.host)
    return f"http://{f'[{host}]' if ':' in host else host}:{settings.port}/{path}"
