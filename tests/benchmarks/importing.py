"""Importing large exports without embedding them: how long it takes, and how much memory.

python -m tests.benchmarks.importing [--megabytes 300] [--format mail] [PLACE…]

Each place, or a generated export of each format, is read, planned and stored by a process of its own. Its memory is
compared with that of the same process with nothing to import.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

from store.archive import Archive
from store.refresh.pipeline import Importer
from store.refresh.reading import ImportRequest
from store.sources.files import open_files
from tests.benchmarks.material import make_texts, write_feed

BEGIN = datetime(2006, 1, 1, tzinfo=UTC)
NAMES = [
    f"{first} {last}" for first in ("Ines", "Mihai", "Bronwen", "Tomasz", "Zoë") for last in ("Okafor", "Quist", "Rees")
]
_CHILD = "HARKBACK_BENCHMARK_CHILD"


def main() -> None:
    """Measure what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("places", nargs="*", type=Path)
    parser.add_argument("--megabytes", type=int, default=300)
    parser.add_argument("--format", choices=sorted(WRITERS), action="append", dest="formats")
    chosen = parser.parse_args()
    if os.environ.get(_CHILD):
        store(chosen.places[0], Path(os.environ[_CHILD]))
        return
    with tempfile.TemporaryDirectory(prefix="harkback-benchmark-") as name:
        folder = Path(name)
        (folder / "nothing.csv").write_text("text\n")
        idle, _ = measure(folder / "nothing.csv", folder)
        sys.stdout.write(f"with nothing to import: {idle:.0f} MB\n")
        for place in chosen.places or write_all(folder, chosen.formats or sorted(WRITERS), chosen.megabytes):
            show(place, idle, folder)


def show(place: Path, idle: float, folder: Path) -> None:
    """Measure one place, and print the figures."""
    peak, seconds = measure(place, folder)
    size = sum(path.stat().st_size for path in ([place] if place.is_file() else place.rglob("*"))) / 2**20
    sys.stdout.write(
        f"{place.name}: {size:.0f} MB in {seconds:.1f} s ({size / seconds:.0f} MB/s), "
        f"{peak - idle:+.0f} MB over idle (at most: 150)\n"
    )
    sys.stdout.flush()


def measure(place: Path, folder: Path) -> tuple[float, float]:
    """Import a place in a process of its own; its most memory in MB, and seconds."""
    database = folder / f"{place.name}.db"
    environment = {**os.environ, _CHILD: str(database)}
    began = time.perf_counter()
    process = subprocess.Popen([sys.executable, "-m", "tests.benchmarks.importing", str(place)], env=environment)
    _, status, usage = os.wait4(process.pid, 0)
    assert status == 0
    database.unlink()
    return usage.ru_maxrss / 1024, time.perf_counter() - began


def store(place: Path, database: Path) -> None:
    """Read, plan and store a place; nothing is embedded."""
    archive = Archive.open(f"sqlite:///{database}")
    for report in Importer(archive, ImportRequest(str(place), place.name)).run(open_files(place)):
        sys.stdout.write(
            f"  {report.added:,} comments, {report.skipped:,} left out, {report.problem_count:,} problems\n"
        )
    archive.close()


def write_all(folder: Path, formats: list[str], megabytes: int) -> Iterator[Path]:
    """Write a generated export of each format, one at a time."""
    for name in formats:
        path = folder / f"generated.{name}"
        WRITERS[name](path, megabytes * 2**20)
        yield path
        path.unlink()


def write_blogger(path: Path, size: int) -> None:
    """Write a Blogger comments feed."""
    texts, part = make_texts(2_000), path.with_suffix(".part")
    with path.open("w", encoding="utf-8") as file:
        number = 0
        while file.tell() < size:
            write_feed(part, [f"{text} [{number}]" for text in texts], first_id=number * len(texts))
            entries = part.read_text(encoding="utf-8").removesuffix("</feed>\n")
            file.write(entries if number == 0 else entries[entries.index("<entry>") :])
            number += 1
        file.write("</feed>\n")
    part.unlink()


def write_mail(path: Path, size: int) -> None:
    """Write an mbox: threads of ten mails, each quoting the one before."""
    with path.open("w", encoding="utf-8") as file:
        for number, (name, when, text) in enumerate(iterate_talk()):
            if file.tell() > size:
                return
            earlier = f"<m{number - 1}@list.example>"
            reply = f"In-Reply-To: {earlier}\nReferences: {earlier}\n" if number % 10 else ""
            subject = f"{'Re: ' if reply else ''}thread {number // 10}"
            file.write(
                f"From list@list.example {when:%a %b %d %H:%M:%S %Y}\n"
                f"From: {name} <{number % 15}@list.example>\nDate: {format_datetime(when)}\n"
                f"Message-ID: <m{number}@list.example>\n{reply}Subject: {subject}\n\n"
                f"On {when:%d %B}, somebody wrote:\n> {text[:60]}\n\n{text}\n\n-- \n{name}\n\n"
            )


def write_telegram(path: Path, size: int) -> None:
    """Write a chat as Telegram Desktop exports it: one JSON document."""
    with path.open("w", encoding="utf-8") as file:
        file.write('{"name": "Tideway", "type": "public_supergroup", "id": 9, "messages": [')
        for number, (name, when, text) in enumerate(iterate_talk(), start=1):
            if file.tell() > size:
                break
            message = {
                "id": number,
                "type": "message",
                "date": f"{when:%Y-%m-%dT%H:%M:%S}",
                "date_unixtime": str(int(when.timestamp())),
                "from": name,
                "from_id": f"user{number % 15}",
                "text": [text, {"type": "link", "text": "https://tideway.example/"}],
                "text_entities": [{"type": "plain", "text": text}],
            }
            file.write(("," if number > 1 else "") + json.dumps(message))
        file.write("]}")


def iterate_talk() -> Iterator[tuple[str, datetime, str]]:
    """Give who says what, and when, for ever."""
    texts = make_texts(5_000)
    number = 0
    while True:
        yield NAMES[number % len(NAMES)], BEGIN + timedelta(minutes=number), f"{texts[number % len(texts)]} [{number}]"
        number += 1


WRITERS: dict[str, Callable[[Path, int], None]] = {
    "blogger": write_blogger,
    "mail": write_mail,
    "telegram": write_telegram,
}


if __name__ == "__main__":
    main()
