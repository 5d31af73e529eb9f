"""Each question exactly one answer, none lost: through duplicates, edits, late retries, lost connections, a restart."""

import random
import re
import time
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from bot.settings import Settings
from store.repositories.replies import LEASE
from tests.databases import ArchivePlace
from tests.fakes.slack import Delivery, Post, StandInSlack
from tests.scenarios.conftest import fill_workspace, make_room, make_slack_settings
from tests.scenarios.process import Serving, serving, settle
from tests.scenarios.room import GUEST, MEMBER, MENTION, dump
from tests.scenarios.test_delivery import let_pass

IN_SUITE, SLOW = 80, 1_000
ROOMS = 4
DROPS = 8
_WORD = re.compile(r"xylo[0-9]+phone")
# Slack tries again at once, after a minute and after five: here sooner, so that nobody waits for it.
DELAYS = (0.0, 0.5, 2.0, 5.0, 10.0, 20.0, 30.0)
ANSWER_SECONDS = 240
# What stands around a word where the bot is mentioned, written to, and in a thread where it was asked before.
ASKED, WRITTEN, GONE_ON = f"{MENTION} {{}}", "{}", "and about {}?"


@dataclass
class Question:
    """What somebody asks, with a word that stands nowhere else; an edit gives it another."""

    delivery: Delivery
    frame: str
    words: list[str]
    versions: list[Delivery] = field(default_factory=list)


class Storm:
    """Draws one delivery after another; the same ones for the same seed."""

    def __init__(self, slack: StandInSlack, seed: int) -> None:
        self._slack = slack
        self._drawn = random.Random(seed)
        self._rooms = [make_room(slack) for _ in range(ROOMS)]
        self._number = 0
        self.questions: list[Question] = []
        self.commands: list[tuple[Delivery, str]] = []
        # Words that were posted before the process was killed, and how many of those it may not have noted yet.
        self.posted: set[str] = set()
        self.unnoted = 0

    def deliver(self) -> None:
        """Deliver something new, a later version of it, or once more what was delivered before."""
        self._number += 1
        chance = self._drawn.random()
        if chance < 0.3 and self.questions:
            question = self._drawn.choice(self.questions[-30:])
            self._slack.redeliver(self._drawn.choice([question.delivery, *question.versions]))
        elif chance < 0.4 and self.questions:
            question = self._drawn.choice(self.questions[-10:])
            question.words.append(self._make_word())
            text = question.frame.format(question.words[-1])
            question.versions.append(self._slack.edit_message(question.delivery, text))
        elif chance < 0.5:
            word, room = self._make_word(), self._drawn.choice(self._rooms)
            self.commands.append((room.command(word), word))
        elif chance < 0.7:
            word = self._make_word()
            sent = self._slack.send_direct_message(user=MEMBER, text=WRITTEN.format(word))
            self.questions.append(Question(sent, WRITTEN, [word]))
        elif chance < 0.8 and (answered := self._list_answered()):
            word, thread = self._make_word(), self._drawn.choice(answered[-10:])
            sent = self._slack.send_message(
                channel=thread.channel, user=GUEST, text=GONE_ON.format(word), thread_ts=thread.thread_ts
            )
            self.questions.append(Question(sent, GONE_ON, [word]))
        else:
            word = self._make_word()
            self.questions.append(Question(self._drawn.choice(self._rooms).mention(word), ASKED, [word]))

    def _list_answered(self) -> list[Post]:
        """The answers that stand in threads: somebody may go on from them."""
        return [post for post in self._slack.posts if post.thread_ts]

    def _make_word(self) -> str:
        return f"xylo{self._number}phone"

    def find_shown(self) -> set[str]:
        """The words that stand in an answer now."""
        shown = {message.ts: dump(message) for message in [*self._slack.posts, *self._slack.updates]}
        return {word for text in shown.values() for word in _WORD.findall(text)}

    def count_posts(self) -> Counter[str]:
        """How often each word was posted: an answer that is brought up to date is none."""
        return Counter(word for post in self._slack.posts for word in set(_WORD.findall(dump(post))))

    def wait_for_answers(self) -> set[str]:
        """Wait until every question's last version is answered, and nothing more can come; all words shown then."""
        last = {question.words[-1] for question in self.questions}
        last |= {word for delivery, word in self.commands if delivery.acked_after_seconds is not None}
        until = time.monotonic() + ANSWER_SECONDS
        # Not at every change: the stand-in would have no time for anything else.
        while not last <= self.find_shown() and time.monotonic() < until:
            time.sleep(0.5)
        settle(self._slack)
        return self.find_shown()

    def check(self) -> None:
        """Each question has one answer, to its last version, and each command has one that was taken.

        What one person alone sees cannot be looked up: a command whose answer was taken by Slack just before the
        process was killed, which had not noted that yet, has one more.
        """
        shown, posted = self.wait_for_answers(), self.count_posts()
        for question in self.questions:
            assert sum(posted[word] for word in question.words) == 1, question
            assert [word for word in question.words if word in shown] == question.words[-1:], question
        for delivery, word in self.commands:
            # Nobody brings those again that were not taken: whoever typed them is told so by Slack.
            assert posted[word] >= 1 or delivery.acked_after_seconds is None, word
        again = [word for _, word in self.commands if posted[word] > 1]
        assert [word for word in again if posted[word] > 2 or word not in self.posted] == []
        assert len(again) <= self.unnoted

    def note_kill(self) -> None:
        """Note what was posted when the process was killed: each of its threads may have had something to note."""
        # What it had sent may still be on its way.
        time.sleep(0.5)
        self.posted, self.unnoted = set(self.count_posts()), Settings().answer_threads


def run_storm(database: ArchivePlace, folder: Path, deliveries: int, seed: int, *, is_killed: bool) -> None:
    with StandInSlack(redelivery_delays=DELAYS, reads_channels=True) as slack:
        fill_workspace(slack)
        storm = Storm(slack, seed)

        def start(stack: ExitStack, name: str) -> Serving:
            running = stack.enter_context(serving(database, make_slack_settings(slack), folder / name))
            slack.wait_connected()
            return running

        with ExitStack() as first:
            running = start(first, "first.log")
            storm_on(slack, storm, deliveries // 2)
            assert is_killed or running.stop() == 0
        if is_killed:
            storm.note_kill()
            let_pass(database, LEASE * 2)
        with ExitStack() as second:
            start(second, "second.log")
            storm_on(slack, storm, deliveries - deliveries // 2)
            storm.check()


def storm_on(slack: StandInSlack, storm: Storm, deliveries: int) -> None:
    for number in range(deliveries):
        storm.deliver()
        if number % (deliveries // (DROPS // 2)) == deliveries // DROPS:
            slack.drop_connections(notice=number % 2 == 0)
        time.sleep(0.01)


@pytest.mark.parametrize(
    ("databases", "is_killed"),
    [("sqlite", False), ("sqlite", True), pytest.param("postgres", True, marks=pytest.mark.postgres)],
    ids=["stopped", "killed", "killed-postgres"],
    indirect=["databases"],
)
def test_each_question_has_one_answer_through_a_storm(archive_copy: ArchivePlace, tmp_path: Path, *, is_killed: bool):
    run_storm(archive_copy, tmp_path, IN_SUITE, seed=1, is_killed=is_killed)


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("is_killed", [False, True], ids=["stopped", "killed"])
@pytest.mark.parametrize("seed", range(3))
def test_each_question_has_one_answer_through_a_long_storm(
    archive_copy: ArchivePlace, tmp_path: Path, seed: int, *, is_killed: bool
):
    run_storm(archive_copy, tmp_path, SLOW, seed, is_killed=is_killed)
