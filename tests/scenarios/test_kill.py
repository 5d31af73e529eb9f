"""A command killed at any moment, and run again: the archive is as if nothing had happened."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.postgres import PostgresServer
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
    Place,
    State,
    check_sound,
    copy_archive,
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
class Files:
    """Archives that are files."""

    def copy(self, archive: Place | None, folder: Path, name: str) -> Place:
        """Give a copy of an archive, or of none."""
        assert not isinstance(archive, str)
        return copy_archive(archive, folder / f"{name}.db")

    def check(self, archive: Place, folder: Path, check: Callable[[Place], None]) -> None:
        """Check what a kill left, on a copy: the program itself is to mend it."""
        check(self.copy(archive, folder, "copied"))

    def drop(self, archive: Place) -> None:
        """Leave it: it is small."""


@dataclass(frozen=True)
class Databases:
    """Archives that are databases of a server."""

    server: PostgresServer

    def copy(self, archive: Place | None, folder: Path, name: str) -> Place:  # noqa: ARG002  # as of files
        return self.server.create(is_empty=True) if archive is None else self.server.copy(str(archive))

    def check(self, archive: Place, folder: Path, check: Callable[[Place], None]) -> None:  # noqa: ARG002
        """Check what a kill left: reading it changes nothing."""
        check(archive)

    def drop(self, archive: Place) -> None:
        self.server.drop(str(archive))


@dataclass(frozen=True)
class Ground:
    """What all runs of a case begin with, how long an unkilled one takes and what it comes to, and what it leaves."""

    case: Case
    kind: Files | Databases
    command: tuple[str, ...]
    base: Place | None
    base_refresh: int
    unkilled: Ended
    before: State
    after: State


MakeGround = Callable[[Case, Files | Databases], Ground]


@pytest.fixture(scope="session")
def make_ground(forks: Forks, tmp_path_factory: pytest.TempPathFactory) -> MakeGround:
    """Make the ground of a case; once, whichever of its runs come when."""
    return cache(lambda case, kind: prepare(case, kind, forks, tmp_path_factory.mktemp(case.name)))


@pytest.fixture
def ground(request: pytest.FixtureRequest, make_ground: MakeGround) -> Ground:
    case, is_on_server = request.param
    return make_ground(case, Databases(request.getfixturevalue("postgres")) if is_on_server else Files())


def prepare(case: Case, kind: Files | Databases, forks: Forks, folder: Path) -> Ground:
    place = folder / "export.jsonl"

    def run(arguments: Sequence[str], database: Place) -> Ended:
        done = forks.run(*fill_in(arguments, place), database=database, places=case.places)
        assert (done.code, done.err) == (0, ""), done
        return done

    write(place, make_old())
    base = kind.copy(None, folder, "base") if case.before else None
    last, before = 0, State()
    if base:
        for arguments in case.before:
            run(arguments, base)
            write(place, make_new())
        last = read_last_refresh(base)
        before = read_state(base, last)
    write(place, make_new())
    whole = kind.copy(base, folder, "whole")
    unkilled = run(case.command, whole)
    check_sound(whole)
    return Ground(case, kind, fill_in(case.command, place), base, last, unkilled, before, read_state(whole, last))


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


def check_killed(archive: Place, ground: Ground) -> None:
    if has_schema(archive):
        check_sound(archive)
        check_no_half(read_state(archive, ground.base_refresh), ground)


def kill_and_resume(forks: Forks, ground: Ground, folder: Path, seed: int) -> None:
    drawn = random.Random(seed)
    everywhere = (STATEMENT, COMMIT, COMMITTING, COMMITTED, ENCODING, *ground.case.places)
    # A rollback, for one, embeds nothing.
    places = (TIME, *(place for place in everywhere if ground.unkilled.counts.get(place)))
    archive = ground.kind.copy(ground.base, folder, "archive")
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
        ground.kind.check(archive, folder, lambda left: check_killed(left, ground))
    resumed = forks.run(*ground.command, database=archive)
    assert (resumed.code, resumed.err) == (0, ""), (moments, resumed)
    check_sound(archive)
    state = read_state(archive, ground.base_refresh)
    for name, rows in ground.after.items():
        assert state[name] == rows, (name, moments)
    ground.kind.drop(archive)


def make_runs(count_on: Callable[[Case, bool], int]) -> list[Any]:
    """Make the parameters of so many runs of each case on a file, and on PostgreSQL."""
    return [
        pytest.param((case, is_on_server), seed, id=f"{case.name}-{name}-{seed}", marks=marks)
        for name, is_on_server, marks in (("sqlite", False, ()), ("postgres", True, pytest.mark.postgres))
        for case in CASES
        for seed in range(count_on(case, is_on_server))
    ]


@pytest.mark.parametrize(
    ("ground", "seed"),
    make_runs(lambda case, is_on_server: case.on_server if is_on_server else case.in_suite),
    indirect=["ground"],
)
def test_command_killed_and_run_again_equals_one_run(forks: Forks, ground: Ground, tmp_path: Path, seed: int):
    kill_and_resume(forks, ground, tmp_path, seed)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("ground", "seed"),
    make_runs(lambda *_: SLOW),
    indirect=["ground"],
)
def test_command_killed_often_and_run_again_equals_one_run(forks: Forks, ground: Ground, tmp_path: Path, seed: int):
    kill_and_resume(forks, ground, tmp_path, seed)
