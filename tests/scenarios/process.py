"""Runs the real command, as a person would, and stops it."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx

from tests.fakes.slack import StandInSlack

START_SECONDS = 60
STOP_SECONDS = 20
SECRETS = (StandInSlack.bot_token, StandInSlack.app_token, StandInSlack.signing_secret)


def make_environment(database: Path, extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """An environment with nothing of this machine's settings and the encoder that needs no model."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("HARKBACK_", "SLACK_"))}
    return {
        **kept,
        "HARKBACK_DATABASE_URL": f"sqlite:///{database}",
        "HARKBACK_MODEL": "hashing",
        "NO_COLOR": "1",
        **(extra or {}),
    }


def make_command(*arguments: str | Path) -> list[str]:
    return [sys.executable, "-m", "bot.cli", *map(str, arguments)]


def run_harkback(
    *arguments: str | Path, database: Path, extra: Mapping[str, str] | None = None, cwd: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """Run one command to its end."""
    return subprocess.run(
        make_command(*arguments),
        env=make_environment(database, extra),
        cwd=cwd or database.parent,
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )


class Serving:
    """A running `harkback serve`."""

    def __init__(self, process: subprocess.Popen[bytes], port: int, log: Path, database: Path) -> None:
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
        return httpx.get(f"http://127.0.0.1:{self.port}{path}", timeout=5, trust_env=False)

    def wait_ready(self, seconds: float = START_SECONDS) -> None:
        self.wait_for_status("/readyz", httpx.codes.OK, seconds)

    def wait_for_status(self, path: str, status: int, seconds: float = 10) -> str:
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

    def wait_for_log(self, *parts: str, seconds: float = 10, since: int = 0) -> str:
        """Wait until a line of the log, or of what comes after so many characters of it, holds all of some words."""
        deadline = time.monotonic() + seconds
        while True:
            for line in self.log[since:].splitlines():
                if all(part in line for part in parts):
                    return line
            assert time.monotonic() < deadline, f"no line with {parts}:\n{self.log}"
            time.sleep(0.05)

    def stop(self) -> int:
        """Ask it to end, as a service manager does; its exit code."""
        self._process.terminate()
        return self._process.wait(timeout=STOP_SECONDS)


def find_free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@contextmanager
def serving(
    database: Path, extra: Mapping[str, str], log: Path, start_seconds: float = START_SECONDS
) -> Iterator[Serving]:
    """Start `harkback serve` and wait until it is ready; it is stopped at the end, and its log holds no token."""
    port = find_free_port()
    environment = make_environment(database, {"HARKBACK_PORT": str(port), **extra})
    with log.open("ab") as file:
        process = subprocess.Popen(
            make_command("serve"), env=environment, cwd=database.parent, stdout=file, stderr=subprocess.STDOUT
        )
    running = Serving(process, port, log, database)
    try:
        running.wait_ready(start_seconds)
        yield running
    finally:
        # Asked nicely it ends within seconds, which no test should wait for that is not about just that.
        process.kill()
        process.wait()
    assert [secret for secret in SECRETS if secret in running.log] == []
