"""The real command on PostgreSQL: the same answers as on SQLite, whatever is killed or started again meanwhile."""

import json
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from bot.sample import COMMENTS
from store.archive import Archive
from tests.databases import ArchivePlace
from tests.fakes.slack import StandInSlack
from tests.postgres import PostgresServer, find_free_port, start
from tests.scenarios.conftest import SECRETS, fill_workspace, make_room, make_slack_settings
from tests.scenarios.process import run_harkback, run_well, serving
from tests.scenarios.room import Room
from tests.waiting import wait_until

# Whole commands, several of them, on a machine that may be busy.
pytestmark = [pytest.mark.postgres, pytest.mark.timeout(300)]

QUESTIONS = ("what was said about unconferences?", "the zeppelin budget or the lunch page before 2011")


@pytest.fixture
def url(postgres: PostgresServer) -> str:
    """A database with nothing in it."""
    return postgres.create(is_empty=True)


@pytest.fixture
def secrets(tmp_path: Path) -> Path:
    path = tmp_path / "secrets.jsonl"
    path.write_text("".join(json.dumps(record) + "\n" for record in SECRETS))
    return path


def run(*arguments: str | Path, database: ArchivePlace) -> Any:
    return json.loads(run_well(*arguments, "--json", database=database))


def test_answers_are_those_of_sqlite(url: str, tmp_path: Path, secrets: Path):
    file = tmp_path / "archive.db"
    for where in (url, file):
        imported = run("import", COMMENTS, secrets, database=where)
        assert [report["added"] for report in imported["reports"]] == [165, 3]
        again = run("refresh", database=where)
        assert {report["unchanged"] for report in again["reports"]} == {165, 3}
    for question in QUESTIONS:
        assert run("ask", question, database=url) == run("ask", question, database=file)
    sources, others = (run("sources", database=where)["sources"] for where in (url, file))
    assert [without_times(one) for one in sources] == [without_times(one) for one in others]


def without_times(source: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in source.items() if "refreshed" not in name}


def ask(room: Room, question: str) -> str:
    count = len(room.posts)
    room.mention(question)
    return str(room.wait_for_post(count + 1))


@pytest.fixture
def server_folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="harkback-pg-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


def test_bot_answers_again_once_the_server_is_back(server_folder: Path, tmp_path: Path):
    port = find_free_port()
    with StandInSlack(redelivery_delays=(0.0, 1.0), reads_channels=True) as slack:
        fill_workspace(slack)
        with start(server_folder, port) as server:
            server.prepare()
            url = server.create(is_empty=True)
            run("import", COMMENTS, database=url)
            running = serving(url, make_slack_settings(slack), tmp_path / "log")
            bot = running.__enter__()
            slack.wait_connected()
            room = make_room(slack)
            room.mention()
            assert "unconference" in room.wait_for_post().text
        try:
            with start(server_folder, port):
                room.mention()
                assert "unconference" in room.wait_for_post(2).text
                # What others write is followed.
                feed = tmp_path / "more.jsonl"
                feed.write_text(
                    json.dumps({"id": "9", "text": "A dirigible unconference.", "date": "2012-01-01"}) + "\n"
                )
                run("import", feed, database=url)
                wait_until(lambda: "dirigible unconference" in ask(room, "what was said about a dirigible?"), "it")
            assert bot.is_alive
        finally:
            running.__exit__(None, None, None)


def test_process_that_is_set_to_another_model_goes_by_that_of_the_archive(url: str, tmp_path: Path):
    run("import", COMMENTS, database=url)
    expected = run("ask", QUESTIONS[0], database=url)
    other = {"HARKBACK_MODEL": "hashing:64"}
    asked = run_harkback("ask", QUESTIONS[0], "--json", database=url, extra=other)
    assert (asked.returncode, json.loads(asked.stdout)) == (0, expected)
    assert asked.stderr.count("HARKBACK_MODEL names another model") == 1
    feed = tmp_path / "more.jsonl"
    feed.write_text(json.dumps({"id": "9", "text": "A dirigible unconference.", "date": "2012-01-01"}) + "\n")
    assert run_harkback("import", feed, database=url, extra=other).returncode == 0
    with closing(Archive.open(url)) as archive, archive.database.reading() as connection:
        (dim,) = connection.execute(text("SELECT DISTINCT length(data) / 4 FROM text_vector")).scalars()
    assert dim != 64
    assert run("ask", "a dirigible", database=url)["hits"][0]["comment"]["id"] == "9"


def test_command_says_in_one_line_what_is_wrong():
    done = run_harkback("sources", database="postgresql+psycopg://ann:secret@127.0.0.1:1/x")
    assert (done.returncode, done.stdout) == (3, "")
    assert "cannot use the archive: 'postgresql+psycopg://ann:***@127.0.0.1:1/x': " in done.stderr
    assert done.stderr.endswith("check that the server runs, and that the database URL names its host and port\n")
    assert "Traceback" not in done.stderr
    assert "secret" not in done.stderr
