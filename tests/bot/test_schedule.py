import threading
from datetime import UTC, datetime, timedelta

import pytest

from bot.schedule import Schedule, find_first_due

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
        assert runs.acquire(timeout=10)
    assert schedule.find_due()
    schedule.close()
    schedule.close()


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
            assert begun.acquire(timeout=10)
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
