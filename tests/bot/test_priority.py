import os
import subprocess
import sys

import pytest

from bot.priority import yield_to_others

_TELL = "import os; from bot.priority import yield_to_others; yield_to_others(); yield_to_others(); print(os.nice(0))"


@pytest.mark.skipif(not hasattr(os, "nice"), reason="this system has no such thing")
def test_process_yields_to_others_once():
    now = os.nice(0)
    done = subprocess.run([sys.executable, "-c", _TELL], capture_output=True, text=True, check=True)
    assert int(done.stdout) == max(now, 10)


def test_system_without_priorities_is_left_alone(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delattr(os, "setpriority", raising=False)
    yield_to_others()
