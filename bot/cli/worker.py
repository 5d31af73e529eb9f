"""`harkback worker`: do jobs from the queue until told to stop."""

import threading

import click
import structlog

from bot.cli.jobs import get_queue
from bot.cli.main import settings_of
from bot.job_queue import JobQueue, Worker
from bot.priority import yield_to_others
from bot.settings import Settings, list_secrets
from bot.telemetry.checks import make_worker_checks
from bot.telemetry.gauges import JobGauges, ProcessGauges
from bot.telemetry.logs import set_up_logs
from bot.telemetry.readiness import Readiness
from bot.web.server import make_server
from bot.wiring import Models, open_archive
from bot.working import Working
from store.archive import Archive

_log = structlog.get_logger(__name__)


@click.command()
@click.option(
    "--port",
    type=click.IntRange(0, 65_535),
    help="Answer /healthz, /readyz and /metrics on this port of HARKBACK_HOST. Default: on none.",
)
@click.pass_context
def command(ctx: click.Context, port: int | None) -> int:
    """Refresh and embed for others, on as many machines as wanted.

    Where a worker is alive, refreshes that are asked for in Slack or scheduled are done by workers, and whoever embeds
    much is helped by them. Told to end, it gives back what it is at within seconds.
    """
    yield_to_others()
    settings = settings_of(ctx)
    with open_archive(settings) as archive:
        queue = get_queue(settings, archive)
        set_up_logs(settings.log_level, settings.log_format, list_secrets(settings))
        working = Working(settings, archive, queue, Models(settings))
        worker = Worker(queue, working.do, working.look_around)
        if port is not None:
            _answer_probes(settings, port, worker, archive, queue)
        _log.info("working", database=archive.database.place, port=port)
        worker.run()
    return 0


def _answer_probes(settings: Settings, port: int, worker: Worker, archive: Archive, queue: JobQueue) -> None:
    """Answer on a thread of its own: whether it is alive says nothing of the loop that takes jobs."""
    readiness = Readiness(make_worker_checks(archive, lambda: worker.trouble))
    reads = [ProcessGauges(archive, readiness).read, JobGauges(queue.read_depth).read]
    server = make_server(settings, port, readiness, reads)
    threading.Thread(target=server.run, name="probes", daemon=True).start()
