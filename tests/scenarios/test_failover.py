"""Replicas that share one archive: whichever is killed, paused or started, each question has one answer."""

import os
import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from store.repositories.replies import LEASE
from tests.databases import ArchivePlace
from tests.fakes.slack import Delivery, StandInSlack
from tests.fakes.slack.identity import Json
from tests.scenarios.conftest import fill_workspace, make_room, make_slack_settings
from tests.scenarios.process import Serving, serving
from tests.scenarios.room import MEMBER, Room, dump
from tests.scenarios.test_delivery import let_pass

QUESTIONS = 500
A_SECOND = 6
REPLICAS = 3
KILL_EVERY_SECONDS = 5
# However slow the machine is that starts them again.
MIN_KILLS = 6
# Slack tries again after a minute and after five: here sooner, so that nobody waits for it.
DELAYS = (0.0, 0.5, 2.0, 5.0, 10.0, 20.0, 30.0, 60.0)
# What a killed replica had taken is another's once its lease is over.
ANSWER_SECONDS = LEASE.total_seconds() * 3


class Replicas:
    """Processes on one archive, of which one after another is killed and started again."""

    def __init__(self, slack: StandInSlack, database: ArchivePlace, folder: Path) -> None:
        self._slack = slack
        self._database = database
        self._folder = folder
        self._started = 0
        self.killed = 0
        self.running: list[tuple[Serving, ExitStack]] = []

    def start(self) -> None:
        stack = ExitStack()
        log = self._folder / f"{self._started}.log"
        self._started += 1
        replica = serving(self._database, make_slack_settings(self._slack), log)
        self.running.append((stack.enter_context(replica), stack))

    def kill(self) -> None:
        running, stack = self.running.pop(0)
        os.kill(running.number, signal.SIGKILL)
        stack.close()
        self.killed += 1

    def kill_until(self, over: threading.Event) -> None:
        while not over.wait(KILL_EVERY_SECONDS):
            self.kill()
            self.start()

    def close(self) -> None:
        for _, stack in self.running:
            stack.close()


@contextmanager
def replicating(slack: StandInSlack, database: ArchivePlace, folder: Path) -> Iterator[Replicas]:
    replicas = Replicas(slack, database, folder)
    try:
        for _ in range(REPLICAS):
            replicas.start()
        slack.wait_connected(REPLICAS)
        yield replicas
    finally:
        replicas.close()


def ask_all(slack: StandInSlack, rooms: list[Room], drawn: random.Random) -> dict[str, Delivery]:
    """Ask at an even pace, each with a word that stands nowhere else; some of them come twice."""
    asked: dict[str, Delivery] = {}
    began = time.monotonic()
    for number in range(QUESTIONS):
        word = f"xylo{number}phone"
        is_mention = drawn.random() < 0.7
        asked[word] = (
            drawn.choice(rooms).mention(word) if is_mention else slack.send_direct_message(user=MEMBER, text=word)
        )
        if drawn.random() < 0.2:
            slack.redeliver(asked[word])
        time.sleep(max(0.0, began + number / A_SECOND - time.monotonic()))
    return asked


def count_answers(slack: StandInSlack, words: list[str]) -> Counter[str]:
    texts = [dump(post) for post in slack.posts]
    return Counter(word for word in words for text in texts if word in text)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_each_question_has_one_answer_while_replicas_are_killed_and_started(archive_copy: ArchivePlace, tmp_path: Path):
    with StandInSlack(redelivery_delays=DELAYS, reads_channels=True) as slack:
        fill_workspace(slack)
        rooms = [make_room(slack) for _ in range(6)]
        over = threading.Event()
        with replicating(slack, archive_copy, tmp_path) as replicas:
            killing = threading.Thread(target=replicas.kill_until, args=(over,))
            killing.start()
            asked = ask_all(slack, rooms, random.Random(1))
            while replicas.killed < MIN_KILLS:
                time.sleep(0.5)
            over.set()
            killing.join()
            until = time.monotonic() + ANSWER_SECONDS
            while len(count_answers(slack, [*asked])) < len(asked) and time.monotonic() < until:
                time.sleep(1)
            slack.wait_quiet(2, timeout=60)
            answers = count_answers(slack, [*asked])
    assert {word: answers[word] for word in asked if answers[word] != 1} == {}


def test_replica_that_was_paused_leaves_its_question_to_another(archive_copy: ArchivePlace, tmp_path: Path):
    with StandInSlack(redelivery_delays=(), reads_channels=True) as slack:
        fill_workspace(slack)
        room = make_room(slack)
        find_user = slack._web_api.methods["users.info"]
        is_paused = threading.Event()

        def pause_and_find(params: Json) -> Json:
            if not is_paused.is_set():
                os.kill(paused.number, signal.SIGSTOP)
                is_paused.set()
            return find_user(params)

        with serving(archive_copy, make_slack_settings(slack), tmp_path / "paused.log") as paused:
            slack.wait_connected()
            slack.add_method("users.info", pause_and_find)
            room.mention("xylophone")
            assert is_paused.wait(60)
            let_pass(archive_copy, LEASE * 2)
            with serving(archive_copy, make_slack_settings(slack), tmp_path / "other.log"):
                slack.wait_for(lambda: len(room.posts) == 1, 60, "the other's answer")
                os.kill(paused.number, signal.SIGCONT)
                paused.wait_for_log("another process answered meanwhile")
                slack.wait_quiet(1)
        assert len(room.posts) == 1
