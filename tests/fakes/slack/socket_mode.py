"""Socket Mode: tickets, websocket connections, envelopes and their acks."""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import secrets
from typing import TYPE_CHECKING

from starlette.websockets import WebSocketDisconnect

from tests.fakes.slack.deliveries import DeliveryError
from tests.fakes.slack.identity import APP_ID

if TYPE_CHECKING:
    from starlette.websockets import WebSocket

    from tests.fakes.slack.deliveries import Attempt, Delivery
    from tests.fakes.slack.identity import Json
    from tests.fakes.slack.state import State

MAX_CONNECTIONS = 10
_DEBUG_INFO = {"host": "applink-standin", "build_number": 1, "approximate_connection_time": 18060}


def build_envelope(delivery: Delivery, attempt: Attempt) -> Json:
    """Build what one attempt looks like on a websocket."""
    envelope: Json = {
        "envelope_id": attempt.envelope_id,
        "payload": delivery.payload,
        "type": delivery.kind,
        "accepts_response_payload": delivery.kind != "events_api",
    }
    if delivery.kind == "events_api":
        envelope |= {"retry_attempt": attempt.number, "retry_reason": attempt.reason or ""}
    return envelope


class SocketMode:
    """The app's websocket connections; each envelope goes to one of them by chance."""

    timeout_reason = "timeout"

    def __init__(self, state: State) -> None:
        self._state = state
        self._tickets: set[str] = set()
        self._links: list[WebSocket] = []
        self._sent: dict[str, tuple[Delivery, Attempt, WebSocket, asyncio.Future[None]]] = {}
        self._linked = asyncio.Event()

    def issue_url(self) -> str:
        """Return a websocket address that lets one connection in."""
        ticket = secrets.token_hex(8)
        self._tickets.add(ticket)
        return f"{self._state.base_url.replace('http', 'ws', 1)}/link/?ticket={ticket}&app_id={APP_ID}"

    async def endpoint(self, websocket: WebSocket) -> None:
        """Serve one connection until it ends."""
        ticket = websocket.query_params.get("ticket", "")
        if ticket not in self._tickets:
            await websocket.close()  # before the handshake: the client sees 403
            return
        self._tickets.discard(ticket)
        await websocket.accept()
        if len(self._links) >= MAX_CONNECTIONS:
            await self._dismiss(websocket, "too_many_websockets")
            return
        await self._serve(websocket)

    async def _serve(self, websocket: WebSocket) -> None:
        try:
            await websocket.send_text(json.dumps(self._build_hello()))
            self._links.append(websocket)
            self._count_links()
            async for text in websocket.iter_text():
                self._read_ack(text)
        except (WebSocketDisconnect, RuntimeError):
            pass  # closed under our hands; the app has to come back
        finally:
            self._links = [link for link in self._links if link is not websocket]
            self._count_links()
            self._give_up(websocket)

    def _build_hello(self) -> Json:
        return {
            "type": "hello",
            "num_connections": len(self._links) + 1,
            "debug_info": _DEBUG_INFO,
            "connection_info": {"app_id": APP_ID},
        }

    def _count_links(self) -> None:
        if self._links:
            self._linked.set()
        else:
            self._linked.clear()
        self._state.connection_count = len(self._links)
        self._state.touch()

    def _read_ack(self, text: str) -> None:
        answer = json.loads(text)
        sent = self._sent.pop(answer.get("envelope_id", ""), None)
        if sent is not None:
            delivery, attempt, _, acked = sent
            delivery.mark_acked(attempt, answer.get("payload"))
            if not acked.done():
                acked.set_result(None)

    def _give_up(self, link: WebSocket) -> None:
        """Count what went over a connection that has ended as failed, where no ack has come; one may come yet."""
        for _, _, over, acked in self._sent.values():
            if over is link and not acked.done():
                acked.set_exception(DeliveryError("connection_failed"))

    async def send(self, delivery: Delivery, attempt: Attempt) -> None:
        """Send an attempt over a connection taken by chance, and wait for its ack."""
        while not self._links:
            await self._linked.wait()
        link = random.choice(self._links)
        acked = asyncio.get_running_loop().create_future()
        self._sent[attempt.envelope_id] = (delivery, attempt, link, acked)
        delivery.mark_sent(attempt)
        try:
            await link.send_text(json.dumps(build_envelope(delivery, attempt)))
        except (WebSocketDisconnect, RuntimeError) as error:
            raise DeliveryError("connection_failed") from error
        await acked

    async def drop(self, *, notice: bool) -> None:
        """Close every connection, after the word ``disconnect`` where notice is given."""
        dropped, self._links = self._links, []
        self._count_links()
        for link in dropped:
            await self._dismiss(link, "refresh_requested" if notice else None)

    @staticmethod
    async def _dismiss(websocket: WebSocket, reason: str | None) -> None:
        with contextlib.suppress(WebSocketDisconnect, RuntimeError):  # gone already
            if reason is not None:
                notice = {"type": "disconnect", "reason": reason, "debug_info": _DEBUG_INFO}
                await websocket.send_text(json.dumps(notice))
            await websocket.close()
