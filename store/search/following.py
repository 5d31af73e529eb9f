"""Follows the archive beside those who ask: what any process writes is found soon, and nobody waits for it."""

import threading
from collections.abc import Callable
from contextlib import suppress

from store.search.live_index import LiveIndex

EVERY_SECONDS = 0.5
# While it fails, it is tried less and less often.
_MAX_SECONDS = 30.0


class Follower:
    """Keeps an index up to date in a thread of its own.

    Args:
        live: What gives the latest it has, from the start on until the end.
        on_trouble: Told what went wrong, and in how many seconds it is tried again.
    """

    def __init__(
        self, live: LiveIndex, on_trouble: Callable[[Exception, float], None] = lambda _error, _seconds: None
    ) -> None:
        self._live = live
        self._on_trouble = on_trouble
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="follow", daemon=True)

    def start(self) -> None:
        """Begin to follow."""
        self._live.is_followed = True
        self._thread.start()

    def stop(self) -> None:
        """End, after what it is just taking in. From now on each look follows the archive itself."""
        self._live.is_followed = False
        self._ending.set()
        self._thread.join()

    def _run(self) -> None:
        seconds = EVERY_SECONDS
        while not self._ending.wait(seconds):
            try:
                self._live.follow()
                seconds = EVERY_SECONDS
            except Exception as error:  # noqa: BLE001  # whatever it is: if this ended, answers would be old for ever
                seconds = min(2 * seconds, _MAX_SECONDS)
                # Telling of it may fail as well: the log's disk may be full.
                with suppress(Exception):
                    self._on_trouble(error, seconds)
