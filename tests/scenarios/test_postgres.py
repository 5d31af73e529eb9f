"""The real command on PostgreSQL: the same answers as on SQLite, whatever is killed or started again meanwhile."""

import json
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.sample import COMMENTS
from tests.cutting import cutting
from tests.databases import ArchivePlace, execute
from tests.fakes.slack import StandInSlack
from tests.postgres import PostgresServer, find_free_port, start
from tests.scenarios.conftest import SECRETS, fill_workspace, make_room, make_slack_settings
from tests.scenarios.process import make_command, make_environment, run_harkback, run_well, serving
from tests.scenarios.room import Room
from tests.waiting import PATIENCE_SECONDS, wait_until

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


def test_bot_answers_each_question_once_whose_connections_are_cut_again_and_again(
    postgres: PostgresServer, tmp_path: Path
):
    url = postgres.create()
    run("import", COMMENTS, database=url)
    with (
        cutting(url) as way,
        StandInSlack(redelivery_delays=(0.0, 1.0, 2.0, 5.0), reads_channels=True) as slack,
    ):
        fill_workspace(slack)
        with serving(way.url(url), make_slack_settings(slack), tmp_path / "log") as bot:
            slack.wait_connected()
            rooms = [make_room(slack) for _ in range(4)]
            asked, cuts = [], 0
            for number in range(24):
                asked.append(rooms[number % len(rooms)].mention(f"unconferences {number}"))
                time.sleep(0.05)
                cuts += way.cut()
            assert cuts > 10
            way.is_open = False
            way.cut()
            asked += [room.mention("unconferences, while nobody gets through") for room in rooms]
            time.sleep(1)
            way.is_open = True
            slack.wait_for(lambda: sum(len(room.posts) for room in rooms) >= len(asked), 200, "every answer")
            rooms[0].settle()
            posts = [post for room in rooms for post in room.posts]
            assert sorted(str(post.thread_ts) for post in posts) == sorted(delivery.ts for delivery in asked)
            bot.wait_for_status("/readyz", 200)


def test_import_whose_connection_is_cut_says_so_and_goes_on_when_it_is_run_again(
    postgres: PostgresServer, tmp_path: Path
):
    url, big = postgres.create(), tmp_path / "big.jsonl"
    lines = 6_000
    big.write_text("".join(f'{{"id": "{number}", "text": "Remark {number}."}}\n' for number in range(lines)))
    with cutting(url) as way:
        with subprocess.Popen(
            make_command("import", big), env=make_environment(way.url(url)), stderr=subprocess.PIPE, text=True
        ) as process:
            wait_until(lambda: execute(url, "SELECT count(*) FROM comment")[0][0] or process.poll() is not None)
            while process.poll() is None:
                way.cut()
                time.sleep(0.02)
            _, err = process.communicate(timeout=PATIENCE_SECONDS)
        assert (process.returncode, err.count("\n")) == (3, 1)
        assert err.startswith(f"harkback: cannot use the archive: '{way.url(url)}': ")
        assert err.endswith(": try again in a moment\n")
        kept = execute(url, "SELECT count(*) FROM comment")[0][0]
        assert 0 < kept < lines
        (report,) = run("import", big, database=way.url(url))["reports"]
    assert (report["added"], report["unchanged"], report["problems"]) == (lines - kept, kept, [])


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
    ((dim,),) = execute(url, "SELECT DISTINCT length(data) / 4 FROM text_vector")
    assert dim != 64
    assert run("ask", "a dirigible", database=url)["hits"][0]["comment"]["id"] == "9"


def test_command_says_in_one_line_what_is_wrong():
    done = run_harkback("sources", database="postgresql+psycopg://ann:secret@127.0.0.1:1/x")
    assert (done.returncode, done.stdout) == (3, "")
    assert "cannot use the archive: 'postgresql+psycopg://ann:***@127.0.0.1:1/x': " in done.stderr
    assert done.stderr.endswith("check that the server runs, and that the database URL names its host and port\n")
    assert "Traceback" not in done.stderr
    assert "secret" not in done.stderr
