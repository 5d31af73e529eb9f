"""The Bolt app, whole, in this process over the stand-in Slack: a scenario without its seconds.

Which message each reader sees is the stand-in's to say; what they may see is for the tests that use this to know.
"""

import json
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from slack_bolt import App, BoltRequest
from sqlalchemy import select, update

from bot.answering import Answering
from bot.refreshing import Refresher
from bot.removing import Remover
from bot.settings import Settings
from bot.slack.app import build_app, make_client, make_people
from bot.slack.boards import Boards
from bot.slack.receipts import Receipts
from bot.slack.telling import Teller
from embeddings.hashing import HashingEncoder
from store.archive import Archive
from store.db.tables import ReplyRow
from store.db.use_tables import OwedReplyRow
from store.repositories.replies import LEASE, Replies
from store.search.searcher import Searcher
from tests.fakes.slack import StandInSlack
from tests.waiting import PATIENCE_SECONDS

# Who reacts with it is answered, where the app has that scope.
EMOJI = "hark"


class Tasks:
    """How many tasks are at work or wait, in whatever pools."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._count = 0

    def add(self, number: int) -> None:
        with self._changed:
            self._count += number
            self._changed.notify_all()

    def wait(self) -> None:
        """Wait until there are none."""
        with self._changed:
            assert self._changed.wait_for(lambda: not self._count, PATIENCE_SECONDS)


class CountedPool(ThreadPoolExecutor):
    """A pool whose tasks are counted until they are done."""

    def __init__(self, tasks: Tasks) -> None:
        super().__init__(4)
        self._tasks = tasks

    def submit(self, task: Callable[..., Any], /, *given: Any, **named: Any) -> Future[Any]:
        self._tasks.add(1)
        future = super().submit(task, *given, **named)
        future.add_done_callback(lambda _: self._tasks.add(-1))
        return future


class Stage:
    """The app over an archive, and Slack with the people in it."""

    def __init__(
        self,
        slack: StandInSlack,
        archive: Archive,
        app: App,
        tasks: Tasks,
        teller: Teller,
        resume: Callable[[], None],
    ) -> None:
        self.slack = slack
        self.archive = archive
        self.teller = teller
        self._resume = resume
        self._app = app
        self._tasks = tasks
        slack.deliver_in_process(self._dispatch)

    def settle(self) -> None:
        """Wait until all that was sent to the app is dealt with."""
        self.slack.wait_quiet(0)
        self._tasks.wait()
        # What the app posted in a direct message came back to it.
        self.slack.wait_quiet(0)
        self._tasks.wait()

    def read_owed(self) -> list[str]:
        """Give what is noted of all that is owed an answer."""
        with self.archive.database.reading() as connection:
            return list(connection.scalars(select(OwedReplyRow.message)))

    def resume(self) -> None:
        """Answer what is owed an answer, when so much time has passed that nobody can be at it."""
        self.settle()
        with self.archive.database.writing() as connection:
            before = datetime.now(UTC) - 2 * LEASE
            connection.execute(update(OwedReplyRow).values(owed_at=before))
            connection.execute(update(ReplyRow).values(taken_at=before))
        self._resume()
        self.settle()

    def _dispatch(self, payload: dict[str, Any]) -> object:
        answered = self._app.dispatch(BoltRequest(body=payload, mode="socket_mode"))
        assert answered.status == 200, payload
        return json.loads(answered.body) if answered.body.startswith("{") else answered.body


@contextmanager
def acting(slack: StandInSlack, archive: Archive) -> Iterator[Stage]:
    """Put the app on."""
    settings = Settings(
        slack_api_url=slack.api_url,
        slack_bot_token=slack.bot_token,
        slack_app_token=slack.app_token,
        model="hashing",
        emoji=EMOJI,
    )
    tasks = Tasks()
    pool, listening = CountedPool(tasks), CountedPool(tasks)
    boards = Boards(make_client(settings), Refresher(archive, {}))
    answering = Answering(Searcher(archive, HashingEncoder()))
    people = make_people(settings)
    # It is not started: nobody is forgotten on this stage.
    remover = Remover(archive, {}, Receipts(boards.client, Replies(archive.database), people))
    app, resume = build_app(settings, answering, pool, boards, people, lambda: None, remover)
    teller = Teller(archive, answering.searcher, people, boards.client, timedelta(0))
    app.listener_runner.listener_executor.shutdown()
    app.listener_runner.listener_executor = listening
    try:
        yield Stage(slack, archive, app, tasks, teller, resume)
    finally:
        for one in (listening, pool):
            one.shutdown()
