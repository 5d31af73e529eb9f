"""The archive is changed to another model by the real command, which is killed, while others ask."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.databases import ArchivePlace, Databases, execute
from tests.fakes.slack import StandInSlack
from tests.scenarios.conftest import fill_workspace, make_room, make_slack_settings
from tests.scenarios.forking import ENCODING, Forks, Moment
from tests.scenarios.process import run_harkback, serving
from tests.scenarios.room import find_links
from tests.store.contents import check_sound

COMMENTS = 3_000
SUBJECTS = ("kites", "boats", "gulls", "wikis", "gardens", "lanterns", "harbours")
QUESTION = ("ask", "kites over the harbour", "--json")
REINDEX = ("reindex", "--model", "hashing:384")
# How many comments have passages of the model that answers.
ANSWERING = """
SELECT count(DISTINCT comment_id) FROM passage JOIN encoder ON encoder.id = encoder_id
WHERE state = 'active' GROUP BY encoder_id
"""


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


@pytest.fixture
def archive(databases: Databases, indexed: ArchivePlace) -> Iterator[ArchivePlace]:
    """Such an archive, to write to."""
    database = databases.copy(indexed)
    yield database
    databases.drop(database)


# The moments of a killed reindex, and whether the new model answers by then.
@pytest.mark.parametrize(
    ("moment", "states", "is_over"),
    [
        (Moment(ENCODING, 2), ["active", "building"], False),
        (Moment("store.db.encoders.activate"), ["active", "building"], False),
        (Moment("store.db.encoders.delete_retired"), ["active", "retired"], True),
    ],
    ids=["half done", "about to change over", "changed over"],
)
def test_questions_meanwhile_are_answered_by_one_model(
    archive: ArchivePlace, forks: Forks, moment: Moment, states: list[str], *, is_over: bool
):
    before = json.loads(run_harkback(*QUESTION, database=archive).stdout)
    assert forks.run(*REINDEX, database=archive, moment=moment).is_killed
    check_sound(archive)
    assert execute(archive, "SELECT state FROM encoder ORDER BY state") == [(state,) for state in states]
    assert execute(archive, ANSWERING) == [(COMMENTS,)]
    # Half done, whatever is set.
    for model in ("", "hashing", "hashing:384"):
        asked = run_harkback(*QUESTION, database=archive, extra={"HARKBACK_MODEL": model})
        assert (asked.returncode, json.loads(asked.stdout)["outcome"]) == (0, "answered")
        assert (json.loads(asked.stdout) == before) != is_over
        is_other = model == ("hashing" if is_over else "hashing:384")
        assert ("HARKBACK_MODEL names another model" in asked.stderr) == is_other


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
