import pytest

from bot.slack.remembering import Remembered


class Fetching:
    """Counts how often something is fetched."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self) -> int:
        self.count += 1
        return self.count


class FakeTime:
    now = 0.0

    def monotonic(self) -> float:
        return self.now


def test_remembered_is_fetched_again_after_a_while(monkeypatch: pytest.MonkeyPatch):
    clock, remembered, fetch = FakeTime(), Remembered[str, int](60), Fetching()
    monkeypatch.setattr("bot.slack.remembering.time", clock)
    found = []
    for moment in (0.0, 59.0, 61.0, 119.0, 122.0):
        clock.now = moment
        found.append(remembered.get("a", fetch))
    assert found == [1, 1, 2, 2, 3]


def test_remembered_is_counted_from_when_it_was_asked_for(monkeypatch: pytest.MonkeyPatch):
    clock, remembered, fetch = FakeTime(), Remembered[str, int](60), Fetching()
    monkeypatch.setattr("bot.slack.remembering.time", clock)

    def fetch_slowly() -> int:
        clock.now += 50
        return fetch()

    assert remembered.get("a", fetch_slowly) == 1
    clock.now += 20
    assert remembered.get("a", fetch) == 2


def test_forgotten_is_fetched_again_and_nothing_else():
    remembered, fetch = Remembered[str, int](60), Fetching()
    assert [remembered.get(key, fetch) for key in "abc"] == [1, 2, 3]
    remembered.forget("a", "x")
    assert [remembered.get(key, fetch) for key in "abc"] == [4, 2, 3]
    remembered.forget()
    assert [remembered.get(key, fetch) for key in "abc"] == [5, 6, 7]


def test_what_is_fetched_while_something_is_forgotten_is_given_but_not_remembered():
    remembered, fetch = Remembered[str, int](60), Fetching()

    def fetch_meanwhile() -> int:
        found = fetch()
        remembered.forget("a")
        return found

    assert [remembered.get("a", fetch_meanwhile), remembered.get("a", fetch), remembered.get("a", fetch)] == [1, 2, 2]


def test_what_fails_is_not_remembered():
    remembered = Remembered[str, float](60)
    with pytest.raises(ZeroDivisionError):
        remembered.get("a", lambda: 1 / 0)
    assert remembered.get("a", lambda: 1.0) == 1.0


def test_remembered_are_not_too_many(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("bot.slack.remembering._MAX_KEPT", 3)
    remembered, fetch = Remembered[int, int](60), Fetching()
    for key in range(10):
        remembered.get(key, fetch)
    assert len(remembered._known) <= 3
    assert remembered.get(9, fetch) == 10
