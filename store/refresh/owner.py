"""The process that is at work on a source: its name, and whether another one is still alive."""

import hashlib
import os
import socket
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from store.domain.refresh import Refresh, RefreshState

# A process that cannot be looked for from here, and has not shown itself for so long, is dead: it does so every
# BEAT_SECONDS. The clocks of two machines may differ, and one may be set back, so that times ahead count alike.
LEASE = timedelta(minutes=3)
BEAT_SECONDS = 20.0
_VIEW_CHARS = 12


@dataclass(frozen=True, slots=True)
class Process:
    """This process, by its machine, its number, and when it began: numbers are used again.

    The last part of its name is the same for all that see each other by their numbers.
    """

    name: str

    @classmethod
    def current(cls) -> "Process":
        """Give the process that asks."""
        return cls.of(os.getpid())

    @classmethod
    def of(cls, number: int) -> "Process":
        """Give a process by the number that it has here."""
        return cls(f"process {number} on {socket.gethostname()} ({_find_begin(number) or ''}/{_VIEW})")

    def is_alive(self, name: str, seen_at: datetime, now: datetime) -> bool:
        """Tell whether a process is alive: by looking where that tells, else by when it showed itself."""
        number, began, view = _parse(name)
        found = _find_begin(number) if _can_see(view) else None
        # When one that had ended already began is not known.
        return abs(now - seen_at) < LEASE if found is None else bool(began) and found == began


def find_number(name: str) -> int | None:
    """Find the number of a process that is seen from here to be alive; None for any other."""
    number, began, view = _parse(name)
    return number if _can_see(view) and began and _find_begin(number) == began else None


def see(refresh: Refresh) -> Refresh:
    """Give a refresh as it is: what is not at work any more, and has not noted how it ended, was interrupted."""
    if not refresh.is_at_work or Process.current().is_alive(refresh.owner, refresh.seen_at, datetime.now(UTC)):
        return refresh
    return replace(refresh, state=RefreshState.INTERRUPTED, ended_at=refresh.seen_at)


def _parse(name: str) -> tuple[int, str, str]:
    """Give the number, when it began, and what its number is told by; that is empty in a name of an earlier version."""
    _, number, _, _, rest = name.split(" ", 4)
    began, _, view = rest.strip("()").partition("/")
    return int(number), began, view


def _can_see(view: str) -> bool:
    return bool(view) and view == _VIEW


def _find_begin(number: int) -> str | None:
    """Give when a process began, in the system's ticks; empty where there is none, or it has ended.

    None where there is one that is hidden from here: mounted with `hidepid`, as ProtectProc= of systemd does it, /proc
    has only processes of the same user, and none of another user namespace (proc(5)).
    """
    try:
        stat = Path(f"/proc/{number}/stat").read_text()
    except OSError:
        return None if _exists(number) else ""
    # The name, in brackets, may hold anything. After it: the state, and 19 fields on the time (proc_pid_stat(5)).
    state, *rest = stat.rpartition(")")[2].split()
    return "" if state in ("Z", "X") else rest[18]


def _exists(number: int) -> bool:
    """Tell whether there is a process of a number, also one that /proc hides (kill(2))."""
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


def _find_view() -> str:
    """Give what tells a number here from the same number elsewhere; empty where nothing does.

    A number is of a namespace, of which a machine may have many (pid_namespaces(7)); that has a number which is unique
    only as long as the machine runs. Hosts' names tell nothing: containers may share one.
    """
    try:
        if str(Path("/proc/self").readlink()) != str(os.getpid()):
            # It is that of another namespace.
            return ""
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        namespace = Path("/proc/self/ns/pid").readlink()
    except OSError:
        return ""
    return hashlib.sha256(f"{boot} {namespace}".encode()).hexdigest()[:_VIEW_CHARS]


_VIEW = _find_view()
