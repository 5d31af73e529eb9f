import threading
from collections.abc import Callable
from typing import Any

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackClientError

from bot.slack.delivery import Place
from bot.slack.pane import showing_work
from tests.waiting import PATIENCE_SECONDS

HERE = Place("D1", "1.0")


class Client(WebClient):
    """Notes the statuses that it is given."""

    def __init__(self, *, fails: bool = False) -> None:
        super().__init__()
        self.fails = fails
        self.statuses: list[str] = []
        self.is_set = threading.Event()

    def assistant_threads_setStatus(self, *, channel_id: str, thread_ts: str, status: str, **_: Any) -> Any:  # noqa: N802
        assert (channel_id, thread_ts) == ("D1", "1.0")
        self.statuses.append(status)
        self.is_set.set()
        if self.fails:
            raise SlackClientError


def work(client: Client, then: Callable[[], object] = lambda: None) -> None:
    """Work until there is a status, and then something else."""
    with showing_work(client, HERE, lambda: "is busy", 0.0):
        assert client.is_set.wait(PATIENCE_SECONDS)
        then()


def test_status_is_shown_while_something_takes_long_and_taken_back():
    client = Client()
    work(client)
    assert client.statuses == ["is busy", ""]


def test_status_is_taken_back_after_an_error():
    client = Client()
    with pytest.raises(ZeroDivisionError):
        work(client, lambda: 1 // 0)
    assert client.statuses == ["is busy", ""]


def test_status_is_not_shown_for_what_is_done_at_once():
    client = Client()
    with showing_work(client, HERE, lambda: "is busy", 60.0):
        pass
    assert client.statuses == []


def test_status_that_is_refused_is_no_matter():
    client = Client(fails=True)
    work(client)
    assert client.statuses == ["is busy", ""]
