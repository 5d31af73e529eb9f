"""The archive is changed to another model by the real command, which is killed, while others ask."""

import json
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.databases import ArchivePlace, Databases, execute
from tests.fakes.slack import StandInSlack
from tests.scenarios.conftest import fill_workspace, make_room, make_slack_settings
from tests.scenarios.forking import ENCODING, Forks, Moment
from tests.scenarios.process import make_command, make_environment, run_harkback, serving
from tests.scenarios.room import find_links
from tests.store.contents import State, check_sound, read_state

COMMENTS = 3_000
SUBJECTS = ("kites", "boats", "gulls", "wikis", "gardens", "lanterns", "harbours")
QUESTION = ("ask", "kites over the harbour", "--json")
REINDEX = ("reindex", "--model", "hashing:384")


@pytest.fixture(scope="module")
def indexed(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> ArchivePlace:
    """An archive of a few thousand comments; never written to."""
    export = tmp_path_factory.mktemp("indexed") / "harbour.jsonl"
    export.write_text("".join(json.dumps(make_record(number)) + "\n" for number in range(COMMENTS)))
    database = databases.create()
    assert run_harkback("import", export, database=database).returncode == 0
    return database


def make_record(number: int) -> dict[str, str]:
    words = [SUBJECTS[(number * step) % len(SUBJECTS)] for step in (1, 2, 3)]
    said = f"Number {number}: {words[0]} over the {words[1]}, and {words[2]} {'again and ' * (number % 40)}again."
    return {"id": f"{number}", "text": said, "author": f"Author {number % 50}"}


@pytest.fixture(scope="module")
def uninterrupted(databases: Databases, indexed: ArchivePlace) -> tuple[State, float]:
    """The archive after a reindex that nobody killed, and how long that took."""
    database = databases.copy(indexed)
    began = time.monotonic()
    assert run_harkback(*REINDEX, database=database).returncode == 0
    seconds = time.monotonic() - began
    return read_state(database), seconds


@pytest.fixture
def archive(databases: Databases, indexed: ArchivePlace) -> Iterator[ArchivePlace]:
    """Such an archive, to write to."""
    database = databases.copy(indexed)
    yield database
    databases.drop(database)


def kill_when(database: ArchivePlace, is_time: Callable[[], bool]) -> bool:
    """Run the command, and kill it when it is time; tell whether it was still there."""
    with subprocess.Popen(
        make_command(*REINDEX),
        env=make_environment(database),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        while process.poll() is None and not is_time():
            time.sleep(0.002)
        process.kill()
    return process.returncode == -9


def check(database: ArchivePlace, expected: State) -> None:
    """Check that a killed one is whole and can be asked, and that it goes on to where it would have come."""
    check_sound(database)
    states = [state for (state,) in execute(database, "SELECT state FROM encoder ORDER BY state")]
    assert states in (["active"], ["active", "building"], ["active", "retired"])
    assert count_answers(database) == 1
    asked = run_harkback(*QUESTION, database=database, extra={"HARKBACK_MODEL": ""})
    assert (asked.returncode, asked.stderr, json.loads(asked.stdout)["outcome"]) == (0, "", "answered")
    done = run_harkback(*REINDEX, database=database)
    assert (done.returncode, done.stderr) == (0, "")
    assert read_state(database) == expected


def count_answers(database: ArchivePlace) -> int:
    """Count the encoders whose vectors answer, of which each comment has a passage."""
    counted = execute(
        database,
        "SELECT count(DISTINCT comment_id) FROM passage JOIN encoder ON encoder.id = encoder_id "
        "WHERE state = 'active' GROUP BY encoder_id",
    )
    assert counted == [(COMMENTS,)]
    return len(counted)


@pytest.mark.parametrize("share", [0.35, 0.5, 0.65, 0.8, 0.95])
def test_reindex_killed_at_any_time_and_run_again_equals_one_run(
    archive: ArchivePlace, uninterrupted: tuple[State, float], share: float
):
    whole, seconds = uninterrupted
    began = time.monotonic()
    kill_when(archive, lambda: time.monotonic() - began > share * seconds)
    check(archive, whole)


@pytest.mark.parametrize(
    "moment",
    [
        pytest.param("SELECT count(*) > 0 FROM encoder WHERE state = 'building'", id="begun"),
        pytest.param("SELECT count(*) > 1 AND (SELECT count(*) FROM change) = 0 FROM encoder", id="complete"),
        pytest.param("SELECT count(*) > 0 FROM encoder WHERE state = 'retired'", id="switched"),
    ],
)
def test_reindex_killed_about_the_switch_and_run_again_equals_one_run(
    archive: ArchivePlace, uninterrupted: tuple[State, float], moment: str
):
    kill_when(archive, lambda: bool(execute(archive, moment)[0][0]))
    check(archive, uninterrupted[0])


def test_questions_meanwhile_are_answered_by_the_old_model(archive: ArchivePlace, forks: Forks):
    expected = json.loads(run_harkback(*QUESTION, database=archive).stdout)
    assert forks.run(*REINDEX, database=archive, moment=Moment(ENCODING, 2)).is_killed
    assert execute(archive, "SELECT 1 FROM encoder WHERE state = 'building'") == [(1,)]
    # Half done, whatever is set.
    for model in ("", "hashing", "hashing:384"):
        asked = run_harkback(*QUESTION, database=archive, extra={"HARKBACK_MODEL": model})
        assert (asked.returncode, json.loads(asked.stdout)) == (0, expected)
        assert ("HARKBACK_MODEL names another model" in asked.stderr) == (model == "hashing:384")


def test_bot_that_runs_changes_over_by_itself(archive_copy: ArchivePlace, tmp_path: Path):
    with StandInSlack() as slack:
        fill_workspace(slack)
        with serving(archive_copy, make_slack_settings(slack), tmp_path / "log") as running:
            slack.wait_connected()
            room = make_room(slack)
            room.mention()
            before = find_links(room.wait_for_post())
            assert run_harkback("reindex", "--model", "hashing:384", database=archive_copy).returncode == 0
            room.mention()
            assert find_links(room.wait_for_post(2))
            running.wait_for_log("loaded a model", "hashing:384")
            room.mention()
            assert set(find_links(room.wait_for_post(3))) & set(before)
            assert "by words alone" not in running.log
