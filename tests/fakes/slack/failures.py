"""Faults on order, and the rate limit of ``chat.postMessage``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.fakes.slack.state import Clock

MAX_BURST = 3.0
POSTS_PER_SECOND = 1.0
_NAMES = {429: "ratelimited", 500: "internal_error", 503: "service_unavailable"}


@dataclass(frozen=True, kw_only=True)
class Failure:
    """A fault: an HTTP status, or status 200 with an error code in the body."""

    status: int
    error: str
    retry_after: int | None = None

    def build_headers(self) -> dict[str, str]:
        """Build the headers that come with it."""
        return {} if self.retry_after is None else {"Retry-After": str(self.retry_after)}


class Failures:
    """Faults that a test ordered, first come, first served."""

    def __init__(self) -> None:
        self._queues: dict[str, list[Failure]] = {}

    def order(self, method: str, *, error: str | None, status: int | None, retry_after: int, times: int) -> None:
        """Let the next calls of a method fail."""
        if error is None and status is None:
            raise ValueError(f"say how {method} shall fail: error=… or status=…")
        status = status or 200
        failure = Failure(
            status=status,
            error=error or _NAMES.get(status, "fatal_error"),
            retry_after=retry_after if status == 429 else None,
        )
        self._queues.setdefault(method, []).extend([failure] * times)

    def take(self, method: str) -> Failure | None:
        """Return the fault for this call, if one is due."""
        queue = self._queues.get(method)
        return queue.pop(0) if queue else None


class RateLimiter:
    """About one post a second in each channel, with a small burst."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._levels: dict[str, tuple[float, float]] = {}

    def is_over(self, channel: str) -> bool:
        """Count one post, and tell whether it is one too many."""
        now = self._clock.now()
        level, at = self._levels.get(channel, (0.0, now))
        level = max(0.0, level - (now - at) * POSTS_PER_SECOND)
        if level + 1 > MAX_BURST:
            self._levels[channel] = (level, now)
            return True
        self._levels[channel] = (level + 1, now)
        return False
