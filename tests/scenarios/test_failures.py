"""What people see, and what an admin finds, when Slack or the archive fails."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bot.slack.views.buttons import MORE
from tests.databases import ArchivePlace, execute
from tests.fakes.slack import Post, StandInSlack
from tests.scenarios.conftest import fill_workspace, make_room, make_slack_settings
from tests.scenarios.process import Serving, run_harkback, serving
from tests.scenarios.room import GUEST, MEMBER, Room, dump, find_actions, find_links


@pytest.mark.parametrize("error", ["invalid_blocks", "msg_blocks_too_long"])
def test_blocks_that_are_refused_are_answered_once_more_in_plain_text(slack: StandInSlack, room: Room, error: str):
    slack.fail_next("chat.postMessage", error=error)
    mention = room.mention()
    post = room.wait_for_post()
    assert (post.blocks, post.thread_ts) == ([], mention.ts)
    assert post.text.count("|open the comment>") == 5
    assert "Searched 165 comments in 1 source" in post.text
    assert len(room.settle()) == 1


def test_blocks_of_a_private_answer_that_are_refused_are_answered_in_plain_text(slack: StandInSlack, room: Room):
    slack.fail_next("response_url", status=400, error="invalid_blocks")
    room.command()
    post = room.wait_for_post()
    assert (post.blocks, post.ephemeral_to) == ([], MEMBER)
    assert "|open the comment>" in post.text


def test_rate_limits_and_server_errors_are_waited_out(slack: StandInSlack, room: Room):
    slack.fail_next("chat.postMessage", status=429, retry_after=1)
    slack.fail_next("chat.postMessage", status=500)
    mention = room.mention()
    assert room.wait_for_post().thread_ts == mention.ts
    assert len(room.settle()) == 1
    calls = [call for call in slack.list_calls("chat.postMessage") if call.params.get("channel") == room.id]
    assert [call.error for call in calls] == ["ratelimited", "internal_error", None]


def test_private_answer_is_tried_again_after_a_rate_limit(slack: StandInSlack, room: Room):
    slack.fail_next("response_url", status=429, retry_after=1)
    room.command()
    assert room.wait_for_post().ephemeral_to == MEMBER


def test_answer_that_slack_never_takes_is_logged_with_a_reference(
    slack: StandInSlack, bot_process: Serving, room: Room
):
    # Where it was asked for, and where whoever asked is written to.
    slack.fail_next("chat.postMessage", error="is_archived", times=2)
    # Others may have failed before.
    before = len(bot_process.log)
    room.mention()
    line = bot_process.wait_for_log("a reply could not be delivered", "reference=", since=before)
    assert re.search(r"reference=[0-9a-f]{8}\b", line)
    bot_process.wait_for_log("is_archived", since=before)
    room.mention()
    assert len(find_links(room.wait_for_post())) == 5


@contextmanager
def broken(database: ArchivePlace, table: str) -> Iterator[None]:
    """Take a table away for a while."""
    execute(database, f"ALTER TABLE {table} RENAME TO {table}_away")
    try:
        yield
    finally:
        execute(database, f"ALTER TABLE {table}_away RENAME TO {table}")


def find_reference(post: Post) -> str:
    """The reference that a person is told; and that they are told nothing else of what happened."""
    found = re.search(r"reference: ([0-9a-f]{8})\.", post.text)
    assert found, post.text
    assert (
        re.search(
            r"archive_state|sqlite|psycopg|OperationalError|no such table|does not exist|Traceback|Error", dump(post)
        )
        is None
    )
    assert find_actions(post) == []
    return found[1]


def test_question_that_fails_inside_is_told_with_a_reference_that_the_log_has(bot_process: Serving, room: Room):
    with broken(bot_process.database, "archive_state"):
        mention = room.mention()
        public = room.wait_for_post()
        room.command()
        private = room.wait_for_post(2)
        told = json.loads(bot_process.wait_for_status("/readyz", 503))
        assert told["checks"]["database"] == {"is_good": False, "detail": "cannot be read"}
        assert bot_process.get("/healthz").text == "alive\n"
        bot_process.wait_for_log("cannot follow the archive", "archive_state")
    assert (public.thread_ts, private.ephemeral_to) == (mention.ts, MEMBER)
    for post in (public, private):
        assert bot_process.wait_for_log("a question failed", f"reference={find_reference(post)}")
    assert re.search('no such table: archive_state|relation "archive_state" does not exist', bot_process.log)
    bot_process.wait_for_status("/readyz", 200)
    room.mention()
    assert len(find_links(room.wait_for_post(3))) == 5


def test_button_that_fails_inside_is_told_with_a_reference(slack: StandInSlack, bot_process: Serving, room: Room):
    room.command()
    answer = room.wait_for_post()
    with broken(bot_process.database, "archive_state"):
        slack.click(answer, MORE, user=MEMBER)
        told = room.wait_for_post(2)
    assert told.ephemeral_to == MEMBER
    assert bot_process.wait_for_log("a question failed", f"reference={find_reference(told)}")


def test_person_who_cannot_be_looked_up_sees_what_is_public(slack: StandInSlack, bot_process: Serving):
    slack.workspace.add_user("UUNKNOWN", name="una")
    # Asked for the locale, the zone and what may be seen.
    slack.fail_next("users.info", error="fatal_error", times=3)
    room = Room(slack, slack.workspace.open_direct_message("UUNKNOWN").id)
    slack.send_direct_message(user="UUNKNOWN", text="gondola")
    assert room.wait_for_post().text.startswith("I found nothing relevant")
    slack.send_direct_message(user="UUNKNOWN", text="gondola")
    assert "brewery" in dump(room.wait_for_post(2))
    assert bot_process.is_alive


@pytest.mark.parametrize("notice", [True, False])
def test_connection_that_is_lost_is_made_again(slack: StandInSlack, bot_process: Serving, *, notice: bool):
    room = make_room(slack)
    slack.drop_connections(notice=notice)
    # Slack sends it once somebody is there to take it.
    room.mention()
    assert len(find_links(room.wait_for_post())) == 5
    assert len(room.settle()) == 1
    bot_process.wait_for_status("/readyz", 200)


def test_empty_archive_is_told_about_and_filled_while_serving(database: ArchivePlace, tmp_path: Path):
    (tmp_path / "notes.jsonl").write_text('{"text": "Unconferences begin at noon.", "author": "Ann"}\n')
    with StandInSlack() as slack:
        fill_workspace(slack)
        with serving(database, make_slack_settings(slack), tmp_path / "log"):
            slack.wait_connected()
            room = make_room(slack)
            room.mention()
            assert room.wait_for_post().text.startswith("There is nothing here to search so far: ")
            room.command(user=GUEST)
            assert room.wait_for_post(2).text.startswith("There is nothing here to search so far: ")
            assert run_harkback("import", tmp_path / "notes.jsonl", database=database).returncode == 0
            room.mention()
            assert "Unconferences begin at noon." in room.wait_for_post(3).text
