"""Questions in Slack to a large archive: one at a time, and 200 from 50 people, within ten seconds and all at once.

python -m tests.benchmarks.slack [--comments 100000] [--folder FOLDER] [--rounds 1]

The process is the real one, over Socket Mode to the stand-in Slack. The archive is that of asking_during_refresh; with
`--folder` it is kept there for the next time. In a burst each person asks in a channel of their own, where Slack takes
about one message a second.
"""

import argparse
import os
import random
import statistics
import tempfile
import time
from collections import Counter
from pathlib import Path

import numpy as np

from embeddings.sentence import load_sentence_encoder
from tests.benchmarks.__main__ import QUESTIONS, ask_in_turn, describe, serving_slack, show
from tests.benchmarks.asking_during_refresh import copy_filled
from tests.fakes.slack import Delivery, StandInSlack

_IN_TURN, _WARM_UP = 200, 20
_BURST, _PEOPLE, _WITHIN_SECONDS = 200, 50, 10.0
_QUIET_SECONDS = 2.0


def main() -> None:
    """Fill an archive if there is none, and measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--comments", type=int, default=100_000)
    parser.add_argument("--folder", type=Path, help="where the filled archive is kept")
    parser.add_argument("--rounds", type=int, default=1)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="harkback-benchmark-", dir=chosen.folder) as name:
        database = Path(name) / "archive.db"
        copy_filled(database, chosen.comments, load_sentence_encoder(), chosen.folder)
        with serving_slack(database, Path(name) / "serve.log") as slack:
            add_people(slack)
            ask_in_turn(slack, _WARM_UP)
            for _ in range(chosen.rounds):
                measure(slack)


def add_people(slack: StandInSlack) -> None:
    """Add everybody who asks in a burst, each with a channel."""
    for number in range(_PEOPLE):
        user = slack.workspace.add_user(f"UASKS{number}").id
        slack.workspace.add_channel(f"CASKS{number}", name=f"asks-{number}", members=[user, slack.bot_user_id])


def measure(slack: StandInSlack) -> None:
    """Ask one at a time, then in bursts, and print what came of it."""
    show("load average", f"{os.getloadavg()[0]:.1f} when it began")
    show("one at a time", f"{describe(ask_in_turn(slack, _IN_TURN))} (to reach: p50 80, p95 200)")
    slack.settings.enforce_rate = True
    for name, within in (("200 within 10 s", _WITHIN_SECONDS), ("200 at once", 0.0)):
        measure_burst(slack, name, within)
    slack.settings.enforce_rate = False


def measure_burst(slack: StandInSlack, name: str, within: float) -> None:
    """Ask many questions at moments drawn by chance, and print how each was answered."""
    before = len(slack.calls)
    asked = ask_burst(slack, within)
    slack.wait_for(lambda: len(find_replies(slack, before)) >= len(asked), 120, "all answers")
    slack.wait_quiet(_QUIET_SECONDS)
    replies = find_replies(slack, before)
    answers = Counter(ts for ts, _ in replies)
    taken = [at - asked[ts][0] for ts, at in replies if ts in asked]
    once = sum(answers[ts] == 1 for ts in asked)
    acks = [delivery.acked_after_seconds or np.inf for _, delivery in asked.values()]
    p95 = float(np.percentile(taken, 95))
    show(name, f"p50 {statistics.median(taken):.2f} s, p95 {p95:.2f} s, most {max(taken):.2f} s (to reach: p95 5)")
    show(f"{name}: answered once", f"{once} of {len(asked)}, {len(replies)} answers (to reach: all)")
    show(f"{name}: latest ack", f"{max(acks):.3f} s (to reach: 1)")


def ask_burst(slack: StandInSlack, within: float) -> dict[str, tuple[float, Delivery]]:
    """Ask, everybody in turn; what was asked by its ts, and when."""
    drawn = random.Random(7)
    moments = sorted(drawn.uniform(0, within) for _ in range(_BURST))
    asked, began = {}, time.time()
    for number, moment in enumerate(moments):
        time.sleep(max(0.0, began + moment - time.time()))
        person = number % _PEOPLE
        text = f"<@{slack.bot_user_id}> {QUESTIONS[number % len(QUESTIONS)]}"
        at = time.time()
        delivery = slack.send_mention(channel=f"CASKS{person}", user=f"UASKS{person}", text=text)
        asked[delivery.ts] = at, delivery
    return asked


def find_replies(slack: StandInSlack, before: int) -> list[tuple[str, float]]:
    """Find what was answered since so many calls: to which message, and when."""
    posted = [call for call in slack.calls[before:] if call.method == "chat.postMessage" and call.error is None]
    return [(call.params["thread_ts"], call.at) for call in posted]


if __name__ == "__main__":
    main()
