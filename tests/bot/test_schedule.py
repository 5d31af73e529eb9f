import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Self

import pytest

from bot.schedule import Schedule, find_first_due
from tests.waiting import PATIENCE_SECONDS, wait_until

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
EVERY = timedelta(hours=6)
SOON = NOW + timedelta(seconds=15)


def ago(**length: float) -> datetime:
    return NOW - timedelta(**length)


@pytest.mark.parametrize(
    ("ended", "due"),
    [
        pytest.param([ago(hours=2)], NOW + timedelta(hours=4), id="not yet"),
        pytest.param([ago(hours=2), ago(hours=5)], NOW + timedelta(hours=1), id="the one that has waited longest"),
        pytest.param([ago(hours=6)], SOON, id="just now, but not at once"),
        pytest.param([ago(days=30)], SOON, id="missed while nothing ran"),
        pytest.param([ago(hours=2), None], SOON, id="never refreshed"),
        pytest.param([], NOW + EVERY, id="nothing to refresh"),
        pytest.param([ago(hours=-1)], NOW + EVERY, id="the clock was set back an hour"),
        pytest.param([ago(days=-400)], NOW + EVERY, id="the clock was set back a year"),
    ],
)
def test_first_due_is_one_interval_after_the_last_refresh_ended(ended: list[datetime | None], due: datetime):
    assert find_first_due(ended, EVERY, NOW) == due


def test_schedule_does_it_again_and_again_and_stops():
    schedule = Schedule(timedelta(seconds=0.05))
    runs = threading.Semaphore(0)
    schedule.start(datetime.now(UTC), runs.release)
    for _ in range(3):
        assert runs.acquire(timeout=PATIENCE_SECONDS)
    assert schedule.find_due()
    schedule.close()
    schedule.close()
    schedule.join()
    schedule.join()


class Clock:
    """What the schedule takes for now is this far from it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.ahead = timedelta()
        clock = self

        class Shifted(datetime):
            @classmethod
            def now(cls, tz: tzinfo | None = None) -> Self:
                return datetime.now(tz) + clock.ahead  # type: ignore[return-value]

        for part in ("schedulers.base", "executors.base", "triggers.interval"):
            monkeypatch.setattr(f"apscheduler.{part}.datetime", Shifted)
        monkeypatch.setattr("bot.schedule.datetime", Shifted)

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@dataclass
class Worker:
    """Work that lasts as long as it is told to, on a clock that is set."""

    schedule: Schedule
    clock: Clock
    begun: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    may_end: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    times: list[datetime] = field(default_factory=list)

    def work(self) -> None:
        self.times.append(self.clock.now())
        self.begun.release()
        assert self.may_end.acquire(timeout=PATIENCE_SECONDS)

    def pass_time(self, length: timedelta) -> None:
        self.clock.ahead += length
        self.schedule._scheduler.wakeup()

    def wait_due(self, hours: float) -> None:
        """Wait until it is due after so long."""
        wait_until(lambda: self._is_due(hours), f"what is due in {hours} hours")

    def _is_due(self, hours: float) -> bool:
        due = self.schedule.find_due()
        return due is not None and abs(due - self.clock.now() - timedelta(hours=hours)) < timedelta(minutes=1)


@pytest.fixture
def worker(monkeypatch: pytest.MonkeyPatch) -> Iterator[Worker]:
    """Every six hours, to the minute; first in six hours."""
    monkeypatch.setattr("bot.schedule._MAX_JITTER", timedelta(0))
    worker = Worker(Schedule(EVERY), Clock(monkeypatch))
    worker.schedule.start(datetime.now(UTC) + EVERY, worker.work)
    yield worker
    worker.may_end.release(10)
    worker.schedule.close()
    worker.schedule.join()


def test_schedule_makes_up_once_for_what_was_missed_while_the_machine_slept(worker: Worker):
    worker.may_end.release(10)
    worker.pass_time(timedelta(hours=27))
    assert worker.begun.acquire(timeout=PATIENCE_SECONDS)
    worker.wait_due(6)
    worker.schedule.close()
    worker.schedule.join()
    assert len(worker.times) == 1


def test_schedule_counts_from_the_end_and_leaves_out_what_came_before_it(worker: Worker):
    worker.pass_time(timedelta(hours=6, minutes=10))
    assert worker.begun.acquire(timeout=PATIENCE_SECONDS)
    worker.pass_time(timedelta(hours=8))
    # The next time has come, and it is at work still.
    worker.wait_due(4 - 1 / 6)
    worker.may_end.release()
    worker.wait_due(6)
    worker.schedule.close()
    worker.schedule.join()
    assert len(worker.times) == 1


def test_schedule_is_joined_when_what_it_does_is_done(worker: Worker):
    worker.pass_time(timedelta(hours=6, minutes=10))
    assert worker.begun.acquire(timeout=PATIENCE_SECONDS)
    worker.schedule.close()
    is_joined = threading.Event()
    joining = threading.Thread(target=lambda: (worker.schedule.join(), is_joined.set()))
    joining.start()
    assert not is_joined.wait(0.1)
    worker.may_end.release()
    assert is_joined.wait(PATIENCE_SECONDS)
    joining.join()


def test_schedule_never_does_it_twice_at_once_and_goes_on_after_a_failure():
    schedule = Schedule(timedelta(seconds=0.02))
    begun, may_end, at_work = threading.Semaphore(0), threading.Semaphore(0), []
    most = [0]

    def work() -> None:
        at_work.append(1)
        most[0] = max(most[0], len(at_work))
        begun.release()
        may_end.acquire()
        at_work.pop()
        message = "this run failed"
        raise ValueError(message)

    schedule.start(datetime.now(UTC), work)
    try:
        for _ in range(3):
            assert begun.acquire(timeout=PATIENCE_SECONDS)
            may_end.release()
    finally:
        schedule.close()
        may_end.release(10)
    assert most == [1]


def test_schedule_that_is_not_set_does_nothing():
    schedule = Schedule(None)
    schedule.start(datetime.now(UTC), lambda: None)
    assert schedule.find_due() is None
    schedule.close()
