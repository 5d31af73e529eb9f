"""Exactly once, whatever is delivered how often to how many processes, and however they end."""

import os
import signal
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from bot.slack.views.buttons import MORE
from store.archive import Archive
from store.db.tables import ReplyRow
from store.db.use_tables import OwedReplyRow
from store.repositories.replies import LEASE
from tests.bot.telemetry.test_metrics import read
from tests.databases import ArchivePlace, url_of
from tests.fakes.slack import Delivery, StandInSlack
from tests.fakes.slack.identity import Json
from tests.scenarios.conftest import fill_workspace, make_person, make_room, make_slack_settings
from tests.scenarios.process import Serving, serving, settle
from tests.scenarios.room import MEMBER, QUESTION, dump, find_links
from tests.waiting import wait_until


def test_thirty_questions_at_once_are_acknowledged_before_an_answer_and_answered_once_each(
    slack: StandInSlack, bot_process: Serving
):
    rooms = [make_room(slack) for _ in range(3)]
    with slack.holding("chat.postMessage", "response_url"):
        asked = [room.mention(f"unconferences {number}") for number in range(5) for room in rooms]
        asked += [room.command(f"wikis {number}") for number in range(5) for room in rooms]
        for delivery in asked:
            delivery.wait_acked()
    for room in rooms:
        room.wait_for_posts(10)
    settle(slack)
    assert len(asked) == 30
    assert [len(delivery.attempts) for delivery in asked] == [1] * 30
    assert [len(room.posts) for room in rooms] == [10, 10, 10]
    threads = [post.thread_ts for room in rooms for post in room.posts if post.ephemeral_to is None]
    assert sorted(map(str, threads)) == sorted(delivery.ts for delivery in asked[:15])
    assert bot_process.is_alive


def test_restart_answers_what_was_taken_and_remembers_what_was_answered(archive_copy: ArchivePlace, tmp_path: Path):
    with StandInSlack(redelivery_delays=()) as slack:
        fill_workspace(slack)
        room = make_room(slack)
        with serving(archive_copy, make_slack_settings(slack), tmp_path / "first.log") as first:
            slack.wait_connected()
            asked = [room.mention() for _ in range(9)]
            for delivery in asked:
                delivery.wait_acked()
            began = time.monotonic()
            assert first.stop() == 0
            # Within what service managers allow, on a machine that is not slow.
            assert time.monotonic() - began < 30
            assert sorted(str(post.thread_ts) for post in room.posts) == sorted(delivery.ts for delivery in asked)
            assert "Traceback" not in first.log
        page = room.posts[0]
        with serving(archive_copy, make_slack_settings(slack), tmp_path / "second.log") as second:
            slack.wait_connected()
            for delivery in asked:
                slack.redeliver(delivery).wait_acked()
            assert len(room.settle()) == len(asked)
            slack.click(page, MORE, user=MEMBER)
            following = room.wait_for_post(len(asked) + 1)
            assert following.thread_ts == page.thread_ts
            assert len(find_links(following)) == 5
            assert set(find_links(following)) & set(find_links(page)) == set()
            assert "Traceback" not in second.log


def kill_after_post(slack: StandInSlack, running: Serving, number: int, asked: list[Delivery]) -> None:
    """Kill the process when Slack has taken so many of its posts, and before it knows that; it has taken more."""
    post = slack._web_api.methods["chat.postMessage"]

    def post_and_kill(params: Json) -> Json:
        reply = post(params)
        if running.is_alive and len(slack.posts) >= number and len(list_taken(asked)) > number:
            os.kill(running.number, signal.SIGKILL)
        return reply

    slack.add_method("chat.postMessage", post_and_kill)


def list_taken(asked: list[Delivery]) -> list[Delivery]:
    return [one for one in asked if one.acked_after_seconds is not None]


def let_pass(database: ArchivePlace, time_passed: timedelta) -> None:
    """Let everything that is under way have begun so much earlier: who has not ended it by then counts as dead."""
    with closing(Archive.open(url_of(database))) as opened, opened.database.writing() as connection:
        before = datetime.now(UTC) - time_passed
        connection.execute(update(OwedReplyRow).values(owed_at=before))
        connection.execute(update(ReplyRow).values(taken_at=before))


@pytest.mark.parametrize(
    ("databases", "comes_again"),
    [("sqlite", False), ("sqlite", True), pytest.param("postgres", False, marks=pytest.mark.postgres)],
    indirect=["databases"],
)
def test_killed_process_answers_when_it_is_back_what_it_had_taken_and_nothing_twice(
    archive_copy: ArchivePlace, tmp_path: Path, *, comes_again: bool
):
    with StandInSlack(redelivery_delays=()) as slack:
        fill_workspace(slack)
        room = make_room(slack)
        people = [make_person(slack) for _ in range(6)]
        with serving(archive_copy, make_slack_settings(slack), tmp_path / "first.log") as first:
            slack.wait_connected()
            every: list[Delivery] = []
            kill_after_post(slack, first, 5, every)
            every += [room.mention(f"{QUESTION} {number}") for number in range(12)]
            every += [slack.send_direct_message(user=person, text=QUESTION) for person in people]
            wait_until(lambda: not first.is_alive, "the end of the process")
            asked, written, taken = every[:12], every[12:], list_taken(every)
        # They would come again by themselves.
        left = [one for one in every if one not in taken]
        let_pass(archive_copy, LEASE * 2)
        with serving(archive_copy, make_slack_settings(slack), tmp_path / "second.log") as second:
            slack.wait_connected()
            for delivery in [*asked, *written] if comes_again else left:
                slack.redeliver(delivery)
            slack.wait_for(lambda: len(slack.posts) >= len(asked) + len(written), what="all answers")
            settle(slack)
            assert len(taken) > 5
            shown = read(second.get("/metrics").content)
            assert comes_again or shown["harkback_owed_answers_resumed_total", ()] > 0
            slack.wait_for(
                lambda: not read(second.get("/metrics").content)["harkback_owed_answers", ()], 30, "none owed"
            )
            assert sorted(str(post.thread_ts) for post in room.posts) == sorted(one.ts for one in asked)
            assert sorted(post.channel for post in slack.posts if post.channel != room.id) == sorted(
                one.event["channel"] for one in written
            )
            assert "Traceback" not in second.log


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
def test_killed_process_answers_commands_and_follow_ups_too_when_it_is_back(archive_copy: ArchivePlace, tmp_path: Path):
    with StandInSlack(redelivery_delays=(), reads_channels=True) as slack:
        fill_workspace(slack)
        room = make_room(slack)
        people = [make_person(slack) for _ in range(2)]
        slack.workspace.channels[room.id].members |= set(people)
        with serving(archive_copy, make_slack_settings(slack), tmp_path / "first.log") as first:
            slack.wait_connected()
            thread = room.mention()
            room.wait_for_post()
            # Nobody's answer is begun before it is known who they are.
            with slack.holding("users.info"):
                room.command("mentoring", user=people[0]).wait_acked()
                slack.send_message(
                    channel=room.id, user=people[1], text="and about mentoring?", thread_ts=thread.ts
                ).wait_acked()
                os.kill(first.number, signal.SIGKILL)
                wait_until(lambda: not first.is_alive, "the end of the process")
        assert len(room.posts) == 1
        let_pass(archive_copy, LEASE * 2)
        with serving(archive_copy, make_slack_settings(slack), tmp_path / "second.log") as second:
            slack.wait_connected()
            room.wait_for_posts(3)
            _, *answers = room.settle()
            shown = {(post.thread_ts, post.ephemeral_to, "mentoring" in dump(post)) for post in answers}
            assert shown == {(None, people[0], True), (thread.ts, None, True)}
            assert (len(answers), "Traceback" in second.log) == (2, False)


def test_two_processes_on_one_archive_answer_once(slack: StandInSlack, bot_process: Serving, tmp_path: Path):
    room = make_room(slack)
    with serving(bot_process.database, make_slack_settings(slack), tmp_path / "log") as other:
        slack.wait_connected(2)
        asked = [room.mention(f"{QUESTION} {number}") for number in range(4)]
        # Each goes to either process by chance, ten times.
        for delivery in asked:
            for _ in range(9):
                slack.redeliver(delivery)
        room.wait_for_posts(len(asked))
        posts = room.settle()
        assert sorted(str(post.thread_ts) for post in posts) == sorted(delivery.ts for delivery in asked)
        command = room.command()
        for _ in range(9):
            slack.redeliver(command)
        room.wait_for_posts(len(asked) + 1)
        assert len(room.settle()) == len(asked) + 1
        assert "Traceback" not in other.log
    # Until Slack sees that it has gone, half of what comes next would be sent to nobody.
    slack.wait_for(lambda: slack.connection_count == 1, what="the other process to be gone")
