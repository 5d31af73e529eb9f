"""An hour of everything that people do in Slack: the process is as large at the end as once it had warmed up.

HARKBACK_SOAK_SECONDS makes it shorter. The samples are in soak.csv, in pytest's folder of the test.
"""

import csv
import json
import os
import random
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, fields
from pathlib import Path

import pytest

from bot.slack.views.buttons import FILTERS, HELPFUL, MORE, WHO
from bot.slack.views.filters import FILTERED
from bot.slack.views.who import PERSON
from tests.benchmarks.material import make_texts
from tests.fakes.slack import Delivery, Post, StandInError, StandInSlack, View
from tests.scenarios.conftest import make_slack_settings
from tests.scenarios.process import Serving, serving
from tests.scenarios.room import MENTION, find_actions

SECONDS = float(os.environ.get("HARKBACK_SOAK_SECONDS", "3600"))
COMMENTS = 10_000
ACTS_A_SECOND = 4
SAMPLES = 240
# The model, its arithmetic's working memory and the caches of people and languages are there by then.
WARM_UP = 1 / 6
MAX_GROWTH = 1.05
# Pools get another thread at a busy moment. What leaks with each connection, leaks far more in an hour.
MORE_THREADS = 8
DROP_EVERY_SECONDS = 100
# As many as are looked at: the stand-in is not to be slower at the end.
KEPT = 4_000
FORGET_EVERY = 500
PEOPLE, CHANNELS = 50, 10
FOLLOW_UPS = ("more", "before 2010", "only from Person 7", "and about mentoring?", "at any time")
PARTS = ("", "", "", " since 2006", " by Person 12", " last year")


@dataclass(frozen=True)
class Sample:
    """How large the process is: memory in MB, of which `own` is shared with no file, and what it holds open."""

    seconds: float
    acts: int
    resident: float
    own: float
    threads: int
    files: int
    sockets: int

    @classmethod
    def take(cls, process: int, seconds: float, acts: int) -> "Sample":
        status = dict(line.split(":", 1) for line in Path(f"/proc/{process}/status").read_text().splitlines())
        links = []
        for one in Path(f"/proc/{process}/fd").iterdir():
            try:
                links.append(str(one.readlink()))
            except FileNotFoundError:  # closed just now
                continue
        resident, own = (int(status[name].split()[0]) / 1024 for name in ("VmRSS", "RssAnon"))
        sockets = sum(link.startswith("socket:") for link in links)
        return cls(round(seconds, 1), acts, resident, own, int(status["Threads"]), len(links) - sockets, sockets)


class Crowd:
    """People who do one thing after another, drawn by chance; nobody waits for what comes of it."""

    def __init__(self, slack: StandInSlack, seed: int = 1) -> None:
        self._slack = slack
        self._drawn = random.Random(seed)
        self._words = sorted({word.strip(".,?!") for text in make_texts(500) for word in text.split() if len(word) > 5})
        self.asked: dict[str, Delivery] = {}
        self.answered: set[str] = set()
        self.acts = 0
        self._people = [slack.workspace.add_user(f"UCROWD{number}").id for number in range(PEOPLE)]
        members = [*self._people, slack.bot_user_id]
        self._channels = [
            slack.workspace.add_channel(f"CCROWD{number}", name=f"crowd-{number}", members=members).id
            for number in range(CHANNELS)
        ]
        self._ways: dict[Callable[[], object], int] = {
            self._mention: 30,
            self._write: 15,
            self._command: 15,
            lambda: self._press(MORE): 8,
            lambda: self._press(WHO): 6,
            lambda: self._press(FILTERS): 4,
            lambda: self._press(HELPFUL): 3,
            self._choose_person: 3,
            self._fill_in: 4,
            self._follow_up: 8,
            self._edit: 5,
            self._open_home: 4,
        }

    def act(self) -> None:
        """Do something, and let go of what was long ago."""
        (way,) = self._drawn.choices([*self._ways], [*self._ways.values()])
        # What somebody wants to press may have changed or gone.
        with suppress(StandInError):
            way()
        self.acts += 1
        if self.acts % FORGET_EVERY == 0:
            self.note_answers()
            self._slack.forget_all_but(KEPT)

    def note_answers(self) -> None:
        self.answered.update(post.thread_ts for post in self._slack.posts if post.thread_ts)

    def _ask(self) -> str:
        words = self._drawn.sample(self._words, self._drawn.randint(1, 4))
        return f"what was said about {' '.join(words)}{self._drawn.choice(PARTS)}"

    def _person(self) -> str:
        return self._drawn.choice(self._people)

    def _mention(self) -> None:
        channel = self._drawn.choice(self._channels)
        asked = self._slack.send_mention(channel=channel, user=self._person(), text=f"{MENTION} {self._ask()}")
        self.asked[asked.ts] = asked

    def _write(self) -> None:
        self._slack.send_direct_message(user=self._person(), text=self._ask())

    def _command(self) -> None:
        channel = self._drawn.choice(self._channels)
        self._slack.send_command("/hark", text=self._ask(), user=self._person(), channel=channel)

    def _press(self, action_id: str) -> None:
        posts = [post for post in self._slack.posts[-200:] if action_id in find_actions(post)]
        if posts:
            post = self._drawn.choice(posts)
            self._slack.click(post, action_id, user=self._find_reader(post))

    def _find_reader(self, post: Post) -> str:
        return post.ephemeral_to or (post.channel[1:] if post.channel.startswith("D") else self._person())

    def _find_modals(self, is_wanted: Callable[[View], bool]) -> list[View]:
        views = self._slack.views[-100:]
        return [one for one in views if one.content["type"] == "modal" and not one.is_closed and is_wanted(one)]

    def _choose_person(self) -> None:
        for view in self._find_modals(lambda one: PERSON in json.dumps(one.blocks))[-1:]:
            values = [one["accessory"]["value"] for one in view.blocks if "accessory" in one]
            self._slack.click(view, PERSON, user=str(view.user), value=self._drawn.choice(values))

    def _fill_in(self) -> None:
        for view in self._find_modals(lambda one: one.content.get("callback_id") == FILTERED)[-1:]:
            self._slack.submit_view(view, user=str(view.user), filled={"first": "2006-01-01"})

    def _follow_up(self) -> None:
        if self.asked:
            thread = self._drawn.choice([*self.asked.values()][-50:])
            self._slack.send_message(
                channel=thread.event["channel"],
                user=self._person(),
                text=self._drawn.choice(FOLLOW_UPS),
                thread_ts=thread.ts,
            )

    def _edit(self) -> None:
        if self.asked:
            self._slack.edit_message(self._drawn.choice([*self.asked.values()][-50:]), f"{MENTION} {self._ask()}")

    def _open_home(self) -> None:
        self._slack.open_app(user=self._person())


@pytest.fixture
def large_archive(tmp_path: Path) -> Path:
    """An archive with the model's vectors, made in seconds."""
    from embeddings.sentence import load_sentence_encoder  # noqa: PLC0415  # heavy, and seldom wanted
    from tests.benchmarks.asking_during_refresh import make_filled  # noqa: PLC0415

    database = tmp_path / "archive.db"
    make_filled(database, COMMENTS, load_sentence_encoder())
    return database


def write_samples(path: Path, samples: Sequence[Sample]) -> None:
    with path.open("w", encoding="utf-8") as file:
        writer = csv.DictWriter(file, [one.name for one in fields(Sample)])
        writer.writeheader()
        writer.writerows(map(asdict, samples))


def soak(slack: StandInSlack, crowd: Crowd, running: Serving, place: Path) -> list[Sample]:
    """Let the crowd act at an even pace, and take samples all the while."""
    samples: list[Sample] = []
    began = time.monotonic()
    dropped = 0
    while (now := time.monotonic() - began) < SECONDS:
        crowd.act()
        if now >= len(samples) * SECONDS / SAMPLES:
            samples.append(Sample.take(running.number, now, crowd.acts))
            write_samples(place, samples)
        if now >= (dropped + 1) * DROP_EVERY_SECONDS:
            dropped += 1
            slack.drop_connections(notice=dropped % 2 == 0)
        time.sleep(max(0.0, crowd.acts / ACTS_A_SECOND - (time.monotonic() - began)))
    return samples


@pytest.mark.slow
@pytest.mark.model
@pytest.mark.timeout(SECONDS + 600)
def test_process_is_no_larger_after_an_hour_of_everything(large_archive: Path, tmp_path: Path):
    # As deploy/ starts it.
    settings = {"HARKBACK_MODEL": "", "HARKBACK_LOG_FORMAT": "json", "MALLOC_ARENA_MAX": "2"}
    with (
        StandInSlack(redelivery_delays=(0.0, 1.0, 2.0), reads_channels=True) as slack,
        serving(large_archive, make_slack_settings(slack) | settings, tmp_path / "log") as running,
    ):
        slack.wait_connected()
        crowd = Crowd(slack)
        samples = soak(slack, crowd, running, tmp_path / "soak.csv")
        slack.wait_quiet(2, timeout=60)
        crowd.note_answers()
        log = running.log
    steady = samples[int(len(samples) * WARM_UP) :]
    quarter = len(steady) // 4
    first, last = steady[:quarter], steady[-quarter:]
    sys.stdout.write(f"{crowd.acts} acts, {len(crowd.asked)} mentions, {len(samples)} samples\n")
    for name in ("resident", "own", "threads", "files", "sockets"):
        sys.stdout.write(f"{name:10} {find_median(first, name):8.1f} → {find_median(last, name):8.1f}\n")
    assert set(crowd.asked) - crowd.answered == set()
    # Slack's library tells as an error that a connection ended, which Slack does now and then.
    errors = [line for line in log.splitlines() if '"level": "error"' in line and "slack_bolt" not in line]
    assert errors == []
    for name in ("resident", "own"):
        assert find_median(last, name) <= find_median(first, name) * MAX_GROWTH, name
    for name, more in (("threads", MORE_THREADS), ("files", 0), ("sockets", 0)):
        # Now and then one more is open for a moment.
        assert min(getattr(one, name) for one in last) <= max(getattr(one, name) for one in first) + more, name


def find_median(samples: Sequence[Sample], name: str) -> float:
    return statistics.median(getattr(sample, name) for sample in samples)
