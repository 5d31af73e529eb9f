import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
import structlog
from structlog.testing import capture_logs

import bot.removing
from bot.removing import PATIENT_TRIES, Remover, make_reference
from store.archive import Archive
from store.domain.forgetting import RemovalRequest
from store.repositories.recent_questions import RecentQuestions
from store.repositories.removals import Removals
from tests.store.factories import make_comment, put_comments
from tests.waiting import PATIENCE_SECONDS, wait_until

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
        monkeypatch.setattr(bot.removing, "_CLOSE_SECONDS", PATIENCE_SECONDS)
        monkeypatch.setattr(bot.removing, "_COMMAND", (sys.executable, "-c", head + script))
        return called

    return become


class Told:
    """Notes who was told what; `tell` tells whether they were reached."""

    def __init__(self, tell: Callable[[RemovalRequest], bool] = lambda _: True) -> None:
        self._tell = tell
        self.requests: list[RemovalRequest] = []
        self.troubled: list[tuple[RemovalRequest, str]] = []
        self.is_told = threading.Event()

    def tell_done(self, request: RemovalRequest) -> bool:
        if not self._tell(request):
            return False
        self.requests.append(request)
        self.is_told.set()
        return True

    def tell_trouble(self, request: RemovalRequest, reference: str) -> bool:
        self.troubled.append((request, reference))
        self.is_told.set()
        return True


def wait_for(path: Path, lines: int = 1) -> list[str]:
    wait_until(lambda: path.exists() and path.read_text().count("\n") >= lines)
    return path.read_text().splitlines()


def test_remover_forgets_whoever_it_was_approved_for_and_tells_them(archive: Archive, command: Callable[[str], Path]):
    called = command("sys.exit(0)")
    RecentQuestions(archive.database).note("T1", "U1", "kites")
    Removals(archive.database).put(ADA)
    told = Told()
    remover = Remover(archive, {}, told)
    remover.start()
    assert told.is_told.wait(PATIENCE_SECONDS)
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
    assert told.is_told.wait(PATIENCE_SECONDS)
    remover.close()


def test_remover_that_is_closed_leaves_the_rest_for_the_next_one(archive: Archive, command: Callable[[str], Path]):
    called = command("time.sleep(600)")
    Removals(archive.database).put(ADA)
    told = Told()
    remover = Remover(archive, {}, told)
    remover.start()
    wait_for(called)
    remover.close()
    assert (told.requests, Removals(archive.database).list_approved()) == ([], [ADA])


def test_remover_that_is_closed_just_when_it_looks_again_ends(archive: Archive, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(bot.removing, "AGAIN_SECONDS", 600.0)
    remover = Remover(archive, {}, Told())
    clear = remover._woken.clear

    def close_and_clear() -> None:
        remover._is_closed.set()
        remover._woken.set()
        clear()

    monkeypatch.setattr(remover._woken, "clear", close_and_clear)
    remover.wake()
    remover.start()
    remover._thread.join(30)
    assert not remover._thread.is_alive()


def test_remover_leaves_alone_what_is_not_approved(archive: Archive, command: Callable[[str], Path]):
    called = command("sys.exit(0)")
    waiting = RemovalRequest("T1", "U1", (), ADA.asked_at)
    Removals(archive.database).put(waiting)
    Removals(archive.database).put(RemovalRequest("T1", "U2", (), ADA.asked_at, is_approved=True))
    told = Told()
    remover = Remover(archive, {}, told)
    remover.start()
    # Of the other one, nothing is in the archive.
    assert told.is_told.wait(PATIENCE_SECONDS)
    remover.close()
    assert [request.person for request in told.requests] == ["U2"]
    assert Removals(archive.database).list_waiting() == [waiting]
    assert not called.exists()


def test_remover_tells_of_trouble_that_stays_by_the_reference_that_is_in_the_log(
    archive: Archive, command: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(bot.removing, "AGAIN_SECONDS", 0.01)
    monkeypatch.setattr(bot.removing, "_log", structlog.get_logger())
    called = command("sys.exit('harkback: the disk is full')")
    Removals(archive.database).put(ADA)
    told = Told()
    with capture_logs() as logs:
        remover = Remover(archive, {}, told)
        remover.start()
        assert told.is_told.wait(PATIENCE_SECONDS)
        remover.close()
    assert len(wait_for(called)) >= PATIENT_TRIES
    reference = make_reference(ADA)
    assert told.troubled[0] == (ADA, reference)
    assert {(line["reference"], line["told"]) for line in logs} == {(reference, "harkback: the disk is full")}


def test_remover_goes_on_with_others_where_one_fails(
    archive: Archive, command: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(bot.removing, "AGAIN_SECONDS", 0.01)
    command("sys.exit(0)")
    bo = replace(ADA, person="U2", asked_at=ADA.asked_at.replace(hour=1))
    for request in (ADA, bo):
        Removals(archive.database).put(request)

    def tell(request: RemovalRequest) -> bool:
        if request == ADA:
            raise RuntimeError
        return True

    told = Told(tell)
    remover = Remover(archive, {}, told)
    remover.start()
    assert told.is_told.wait(PATIENCE_SECONDS)
    remover.close()
    assert (told.requests[:1], Removals(archive.database).list_approved()) == ([bo], [ADA])


def test_remover_tries_to_tell_until_it_could(
    archive: Archive, command: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(bot.removing, "AGAIN_SECONDS", 0.01)
    command("sys.exit(0)")
    Removals(archive.database).put(ADA)
    reached = iter((False, False, True))
    told = Told(lambda _: next(reached))
    remover = Remover(archive, {}, told)
    remover.start()
    assert told.is_told.wait(PATIENCE_SECONDS)
    remover.close()
    assert (told.requests, told.troubled, Removals(archive.database).list_approved()) == ([ADA], [], [])
