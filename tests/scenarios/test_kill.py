"""A command killed at any moment, and run again: the archive is as if nothing had happened."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.databases import ArchivePlace, Databases
from tests.scenarios.exports import make_new, make_old, write
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
from tests.store.contents import (
    State,
    check_sound,
    has_schema,
    read_last_refresh,
    read_state,
)

SLOW = 200
MOST_KILLS = 3
# Longer than any commit here takes.
COMMIT_SECONDS = 0.01


@dataclass(frozen=True)
class Case:
    """A command that is killed: what is done before it, none of which is killed, and where it may be killed besides.

    `in_suite` is how many of its runs are always made on a file, and `on_server` how many on PostgreSQL; the others
    only where slow tests are wanted.
    """

    name: str
    command: tuple[str, ...]
    before: tuple[tuple[str, ...], ...] = ()
    places: tuple[str, ...] = (ENDING,)
    in_suite: int = 4
    on_server: int = 2


# PLACE holds one thing for the first of what is done before, and another from then on; its source is called `export`.
CASES = (
    Case("refresh", ("refresh", "--json"), (("import", "PLACE"),), in_suite=10, on_server=4),
    Case("import", ("import", "PLACE", "--json"), in_suite=2),
    Case(
        "rollback",
        # By its number: without, a second one would undo what came before.
        ("rollback", "export", "2", "--json"),
        (("import", "PLACE"), ("refresh",)),
        places=(ENDING, "store.db.history.delete_empty"),
    ),
    Case(
        "reindex",
        ("reindex", "--model", "hashing:16", "--json"),
        (("import", "PLACE"),),
        places=("store.db.encoders.activate", "store.db.encoders.delete_retired"),
    ),
)


@dataclass(frozen=True)
class Ground:
    """What all runs of a case begin with, how long an unkilled one takes and what it comes to, and what it leaves."""

    case: Case
    databases: Databases
    command: tuple[str, ...]
    base: ArchivePlace | None
    base_refresh: int
    unkilled: Ended
    before: State
    after: State


MakeGround = Callable[[Case, Databases], Ground]


@pytest.fixture(scope="session")
def make_ground(forks: Forks, tmp_path_factory: pytest.TempPathFactory) -> MakeGround:
    """Make the ground of a case; once, whichever of its runs come when."""
    return cache(lambda case, databases: prepare(case, databases, forks, tmp_path_factory.mktemp(case.name)))


@pytest.fixture
def ground(request: pytest.FixtureRequest, databases: Databases, make_ground: MakeGround) -> Ground:
    return make_ground(request.param, databases)


def prepare(case: Case, databases: Databases, forks: Forks, folder: Path) -> Ground:
    place = folder / "export.jsonl"

    def run(arguments: Sequence[str], database: ArchivePlace) -> Ended:
        done = forks.run(*fill_in(arguments, place), database=database, places=case.places)
        assert (done.code, done.err) == (0, ""), done
        return done

    write(place, make_old())
    base = databases.create() if case.before else None
    last, before = 0, State()
    if base:
        for arguments in case.before:
            run(arguments, base)
            write(place, make_new())
        last = read_last_refresh(base)
        before = read_state(base, last)
    write(place, make_new())
    whole = copy(base, databases)
    unkilled = run(case.command, whole)
    check_sound(whole)
    return Ground(case, databases, fill_in(case.command, place), base, last, unkilled, before, read_state(whole, last))


def copy(base: ArchivePlace | None, databases: Databases) -> ArchivePlace:
    """Make an archive as it is before what is killed: of nothing, not even the tables are there."""
    return databases.create(is_empty=True) if base is None else databases.copy(base)


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


def check_killed(killed: ArchivePlace, ground: Ground) -> None:
    """Check what a kill left: of a file, on a copy, since reading it mends it, and the program itself is to do so."""
    archive = ground.databases.copy(killed) if isinstance(killed, Path) else killed
    if has_schema(archive):
        check_sound(archive)
        check_no_half(read_state(archive, ground.base_refresh), ground)
    if archive != killed:
        ground.databases.drop(archive)


def kill_and_resume(forks: Forks, ground: Ground, seed: int) -> None:
    drawn = random.Random(seed)
    everywhere = (STATEMENT, COMMIT, COMMITTING, COMMITTED, ENCODING, *ground.case.places)
    # A rollback, for one, embeds nothing.
    places = (TIME, *(place for place in everywhere if ground.unkilled.counts.get(place)))
    archive = copy(ground.base, ground.databases)
    moments = [draw_moment(drawn, ground, places[seed % len(places)])]
    moments += [draw_moment(drawn, ground, drawn.choice(places)) for _ in range(drawn.randrange(MOST_KILLS))]
    for moment in moments:
        ended = forks.run(*ground.command, database=archive, moment=moment)
        assert ended.is_killed or (ended.code, ended.err) == (0, ""), (moments, ended)
        # A quicker run notes its progress less often, so that it may not come to a place as often as was counted.
        came = (
            ended.is_killed or moment.place in (TIME, COMMITTING) or ended.counts.get(moment.place, 0) < moment.number
        )
        assert came, (moments, ended)
        check_killed(archive, ground)
    resumed = forks.run(*ground.command, database=archive)
    assert (resumed.code, resumed.err) == (0, ""), (moments, resumed)
    check_sound(archive)
    state = read_state(archive, ground.base_refresh)
    for name, rows in ground.after.items():
        assert state[name] == rows, (name, moments)
    ground.databases.drop(archive)


def make_runs(count_on: Callable[[Case, str], int]) -> list[Any]:
    """Make the parameters of so many runs of each case on a file, and on PostgreSQL."""
    return [
        pytest.param(name, case, seed, id=f"{case.name}-{name}-{seed}", marks=marks)
        for name, marks in (("sqlite", ()), ("postgres", pytest.mark.postgres))
        for case in CASES
        for seed in range(count_on(case, name))
    ]


@pytest.mark.parametrize(
    ("databases", "ground", "seed"),
    make_runs(lambda case, name: case.on_server if name == "postgres" else case.in_suite),
    indirect=["databases", "ground"],
)
def test_command_killed_and_run_again_equals_one_run(forks: Forks, ground: Ground, seed: int):
    kill_and_resume(forks, ground, seed)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("databases", "ground", "seed"),
    make_runs(lambda *_: SLOW),
    indirect=["databases", "ground"],
)
def test_command_killed_often_and_run_again_equals_one_run(forks: Forks, ground: Ground, seed: int):
    kill_and_resume(forks, ground, seed)
