"""Boards: messages that follow a refresh until it is over, each in a thread of its own."""

import threading
import time
from contextvars import copy_context
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import structlog
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError

from bot.refreshing import ClosedError, Job, Refresher, Watch
from bot.slack.delivery import Place, post
from bot.slack.views.refresh import build_refresh
from store.errors import StoreError

if TYPE_CHECKING:
    from bot.slack.views.message import MessageView

_log = structlog.get_logger(__name__)

# Slack takes about one message a second in a channel.
UPDATE_SECONDS = 2.5
# How often the receipt is sent again if Slack does not take it, or the archive cannot be read.
_RECEIPT_TRIES = 10
_CLOSE_SECONDS = 5.0
# Nothing is there to be updated any more.
_GONE = ("message_not_found", "channel_not_found", "cant_update_message", "edit_window_closed", "is_archived")


@dataclass(slots=True)
class Boards:
    """Posts and updates them."""

    client: WebClient
    refresher: Refresher
    _threads: dict[str, threading.Thread] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def open(self, user: str, job: Job) -> Place | None:
        """Post a message to a person that follows a job; give where it stands, None where that cannot be."""
        try:
            place = post(self.client, Place(user), build_refresh(self.refresher.watch(job).look()))
        except (StoreError, SlackClientError, OSError) as error:
            _log.warning("cannot show who asked for a refresh how it goes on", error=_name(error))
            return None
        self.follow(place, job)
        return place

    def follow(self, place: Place, job: Job) -> None:
        """Update a message until a job is over, unless that is being done; in the language that is being spoken."""
        with self._lock:
            self._threads = {key: thread for key, thread in self._threads.items() if thread.is_alive()}
            if str(place) not in self._threads:
                thread = threading.Thread(
                    target=copy_context().run, args=(self._follow, place, job), name="board", daemon=True
                )
                self._threads[str(place)] = thread
                thread.start()

    def close(self) -> None:
        """End what is at work, and wait until its messages say so, if Slack takes them soon."""
        self.refresher.close()
        until = time.monotonic() + _CLOSE_SECONDS
        for thread in list(self._threads.values()):
            thread.join(max(0.0, until - time.monotonic()))

    def _follow(self, place: Place, job: Job) -> None:
        watch: Watch | None = None
        shown: MessageView | None = None
        tries_left = _RECEIPT_TRIES
        while tries_left:
            is_over = True
            try:
                is_over = self.refresher.wait(job, UPDATE_SECONDS)
                watch = watch or self.refresher.watch(job)
                state = watch.look()
                view = build_refresh(state)
                if view != shown:
                    post(self.client, place, view)
                    shown = view
                if state.is_over:
                    return
            except ClosedError:
                # Workers go on, and whoever presses *Cancel* sees how far they are.
                return
            except (StoreError, SlackClientError, OSError) as error:
                _log.warning("cannot update a message about a refresh", error=_name(error))
                if _name(error) in _GONE:
                    return
                # While it is known to go on, there is another time.
                tries_left -= is_over
                time.sleep(UPDATE_SECONDS)


def _name(error: Exception) -> str:
    return str(error.response["error"]) if isinstance(error, SlackApiError) else type(error).__name__
