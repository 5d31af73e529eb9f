"""Looking at what may hang, with a limit: whoever asks is answered in time, and nothing piles up behind them."""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Generic, TypeVar

_T = TypeVar("_T")


class Limited(Generic[_T]):
    """Does something in a thread of its own. While that hangs it is not begun again, however many wait for it."""

    def __init__(self, work: Callable[[], _T], name: str) -> None:
        self._work = work
        self._name = name
        self._lock = threading.Lock()
        self._running: Future[_T] | None = None

    def begin(self) -> Future[_T]:
        """Begin, unless it is at work already; its result comes with what is given."""
        with self._lock:
            if self._running is None or self._running.done():
                self._running = Future()
                threading.Thread(target=self._do, args=(self._running,), name=self._name, daemon=True).start()
            return self._running

    def _do(self, future: Future[_T]) -> None:
        try:
            future.set_result(self._work())
        except BaseException as error:  # noqa: BLE001  # it is raised where somebody waits
            future.set_exception(error)
