"""Runs the real command, as a person would, and stops it."""

import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx

from tests.databases import ArchivePlace, url_of
from tests.fakes.slack import StandInSlack
from tests.waiting import PATIENCE_SECONDS, wait_until

# The processes of `serve` that run now.
_SERVING: set[int] = set()
SECRETS = (StandInSlack.bot_token, StandInSlack.app_token, StandInSlack.signing_secret)


def make_environment(database: ArchivePlace, extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """An environment with nothing of this machine's settings and the encoder that needs no model."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("HARKBACK_", "SLACK_"))}
    return {
        **kept,
        "HARKBACK_DATABASE_URL": url_of(database),
        "HARKBACK_MODEL": "hashing",
        "NO_COLOR": "1",
        **(extra or {}),
    }


def make_command(*arguments: str | Path) -> list[str]:
    return [sys.executable, "-m", "bot.cli", *map(str, arguments)]


def run_harkback(
    *arguments: str | Path, database: ArchivePlace, extra: Mapping[str, str] | None = None, cwd: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """Run one command to its end."""
    return subprocess.run(
        make_command(*arguments),
        env=make_environment(database, extra),
        cwd=cwd or _find_folder(database),
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS * 2,
        check=False,
    )


def run_well(*arguments: str | Path, database: ArchivePlace, **extra: str) -> str:
    """Run a command that has nothing to complain of; what it prints."""
    done = run_harkback(*arguments, database=database, extra=extra)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def _find_folder(database: ArchivePlace) -> Path:
    """Find where a command runs: beside its archive, if that is a file."""
    return database.parent if isinstance(database, Path) else Path(tempfile.gettempdir())


class Serving:
    """A running `harkback serve`."""

    def __init__(self, process: subprocess.Popen[bytes], port: int, log: Path, database: ArchivePlace) -> None:
        self._process = process
        self._log = log
        self.port = port
        self.database = database

    @property
    def events_url(self) -> str:
        return f"http://127.0.0.1:{self.port}/slack/events"

    @property
    def number(self) -> int:
        """The process's id."""
        return self._process.pid

    @property
    def log(self) -> str:
        return self._log.read_text(errors="replace")

    @property
    def is_alive(self) -> bool:
        return self._process.poll() is None

    def get(self, path: str) -> httpx.Response:
        return httpx.get(f"http://127.0.0.1:{self.port}{path}", timeout=PATIENCE_SECONDS, trust_env=False)

    def wait_ready(self, seconds: float = PATIENCE_SECONDS) -> None:
        self.wait_for_status("/readyz", httpx.codes.OK, seconds)

    def wait_for_status(self, path: str, status: int, seconds: float = PATIENCE_SECONDS) -> str:
        """Wait until a page answers with a status; its text."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            assert self.is_alive, self.log
            try:
                answered = self.get(path)
            except httpx.TransportError:
                pass
            else:
                if answered.status_code == status:
                    return answered.text
            time.sleep(0.05)
        raise AssertionError(f"{path} did not answer {status} in {seconds} s:\n{self.log}")

    def wait_for_log(self, *parts: str, since: int = 0) -> str:
        """Wait until a line of the log, or of what comes after so many characters of it, holds all of some words."""

        def find() -> list[str]:
            return [line for line in self.log[since:].splitlines() if all(part in line for part in parts)]

        wait_until(find, f"a line of the log with {parts}")
        return find()[0]

    def stop(self) -> int:
        """Ask it to end, as a service manager does; its exit code."""
        self._process.terminate()
        return self._process.wait(PATIENCE_SECONDS)


@contextmanager
def holding_port() -> Iterator[int]:
    """Find a port that is free, and keep it for who listens on it by its number: nobody is given it by chance."""
    with socket.socket() as held:
        # Who listens sets this, too, and may then have the same port.
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        held.bind(("127.0.0.1", 0))
        yield int(held.getsockname()[1])


@contextmanager
def serving(
    database: ArchivePlace, extra: Mapping[str, str], log: Path, start_seconds: float = PATIENCE_SECONDS
) -> Iterator[Serving]:
    """Start `harkback serve` and wait until it is ready; it is stopped at the end, and its log holds no token."""
    with holding_port() as port, log.open("ab") as file:
        environment = make_environment(database, {"HARKBACK_PORT": str(port), **extra})
        process = subprocess.Popen(
            make_command("serve"), env=environment, cwd=log.parent, stdout=file, stderr=subprocess.STDOUT
        )
        running = Serving(process, port, log, database)
        _SERVING.add(process.pid)
        try:
            running.wait_ready(start_seconds)
            yield running
        finally:
            # Asked nicely it ends within seconds, which no test should wait for that is not about just that.
            process.kill()
            process.wait()
            _SERVING.discard(process.pid)
    assert [secret for secret in SECRETS if secret in running.log] == []


def settle(slack: StandInSlack) -> None:
    """Wait until nothing more comes: nothing has come for a while, and nobody has anything to do.

    On a slow machine what comes next may take any time; whoever is about to do it does not sleep meanwhile.
    """
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        slack.wait_quiet(0.3)
        # More than once: one may hand on to another while they are looked at one by one.
        if not any(_is_at_work() or time.sleep(0.01) for _ in range(3)):
            return


def _is_at_work() -> bool:
    """Tell whether a thread of a process that serves, or one of the stand-in Slack's, runs, is about to, or writes."""
    me = threading.get_native_id()
    tasks = [task for number in (*_SERVING, os.getpid()) for task in Path(f"/proc/{number}/task").glob("*")]
    return any(_find_state(task) in ("R", "D") for task in tasks if task.name != str(me))


def _find_state(task: Path) -> str:
    """Give the state of a thread; empty where it has ended. Its name before that, in brackets, may hold anything."""
    try:
        return (task / "stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return ""
