import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from slack_sdk import WebClient
from structlog.testing import capture_logs

from bot.refreshing import Job, Refresher
from bot.slack.boards import Boards
from bot.slack.delivery import Place
from bot.slack.views.refresh import build_refresh
from store.archive import Archive
from store.domain.viewer import PUBLIC
from store.errors import StoreError
from tests.fakes.slack import Post, StandInSlack, Update
from tests.waiting import PATIENCE_SECONDS


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    structlog.reset_defaults()
    monkeypatch.setattr("bot.slack.boards.UPDATE_SECONDS", 0.02)


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    opened = Archive.open(f"sqlite:///{tmp_path}/archive.db")
    opened.put_source("notes", "records", str(tmp_path / "notes.jsonl"), PUBLIC)
    yield opened
    opened.close()


@pytest.fixture
def gate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The job of these tests is at work until there is a file of this name."""
    path = tmp_path / "gate"
    script = f"import pathlib, time\nwhile not pathlib.Path({str(path)!r}).exists(): time.sleep(0.01)"
    monkeypatch.setattr("bot.refreshing._COMMAND", (sys.executable, "-c", script))
    return path


@pytest.fixture
def boards(client: WebClient, archive: Archive, gate: Path) -> Iterator[Boards]:
    boards = Boards(client, Refresher(archive, os.environ))
    yield boards
    gate.touch()
    boards.close()


def begin(slack: StandInSlack, boards: Boards) -> tuple[Job, Post]:
    """Begin a job that a message follows."""
    job, _ = boards.refresher.begin("", "Ada")
    assert boards.open("U1", job)
    return job, slack.posts[-1]


def find_updates(slack: StandInSlack, post: Post) -> list[Update]:
    return [one for one in slack.updates if one.ts == post.ts]


def wait_until_followed(boards: Boards) -> None:
    for thread in boards._threads.values():
        thread.join(PATIENCE_SECONDS)
        assert not thread.is_alive()


def test_board_goes_on_after_an_error_and_ends_as_the_receipt(slack: StandInSlack, boards: Boards, gate: Path):
    slack.fail_next("chat.update", error="internal_error", times=3)
    with capture_logs() as logs:
        _, post = begin(slack, boards)
        slack.wait_for(
            lambda: len([one for one in logs if one.get("error") == "internal_error"]) == 3, PATIENCE_SECONDS, "tries"
        )
        gate.touch()
        wait_until_followed(boards)
    assert [one.text for one in find_updates(slack, post)][-1].startswith("The refresh of 1 source is over")


def test_board_is_updated_only_where_it_changes(
    slack: StandInSlack, boards: Boards, gate: Path, monkeypatch: pytest.MonkeyPatch
):
    looks: list[object] = []
    job, post = begin(slack, boards)
    monkeypatch.setattr("bot.slack.boards.build_refresh", lambda state: (looks.append(state), build_refresh(state))[1])
    slack.wait_for(lambda: len(looks) > 5, PATIENCE_SECONDS, "looks")
    gate.touch()
    assert boards.refresher.wait(job, PATIENCE_SECONDS)
    wait_until_followed(boards)
    assert len(find_updates(slack, post)) == 2


def test_board_whose_archive_cannot_be_read_is_given_up_after_some_tries(
    boards: Boards, archive: Archive, gate: Path, monkeypatch: pytest.MonkeyPatch
):
    def fail(_: str) -> None:
        raise StoreError("cannot use the archive")

    monkeypatch.setattr(archive.refreshes, "list_of", fail)
    gate.touch()
    job, _ = boards.refresher.begin("", "Ada")
    assert boards.refresher.wait(job, PATIENCE_SECONDS)
    with capture_logs() as logs:
        boards.follow(Place("DU1", ts="1.1"), job)
        wait_until_followed(boards)
    assert [one["error"] for one in logs] == ["StoreError"] * 10


def test_board_outlasts_an_archive_that_cannot_be_read_when_it_begins(
    slack: StandInSlack, boards: Boards, archive: Archive, gate: Path, monkeypatch: pytest.MonkeyPatch
):
    job, post = begin(slack, boards)
    gate.touch()
    wait_until_followed(boards)
    real, fails = archive.list_sources, [True]

    def list_sources() -> object:
        if fails:
            fails.pop()
            raise StoreError("cannot use the archive")
        return real()

    monkeypatch.setattr(archive, "list_sources", list_sources)
    before = len(find_updates(slack, post))
    boards.follow(Place(post.channel, ts=post.ts), job)
    wait_until_followed(boards)
    assert len(find_updates(slack, post)) == before + 1


def test_board_that_is_gone_is_given_up(slack: StandInSlack, boards: Boards):
    slack.fail_next("chat.update", error="message_not_found")
    begin(slack, boards)
    wait_until_followed(boards)


def test_board_that_cannot_be_shown_is_none(boards: Boards, archive: Archive, monkeypatch: pytest.MonkeyPatch):
    def fail(_: str) -> None:
        raise StoreError("cannot use the archive")

    job, _ = boards.refresher.begin("", "Ada")
    monkeypatch.setattr(archive.refreshes, "list_of", fail)
    assert boards.open("U1", job) is None
