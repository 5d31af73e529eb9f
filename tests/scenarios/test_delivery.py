"""Exactly once, whatever is delivered how often to how many processes, and however they end."""

import time
from pathlib import Path

from bot.slack.views.buttons import MORE
from tests.fakes.slack import StandInSlack
from tests.scenarios.conftest import fill_workspace, make_room, make_slack_settings
from tests.scenarios.process import Serving, serving
from tests.scenarios.room import MEMBER, QUESTION, find_links

ACK_SECONDS = 3


def test_thirty_questions_at_once_are_acknowledged_in_time_and_answered_once_each(
    slack: StandInSlack, bot_process: Serving
):
    rooms = [make_room(slack) for _ in range(3)]
    asked = [room.mention(f"unconferences {number}") for number in range(5) for room in rooms]
    asked += [room.command(f"wikis {number}") for number in range(5) for room in rooms]
    for room in rooms:
        room.wait_for_posts(10)
    slack.wait_quiet(0.3)
    assert len(asked) == 30
    assert [len(delivery.attempts) for delivery in asked] == [1] * 30
    assert max(delivery.acked_after_seconds or 99 for delivery in asked) < ACK_SECONDS
    assert [len(room.posts) for room in rooms] == [10, 10, 10]
    threads = [post.thread_ts for room in rooms for post in room.posts if post.ephemeral_to is None]
    assert sorted(map(str, threads)) == sorted(delivery.ts for delivery in asked[:15])
    assert bot_process.is_alive


def test_restart_answers_what_was_taken_and_remembers_what_was_answered(archive_copy: Path, tmp_path: Path):
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
            # Within what service managers allow.
            assert time.monotonic() - began < 10
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
