"""Messages to the bot, and those that go on from them: each answered once, where it stands, and again when edited.

What answers runs in the pool, never in the threads that acknowledge events.
"""

import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from http.client import HTTPException
from typing import Any

import structlog
from slack_sdk.errors import SlackClientError

from bot.slack.asking import PutOffError, SlackServices
from bot.slack.delivery import Mark, Place, find_marked, is_passing, post_or_write
from bot.slack.owing import deliver_owed, note_owed, submit_once
from bot.slack.pane import showing_work
from bot.slack.payloads import Message
from bot.slack.refusals import describe_error
from bot.slack.views.answer import build_answer
from bot.slack.views.follow_ups import build_move, build_no_more
from bot.slack.views.message import MessageView
from bot.telemetry.requests import make_reference
from bot.translations import say, speaking
from store.domain.asked import Asked
from store.domain.viewer import Viewer
from store.errors import StoreError
from store.query.moves import Move

_log = structlog.get_logger(__name__)

# An edit can come while the first answer is being posted: wait for it, to update it rather than post a second.
_EDIT_WAIT_SECONDS = 10.0
_EDIT_POLL_SECONDS = 0.1
# Of several edits at work at once the last has the last word: it is taken before it waits here.
_updating = threading.Lock()
# How the ids of direct messages begin.
_DIRECT = "D"


@dataclass(frozen=True, slots=True)
class Messages:
    """Answers messages."""

    services: SlackServices

    def answer(self, message: Message) -> bool:
        """Answer a message where it stands, once, or update that answer if the message was edited; tell whether taken.

        One in a thread that does not speak to the bot is answered for everyone there, if it goes on from what was
        asked, and else left alone.
        """

        def work() -> None:
            if message.is_addressed:
                with self._showing_work(message):
                    self._answer(message)
            else:
                self._follow(message)

        return submit_once(self.services, _name(message), work)

    def make_owing(self, read: Callable[[dict[str, Any], dict[str, Any]], Message | None]) -> Callable[..., None]:
        """Make a middleware of Bolt's that notes what is to be answered, by how it is read of an event and its body.

        It runs before Slack is told that the event came, and does not bring it again.
        """

        def owe(event: dict[str, Any], body: dict[str, Any], next: Callable[[], None]) -> None:  # noqa: A002  # Bolt's
            message = read(event, body)
            if message:
                self._owe(message)
            next()

        return owe

    def _owe(self, message: Message) -> None:
        # What people say to each other where the bot was not asked is not for it to keep.
        note_owed(
            self.services.replies,
            _name(message),
            message,
            lambda: message.is_addressed or bool(self.services.talk.recall(message)),
        )

    def _find_viewer(self, message: Message) -> Viewer:
        """Find who sees the answer to a message: everyone in its channel or, to a direct message, who wrote it."""
        if message.channel.startswith(_DIRECT):
            return self.services.people.make_viewer(message.team, message.user, message.channel)
        return Viewer.channel_audience(message.channel)

    def _note_posted(self, message: Message) -> bool:
        """Note where the answer to a message stands, if whoever posted it did not; False if Slack cannot tell for now.

        It was killed before, or Slack did not say that it took the answer.
        """
        key, replies = message.key, self.services.replies
        try:
            if not replies.is_abandoned(key):
                return True
            found = find_marked(self.services.client, Place(message.channel, message.thread_ts, message.ts), key)
            if found:
                replies.finish(key, str(found[0]))
        except (StoreError, SlackClientError, OSError, HTTPException) as error:
            if is_passing(error) and replies.may_wait(_name(message)):
                _log.warning("cannot tell for now whether a question was answered", **describe_error(error))
                return False
            _log.warning("cannot tell whether a question was answered: it is answered again", **describe_error(error))
        return True

    def _showing_work(self, message: Message) -> AbstractContextManager[None]:
        """Show that a direct message is being answered; in a channel, that would be news for everybody."""
        if not message.channel.startswith(_DIRECT):
            return nullcontext()

        def describe() -> str:
            with speaking(self.services.people.find_locale(message.reader)):
                return say("is looking through the archive")

        return showing_work(self.services.client, Place(message.channel, message.thread_ts or message.ts), describe)

    def _answer(self, message: Message) -> None:
        for_everyone: list[Asked] = []

        def build(question: str) -> MessageView:
            viewer = self._find_viewer(message)
            misplaced = self.services.find_misplaced(question, message.reader, viewer)
            if misplaced:
                return misplaced
            asked = Asked(question, zone=self.services.people.find_zone(message.team, message.user))
            turns = self.services.talk.recall(message)
            step = self.services.talk.read(message, turns, asked, viewer)
            return self._take(message, step or asked, viewer, for_everyone)

        def reply() -> MessageView:
            return self.services.build_reply(
                message.reader, message.text, build, place=_find_place(message), has_files=message.has_files
            )

        self._deliver(message, reply, for_everyone)

    def _follow(self, message: Message) -> None:
        viewer = Viewer.channel_audience(message.channel)
        for_everyone: list[Asked] = []

        def be_quiet() -> str:
            self.services.talk.note_move(message, Move.STOP)
            # Nothing stands anywhere that an edit could update.
            return ""

        try:
            step = self._read_step(message, viewer)
            if step is None:
                self.services.replies.disown(_name(message))
        except Exception:  # noqa: BLE001  # nothing stands above a thread of the pool
            _log.exception("what was said in a thread could not be read", reference=make_reference())
            return
        if step is Move.STOP:
            self.services.do_delivered(_name(message), message.reader, be_quiet)
        elif step:
            self._deliver(
                message,
                lambda: self.services.guard(lambda: self._take(message, step, viewer, for_everyone)),
                for_everyone,
            )

    def _read_step(self, message: Message, viewer: Viewer) -> Asked | Move | None:
        # Nothing is asked of Slack before it is known that the bot was asked here.
        turns = self.services.talk.recall(message)
        if not turns:
            return None
        asked = Asked(
            self.services.read_question(message.reader, message.text, _find_place(message)),
            zone=self.services.people.find_zone(message.team, message.user),
        )
        return self.services.talk.read(message, turns, asked, viewer)

    def _take(self, message: Message, step: Asked | Move, viewer: Viewer, for_everyone: list[Asked]) -> MessageView:
        """Do what a message says, and note it for what is said next."""
        if isinstance(step, Move):
            self.services.talk.note_move(message, step)
            return build_move(step)
        self.services.note_asked(step, message.reader)
        answer = self.services.find_answer(step, viewer)
        if step.offset and not answer.hits:
            return build_no_more()
        self.services.talk.note(message, answer)
        if viewer.person is None and not step.offset:
            for_everyone.append(step)
        return build_answer(answer)

    def _deliver(self, message: Message, build: Callable[[], MessageView], for_everyone: list[Asked]) -> None:
        """Post a reply once, or update it if the message was edited."""

        def work() -> str | None:
            began_at = datetime.now(UTC)
            place = Place(message.channel, message.thread_ts)
            view = build()
            self.services.check_is_ours(message.key, began_at)
            return self._post(message, place, view, for_everyone, Mark(message.key))

        def work_on_edit() -> str | None:
            # An edit may be the first version that asks anything, or that comes.
            if self.services.attempt_once(message.key, message.reader, work):
                return None
            place = self._await_place(message.key) or Place(message.channel, message.thread_ts)
            view = build()
            with _updating:
                if self.services.replies.is_overtaken(message.edit_key, message.key):
                    return str(place)
                return self._post(message, place, view, for_everyone)

        if not self._note_posted(message):
            return
        if message.edited_ts:
            self.services.do_delivered(message.edit_key, message.reader, work_on_edit)
        else:
            self.services.do_delivered(message.key, message.reader, work)
        for asked in for_everyone:
            self.services.show_rest(asked, message.reader, Place(message.channel, message.thread_ts))

    def _post(
        self, message: Message, place: Place, view: MessageView, for_everyone: list[Asked], mark: Mark | None = None
    ) -> str:
        def send(view: MessageView) -> str:
            return str(post_or_write(self.services.client, place, message.user, view, mark))

        try:
            return deliver_owed(self.services, _name(message), view, send)
        except PutOffError:
            # What is for one person alone comes with the answer.
            for_everyone.clear()
            raise

    def _await_place(self, key: str) -> Place | None:
        """Wait until a message has its answer, and give where that stands; None if it has ended without.

        Raises:
            PutOffError: It has none yet, and would have two.
        """
        until = time.monotonic() + _EDIT_WAIT_SECONDS
        while (place := self.services.replies.find_place(key)) is None and time.monotonic() < until:
            time.sleep(_EDIT_POLL_SECONDS)
        if place is None and not self.services.replies.is_done(key):
            raise PutOffError("its first version is not answered yet")
        return Place.parse(place) if place else None


def _find_place(message: Message) -> str:
    """Give the channel in which others read a message; empty for a direct one."""
    return "" if message.channel.startswith(_DIRECT) else message.channel


def _name(message: Message) -> str:
    """Name this version of a message."""
    return message.edit_key if message.edited_ts else message.key
