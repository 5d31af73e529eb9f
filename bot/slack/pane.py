"""The agent pane: what may be asked, while nothing was; and that an answer is on its way, where it takes a while."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import structlog
from slack_sdk import WebClient
from slack_sdk.errors import SlackClientError

from bot.slack.delivery import Place
from bot.slack.views.prompts import Prompts

_log = structlog.get_logger(__name__)

# Most answers are there before anybody could read that they will be.
PATIENCE_SECONDS = 0.3


def show_prompts(client: WebClient, channel: str, prompts: Prompts) -> None:
    """Offer questions in the pane. Not by any thread: in the pane of an agent, that would show nothing."""
    try:
        client.assistant_threads_setSuggestedPrompts(channel_id=channel, title=prompts.title, prompts=prompts.prompts)
    except (SlackClientError, OSError) as error:
        _log.info("questions could not be suggested", error=type(error).__name__)


@contextmanager
def showing_work(
    client: WebClient,
    place: Place,
    describe: Callable[[], str],
    patience_seconds: float = PATIENCE_SECONDS,
) -> Iterator[None]:
    """Show in a thread what is being done, if that takes a while, and stop when it is over, however."""
    shown = threading.Event()

    def show() -> None:
        shown.set()
        _set_status(client, place, describe())

    timer = threading.Timer(patience_seconds, show)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        # It may be at it just now.
        timer.join()
        if shown.is_set():
            # Slack takes it back only for a reply in the very thread, or after minutes.
            _set_status(client, place, "")


def _set_status(client: WebClient, place: Place, status: str) -> None:
    try:
        client.assistant_threads_setStatus(channel_id=place.channel, thread_ts=place.thread_ts or "", status=status)
    except (SlackClientError, OSError) as error:
        _log.info("a status could not be shown", error=type(error).__name__)
