"""How much of a busy machine a process takes."""

import os

_POLITE = 10


def yield_to_others() -> None:
    """Let other processes go first where there is too much to do: somebody waits for an answer, nobody for this.

    It takes nothing from a process that has the machine for itself. Threads that were begun before keep what they had.
    """
    if hasattr(os, "setpriority"):
        now = os.getpriority(os.PRIO_PROCESS, 0)
        os.setpriority(os.PRIO_PROCESS, 0, max(now, _POLITE))
