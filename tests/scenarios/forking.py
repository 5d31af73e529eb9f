"""Runs commands in forks of a process that has imported everything once, and kills them at chosen moments.

A command is the real one in a process of its own; only the interpreter's start is saved. `python -m
tests.scenarios.forking` is the process that forks: a line of JSON asks for a run, another tells how that ended.
"""

import importlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Self

from tests.databases import ArchivePlace, url_of
from tests.waiting import PATIENCE_SECONDS

TIME = "time"
STATEMENT = "statement"
COMMIT, COMMITTING, COMMITTED = "commit", "committing", "committed"
ENCODING = "encoding"
# Beside these, any function of a module is a place, by its full name: the run is killed when it has done its work.
ENDING = "store.db.refreshes.end_refresh"
_WARM_UP = ("sources", "refresh", "import_", "problems", "rollback", "reindex", "db", "ask")


@dataclass(frozen=True)
class Moment:
    """When a run is killed: at the n-th time (from 1) that it comes to a place or, at TIME, after some seconds.

    COMMITTING is some seconds after the n-th commit has begun.
    """

    place: str
    number: int = 1
    seconds: float = 0.0


@dataclass(frozen=True)
class Ended:
    """How a run ended: by itself, or killed. `counts` tells how often one that was not killed came to each place."""

    code: int
    is_killed: bool
    seconds: float
    out: str
    err: str
    counts: Mapping[str, int] = field(default_factory=dict)


class Forks:
    """The process that forks."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self._folder = folder
        self._process = subprocess.Popen(
            [sys.executable, "-m", __name__],
            env=dict(environment),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.close()
        self._process.wait(PATIENCE_SECONDS)
        self._process.stdout.close()

    def run(
        self, *arguments: str | Path, database: ArchivePlace, moment: Moment | None = None, places: Sequence[str] = ()
    ) -> Ended:
        """Run a command on an archive, a file's or a URL's, to its end, or to the moment when it is killed.

        `places` names functions to count the calls of.
        """
        assert self._process.stdin
        assert self._process.stdout
        wanted = {
            "arguments": [str(one) for one in arguments],
            "environment": {"HARKBACK_DATABASE_URL": url_of(database)},
            "moment": asdict(moment) if moment else None,
            "places": [*places, *([moment.place] if moment and "." in moment.place else [])],
            "folder": str(self._folder),
        }
        self._process.stdin.write(json.dumps(wanted) + "\n")
        self._process.stdin.flush()
        return Ended(**json.loads(self._process.stdout.readline()))


def serve() -> None:
    """Fork once for each line."""
    for name in _WARM_UP:
        importlib.import_module(f"bot.cli.{name}")
    for name in (
        "store.refresh.indexing",
        "store.refresh.refreshing",
        "store.refresh.rollback",
        "store.refresh.reindexing",
        "alembic.command",
        "alembic.config",
        "store.db.postgres",
        "sqlalchemy.dialects.postgresql.psycopg",
    ):
        importlib.import_module(name)
    from store.text.language import detect_language  # noqa: PLC0415  # loads a model, here once for all

    detect_language("What was said about unconferences?")
    assert threading.active_count() == 1
    for line in sys.stdin:
        sys.stdout.write(json.dumps(asdict(_run(json.loads(line)))) + "\n")
        sys.stdout.flush()


def _run(wanted: Mapping[str, Any]) -> Ended:
    files = {name: Path(wanted["folder"], name) for name in ("out", "err", "counts")}
    for path in files.values():
        path.unlink(missing_ok=True)
    moment = Moment(**wanted["moment"]) if wanted["moment"] else Moment("")
    began = time.perf_counter()
    number = os.fork()
    if number == 0:
        _be_command(wanted, moment, files)
    if moment.place == TIME:
        time.sleep(moment.seconds)
        os.kill(number, signal.SIGKILL)
    _, status = os.waitpid(number, 0)
    is_killed = os.WIFSIGNALED(status)
    return Ended(
        code=os.waitstatus_to_exitcode(status),
        is_killed=is_killed,
        seconds=time.perf_counter() - began,
        out=files["out"].read_text() if files["out"].exists() else "",
        err=files["err"].read_text() if files["err"].exists() else "",
        # One that is killed at the very end may have begun to write them.
        counts=json.loads(files["counts"].read_text()) if files["counts"].exists() and not is_killed else {},
    )


def _be_command(wanted: Mapping[str, Any], moment: Moment, files: Mapping[str, Path]) -> None:
    """Be the command that is wanted; never comes back."""
    code = 70
    try:
        os.environ.update(wanted["environment"])
        for stream, path in ((0, Path(os.devnull)), (1, files["out"]), (2, files["err"])):
            os.dup2(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), stream)
        counts: Counter[str] = Counter()
        _watch(moment, counts, wanted["places"])
        try:
            importlib.import_module("bot.cli.main").main(wanted["arguments"])
        except SystemExit as ended:
            code = int(ended.code or 0)
        sys.stdout.flush()
        sys.stderr.flush()
        files["counts"].write_text(json.dumps(counts))
    finally:
        with suppress(OSError):
            sys.stderr.flush()
        os._exit(code)


def _watch(moment: Moment, counts: Counter[str], places: Sequence[str]) -> None:
    """Count how often the run comes to each place, and end it at the moment."""
    from sqlalchemy import Engine, event  # noqa: PLC0415
    from sqlalchemy.engine.default import DefaultDialect  # noqa: PLC0415

    from embeddings.hashing import HashingEncoder  # noqa: PLC0415

    def come_to(place: str) -> None:
        counts[place] += 1
        if (place, counts[place]) == (moment.place, moment.number):
            if place == COMMITTING:
                # Nobody handles this signal, so that it ends the process as SIGKILL does, but at a moment of its own.
                signal.setitimer(signal.ITIMER_REAL, moment.seconds)
            else:
                os.kill(os.getpid(), signal.SIGKILL)

    def note_statement(*_: object) -> None:
        come_to(STATEMENT)

    def following(work: Callable[..., Any], place: str, *before: str) -> Callable[..., Any]:
        def do_and_note(*arguments: Any, **named: Any) -> Any:
            for one in before:
                come_to(one)
            done = work(*arguments, **named)
            come_to(place)
            return done

        return do_and_note

    event.listen(Engine, "before_cursor_execute", note_statement)
    patched: list[tuple[Any, str, str, tuple[str, ...]]] = [
        (DefaultDialect, "do_commit", COMMITTED, (COMMIT, COMMITTING)),
        # What was encoded in a call is lost: a call may come to its end, and what follows it is elsewhere.
        (HashingEncoder, "encode_comments", ENCODING, ()),
    ]
    for place in places:
        module, _, name = place.rpartition(".")
        patched.append((importlib.import_module(module), name, place, ()))
    for holder, name, place, before in patched:
        setattr(holder, name, following(getattr(holder, name), place, *before))


if __name__ == "__main__":
    serve()
