"""Remembering for minutes what Slack says, and forgetting it at once where something tells that it changed."""

import threading
import time
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

# Of more than that, nobody asks within minutes.
_MAX_KEPT = 5_000


class Remembered(Generic[K, V]):
    """What was fetched, by key. Safe from many threads."""

    def __init__(self, keep_seconds: float) -> None:
        self._keep_seconds = keep_seconds
        self._lock = threading.Lock()
        self._known: dict[K, tuple[V, float]] = {}
        self._changes = 0

    def get(self, key: K, fetch: Callable[[], V]) -> V:
        """Give what is known of a key, or fetch it. What came while something changed is not kept."""
        with self._lock:
            known, changes = self._known.get(key), self._changes
        if known and time.monotonic() - known[1] < self._keep_seconds:
            return known[0]
        began_at, value = time.monotonic(), fetch()
        with self._lock:
            if changes == self._changes:
                if len(self._known) >= _MAX_KEPT:
                    self._known.clear()
                self._known[key] = (value, began_at)
        return value

    def forget(self, *keys: K) -> None:
        """Forget what is known of some keys; of all, where none is given."""
        with self._lock:
            self._changes += 1
            for key in keys or list(self._known):
                self._known.pop(key, None)
