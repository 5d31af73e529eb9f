"""Deliveries to the app: attempts, acks within the time allowed, redelivery. Knows no wire format."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from tests.waiting import PATIENCE_SECONDS

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.fakes.slack.identity import Json
    from tests.fakes.slack.state import State
    from tests.fakes.slack.workspace import Message


class DeliveryError(Exception):
    """An attempt that failed before its time was up; ``reason`` is Slack's retry reason."""

    def __init__(self, reason: str, *, may_retry: bool = True) -> None:
        super().__init__(reason)
        self.reason = reason
        self.may_retry = may_retry


@dataclass(kw_only=True)
class Attempt:
    """One sending of a delivery. ``number`` counts from 0; ``reason`` is why it was sent again.

    Times are ``time.monotonic()``. ``failure`` says why there was no ack in time.
    """

    number: int
    envelope_id: str
    reason: str | None = None
    sent_at: float | None = None
    acked_at: float | None = None
    failure: str | None = None

    @property
    def acked_after_seconds(self) -> float | None:
        """Seconds from this sending to its ack, late or not."""
        if self.sent_at is None or self.acked_at is None:
            return None
        return self.acked_at - self.sent_at


class Delivery:
    """Something Slack sent to the app, with all its attempts.

    Attributes:
        kind: ``events_api``, ``slash_commands`` or ``interactive``.
        payload: What was sent, the same at every attempt.
        attempts: Every sending, the first one at index 0.
        message: The message it is about, where there is one.
        ack_payload: What the ack carried, such as a ``response_action``.
        reply_error: Slack's complaint about text or blocks in a command's ack.
    """

    def __init__(
        self,
        state: State,
        kind: str,
        payload: Json,
        message: Message | None = None,
        on_acked: Callable[[Delivery], None] = lambda _: None,
    ) -> None:
        self._state = state
        self._on_acked = on_acked
        self.kind = kind
        self.payload = payload
        self.message = message
        self.attempts: list[Attempt] = []
        self.ack_payload: Any = None
        self.reply_error: str | None = None

    def __str__(self) -> str:
        what = self.payload.get("event", self.payload).get("type") or self.payload.get("command")
        ends = [attempt.failure or ("acked" if attempt.acked_at else "waiting") for attempt in self.attempts]
        return f"{what} {ends}"

    @property
    def event(self) -> Json:
        """The event inside, for ``events_api``."""
        event: Json = self.payload["event"]
        return event

    @property
    def ts(self) -> str:
        """The ts of the message it is about."""
        if self.message is None:
            raise AttributeError(f"{self} is about no message")
        return self.message.ts

    @property
    def acked_after_seconds(self) -> float | None:
        """Seconds from the first sending to the first ack of any attempt; None while there is none."""
        acks = [attempt.acked_at for attempt in self.attempts if attempt.acked_at is not None]
        sent_at = self.attempts[0].sent_at
        return min(acks) - sent_at if acks and sent_at is not None else None

    @property
    def is_settled(self) -> bool:
        """Whether the latest attempt was acked or has failed."""
        return self.attempts[-1].acked_at is not None or self.attempts[-1].failure is not None

    def wait_acked(self, timeout: float = PATIENCE_SECONDS) -> Delivery:
        """Wait for the ack of the latest attempt (so, after ``redeliver``, of that one)."""
        self._state.wait_for(lambda: self.attempts[-1].acked_at is not None, timeout, f"an ack of {self}")
        return self

    def wait_attempts(self, count: int, timeout: float = PATIENCE_SECONDS) -> Delivery:
        """Wait until it was sent this many times."""

        def count_sent() -> int:
            return sum(attempt.sent_at is not None for attempt in self.attempts)

        self._state.wait_for(lambda: count_sent() >= count, timeout, f"{count} attempts of {self}")
        return self

    def begin(self, reason: str | None) -> Attempt:
        """Write down that another attempt begins."""
        number = len(self.attempts)
        attempt = Attempt(number=number, envelope_id=self._state.next_id("envelope-"), reason=reason)
        return self._state.record(self.attempts, attempt)

    def mark_sent(self, attempt: Attempt) -> None:
        """Write down that the attempt leaves now."""
        attempt.sent_at = time.monotonic()
        self._state.touch()

    def mark_acked(self, attempt: Attempt, ack_payload: object) -> None:
        """Write down the ack of an attempt; later acks of the same attempt change nothing."""
        if attempt.acked_at is not None:
            return
        self.ack_payload = ack_payload or self.ack_payload
        if attempt.failure is None:
            # First: whoever waits for the ack finds done what it says.
            self._on_acked(self)
        attempt.acked_at = time.monotonic()
        self._state.touch()

    def mark_failed(self, attempt: Attempt, reason: str) -> None:
        """Write down that an attempt was not acked in time."""
        attempt.failure = reason
        self._state.touch()


class Transport(Protocol):
    """A way to the app; ``send`` returns once the attempt is acked, or raises DeliveryError."""

    timeout_reason: str

    async def send(self, delivery: Delivery, attempt: Attempt) -> None:
        """Send an attempt, mark it sent, and wait for its ack without a limit."""


class Courier:
    """Sends deliveries, and sends events again that were not acked in time, as Slack does.

    Args:
        state: Settings and records.
        choose_transport: Gives the transport that the settings call for at this moment.
    """

    def __init__(self, state: State, choose_transport: Callable[[], Transport]) -> None:
        self._state = state
        self._choose_transport = choose_transport
        self._loop: asyncio.AbstractEventLoop | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self.on_acked: Callable[[Delivery], None] = lambda _: None

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Send on this event loop from now on."""
        self._loop = loop

    def deliver(self, kind: str, payload: Json, message: Message | None = None) -> Delivery:
        """Begin to deliver, and return at once; callable from any thread."""
        delivery = Delivery(self._state, kind, payload, message, self.on_acked)
        attempt = delivery.begin(reason=None)
        self._state.record(self._state.deliveries, delivery)
        self._schedule(delivery, attempt)
        return delivery

    def redeliver(self, delivery: Delivery) -> Delivery:
        """Begin one more attempt with the same payload, as when Slack saw no ack."""
        self._schedule(delivery, delivery.begin(reason=self._choose_transport().timeout_reason))
        return delivery

    def _schedule(self, delivery: Delivery, attempt: Attempt) -> None:
        if self._loop is None:
            raise RuntimeError("the stand-in Slack is not running: use it as a context manager")
        self._loop.call_soon_threadsafe(self._spawn, delivery, attempt)

    def _spawn(self, delivery: Delivery, attempt: Attempt) -> None:
        task = asyncio.get_running_loop().create_task(self._carry(delivery, attempt))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _carry(self, delivery: Delivery, attempt: Attempt) -> None:
        delays = self._state.settings.redelivery_delays if delivery.kind == "events_api" else ()
        while not await self._is_done(delivery, attempt) and attempt.number < len(delays):
            await asyncio.sleep(delays[attempt.number])
            attempt = delivery.begin(reason=attempt.failure)

    async def _is_done(self, delivery: Delivery, attempt: Attempt) -> bool:
        transport = self._choose_transport()
        try:
            async with asyncio.timeout(self._state.settings.ack_seconds):
                await transport.send(delivery, attempt)
        except TimeoutError:
            delivery.mark_failed(attempt, transport.timeout_reason)
            return False
        except DeliveryError as error:
            delivery.mark_failed(attempt, error.reason)
            return not error.may_retry
        return True
