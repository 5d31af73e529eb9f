"""Waiting for what must come: for as long as a slow machine may take, and never for a time."""

import time
from collections.abc import Callable

# What has not come by then does not come.
PATIENCE_SECONDS = 180.0


def wait_until(is_reached: Callable[[], object], what: str = "what must come") -> None:
    """Wait until something holds."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not is_reached():
        assert time.monotonic() < deadline, f"waited {PATIENCE_SECONDS:g} s for {what}"
        time.sleep(0.01)
