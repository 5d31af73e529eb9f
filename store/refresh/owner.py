"""The process that is at work on a source: its name, and whether another one is still alive."""

import os
import socket
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from store.domain.refresh import Refresh, RefreshState

# A process on another machine that has not shown itself for so long is dead: it does so every BEAT_SECONDS. The clocks
# of two machines may differ, and one may be set back, so that times ahead count alike.
LEASE = timedelta(minutes=3)
BEAT_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class Process:
    """This process, by its machine, its number, and when it began: numbers are used again."""

    name: str

    @classmethod
    def current(cls) -> "Process":
        """Give the process that asks."""
        return cls.of(os.getpid())

    @classmethod
    def of(cls, number: int) -> "Process":
        """Give a process of this machine by its number."""
        return cls(f"process {number} on {socket.gethostname()} ({_find_begin(number)})")

    def is_alive(self, name: str, seen_at: datetime, now: datetime) -> bool:
        """Tell whether a process is alive: of this machine by looking, of another by when it showed itself."""
        _, machine, _ = _parse(name)
        if (machine, _CAN_LOOK) == (socket.gethostname(), True):
            return find_number(name) is not None
        return abs(now - seen_at) < LEASE


def find_number(name: str) -> int | None:
    """Find the number of a process of this machine that is alive; None for any other."""
    number, machine, began = _parse(name)
    is_here = _CAN_LOOK and machine == socket.gethostname()
    # When one that had ended already began is not known.
    return number if is_here and began and _find_begin(number) == began else None


def see(refresh: Refresh) -> Refresh:
    """Give a refresh as it is: what is not at work any more, and has not noted how it ended, was interrupted."""
    if not refresh.is_at_work or Process.current().is_alive(refresh.owner, refresh.seen_at, datetime.now(UTC)):
        return refresh
    return replace(refresh, state=RefreshState.INTERRUPTED, ended_at=refresh.seen_at)


def _parse(name: str) -> tuple[int, str, str]:
    _, number, _, machine, began = name.split(" ", 4)
    return int(number), machine, began.strip("()")


def _find_begin(number: int) -> str:
    """Give when a process began, in the system's ticks; empty where there is none, or it has ended."""
    try:
        stat = Path(f"/proc/{number}/stat").read_text()
    except OSError:
        return ""
    # The name, in brackets, may hold anything. After it: the state, and 19 fields on the time (proc_pid_stat(5)).
    state, *rest = stat.rpartition(")")[2].split()
    return "" if state in ("Z", "X") else rest[18]


_CAN_LOOK = Path("/proc/self/stat").exists()
