"""Tests of whether the process can answer, and of looking at what hangs."""

import threading
import time
from collections.abc import Callable

import pytest

from bot.telemetry.limited import Limited
from bot.telemetry.readiness import Finding, Readiness, TroubleError
from store.errors import ArchiveError

# Far above what a machine that is busy takes for nothing.
_PATIENCE = 20.0


def fail(error: Exception) -> Callable[[], str]:
    def check() -> str:
        raise error

    return check


def test_readiness_tells_of_each_thing_what_was_found():
    checks: dict[str, Callable[[], str]] = {
        "model": lambda: "loaded",
        "slack": fail(TroubleError("not connected")),
        "database": fail(ArchiveError("cannot use the archive: '/secret/path': disk I/O error")),
        "schema": fail(RuntimeError("of user ada")),
    }
    assert Readiness(checks, _PATIENCE).look() == {
        "model": Finding(is_good=True, detail="loaded"),
        "slack": Finding(is_good=False, detail="not connected"),
        "database": Finding(is_good=False, detail="cannot be read"),
        "schema": Finding(is_good=False, detail="cannot be looked at (RuntimeError)"),
    }


@pytest.fixture
def may_end() -> threading.Event:
    return threading.Event()


def test_readiness_does_not_wait_for_what_hangs_nor_begins_it_again(may_end: threading.Event):
    begun: list[int] = []

    def hang() -> str:
        begun.append(1)
        may_end.wait()
        return "can be read"

    readiness = Readiness({"database": hang, "model": lambda: "loaded"}, 0.05)
    began = time.monotonic()
    for _ in range(3):
        assert readiness.look()["database"] == Finding(is_good=False, detail="does not answer in time")
    assert time.monotonic() - began < _PATIENCE
    assert len(begun) == 1
    may_end.set()
    # It has come back by itself.
    until = time.monotonic() + _PATIENCE
    while not readiness.look()["database"].is_good:
        assert time.monotonic() < until


def test_readiness_looks_at_everything_side_by_side():
    met = threading.Barrier(3)
    checks = {str(number): lambda: str(met.wait(_PATIENCE) >= 0) for number in range(3)}
    assert [finding.detail for finding in Readiness(checks, _PATIENCE).look().values()] == ["True"] * 3


def test_limited_is_shared_by_those_who_come_while_it_is_at_work(may_end: threading.Event):
    numbers = iter(range(9))

    def count() -> int:
        may_end.wait()
        return next(numbers)

    limited = Limited(count, "count")
    first, second = limited.begin(), limited.begin()
    may_end.set()
    assert (first.result(_PATIENCE), second.result(_PATIENCE)) == (0, 0)
    assert limited.begin().result(_PATIENCE) == 1


def test_limited_raises_what_went_wrong_where_somebody_waits():
    limited = Limited(fail(ArchiveError("gone")), "fail")
    with pytest.raises(ArchiveError, match="gone"):
        limited.begin().result(_PATIENCE)
