"""Whether this process can answer: everything that takes is looked at, within a second, in plain words."""

import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass

from bot.telemetry.limited import Limited
from store.errors import StoreError

LIMIT_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found of one thing."""

    is_good: bool
    detail: str


class TroubleError(Exception):
    """Something is not as it has to be; the message says what, in plain words."""


class Readiness:
    """Looks whether all is there.

    Args:
        checks: By what each looks at: gives what it found in words, or raises TroubleError, or whatever goes wrong.
        limit_seconds: How long all together may take.
    """

    def __init__(self, checks: Mapping[str, Callable[[], str]], limit_seconds: float = LIMIT_SECONDS) -> None:
        self._checks = {name: Limited(check, f"look at {name}") for name, check in checks.items()}
        self._limit_seconds = limit_seconds

    def look(self) -> dict[str, Finding]:
        """Look at everything at once; what hangs is not waited for."""
        until = time.monotonic() + self._limit_seconds
        begun = {name: check.begin() for name, check in self._checks.items()}
        return {name: _await(one, until) for name, one in begun.items()}


def _await(check: Future[str], until: float) -> Finding:
    try:
        return Finding(is_good=True, detail=check.result(max(0.0, until - time.monotonic())))
    except TroubleError as trouble:
        return Finding(is_good=False, detail=str(trouble))
    except TimeoutError:
        return Finding(is_good=False, detail="does not answer in time")
    except StoreError:
        # Its text may name what not everybody may know of who can look at this.
        return Finding(is_good=False, detail="cannot be read")
    except Exception as error:  # noqa: BLE001  # whatever it is, it is not as it has to be
        return Finding(is_good=False, detail=f"cannot be looked at ({type(error).__name__})")
