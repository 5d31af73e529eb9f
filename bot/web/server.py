"""The HTTP server: is it alive, is it ready, what it measures, and Slack over HTTP."""

import asyncio
import ipaddress
import secrets
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

import uvicorn
from slack_bolt import App, BoltRequest
from slack_bolt.adapter.starlette.handler import to_starlette_response
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from bot.settings import Settings
from bot.telemetry.metrics import CONTENT_TYPE, Read, make_page
from bot.telemetry.readiness import Readiness

# Slack's own payloads are far smaller.
_MAX_BODY_BYTES = 2 * 2**20
_LOCAL_NAMES = ("localhost", "localhost.localdomain")


@dataclass(frozen=True, slots=True)
class Metrics:
    """The page of metrics, and who may read it: they name sources that not everybody may know of.

    Attributes:
        build: Gives the page.
        token: Who sends it may read. Without one, nobody may but those on this machine.
        is_local: Whether the port is this machine's alone: nothing else can reach it, and Slack does not post there.
    """

    build: Callable[[], bytes]
    token: str = ""
    is_local: bool = False

    def find_refusal(self, request: Request) -> str | None:
        """Find why somebody may not read; None if they may."""
        if self.token:
            sent = request.headers.get("authorization", "").removeprefix("Bearer ")
            is_known = secrets.compare_digest(sent.encode(), self.token.encode())
            return None if is_known else "send HARKBACK_METRICS_TOKEN as a bearer token"
        # By its name, too: else a page in somebody's browser on this machine could read it under a name of its own.
        if self.is_local and is_loopback(request.url.hostname or ""):
            return None
        return "set HARKBACK_METRICS_TOKEN, and send it as a bearer token: they name sources that few may know of"


def is_loopback(host: str) -> bool:
    """Tell whether a host is this machine, for nobody else to reach."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host in _LOCAL_NAMES


def make_server(
    settings: Settings,
    port: int,
    readiness: Readiness,
    reads: Sequence[Read],
    slack: App | None = None,
) -> uvicorn.Server:
    """Make what listens on a port of this process.

    Args:
        settings: Say on which host, and who may read the metrics.
        port: Where it listens.
        readiness: Tells whether this process does what it is there for.
        reads: What the metrics tell beside what this process counts.
        slack: Answers what Slack posts; None where it does not.
    """
    token = settings.metrics_token.get_secret_value() if settings.metrics_token else ""
    metrics = Metrics(make_page(*reads), token, is_local=slack is None and is_loopback(settings.host))
    web = build_web(slack, readiness, metrics)
    return uvicorn.Server(uvicorn.Config(web, host=settings.host, port=port, log_config=None, access_log=False))


def build_web(slack: App | None, readiness: Readiness, metrics: Metrics) -> Starlette:
    """Build the server.

    Args:
        slack: Answers /slack/events; None in Socket Mode.
        readiness: Tells whether this process can answer.
        metrics: What /metrics shows, and to whom.
    """

    # On the event loop: it answers while every thread waits for a database.
    async def show_health(_: Request) -> Response:
        return PlainTextResponse("alive\n")

    async def show_readiness(_: Request) -> Response:
        # Threads that Slack's deliveries never take.
        found = await asyncio.to_thread(readiness.look)
        is_ready = all(finding.is_good for finding in found.values())
        told = {"ready": is_ready, "checks": {name: asdict(finding) for name, finding in found.items()}}
        return JSONResponse(told, status_code=200 if is_ready else 503)

    async def show_metrics(request: Request) -> Response:
        refusal = metrics.find_refusal(request)
        if refusal:
            told = f"cannot show the metrics: {refusal}\n"
            return PlainTextResponse(told, status_code=401, headers={"WWW-Authenticate": "Bearer"})
        return Response(await asyncio.to_thread(metrics.build), headers={"Content-Type": CONTENT_TYPE})

    async def take_event(request: Request) -> Response:
        assert slack is not None
        body = b""
        async for chunk in request.stream():
            body += chunk
            if len(body) > _MAX_BODY_BYTES:
                return PlainTextResponse("too large\n", status_code=413)
        try:
            bolt_request = BoltRequest(
                body=body.decode(errors="replace"),
                headers=dict(request.headers.items()),
            )
        except Exception:  # noqa: BLE001  # the body is read before it is known to be Slack's: it may be anything
            return PlainTextResponse("this cannot be read\n", status_code=400)
        # Dispatching waits for the acknowledgement: on the event loop it would hold up every other request.
        return to_starlette_response(await run_in_threadpool(slack.dispatch, bolt_request))

    routes = [
        Route("/healthz", show_health),
        Route("/readyz", show_readiness),
        Route("/metrics", show_metrics),
    ]
    if slack is not None:
        routes.append(Route("/slack/events", take_event, methods=["POST"]))
    return Starlette(routes=routes)
