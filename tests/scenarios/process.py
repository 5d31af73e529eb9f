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

START_SECONDS = 60


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


def run_harkback(
    *arguments: str, database: Path, extra: Mapping[str, str] | None = None, cwd: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """Run one command to its end."""
    return subprocess.run(
        [sys.executable, "-m", "bot.cli", *arguments],
        env=make_environment(database, extra),
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )


class Serving:
    """A running `harkback serve`."""

    def __init__(self, process: subprocess.Popen[bytes], port: int, log: Path) -> None:
        self._process = process
        self.port = port
        self._log = log

    @property
    def events_url(self) -> str:
        return f"http://127.0.0.1:{self.port}/slack/events"

    @property
    def log(self) -> str:
        return self._log.read_text(errors="replace")

    def get(self, path: str) -> httpx.Response:
        return httpx.get(f"http://127.0.0.1:{self.port}{path}", timeout=5)

    def wait_ready(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            assert self._process.poll() is None, self.log
            try:
                if self.get("/readyz").status_code == httpx.codes.OK:
                    return
            except httpx.TransportError:
                pass
            time.sleep(0.05)
        raise AssertionError(f"not ready in {START_SECONDS} s:\n{self.log}")

    def stop(self) -> int:
        """Ask it to end, as a service manager does; its exit code."""
        self._process.terminate()
        return self._process.wait(timeout=20)


def find_free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@contextmanager
def serving(database: Path, extra: Mapping[str, str], log: Path) -> Iterator[Serving]:
    """Start `harkback serve` and wait until it is ready; it is stopped at the end."""
    port = find_free_port()
    environment = make_environment(database, {"HARKBACK_PORT": str(port), **extra})
    with log.open("ab") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", "bot.cli", "serve"], env=environment, stdout=file, stderr=subprocess.STDOUT
        )
    try:
        running = Serving(process, port, log)
        running.wait_ready()
        yield running
    finally:
        process.terminate()
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
