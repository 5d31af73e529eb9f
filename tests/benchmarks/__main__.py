"""`make benchmark`: runs the measurements and prints each figure beside what it has to reach.

python -m tests.benchmarks [--comments 10000] [--only import|ask|memory]
"""

import argparse
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from embeddings.sentence import DEFAULT_MODEL, locate_model
from tests.benchmarks.material import make_texts, write_feed
from tests.fakes.slack import StandInSlack
from tests.scenarios.process import make_environment, serving

QUESTIONS = (
    "what was said about unconferences",
    "moving to Workday",
    "mentoring new starters",
    "badges and recognition",
    "who talked about lurkers?",
    "360 feedback",
    "remote work and burnout",
    "knowledge walking out of the door when people leave",
    "what did people say about the podcast",
    "AI tools at work",
)
REAL_MODEL = {"HARKBACK_MODEL": DEFAULT_MODEL}


def main() -> None:
    """Run what is asked for."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--comments", type=int, default=10_000)
    parser.add_argument("--only", choices=["import", "ask", "memory"])
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="harkback-benchmark-") as name:
        folder = Path(name)
        # First: what a process held at most counts from before it was another program.
        if chosen.only in (None, "memory"):
            measure_memory(folder)
        if chosen.only in (None, "import", "ask"):
            measure_import(folder, chosen.comments, with_baseline=chosen.only != "ask")
        if chosen.only in (None, "ask"):
            measure_asking(folder)


def measure_import(folder: Path, count: int, *, with_baseline: bool) -> None:
    """First import against plain encoding of the same texts; then the same import again. Whole processes."""
    texts = make_texts(count)
    feed = folder / "feed.xml"
    write_feed(feed, texts)
    first = time_command(["import", str(feed)], folder)
    again = min(time_command(["import", str(feed)], folder) for _ in range(3))
    show("first import", f"{first:.1f} s, {count / first:.0f} comments/s")
    show("the same again", f"{again:.2f} s: {first / again:.0f} × as fast (to reach: 50)")
    if with_baseline:
        plain = time_plain_encoding(texts)
        show("plain encode, batch 32", f"{plain:.1f} s (without loading the model)")
        show("import against it", f"{plain / first:.2f} × as fast (to reach: 1.4)")


def measure_asking(folder: Path) -> None:
    """Mentions to a running process over Socket Mode, one at a time: from the event sent to the reply received."""
    log = folder / "serve.log"
    with serving_slack(folder / "archive.db", log) as slack:
        trips = ask_in_turn(slack, 200)
    inside = [float(found) for found in re.findall(r'"milliseconds": ([\d.]+)', log.read_text())]
    show("question to answer, inside", f"{describe(inside)} (to reach: p50 40, p95 100)")
    show("event sent to reply received", describe(trips))


@contextmanager
def serving_slack(database: Path, log: Path) -> Iterator[StandInSlack]:
    """Serve an archive with the real model to a stand-in Slack, where one person is in one channel."""
    with StandInSlack() as slack:
        slack.workspace.add_user("U1", name="ada")
        slack.workspace.add_channel("C1", name="general", members=["U1", slack.bot_user_id])
        settings = {
            **REAL_MODEL,
            "SLACK_API_URL": slack.api_url,
            "SLACK_BOT_TOKEN": slack.bot_token,
            "SLACK_APP_TOKEN": slack.app_token,
            "HARKBACK_LOG_FORMAT": "json",
        }
        with serving(database, settings, log, start_seconds=300):
            slack.wait_connected()
            yield slack


def ask_in_turn(slack: StandInSlack, count: int) -> list[float]:
    """Ask so many questions, each once the one before is answered; the milliseconds of each."""
    trips = []
    before = len(slack.posts)
    for number in range(count):
        question = QUESTIONS[number % len(QUESTIONS)]
        began = time.perf_counter()
        slack.send_mention(channel="C1", user="U1", text=f"<@{slack.bot_user_id}> {question}")
        slack.wait_for_posts(before + number + 1)
        trips.append((time.perf_counter() - began) * 1000)
    return trips


def measure_memory(folder: Path) -> None:
    """Peak memory of a dry run over a small and a very large feed: the difference is what streaming costs."""
    texts = make_texts(2_000)
    small, large = folder / "small.xml", folder / "large.xml"
    write_feed(small, texts)
    with large.open("w", encoding="utf-8") as file:
        for number in range(150):
            write_feed(folder / "part.xml", [f"{text} [{number}]" for text in texts], first_id=number * len(texts))
            part = (folder / "part.xml").read_text(encoding="utf-8").removesuffix("</feed>\n")
            file.write(part if number == 0 else part[part.index("<entry>") :])
        file.write("</feed>\n")
    peaks = [peak_megabytes(["import", "--dry-run", str(path)], folder) for path in (small, large)]
    show(
        "peak memory of reading",
        f"{peaks[0]:.0f} MB at {megabytes(small):.0f} MB, {peaks[1]:.0f} MB at {megabytes(large):.0f} MB",
    )


def time_command(arguments: list[str], folder: Path) -> float:
    """Run a command on the folder's archive with the real model; seconds of the whole process."""
    began = time.perf_counter()
    environment = make_environment(folder / "archive.db", REAL_MODEL)
    subprocess.run([sys.executable, "-m", "bot.cli", *arguments], env=environment, check=True, capture_output=True)
    return time.perf_counter() - began


def peak_megabytes(arguments: list[str], folder: Path) -> float:
    """Run a command; the most memory its process held."""
    environment = make_environment(folder / "memory.db")
    process = subprocess.Popen(
        [sys.executable, "-m", "bot.cli", *arguments], env=environment, stdout=subprocess.DEVNULL
    )
    _, status, usage = os.wait4(process.pid, 0)
    assert status == 0
    return usage.ru_maxrss / 1024


def time_plain_encoding(texts: list[str]) -> float:
    """Encode as anybody would: sentence-transformers' own defaults, batches of 32."""
    from sentence_transformers import SentenceTransformer  # noqa: PLC0415  # heavy, and not always asked for

    model = SentenceTransformer(locate_model(DEFAULT_MODEL)[0], local_files_only=True, device="cpu")
    model.encode(texts[:64], batch_size=32)
    began = time.perf_counter()
    model.encode(texts, batch_size=32)
    return time.perf_counter() - began


def megabytes(path: Path) -> float:
    """A file's size."""
    return path.stat().st_size / 2**20


def describe(milliseconds: list[float]) -> str:
    """Say the median and the 95th percentile."""
    cuts = statistics.quantiles(milliseconds, n=20)
    return f"p50 {statistics.median(milliseconds):.1f} ms, p95 {cuts[18]:.1f} ms over {len(milliseconds)}"


def show(what: str, figure: str) -> None:
    """Print one figure."""
    sys.stdout.write(f"{what:32} {figure}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
