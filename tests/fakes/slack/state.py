"""What all parts of the stand-in share: settings, clock, records, and waiting for them to change."""

from __future__ import annotations

import asyncio
import itertools
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from tests.fakes.slack.identity import DEFAULT_SCOPES
from tests.fakes.slack.records import ApiError, Call, Post, Update, View
from tests.fakes.slack.workspace import Workspace
from tests.waiting import PATIENCE_SECONDS

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.fakes.slack.deliveries import Delivery

T = TypeVar("T")
TRIGGER_SECONDS = 3.0  # "trigger_id: once, 3 s"
# What is waited for may be no change of the records.
_LOOK_SECONDS = 0.05


class Clock:
    """Wall time that a test can move forward: for trigger ids, response_urls and rate limits.

    Attributes:
        ahead_seconds: How far it was moved; alone it makes trigger ids old, of which no slow machine is to be guilty.
    """

    def __init__(self) -> None:
        self.ahead_seconds = 0.0

    def now(self) -> float:
        """Return seconds since the epoch, as the stand-in counts them."""
        return time.time() + self.ahead_seconds

    def advance(self, seconds: float) -> None:
        """Move the clock forward."""
        self.ahead_seconds += seconds


@dataclass(kw_only=True)
class Settings:
    """What a test may set, at any time.

    ``deliver_to`` is the app's Slack URL for HTTP mode, None for Socket Mode. ``redelivery_delays`` are the
    seconds between an attempt that failed and the next. Slack itself waits three seconds for an ack. Calls of methods
    that are ``held`` wait.
    """

    deliver_to: str | None = None
    reads_channels: bool = False
    enforce_rate: bool = False
    ack_seconds: float = PATIENCE_SECONDS
    redelivery_delays: tuple[float, ...] = (0.0, 60.0, 300.0)
    scopes: set[str] = field(default_factory=lambda: set(DEFAULT_SCOPES))
    held: set[str] = field(default_factory=set)


class State:
    """The records of one stand-in, guarded by one condition that is notified at every change."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.clock = Clock()
        self.workspace = Workspace()
        self.changed = threading.Condition(threading.RLock())
        self.base_url = ""
        self.calls: list[Call] = []
        self.posts: list[Post] = []
        self.updates: list[Update] = []
        self.deliveries: list[Delivery] = []
        self.views: dict[str, View] = {}
        self.connection_count = 0
        self.changed_at = time.monotonic()
        self._numbers = itertools.count(1)
        self._triggers: dict[str, tuple[str, float | None]] = {}

    def next_id(self, prefix: str) -> str:
        """Return an id that this stand-in has not given out."""
        return f"{prefix}{next(self._numbers):08X}"

    def touch(self) -> None:
        """Tell everyone who waits that something changed."""
        with self.changed:
            self.changed_at = time.monotonic()
            self.changed.notify_all()

    def record(self, records: list[T], entry: T) -> T:
        """Write an entry down and tell everyone who waits."""
        with self.changed:
            records.append(entry)
            self.touch()
        return entry

    def forget_all_but(self, count: int) -> None:
        """Drop all but the latest records of each kind; deliveries that are still under way stay."""
        with self.changed:
            for records in (self.calls, self.posts, self.updates):
                del records[:-count]
            old, latest = self.deliveries[:-count], self.deliveries[-count:]
            self.deliveries = [delivery for delivery in old if not delivery.is_settled] + latest
            for named in (self.views, self.workspace.messages, self._triggers):
                _drop_all_but(named, count)

    def wait_for(self, is_reached: Callable[[], bool], timeout: float, what: str) -> None:
        """Wait until a condition holds, over the records or not, or raise TimeoutError with what was received."""
        deadline = time.monotonic() + timeout
        with self.changed:
            while not is_reached():
                left = deadline - time.monotonic()
                if left <= 0:
                    raise TimeoutError(f"waited {timeout:g} s for {what}; {self._describe()}")
                self.changed.wait(min(left, _LOOK_SECONDS))

    async def pass_gate(self, method: str) -> None:
        """Wait while calls of a method are held."""
        while method in self.settings.held:  # noqa: ASYNC110  # it is set in another thread
            await asyncio.sleep(0.01)

    def require_scope(self, *any_of: str) -> None:
        """Raise ``missing_scope`` unless the app has one of these."""
        if not self.settings.scopes.intersection(any_of):
            provided = ",".join(sorted(self.settings.scopes))
            raise ApiError("missing_scope", needed=any_of[0], provided=provided)

    def issue_trigger(self, user: str) -> str:
        """Return a fresh trigger_id for what this user did."""
        trigger_id = f"{self.next_id('')}.{self.next_id('')}.standin"
        self._triggers[trigger_id] = (user, self.clock.ahead_seconds)
        return trigger_id

    def take_trigger(self, trigger_id: object) -> str:
        """Use a trigger_id up and return its user, or raise as Slack does for unknown, used and old ones."""
        if not isinstance(trigger_id, str) or trigger_id not in self._triggers:
            raise ApiError("invalid_trigger_id")
        user, issued_at = self._triggers[trigger_id]
        if issued_at is None:
            raise ApiError("exchanged_trigger_id")
        if self.clock.ahead_seconds - issued_at > TRIGGER_SECONDS:
            raise ApiError("expired_trigger_id")
        self._triggers[trigger_id] = (user, None)
        return user

    def _describe(self) -> str:
        calls = ", ".join(f"{call.method} → {call.error or 'ok'}" for call in self.calls[-20:])
        return (
            f"{len(self.posts)} posts, {len(self.updates)} updates, {self.connection_count} connections; "
            f"deliveries: {', '.join(map(str, self.deliveries[-10:]))}; last calls: {calls or 'none'}"
        )


def _drop_all_but(named: dict[Any, Any], count: int) -> None:
    """Drop what was put first into a dictionary."""
    for key in list(named)[:-count]:
        del named[key]
