import re
import shlex
import shutil
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest
import yaml

from bot import job_queue
from bot.sample import COMMENTS
from bot.settings import Settings
from bot.wiring import open_archive
from store.db import postgres
from tests.deploy.places import DEPLOY, ROOT, SETTINGS, find_settings, is_command
from tests.fakes.slack import StandInSlack
from tests.scenarios.process import Serving, make_environment, run_harkback, serving
from tests.store.factories import dump

RUNBOOK = (DEPLOY / "README.md").read_text(encoding="utf-8")
_START_SECONDS = 180
LATER = '{"id": "late", "text": "The zeppelin leaves on Tuesday.", "author": "Ann"}\n'


def find_section(*titles: str) -> str:
    """Give what stands under a heading, and under one within it."""
    text = RUNBOOK
    for depth, title in enumerate(titles, start=2):
        marks = "#" * depth
        _, found, text = text.partition(f"\n{marks} {title}\n")
        assert found, title
        text = re.split(rf"^#{{2,{depth}}} ", text, maxsplit=1, flags=re.MULTILINE)[0]
    return text


def find_blocks(text: str) -> list[list[str]]:
    """Give the commands of each block."""
    return [block.strip().splitlines() for block in re.findall(r"^```\n(.*?)^```", text, re.MULTILINE | re.DOTALL)]


class Machine:
    """A machine that was installed as the runbook says, in folders of its own: the bot runs as a service."""

    def __init__(self, folder: Path, extra: dict[str, str]) -> None:
        self.data, self.backups, programs = folder / "data", folder / "backups", folder / "bin"
        self.database = self.data / "archive.db"
        self.bot: Serving | None = None
        self._folder, self._extra, self._stack = folder, extra, ExitStack()
        for one in (self.data, programs):
            one.mkdir()
        self._write(programs / "sudo", 'if [ "$1" = -u ]; then shift 2; fi; exec "$@"')
        self._write(programs / "hark", f'exec {sys.executable} -m bot.cli "$@"')
        self._write(programs / "python3", f'exec {sys.executable} "$@"')
        self._environment = make_environment(self.database, {**extra, "PYTHONPATH": str(ROOT)})
        self._environment["PATH"] = f"{programs}:{self._environment['PATH']}"

    def start(self) -> None:
        assert self.bot is None
        log = self._folder / "log"
        self.bot = self._stack.enter_context(
            serving(self.database, {**self._extra, "PYTHONPATH": str(ROOT)}, log, _START_SECONDS)
        )

    def stop(self) -> None:
        if self.bot:
            assert self.bot.stop() == 0
            self.bot = None

    def run(self, command: str) -> str:
        """Run a command of the runbook."""
        match shlex.split(command):
            case ["sudo", "systemctl", "stop", "harkback"]:
                self.stop()
                return ""
            case ["sudo", "systemctl", "start", "harkback"]:
                self.start()
                return ""
        # Nobody here has a user of that name.
        own = command.replace("-o harkback -g harkback", "")
        own = own.replace("/var/lib/harkback", str(self.data)).replace("/var/backups/harkback", str(self.backups))
        done = subprocess.run(
            own, shell=True, cwd=self.data, env=self._environment, capture_output=True, text=True, check=False
        )
        assert (done.returncode, done.stderr) == (0, ""), own
        return done.stdout

    def read(self) -> object:
        with open_archive(Settings(database_url=f"sqlite:///{self.database}", model="hashing")) as archive:
            return {name: rows for name, rows in dump(archive).items() if name != "archive_state"}

    def close(self) -> None:
        self._stack.close()

    def _write(self, path: Path, script: str) -> None:
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)


BACK_UP = find_blocks(find_section("Back up", "SQLite"))[:2]
RESTORE = find_blocks(find_section("Restore", "SQLite"))[0]


@pytest.mark.timeout(400)
@pytest.mark.parametrize("back_up", BACK_UP, ids=["by sqlite3", "by Python"])
def test_archive_is_backed_up_while_the_bot_runs_and_restored(tmp_path: Path, back_up: list[str]):
    if "sqlite3 /var" in back_up[1] and shutil.which("sqlite3") is None:
        pytest.skip("sqlite3 is not installed: the runbook has a way without it")
    with StandInSlack() as slack:
        tokens = {
            "SLACK_API_URL": slack.api_url,
            "SLACK_BOT_TOKEN": slack.bot_token,
            "SLACK_APP_TOKEN": slack.app_token,
        }
        machine = Machine(tmp_path, tokens)
        assert run_harkback("import", COMMENTS, database=machine.database).returncode == 0
        try:
            machine.start()
            later = tmp_path / "later.jsonl"
            later.write_text(LATER)
            assert run_harkback("import", later, database=machine.database).returncode == 0
            # Something that the file alone does not hold.
            assert machine.database.with_name("archive.db-wal").stat().st_size > 0
            before = machine.read()
            said = [machine.run(command) for command in back_up]
            assert said[1].strip() in {"", "ok"}
            assert machine.bot
            assert machine.bot.is_alive
            # What happens afterwards is lost, and so is the archive.
            assert run_harkback("forget", "Ann", "--yes", database=machine.database).returncode == 0
            log = machine.database.with_name("archive.db-wal")
            written = log.read_bytes()
            machine.stop()
            machine.database.write_bytes(machine.database.read_bytes()[:5_000])
            # A copy that is put beside this would be taken for what it was made from.
            log.write_bytes(written)
            told = [machine.run(command) for command in RESTORE]
            assert f"database: sqlite:///{machine.database}" in told[3]
            assert machine.bot
            assert machine.read() == before
            assert (machine.database.stat().st_mode & 0o777) == 0o600
            asked = run_harkback("ask", "zeppelin", "--json", database=machine.database)
            assert '"outcome": "answered"' in asked.stdout
        finally:
            machine.close()


def test_commands_are_the_programs():
    lines = [
        line.strip()
        for block in re.findall(r"^ *```\n(.*?)^ *```", RUNBOOK, re.MULTILINE | re.DOTALL)
        for line in block.splitlines()
    ]
    found = [
        words.split("#")[0].split()
        for line in lines
        for words in re.findall(r"(?:^|/|-- )(?:harkback|hark) ((?:[a-z]+)(?: [^|]*)?)$", line)
    ]
    spoken = [code.split() for code in re.findall(r"`hark(?:back)? ([a-z][^`]*)`", RUNBOOK)]
    run_in_containers = [line.split(" bot ")[1].split() for line in lines if " run --rm bot " in line]
    assert len(found) >= 10
    assert len(run_in_containers) >= 5
    assert [words for words in (*found, *spoken, *run_in_containers) if not is_command(words)] == []


def test_dump_that_is_roots_is_read_by_root():
    backup = yaml.safe_load((DEPLOY / "compose.postgres.yaml").read_text(encoding="utf-8"))["services"]["backup"]
    assert backup["user"] == "0:0"
    assert "umask 077" in backup["command"][0]
    # A shell opens what stands behind "<" as whoever types it.
    reading = [line for line in RUNBOOK.splitlines() if "deploy/backups/" in line]
    assert len(reading) == 1
    assert reading[0].startswith("sudo cat deploy/backups/NAME.dump | ")


def read_row(table: str, title: str) -> list[str]:
    """Give the cells of a row of a table, but for its title."""
    [row] = re.findall(rf"^\| {re.escape(title)}[^|]* \|(.*)\|$", table, re.MULTILINE)
    return [cell.strip() for cell in row.split("|")]


def test_figures_are_those_that_were_measured():
    measured = (ROOT / "tests" / "benchmarks" / "README.md").read_text(encoding="utf-8")
    sums = [
        [sum(map(int, part.split(" + "))) for part in cell.removesuffix(" ms").split("; ")]
        for cell in read_row(measured, "processors, ours + the server's")[:2]
    ]
    (small_database, small_memory), (large_database, large_memory) = sums
    section = " ".join(find_section("How far it goes").split())
    assert f"took {small_memory} ms of processor time at 100,000 comments, {large_memory} ms at a million" in section
    assert f"where the database searches, {small_database} and {large_database} ms, a third" in section
    rows = find_section("How far it goes")
    told = read_row(rows, "processor time a question, all in one archive")[0]
    assert told == f"{large_memory / 1000:.2f}; {large_database / 1000:.2f} s"
    assert set(read_row(rows, "the same in archives of a million each")) == {f"{large_memory / 1000:.2f} s"}
    assert set(read_row(rows, "questions a second and core")) == {f"{1000 / large_memory:.0f}"}
    medians = [cell.partition(";")[0] for cell in read_row(measured, "an answer in the database, p50; p95")[:2]]
    assert f"{medians[0]} and {medians[1]} ms where the database searches" in section


def test_connections_are_those_that_processes_make():
    of_archive, to_take = postgres._POOL_SIZE + postgres._MORE_IN_A_RUSH, job_queue._CONNECTIONS
    section = " ".join(find_section("How far it goes").split())
    assert f"connections: {of_archive} a process at most for the archive" in section
    assert f"up to {to_take + 1} more, {to_take} to take jobs with" in section
    # What is asked of the queue at once: by the job, by what looks around, and for metrics.
    assert f"{of_archive + to_take + 1 + 3} at most" in section


def test_settings_are_the_programs():
    assert find_settings(RUNBOOK) <= SETTINGS | {"HARKBACK_TEST_POSTGRES"}


def test_files_that_are_named_are_there():
    named = {
        *re.findall(r"\]\(([a-z][^):]*)\)", RUNBOOK),
        *(f"../{path}" for path in re.findall(r"\bdeploy/[\w./-]*\w", RUNBOOK)),
    }
    made = {"../deploy/.env", "../deploy/secrets", "../deploy/backups"}
    wanted = {path for path in named if not path.startswith(tuple(made)) and path != "../deploy"}
    assert len(wanted) > 15
    assert [path for path in sorted(wanted) if not (DEPLOY / path).exists()] == []
