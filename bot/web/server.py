"""The HTTP server: is it alive, is it ready, and Slack over HTTP."""

from collections.abc import Callable

from slack_bolt import App, BoltRequest
from slack_bolt.adapter.starlette.handler import to_starlette_response
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

# Slack's own payloads are far smaller.
_MAX_BODY_BYTES = 2 * 2**20


def build_web(slack: App | None, find_trouble: Callable[[], str | None]) -> Starlette:
    """Build the server.

    Args:
        slack: Answers /slack/events; None in Socket Mode.
        find_trouble: Says what keeps this process from answering; None if nothing does.
    """

    def show_health(_: Request) -> Response:
        return PlainTextResponse("alive\n")

    def show_readiness(_: Request) -> Response:
        trouble = find_trouble()
        return PlainTextResponse(f"{trouble or 'ready'}\n", status_code=503 if trouble else 200)

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

    routes = [Route("/healthz", show_health), Route("/readyz", show_readiness)]
    if slack is not None:
        routes.append(Route("/slack/events", take_event, methods=["POST"]))
    return Starlette(routes=routes)
