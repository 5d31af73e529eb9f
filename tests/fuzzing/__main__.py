"""Looks for bytes that an importer does not survive, guided by what code they reach.

python -m tests.fuzzing FORMAT --seconds 600 [--keep FOLDER]

It needs `pip install '.[fuzz]'`. It begins with the samples of the format, and with the real files where the folder of
material is named by HARKBACK_SHARED. What fails is written to the working directory as crash-…, timeout-… or oom-….
"""

import argparse
import io
import json
import os
import random
import sys
import tempfile
from pathlib import Path
from typing import Any

import atheris

with atheris.instrument_imports(include=["store.sources", "store.text"]):
    from store.domain.comment import Comment, SkippedRecord, SourceProblem
    from store.errors import SourceError
    from store.sources.files import SourceFile
    from store.sources.head import Head
    from store.sources.registry import load_formats

SAMPLES = Path(__file__).parents[1] / "store" / "sources" / "formats" / "samples"
MAX_BYTES = 60_000
# Stands between files that are read together, such as a list of users and what they said.
BORDER = b"\n%%%%\n"
ODD_VALUES: tuple[Any, ...] = (
    None, True, -1, 0, 2**70, 1.5, 1e300, "", " ", "x" * 300, "\0", "\ud800", "0000-00-00", "40000-01-01T00:00:00Z",
    "<p>a &amp;amp; <b>b</p>", "jo@mail.example", "https://a.example/1", [], {}, [[]], {"id": {}}, [None, "x", 1],
)  # fmt: skip


def main() -> None:
    """Fuzz one format until the time is over or something fails."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("format", choices=sorted(load_formats()))
    parser.add_argument("--seconds", type=int, default=600)
    parser.add_argument("--keep", type=Path, help="a folder in which what was found to reach new code is kept")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="harkback-fuzz-") as name:
        corpus = chosen.keep or Path(name)
        corpus.mkdir(exist_ok=True)
        for number, seed in enumerate(find_seeds(chosen.format)):
            (corpus / f"seed-{number}").write_bytes(seed)
        limits = ["-timeout=20", "-rss_limit_mb=1500", f"-max_len={MAX_BYTES}", "-print_final_stats=1"]
        arguments = [sys.argv[0], f"-max_total_time={chosen.seconds}", *limits, str(corpus)]
        atheris.Setup(arguments, lambda data: try_bytes(chosen.format, data), custom_mutator=mutate)
        atheris.Fuzz()


def find_seeds(name: str) -> list[bytes]:
    """Give files of a format: all samples one by one, all together, and real ones."""
    samples = [path.read_bytes() for path in find_files(SAMPLES / name)]
    real = [path.read_bytes() for path in find_files(Path(os.environ.get("HARKBACK_SHARED", "/nowhere"), "formats"))]
    recognises = load_formats()[name].recognises
    known = [data for data in real if len(data) < MAX_BYTES and recognises(Head("file", data, is_whole=True))]
    return [*samples, BORDER.join(samples), *known]


def find_files(folder: Path) -> list[Path]:
    """Give every file in a folder; none if there is no folder."""
    return sorted(path for path in folder.rglob("*") if path.is_file())


def try_bytes(name: str, data: bytes) -> None:
    """Recognise and parse; anything but comments, problems and our own error fails."""
    known = load_formats()[name]
    files = [make_file(part, number) for number, part in enumerate(data.split(BORDER))]
    try:
        for file in files:
            head = Head.read(file)
            for other in load_formats().values():
                other.recognises(head)
            list(known.find_further(file))
            known.identify(file)
        for item in known.parse(files):
            check(item)
    except SourceError:
        pass


def make_file(data: bytes, number: int) -> SourceFile:
    """Make a file of a folder."""
    return SourceFile(f"folder/{number}.json", lambda: io.BytesIO(data), len(data), member=f"general/{number}.json")


def check(item: object) -> None:
    """Fail where an item is not what an import can take."""
    if isinstance(item, Comment):
        assert item.native_id
        assert item.text.strip()
        assert item.author.name
        assert "\0" not in repr(item)
        item.text.encode()
        assert item.published is None or item.published.tzinfo is not None
        assert len(item.author.name) <= 200
        assert len(item.discussion.title) <= 300
    else:
        assert isinstance(item, SkippedRecord | SourceProblem)
        assert len(item.reason) < 300


def mutate(data: bytes, max_size: int, seed: int) -> bytes:
    """Change bytes or, where they are JSON, a value of it half of the time: bytes alone seldom leave it JSON."""
    draw = random.Random(seed)
    if draw.random() < 0.5:
        try:
            document = json.loads(data)
        except (ValueError, RecursionError):
            document = None
        if isinstance(document, dict | list):
            return json.dumps(change(document, draw)).encode()[:max_size]
    return atheris.Mutate(data, max_size)


def change(document: Any, draw: random.Random) -> Any:
    """Change one value somewhere in a document: to something odd, twice as much, or nothing."""
    node = document
    while True:
        keys = list(node) if isinstance(node, dict) else list(range(len(node)))
        if not keys:
            return document
        key = draw.choice(keys)
        inner = node[key]
        if isinstance(inner, dict | list) and inner and draw.random() < 0.8:
            node = inner
            continue
        kind = draw.random()
        if kind < 0.6:
            node[key] = draw.choice(ODD_VALUES)
        elif kind < 0.8 and isinstance(node, list):
            node.append(inner)
        else:
            del node[key]
        return document


if __name__ == "__main__":
    main()
