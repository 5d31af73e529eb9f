"""`harkback serve`: answer in Slack until told to stop."""

import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from importlib.metadata import version

import click
import structlog
from slack_bolt import App
from slack_sdk.errors import SlackClientError

from bot.cli.main import EXIT_NOTHING_DONE, settings_of
from bot.refreshing import Refresher
from bot.removing import Remover
from bot.schedule import Schedule, find_ends, find_first_due, refresh_all
from bot.settings import Settings, SettingsError, build_environment, environment_name, list_secrets
from bot.slack.alarm import Alarm
from bot.slack.app import build_app, make_client, make_people
from bot.slack.boards import Boards
from bot.slack.receipts import Receipts
from bot.slack.socket_mode import SocketMode
from bot.slack.telling import ROUND, Teller
from bot.slack.viewers import People
from bot.telemetry.checks import Connection, make_checks
from bot.telemetry.gauges import Gauges, JobGauges, ProcessGauges
from bot.telemetry.logs import set_up_logs
from bot.telemetry.metrics import Read, note_wait
from bot.telemetry.readiness import Readiness
from bot.telemetry.requests import CarryingPool
from bot.telemetry.stages import make_watch
from bot.telemetry.traces import TracesError, open_traces
from bot.upkeep import forget_old
from bot.web.server import make_server
from bot.wiring import Models, find_requests, make_answering, make_follower, open_archive
from store.archive import Archive
from store.repositories.replies import Replies
from store.search.live_index import LiveIndex
from store.stages import watching

_log = structlog.get_logger(__name__)

_UPKEEP = timedelta(days=1)
_MIN_ROUND = timedelta(seconds=1)
# How often it is looked whether a process was killed that owes somebody an answer.
_OWED_ROUND = timedelta(seconds=20)
# The connection to Slack is there by then.
_FIRST_ROUND = timedelta(seconds=5)


def _describe_settings() -> str:
    lines = ["\b", "Settings, from the environment or a .env file:"]
    for name, field in Settings.model_fields.items():
        lines += [f"  {environment_name(name)}", f"      {field.description}"]
    return "\n".join(lines)


@click.command(epilog=_describe_settings())
@click.pass_context
def command(ctx: click.Context) -> int:
    """Answer in Slack: with SLACK_BOT_TOKEN and either SLACK_APP_TOKEN (Socket Mode) or SLACK_SIGNING_SECRET (HTTP)."""
    settings = settings_of(ctx)
    check_slack_settings(settings)
    set_up_logs(settings.log_level, settings.log_format, list_secrets(settings))
    with _watching_stages(settings), open_archive(settings) as archive:
        answering = make_answering(settings, archive, Models(settings))
        answering.searcher.live.warm_up()
        replies = Replies(archive.database)
        forget_old(archive)
        pool = CarryingPool(settings.answer_threads, "answer", note_wait)
        requests = find_requests(settings, archive)
        boards = Boards(make_client(settings), Refresher(archive, build_environment(settings), requests))
        schedule = Schedule(settings.refresh_every)
        people = make_people(settings)
        remover = Remover(archive, build_environment(settings), Receipts(boards.client, replies, people))
        teller = Teller(archive, answering.searcher, people, boards.client, settings.digest_every)
        owed = Schedule(_OWED_ROUND)
        upkeep = Schedule(_UPKEEP)
        rounds = Schedule(min(ROUND, max(settings.digest_every, _MIN_ROUND)))
        try:
            app, resume = build_app(settings, answering, pool, boards, people, schedule.find_due, remover)
            socket = _open_socket(settings, app)
        except (SlackClientError, OSError) as error:
            click.echo(
                f"harkback: cannot connect to Slack: {settings.slack_api_url!r}: {_name(error)}: run `harkback doctor`",
                err=True,
            )
            return EXIT_NOTHING_DONE
        follower = make_follower(answering)
        follower.start()
        remover.start()
        try:
            _schedule(settings, schedule, boards, replies)
            upkeep.start(datetime.now(UTC) + _UPKEEP, lambda: forget_old(archive))
            rounds.start(datetime.now(UTC) + _FIRST_ROUND, lambda: teller.tell_all(datetime.now(UTC)))
            owed.start(datetime.now(UTC) + _FIRST_ROUND, resume)
            reads = [JobGauges(requests.queue.read_depth).read] if requests else []
            return _run(settings, app, socket, archive, answering.searcher.live, reads)
        finally:
            # A second one would leave a refresh behind; all of this takes seconds.
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            for one in (rounds, upkeep, owed):
                one.close()
            teller.close()
            follower.stop()
            schedule.close()
            # Questions that were taken are answered before the process ends: first those who hand them on stop.
            if socket:
                socket.close()
            remover.close()
            boards.close()
            schedule.join()
            for one in (upkeep, owed):
                one.join()
            app.listener_runner.listener_executor.shutdown()
            pool.shutdown()


def check_slack_settings(settings: Settings) -> None:
    """Tell all that is missing for Slack at once.

    Raises:
        SettingsError: Tokens are missing.
    """
    missing = [] if settings.slack_bot_token else ["  SLACK_BOT_TOKEN: the bot token of your app (xoxb-…)"]
    if not settings.slack_app_token and not settings.slack_signing_secret:
        missing.append(
            "  SLACK_APP_TOKEN: the app-level token, for Socket Mode (xapp-…); "
            "or SLACK_SIGNING_SECRET: the signing secret, for HTTP"
        )
    if missing:
        raise SettingsError(
            "cannot serve Slack: settings are missing: see README for where to find them:\n" + "\n".join(missing)
        )


def _schedule(settings: Settings, schedule: Schedule, boards: Boards, replies: Replies) -> None:
    if settings.refresh_every is None:
        return
    alarm = Alarm(boards.client, replies, People(boards.client), settings.admins)
    due = find_first_due(find_ends(boards.refresher.archive), settings.refresh_every, datetime.now(UTC))
    schedule.start(due, lambda: refresh_all(boards.refresher, alarm.tell, settings.refresh_every))
    _log.info("refreshes are scheduled", every=str(settings.refresh_every), next=due.isoformat(timespec="seconds"))


@contextmanager
def _watching_stages(settings: Settings) -> Iterator[None]:
    """Time every stage, and send traces where the settings say where to."""
    traces = None
    if settings.otel_exporter_otlp_endpoint:
        try:
            traces = open_traces(settings.otel_exporter_otlp_endpoint, version("harkback"))
        except TracesError as error:
            # A platform may set that for whatever it runs: no reason not to answer.
            _log.warning(str(error))
    try:
        with watching(make_watch(traces.span) if traces else make_watch()):
            yield
    finally:
        if traces:
            traces.close()


def _run(
    settings: Settings, app: App, socket: SocketMode | None, archive: Archive, live: LiveIndex, reads: Sequence[Read]
) -> int:
    connection = Connection(lambda: socket.is_connected, lambda: socket.connections - 1) if socket else None
    readiness = Readiness(make_checks(archive, live, connection))
    gauges = [ProcessGauges(archive, readiness).read, Gauges(archive, live, connection).read]
    server = make_server(settings, settings.port, readiness, [*gauges, *reads], None if socket else app)
    mode = "Socket Mode" if socket else f"HTTP on {settings.host}:{settings.port}/slack/events"

    def end(*_: object) -> None:
        server.should_exit = True

    # uvicorn listens for signals only once it runs; and once it has stopped it raises the one that stopped it again,
    # which must not end the process half done.
    signal.signal(signal.SIGTERM, end)
    _log.info("serving", slack=mode, database=archive.database.place)
    try:
        server.run()
    except SystemExit:
        _log.error("cannot listen: the port is taken or not allowed: set HARKBACK_PORT", port=settings.port)
        return EXIT_NOTHING_DONE
    return 0


def _open_socket(settings: Settings, app: App) -> SocketMode | None:
    if settings.slack_app_token is None:
        return None
    socket = SocketMode(app, settings.slack_app_token.get_secret_value())
    socket.connect()
    return socket


def _name(error: Exception) -> str:
    if isinstance(error, SlackClientError) and hasattr(error, "response"):
        return str(error.response["error"])
    return type(error).__name__
