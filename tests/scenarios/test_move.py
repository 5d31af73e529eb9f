"""An archive is moved to another database and back by the real command, which is killed again and again."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.databases import copy_file
from tests.postgres import PASSWORD, PostgresServer, run_postgres
from tests.scenarios.forking import Forks, Moment
from tests.scenarios.process import run_harkback
from tests.store.contents import check_sound, read_state

# From a file, whatever else the other scenarios run on.
pytestmark = [pytest.mark.postgres, pytest.mark.parametrize("databases", ["sqlite"], indirect=True)]

QUESTIONS = ("what was said about unconferences", "lunch and wikis")
MOMENTS = (
    Moment("store.db.migrate.upgrade"),
    Moment("store.db.migrate.begin_move"),
    # Before what they have done is committed.
    Moment("store.db.moving.put_rows", 2),
    Moment("store.db.moving.put_rows", 7),
    Moment("store.db.moving.copy_last_ids"),
    # Both have been read, and the target is not yet an archive.
    Moment("store.db.moving.digest_last_ids", 2),
)


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    with run_postgres() as running:
        yield running


@pytest.fixture
def source(sample_archive: Path, tmp_path: Path) -> Path:
    return copy_file(sample_archive, tmp_path / "archive.db")


def ask(forks: Forks, url: str, source: Path) -> list[str]:
    """Give what the command answers to each question, byte for byte."""
    ended = [forks.run("--database", url, "ask", question, "--json", database=source) for question in QUESTIONS]
    assert [(one.code, one.err) for one in ended] == [(0, "")] * len(QUESTIONS)
    return [one.out for one in ended]


def move_through_kills(forks: Forks, here: str, there: str, source: Path) -> dict[str, object]:
    """Move an archive, killed a little later each time; the receipt of the run that is not."""
    for moment in MOMENTS:
        ended = forks.run("db", "move", here, there, "--json", database=source, moment=moment)
        assert ended.is_killed, moment
    ended = forks.run("db", "move", here, there, "--json", database=source)
    assert (ended.code, ended.err) == (0, "")
    receipt: dict[str, object] = json.loads(ended.out)
    return receipt


def read_hashes(receipt: dict[str, object]) -> list[object]:
    tables = receipt["tables"]
    assert isinstance(tables, list)
    return [(table["name"], table["source"], table["target"]) for table in tables]


def test_move_to_a_server_and_back_that_is_killed_again_and_again_loses_and_doubles_nothing(
    forks: Forks, source: Path, server: PostgresServer
):
    here, there, back = f"sqlite:///{source}", server.create(is_empty=True), source.with_name("back.db")
    answers = ask(forks, here, source)
    hashes = read_hashes(move_through_kills(forks, here, there, source))
    assert all(one == other for _, one, other in hashes)
    assert ask(forks, there, source) == answers
    assert read_hashes(move_through_kills(forks, there, f"sqlite:///{back}", source)) == hashes
    check_sound(back)
    assert read_state(back) == read_state(source)
    assert ask(forks, f"sqlite:///{back}", source) == answers


def test_move_shows_no_password(source: Path, server: PostgresServer):
    there = server.create(is_empty=True).replace("harkback@", f"harkback:{PASSWORD}@")
    assert PASSWORD in there
    for _ in range(2):
        # The second is refused, since the first has moved all.
        done = run_harkback("db", "move", f"sqlite:///{source}", there, database=source)
        assert PASSWORD not in done.stdout + done.stderr
        assert "harkback:***@" in done.stdout + done.stderr
