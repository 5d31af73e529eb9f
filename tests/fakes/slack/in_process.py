"""Deliveries to an app in this very process: no websocket and no port, and so quick."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.fakes.slack.deliveries import Attempt, Delivery
    from tests.fakes.slack.identity import Json

    # Takes what came, and gives what the ack carries.
    Handle = Callable[[Json], object]


class InProcess:
    """Hands each delivery to a function, in a thread: the app asks Slack things meanwhile."""

    timeout_reason = "timeout"

    def __init__(self, handle: Handle) -> None:
        self._handle = handle

    async def send(self, delivery: Delivery, attempt: Attempt) -> None:
        """Hand an attempt over, and take what comes back for its ack."""
        delivery.mark_sent(attempt)
        delivery.mark_acked(attempt, await asyncio.to_thread(self._handle, delivery.payload))
