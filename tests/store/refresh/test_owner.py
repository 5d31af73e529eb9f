import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from store.refresh import owner
from store.refresh.owner import LEASE, Process, find_number
from tests.store.refresh.histories import NO_NUMBER

# Tells the number of one that has ended and was not asked how: no other has that number yet.
ZOMBIE = (
    "import os, sys; number = os.fork() or os._exit(0); os.waitid(os.P_PID, number, os.WEXITED | os.WNOWAIT); "
    "print(number, flush=True); sys.stdin.read()"
)
TELL_NAME = "from store.refresh.owner import Process; import sys; print(Process.current().name, flush=True); input()"
LOOK = (
    "import sys; from datetime import UTC, datetime, timedelta; from store.refresh.owner import *; "
    "now, me = datetime.now(UTC), Process.current(); "
    "print([me.is_alive(sys.argv[1], now - ago, now) for ago in (timedelta(), LEASE)], find_number(sys.argv[1]))"
)
# As the units for systemd have it: ProtectProc=invisible, PrivateUsers=true.
AS_UNIT = (
    "mount -t proc -o hidepid=invisible proc /proc && "
    'exec setpriv --regid=12345 --clear-groups unshare --user --map-root-user "$@"'
)
IN_UNIT = ("unshare", "--mount", "bash", "-c", AS_UNIT, "unit")
IN_CONTAINER = ("unshare", "--pid", "--fork", "--kill-child", "--mount-proc")


def look(name: str, *, ago: timedelta = timedelta()) -> bool:
    now = datetime.now(UTC)
    return Process.current().is_alive(name, now - ago, now)


def rename(name: str, *, began: str = r"\1", view: str = r"\2") -> str:
    """Give the name of a process with another beginning, or of another place."""
    return re.sub(r"\((\d*)/(\w*)\)$", f"({began}/{view})", name)


def test_process_that_is_seen_is_alive_however_long_it_was_silent():
    name = Process.current().name
    assert (look(name, ago=LEASE * 2), find_number(name)) == (True, os.getpid())


@pytest.mark.parametrize(
    "name", [Process.of(NO_NUMBER).name, rename(Process.current().name, began="1")], ids=["no such", "another now"]
)
def test_process_that_is_seen_to_be_gone_is_dead_at_once(name: str):
    assert (look(name), find_number(name)) == (False, None)


def test_process_that_ended_and_was_not_asked_how_is_dead_at_once():
    with subprocess.Popen([sys.executable, "-c", ZOMBIE], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as parent:
        assert parent.stdout
        assert not look(Process.of(int(parent.stdout.readline())).name)


@pytest.mark.parametrize(
    "name",
    [
        f"process {os.getpid()} on {os.uname().nodename} (1)",
        f"process {NO_NUMBER} on {os.uname().nodename} (1)",
        rename(Process.current().name, view="0123456789ab"),
        rename(Process.of(NO_NUMBER).name, view="0123456789ab"),
        rename(Process.current().name, view=""),
    ],
    ids=["earlier version", "earlier version, gone", "another place", "another place, gone", "no place"],
)
def test_process_of_another_place_with_this_ones_name_is_told_by_when_it_showed_itself(name: str):
    assert (look(name), look(name, ago=LEASE), find_number(name)) == (True, False, None)


def test_nobody_is_seen_where_proc_tells_nothing(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(owner, "_VIEW", "")
    name = Process.current().name
    assert (look(name), look(name, ago=LEASE), find_number(name)) == (True, False, None)


# In namespaces


@contextmanager
def running(*command: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Run a process that waits; give it and the name that it has for itself."""
    whole = [*command, sys.executable, "-c", TELL_NAME]
    with subprocess.Popen(whole, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        try:
            yield process, process.stdout.readline().strip()
        finally:
            process.kill()


def look_from(name: str, *command: str) -> str:
    whole = [*command, sys.executable, "-c", LOOK, name]
    return subprocess.run(whole, capture_output=True, text=True, check=True).stdout.strip()


@pytest.fixture
def _namespaces() -> None:
    tried = [
        subprocess.run([*command, "true"], capture_output=True, check=False).returncode
        for command in (IN_UNIT, IN_CONTAINER)
        if shutil.which("unshare") and shutil.which("setpriv")
    ]
    if tried != [0, 0]:
        pytest.skip("no namespaces may be made here")


@pytest.mark.usefixtures("_namespaces")
def test_process_of_another_unit_is_alive_while_it_shows_itself_and_dead_as_soon_as_it_ends():
    with running(*IN_UNIT) as (process, name):
        assert look_from(name, *IN_UNIT) == "[True, False] None"
        # Whoever may see it looks.
        assert look_from(name) == f"[True, True] {process.pid}"
        process.kill()
        process.wait()
        assert look_from(name, *IN_UNIT) == "[False, False] None"


@pytest.mark.usefixtures("_namespaces")
def test_process_of_another_container_is_told_by_when_it_showed_itself():
    with running(*IN_CONTAINER) as (_, name):
        assert Path("/proc/1/stat").exists()
        assert name.startswith("process 1 on ")
        assert look_from(name) == "[True, False] None"
        # There it is this very number.
        assert look_from(name, *IN_CONTAINER) == "[True, False] None"


@pytest.mark.usefixtures("_namespaces")
def test_process_with_the_proc_of_another_namespace_sees_nobody():
    command = ["unshare", "--pid", "--fork", sys.executable, "-c", TELL_NAME]
    name = subprocess.run(command, input="\n", capture_output=True, text=True, check=True).stdout
    assert re.fullmatch(r"process 1 on \S+ \(\d*/\)\n", name)
