"""Refreshes that find nothing new: how long the whole command takes, and that it writes nothing that is searched.

python -m tests.benchmarks.refreshing unchanged|feed [--comments 100000] [--format jsonl|mail]
"""

import argparse
import hashlib
import json
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.benchmarks.importing import iterate_talk, write_mail
from tests.fakes.web import LocalServer, send_tagged
from tests.scenarios.process import make_command, make_environment
from tests.store.factories import make_feed

_MAX_SECONDS = 20
_MAX_FEED_SECONDS = 1
# Bookkeeping: that it was looked at, and when.
_NOTED = ("refresh", "place", "source", "sqlite_sequence")


def main() -> None:
    """Measure what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["unchanged", "feed"])
    parser.add_argument("--comments", type=int, default=100_000)
    parser.add_argument("--format", choices=["jsonl", "mail"], action="append", dest="formats")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="harkback-benchmark-") as name:
        if chosen.what == "feed":
            measure_feed(Path(name))
        else:
            for format_name in chosen.formats or ["jsonl", "mail"]:
                measure_unchanged(Path(name), format_name, chosen.comments)


def measure_unchanged(folder: Path, format_name: str, count: int) -> None:
    """Refresh a file that is what it was: by its size and time, and by comparing every comment of it."""
    database, path = folder / f"{format_name}.db", folder / f"export.{format_name}"
    {"jsonl": write_jsonl, "mail": write_mbox}[format_name](path, count)
    show(f"{format_name}: import", run(database, "import", str(path)), "")
    before = digest(database)
    for what, options in (("refresh", []), ("refresh --full", ["--full"])):
        show(f"{format_name}: {what}", run(database, "refresh", *options), f"at most {_MAX_SECONDS}")
        now = digest(database)
        changed = [table for table in now if now[table] != before[table] and table not in _NOTED]
        show(f"{format_name}: tables written", len(changed), ", ".join(changed) or "at most 0")


def measure_feed(folder: Path) -> None:
    """Refresh a feed that the server says is what it was."""
    database = folder / "feed.db"
    with LocalServer() as server:
        feed = make_feed(*((f"{number}", f"Text {number}.") for number in range(1, 501)))
        url = server.answer("/feed", send_tagged(feed.replace("tag:blogger.com,1999:", "urn:"), '"one"'))
        run(database, "import", url, "--format", "feed")
        asked = len(server.asked)
        seconds = run(database, "refresh")
        show("feed: requests", len(server.asked) - asked, "at most 1")
        show("feed: refresh, with starting", seconds, "")
        idle = run(database, "sources")
        show("feed: refresh, without", max(0.0, seconds - idle), f"at most {_MAX_FEED_SECONDS}")


def run(database: Path, *arguments: str) -> float:
    """Run a command to its end; its seconds."""
    extra = {"HARKBACK_FETCH_PRIVATE_ADDRESSES": "true"}
    began = time.perf_counter()
    subprocess.run(make_command(*arguments), env=make_environment(database, extra), check=True, capture_output=True)
    return time.perf_counter() - began


def digest(database: Path) -> dict[str, str]:
    """Hash what every table holds."""
    found = {}
    with sqlite3.connect(database) as connection:
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            digested = hashlib.sha256()
            for row in connection.execute(f'SELECT * FROM "{name}"'):
                digested.update(repr(row).encode())
            found[name] = digested.hexdigest()
    return found


def write_jsonl(path: Path, count: int) -> None:
    """Write comments, one a line."""
    with path.open("w", encoding="utf-8") as file:
        for number, (name, when, text) in zip(range(count), iterate_talk(), strict=False):
            record = {"id": f"{number}", "author": name, "date": when.isoformat(), "text": text}
            file.write(json.dumps({**record, "thread": f"{number // 10}"}) + "\n")


def write_mbox(path: Path, count: int) -> None:
    """Write about as many mails."""
    write_mail(path, 100_000)
    written = path.read_text(encoding="utf-8").count("\nFrom list@") + 1
    write_mail(path, int(100_000 * count / written))


def show(what: str, figure: float, wanted: str) -> None:
    """Print one figure, beside what it has to reach."""
    sys.stdout.write(f"{what:32} {figure:,.2f}  {f'({wanted})' if wanted else ''}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
