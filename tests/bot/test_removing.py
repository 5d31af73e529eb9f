import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

import bot.removing
from bot.removing import Remover
from store.archive import Archive
from store.domain.forgetting import RemovalRequest
from store.repositories.recent_questions import RecentQuestions
from store.repositories.removals import Removals
from tests.store.factories import make_comment, put_comments

ADA = RemovalRequest("T1", "U1", (("Talk", 1),), datetime(2026, 3, 1, tzinfo=UTC), is_approved=True)


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    opened = Archive.open(f"sqlite:///{tmp_path}/archive.db")
    opened.put_source("Talk", "slack", "/export", None, identity="slack:T1")
    put_comments(opened, make_comment("1", author="-Ada", account="U1"), source="Talk")
    yield opened
    opened.close()


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Path]:
    """Let the command be a script; gives where it writes what it was called with."""
    called = tmp_path / "called"

    def become(script: str) -> Path:
        head = f"import sys, time; open({str(called)!r}, 'a').write(' '.join(sys.argv[1:]) + '\\n'); "
        monkeypatch.setattr(bot.removing, "_COMMAND", (sys.executable, "-c", head + script))
        return called

    return become


class Told:
    """Notes who was told."""

    def __init__(self) -> None:
        self.requests: list[RemovalRequest] = []
        self.is_told = threading.Event()

    def __call__(self, request: RemovalRequest) -> None:
        self.requests.append(request)
        self.is_told.set()


def wait_for(path: Path, lines: int = 1) -> list[str]:
    until = time.monotonic() + 20
    while not path.exists() or path.read_text().count("\n") < lines:
        assert time.monotonic() < until
        time.sleep(0.02)
    return path.read_text().splitlines()


def test_remover_forgets_whoever_it_was_approved_for_and_tells_them(archive: Archive, command: Callable[[str], Path]):
    called = command("sys.exit(0)")
    RecentQuestions(archive.database).note("T1", "U1", "kites")
    Removals(archive.database).put(ADA)
    told = Told()
    remover = Remover(archive, {}, told)
    remover.start()
    assert told.is_told.wait(20)
    remover.close()
    assert wait_for(called) == ["--source Talk --account U1 -- -Ada"]
    assert (told.requests, Removals(archive.database).list_approved()) == ([ADA], [])
    assert RecentQuestions(archive.database).list_latest("T1", "U1") == []


def test_remover_tries_again_what_could_not_be_done(
    archive: Archive, command: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(bot.removing, "AGAIN_SECONDS", 0.01)
    called = command("sys.exit(3)")
    Removals(archive.database).put(ADA)
    told = Told()
    remover = Remover(archive, {}, told)
    remover.start()
    wait_for(called, 2)
    assert (told.requests, Removals(archive.database).list_approved()) == ([], [ADA])
    command("sys.exit(0)")
    assert told.is_told.wait(20)
    remover.close()


def test_remover_that_is_closed_leaves_the_rest_for_the_next_one(archive: Archive, command: Callable[[str], Path]):
    called = command("time.sleep(60)")
    Removals(archive.database).put(ADA)
    told = Told()
    remover = Remover(archive, {}, told)
    remover.start()
    wait_for(called)
    remover.close()
    assert (told.requests, Removals(archive.database).list_approved()) == ([], [ADA])


def test_remover_leaves_alone_what_is_not_approved(archive: Archive, command: Callable[[str], Path]):
    called = command("sys.exit(0)")
    waiting = RemovalRequest("T1", "U1", (), ADA.asked_at)
    Removals(archive.database).put(waiting)
    Removals(archive.database).put(RemovalRequest("T1", "U2", (), ADA.asked_at, is_approved=True))
    told = Told()
    remover = Remover(archive, {}, told)
    remover.start()
    # Of the other one, nothing is in the archive.
    assert told.is_told.wait(20)
    remover.close()
    assert [request.person for request in told.requests] == ["U2"]
    assert Removals(archive.database).list_waiting() == [waiting]
    assert not called.exists()
