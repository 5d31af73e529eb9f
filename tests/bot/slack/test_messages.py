"""Messages that wait to be answered."""

import json
from collections.abc import Callable
from concurrent.futures import Executor, Future
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest

from bot.slack.messages import Messages
from bot.slack.payloads import Message
from bot.slack.resuming import resume
from store.archive import Archive
from store.repositories.replies import Replies

if TYPE_CHECKING:
    from bot.slack.asking import SlackServices

MESSAGE = Message("T1", "C1", "U1", "1.0", "what was said about kettles?", None)


class BusyPool(Executor):
    """A pool that comes to nothing until it is told to."""

    def __init__(self) -> None:
        self.tasks: list[Callable[[], Any]] = []

    def submit(self, task: Callable[..., Any], /, *given: Any, **named: Any) -> Future[Any]:
        self.tasks.append(lambda: task(*given, **named))
        return Future()


def test_message_that_waits_is_not_put_behind_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    archive = Archive.open(f"sqlite:///{tmp_path}/archive.db")
    monkeypatch.setattr("store.repositories.replies.LEASE", timedelta(0))
    pool, replies = BusyPool(), Replies(archive.database)
    services = cast(
        "SlackServices",
        SimpleNamespace(pool=pool, replies=replies, waiting=set(), do_delivered=lambda *_: None),
    )
    messages = Messages(services)
    replies.owe(MESSAGE.key, json.dumps(asdict(MESSAGE)))
    for _ in range(3):
        resume(services)
        messages.answer(MESSAGE)
    assert len(pool.tasks) == 1

    pool.tasks[0]()
    resume(services)
    assert len(pool.tasks) == 2
    archive.close()
