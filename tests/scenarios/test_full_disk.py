"""PostgreSQL on a disk that is full: what is told, that nothing is lost, and that all goes on once there is room."""

import json
import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import make_url, text

from store.archive import Archive
from tests.fakes.slack import StandInSlack
from tests.postgres import ROLE, PostgresServer, start
from tests.scenarios.conftest import fill_workspace, make_room, make_slack_settings
from tests.scenarios.exports import make_new, make_old, write
from tests.scenarios.process import run_harkback, serving
from tests.scenarios.room import find_links
from tests.scenarios.test_faults import KIBIBYTE, Disk, mounted
from tests.scenarios.test_postgres import ask
from tests.store.factories import dump_index
from tests.waiting import wait_until

# Whole commands, several of them, on a machine that may be busy.
pytestmark = [pytest.mark.postgres, pytest.mark.timeout(300)]

ADVICE = "No space left on device: free some disk space; nothing that was stored is lost\n"
ORPHANS = (
    "SELECT comment_id FROM comment_words WHERE comment_id NOT IN (SELECT id FROM comment)",
    "SELECT id FROM comment WHERE id NOT IN (SELECT comment_id FROM comment_words)",
    "SELECT id FROM passage WHERE comment_id NOT IN (SELECT id FROM comment)",
    "SELECT id FROM comment WHERE id NOT IN (SELECT comment_id FROM passage UNION SELECT comment_id FROM change)",
)
# Nor is there any of these once all is done.
LEFT = ("SELECT comment_id FROM change", "SELECT id FROM refresh WHERE ended_at IS NULL")
NONE: list[Any] = [[]] * len(ORPHANS)
_COMMENTS = "SELECT native_id, text, fingerprint FROM comment ORDER BY native_id"
_TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
# As the server itself says it.
_REFUSE = """
CREATE OR REPLACE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  RAISE EXCEPTION 'could not extend file "base/5/16384": No space left on device'
  USING ERRCODE = 'disk_full', HINT = 'Check free disk space.';
END $$
"""


@dataclass(frozen=True)
class Yard:
    """A server of its own, with an archive that is what the place beside it held before, and is never written to."""

    server: PostgresServer
    folder: Path
    place: Path
    base: str

    def run(self, *arguments: str | Path, url: str) -> subprocess.CompletedProcess[str]:
        return run_harkback(*arguments, database=url)

    @contextmanager
    def copied(self, name: str, tablespace: str = "pg_default") -> Iterator[str]:
        """Give a copy of a database, by its URL."""
        copy = f"copy_of_{name}"
        statement = "CREATE DATABASE {} OWNER {} TEMPLATE {} TABLESPACE {}"
        self.server.run(statement, copy, ROLE, name, tablespace)
        try:
            yield self.server.url_of(copy)
        finally:
            self.server.run("DROP DATABASE {} WITH (FORCE)", copy)

    def check_completes(self, url: str, wanted: dict[str, Any]) -> None:
        """Check that nothing was lost, and that the next refresh does all that there is to do."""
        assert read_held(url)["orphans"] == NONE
        done = self.run("refresh", url=url)
        assert (done.returncode, done.stderr) == (0, "")
        held = read_held(url)
        assert [name for name in wanted if held[name] != wanted[name]] == []


def name_of(url: str) -> str:
    return str(make_url(url).database)


def read_held(url: str) -> dict[str, Any]:
    """Give what an archive holds, and what is in it that hangs on what is not there."""
    with closing(Archive.open(url)) as archive, archive.database.reading() as connection:
        return {
            "comments": [tuple(row) for row in connection.execute(text(_COMMENTS))],
            "orphans": [connection.execute(text(one)).all() for one in ORPHANS],
            "left": [connection.execute(text(one)).all() for one in LEFT],
            **dump_index(archive),
        }


def check_told(done: subprocess.CompletedProcess[str]) -> None:
    """Check that a run ended with one message, and did nothing."""
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.startswith("harkback: cannot use the archive: 'postgresql+psycopg://harkback@127.0.0.1:")
    assert done.stderr.endswith(ADVICE)
    assert done.stderr.count("\n") == 1


@pytest.fixture(scope="module")
def yard(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Yard]:
    place = tmp_path_factory.mktemp("place") / "export.jsonl"
    with (
        tempfile.TemporaryDirectory(prefix="harkback-pg-", ignore_cleanup_errors=True) as folder,
        start(Path(folder)) as server,
    ):
        server.prepare()
        url = server.create()
        made = Yard(server, Path(folder), place, name_of(url))
        done = made.run("import", write(place, make_old()), url=url)
        assert (done.returncode, done.stderr) == (0, "")
        write(place, make_new())
        yield made


@pytest.fixture(scope="module")
def refreshed(yard: Yard) -> dict[str, Any]:
    """What an undisturbed refresh makes of the archive."""
    with yard.copied(yard.base) as url:
        assert yard.run("refresh", url=url).returncode == 0
        return read_held(url)


@pytest.fixture(scope="module")
def disk(yard: Yard) -> Iterator[Disk]:
    """A disk of its own, in memory, that the server knows as the tablespace `small`."""
    owner = (yard.folder / "data").stat()
    # The server holds some of its files open until it ends.
    with mounted(yard.folder / "small", 128, "--lazy") as small:
        os.chown(small.folder, owner.st_uid, owner.st_gid)
        yard.server.run(f"CREATE TABLESPACE small LOCATION '{small.folder}'")
        yield small


@pytest.mark.parametrize("kibibytes", [40, pytest.param(2_000, marks=pytest.mark.slow)])
def test_refresh_on_a_full_disk_loses_nothing_and_goes_on_when_there_is_room(
    yard: Yard, refreshed: dict[str, Any], disk: Disk, kibibytes: int
):
    with yard.copied(yard.base, "small") as url:
        filler = disk.leave(kibibytes * KIBIBYTE)
        try:
            check_told(yard.run("refresh", url=url))
        finally:
            filler.unlink()
        yard.check_completes(url, refreshed)


def test_import_to_a_full_disk_makes_no_half_of_an_archive(yard: Yard, disk: Disk):
    nothing = name_of(yard.server.create(is_empty=True))
    with yard.copied(nothing, "small") as url:
        filler = disk.leave(200 * KIBIBYTE)
        try:
            check_told(yard.run("import", yard.place, url=url))
        finally:
            filler.unlink()
        done = yard.run("import", yard.place, "--json", url=url)
        assert (done.returncode, done.stderr) == (0, "")
        held = read_held(url)
        assert (len(held["comments"]), held["orphans"], held["left"]) == (len(make_new()), NONE, [[], []])


@contextmanager
def refusing(server: PostgresServer, name: str, *tables: str, which: str = "true") -> Iterator[None]:
    """Let a database say that its disk is full wherever a row of some tables is written."""
    server.run(_REFUSE, database=name)
    for table in tables:
        server.run(
            f"CREATE TRIGGER full_disk BEFORE INSERT OR UPDATE ON {{}} FOR EACH ROW WHEN ({which}) "
            "EXECUTE FUNCTION refuse()",
            table,
            database=name,
        )
    try:
        yield
    finally:
        for table in tables:
            server.run("DROP TRIGGER full_disk ON {}", table, database=name)


@pytest.mark.parametrize(
    ("table", "which"),
    [
        pytest.param("refresh", "true", marks=pytest.mark.slow),
        ("comment", "NEW.id > 2200"),
        pytest.param("passage", "NEW.id > 2200", marks=pytest.mark.slow),
    ],
)
def test_refresh_that_is_refused_room_anywhere_goes_on_when_there_is_some(
    yard: Yard, refreshed: dict[str, Any], table: str, which: str
):
    with yard.copied(yard.base) as url:
        with refusing(yard.server, name_of(url), table, which=which):
            check_told(yard.run("refresh", url=url))
        yard.check_completes(url, refreshed)


@pytest.mark.parametrize(
    ("table", "which"),
    [pytest.param("source", "true", marks=pytest.mark.slow), ("comment_words", "NEW.comment_id > 900")],
)
def test_import_that_is_refused_room_anywhere_goes_on_when_there_is_some(yard: Yard, table: str, which: str):
    url = yard.server.create()
    with refusing(yard.server, name_of(url), table, which=which):
        check_told(yard.run("import", yard.place, url=url))
    done = yard.run("import", yard.place, "--json", url=url)
    assert (done.returncode, done.stderr) == (0, "")
    (report,) = json.loads(done.stdout)["reports"]
    held = read_held(url)
    assert report["added"] + report["unchanged"] == len(held["comments"]) == len(make_new())
    assert (held["orphans"], held["left"]) == (NONE, [[], []])


def test_questions_are_answered_on_a_full_disk_and_what_comes_later_is_followed(yard: Yard, tmp_path: Path):
    with (
        StandInSlack(redelivery_delays=(0.0, 1.0), reads_channels=True) as slack,
        yard.copied(yard.base) as url,
        serving(url, make_slack_settings(slack), tmp_path / "log") as bot,
    ):
        fill_workspace(slack)
        slack.wait_connected()
        room, name = make_room(slack), name_of(url)
        tables = [str(row[0]) for row in yard.server.run(_TABLES, database=name)]
        with refusing(yard.server, name, *tables):
            # Each of these would be noted.
            room.mention("what was said about an unconference?")
            assert len(find_links(room.wait_for_post())) == 5
            room.command("what was said about a podcast?")
            assert len(find_links(room.wait_for_post(2))) == 5
            assert len(room.settle()) == 2
            assert ADVICE.strip() in bot.log
            assert "Traceback" not in bot.log
            assert bot.get("/readyz").status_code == 200
        room.mention("what was said about the ferry?")
        assert len(find_links(room.wait_for_post(3))) == 5
        feed = tmp_path / "more.jsonl"
        feed.write_text(json.dumps({"id": "9", "text": "A dirigible unconference.", "date": "2012-01-01"}) + "\n")
        assert yard.run("import", feed, url=url).returncode == 0
        wait_until(lambda: "dirigible unconference" in ask(room, "what was said about a dirigible?"), "it")
