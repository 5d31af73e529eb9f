"""A command killed at any moment, and run again: the archive is as if nothing had happened."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

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
from tests.store.contents import State, check_sound, copy_archive, has_schema, read_last_refresh, read_state

SLOW = 200
MOST_KILLS = 3
# Longer than any commit here takes.
COMMIT_SECONDS = 0.01


@dataclass(frozen=True)
class Case:
    """A command that is killed: what is done before it, none of which is killed, and where it may be killed besides.

    `in_suite` is how many of its runs are always made; the others only where slow tests are wanted.
    """

    name: str
    command: tuple[str, ...]
    before: tuple[tuple[str, ...], ...] = ()
    places: tuple[str, ...] = (ENDING,)
    in_suite: int = 4


# PLACE holds one thing for the first of what is done before, and another from then on; its source is called `export`.
CASES = (
    Case("refresh", ("refresh", "--json"), (("import", "PLACE"),), in_suite=10),
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
    command: tuple[str, ...]
    base: Path | None
    base_refresh: int
    unkilled: Ended
    before: State
    after: State


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
    everywhere = (STATEMENT, COMMIT, COMMITTING, COMMITTED, ENCODING, *ground.case.places)
    # A rollback, for one, embeds nothing.
    places = (TIME, *(place for place in everywhere if ground.unkilled.counts.get(place)))
    archive = copy_archive(ground.base, folder / "archive.db")
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
        check_copy(archive, folder / "copied.db", ground)
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
