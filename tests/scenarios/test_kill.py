"""A command killed at any moment, and run again: the archive is as if nothing had happened."""

import json
import random
import shutil
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.scenarios.forking import (
    COMMIT,
    COMMITTED,
    COMMITTING,
    ENCODING,
    ENDING,
    STATEMENT,
    TIME,
    Ended,
    Forks,
    Moment,
)
from tests.scenarios.process import make_environment
from tests.store.contents import State, check_sound, has_schema, read_last_refresh, read_state

COMMENTS = 2_000
SLOW = 200
MOST_KILLS = 3
# Longer than any commit here takes.
COMMIT_SECONDS = 0.01
_WORDS = (
    "unconference",
    "wiki",
    "harbour",
    "gardens",
    "lunch",
    "badge",
    "podcast",
    "intranet",
    "ferry",
    "budget",
    "sticky",
)


@dataclass(frozen=True)
class Case:
    """A command that is killed: what is done before it, none of which is killed, and where it may be killed besides.

    `in_suite` is how many of its runs are always made; the others only where slow tests are wanted.
    """

    name: str
    command: tuple[str, ...]
    before: tuple[tuple[str, ...], ...] = ()
    places: tuple[str, ...] = (ENDING,)
    in_suite: int = 7


# PLACE holds one thing for the first of what is done before, and another from then on; its source is called `export`.
CASES = (
    Case("refresh", ("refresh", "--json"), (("import", "PLACE"),), in_suite=20),
    Case("import", ("import", "PLACE", "--json")),
)


@dataclass(frozen=True)
class Ground:
    """What all runs of a case begin with, how long an unkilled one takes and what it comes to, and what it leaves."""

    case: Case
    command: tuple[str, ...]
    base: Path | None
    base_refresh: int
    unkilled: Ended
    before: State
    after: State


def make_record(number: int, version: int = 1) -> dict[str, object]:
    drawn = random.Random(f"{number} {version}")
    thread = number // 7
    return {
        "id": f"c{number}",
        "text": " ".join(drawn.choices(_WORDS, k=drawn.randint(2, 60))) + f" {number}.",
        "author": f"Person {number % 97}",
        "account": f"p{number % 97}" if number % 3 else None,
        "date": f"2019-{1 + number % 12:02}-{1 + number % 28:02}T10:00:00Z",
        "edited": "2020-02-02T10:00:00Z" if version > 1 else None,
        "thread": f"t{thread}",
        # Some discussions change their titles.
        "title": f"Discussion {thread}" + (" again" if version > 1 and thread % 5 == 0 else ""),
        "url": f"https://blog.example/{thread}#c{number}",
        "parent": f"c{number - 1}" if number % 7 else None,
        "channel": f"room {thread % 4}" if thread < 250 else "annexe",
        "visibility": "channel:C1" if thread % 4 == 3 else "",
        "position": number % 7,
    }


def make_old() -> list[dict[str, object]]:
    return [make_record(number) for number in range(COMMENTS)]


def make_new() -> list[dict[str, object]]:
    """The same source later: a tenth gone, whole discussions among them, and with them people and a channel."""
    gone = {number for number in range(COMMENTS) if number % 23 == 4} | set(range(1_890, 2_000))
    kept = [make_record(number, 1 + (number % 9 == 1)) for number in range(COMMENTS) if number not in gone]
    # Somebody who is there no more, and what was said before, word for word, by others.
    renamed = [one | {"author": "Nobody else"} if number % 311 == 5 else one for number, one in enumerate(kept)]
    added = [make_record(number) | {"channel": "new room"} for number in range(3_000, 3_300)]
    return renamed + added + [one | {"id": f"again {one['id']}"} for one in kept[100:130]]


def write(place: Path, records: Sequence[dict[str, object]]) -> None:
    place.write_text("".join(json.dumps(one) + "\n" for one in records))


def copy_archive(source: Path | None, target: Path) -> Path:
    """Copy an archive with its write-ahead log, as the process that was killed left them."""
    for ending in ("", "-wal", "-shm"):
        target.with_name(target.name + ending).unlink(missing_ok=True)
        if source:
            with suppress(FileNotFoundError):
                shutil.copy(source.with_name(source.name + ending), target.with_name(target.name + ending))
    return target


@pytest.fixture(scope="session")
def forks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Forks]:
    folder = tmp_path_factory.mktemp("forks")
    with Forks(folder, make_environment(folder / "none.db")) as running:
        yield running


@pytest.fixture(scope="session")
def ground(request: pytest.FixtureRequest, forks: Forks, tmp_path_factory: pytest.TempPathFactory) -> Ground:
    case: Case = request.param
    folder = tmp_path_factory.mktemp(case.name)
    place, base, whole = folder / "export.jsonl", folder / "base.db", folder / "whole.db"

    def run(arguments: Sequence[str], database: Path) -> Ended:
        done = forks.run(*fill_in(arguments, place), database=database, places=case.places)
        assert (done.code, done.err) == (0, ""), done
        return done

    write(place, make_old())
    for arguments in case.before:
        run(arguments, base)
        write(place, make_new())
    write(place, make_new())
    start = base if case.before else None
    unkilled = run(case.command, copy_archive(start, whole))
    check_sound(whole)
    last = read_last_refresh(base) if start else 0
    before = read_state(base, last) if start else {}
    return Ground(case, fill_in(case.command, place), start, last, unkilled, before, read_state(whole, last))


def fill_in(arguments: Sequence[str], place: Path) -> tuple[str, ...]:
    return tuple(str(place) if one == "PLACE" else one for one in arguments)


def draw_moment(drawn: random.Random, ground: Ground, place: str) -> Moment:
    if place == TIME:
        return Moment(TIME, seconds=drawn.uniform(0, ground.unkilled.seconds))
    number = drawn.randint(1, ground.unkilled.counts[place])
    return Moment(place, number, drawn.uniform(0, COMMIT_SECONDS) if place == COMMITTING else 0.0)


def check_no_half(state: State, ground: Ground) -> None:
    """Every comment is as it was, or as it will be; the text, its passages and the words of one moment each."""
    whole = {*ground.before.get("comments", ()), *ground.after["comments"]}
    # The place that it was read from last moves by itself.
    assert {row[:-2] for row in state["comments"]} <= {row[:-2] for row in whole}


def check_copy(archive: Path, copied: Path, ground: Ground) -> None:
    """Check what a kill left, on a copy: the program itself is to mend it."""
    copy_archive(archive, copied)
    if has_schema(copied):
        check_sound(copied)
        check_no_half(read_state(copied, ground.base_refresh), ground)


def kill_and_resume(forks: Forks, ground: Ground, folder: Path, seed: int) -> None:
    drawn = random.Random(seed)
    places = (TIME, STATEMENT, COMMIT, COMMITTING, COMMITTED, ENCODING, *ground.case.places)
    archive = copy_archive(ground.base, folder / "archive.db")
    moments = [draw_moment(drawn, ground, places[seed % len(places)])]
    moments += [draw_moment(drawn, ground, drawn.choice(places)) for _ in range(drawn.randrange(MOST_KILLS))]
    kills = []
    for moment in moments:
        ended = forks.run(*ground.command, database=archive, moment=moment)
        assert ended.is_killed or (ended.code, ended.err) == (0, ""), (moments, ended)
        kills.append(ended.is_killed)
        check_copy(archive, folder / "copied.db", ground)
    assert kills[0] or moments[0].place in (TIME, COMMITTING), moments
    resumed = forks.run(*ground.command, database=archive)
    assert (resumed.code, resumed.err) == (0, ""), (moments, resumed)
    check_sound(archive)
    state = read_state(archive, ground.base_refresh)
    for name, rows in ground.after.items():
        assert state[name] == rows, (name, moments)


@pytest.mark.parametrize(
    ("ground", "seed"),
    [pytest.param(case, seed, id=f"{case.name}-{seed}") for case in CASES for seed in range(case.in_suite)],
    indirect=["ground"],
)
def test_command_killed_and_run_again_equals_one_run(forks: Forks, ground: Ground, tmp_path: Path, seed: int):
    kill_and_resume(forks, ground, tmp_path, seed)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("ground", "seed"),
    [pytest.param(case, seed, id=f"{case.name}-{seed}") for case in CASES for seed in range(SLOW)],
    indirect=["ground"],
)
def test_command_killed_often_and_run_again_equals_one_run(forks: Forks, ground: Ground, tmp_path: Path, seed: int):
    kill_and_resume(forks, ground, tmp_path, seed)
