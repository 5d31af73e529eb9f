"""Messages to the bot, and those that go on from them: each answered once, where it stands, and again when edited.

What answers runs in the pool, never in the threads that acknowledge events.
"""

import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

import structlog

from bot.slack.asking import SlackServices, make_reference
from bot.slack.delivery import Place, post_or_write
from bot.slack.pane import showing_work
from bot.slack.payloads import Message
from bot.slack.views.answer import build_answer
from bot.slack.views.follow_ups import build_move, build_no_more
from bot.slack.views.message import MessageView
from bot.translations import say, speaking
from store.domain.answer import Outcome
from store.domain.asked import Asked
from store.domain.viewer import Viewer
from store.query.moves import Move

_log = structlog.get_logger(__name__)

# An edit can come while the first answer is being posted: wait for it, to update it rather than post a second.
_EDIT_WAIT_SECONDS = 10.0
_EDIT_POLL_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class Messages:
    """Answers messages."""

    services: SlackServices

    def answer(self, message: Message, find_viewer: Callable[[], Viewer]) -> None:
        """Answer a message where it stands, once, or update that answer if the message was edited."""

        def work() -> None:
            with self._showing_work(message):
                self._answer(message, find_viewer)

        self.services.pool.submit(work)

    def follow(self, message: Message) -> None:
        """Answer a message in a thread, for everyone there, if it goes on from what was asked; else leave it alone."""
        self.services.pool.submit(self._follow, message)

    def _showing_work(self, message: Message) -> AbstractContextManager[None]:
        """Show that a direct message is being answered; in a channel, that would be news for everybody."""
        if not message.channel.startswith("D"):
            return nullcontext()

        def describe() -> str:
            with speaking(self.services.people.find_locale(message.reader)):
                return say("is looking through the archive")

        return showing_work(self.services.client, Place(message.channel, message.thread_ts or message.ts), describe)

    def _answer(self, message: Message, find_viewer: Callable[[], Viewer]) -> None:
        for_everyone: list[Asked] = []

        def build(question: str) -> MessageView:
            viewer = find_viewer()
            asked = Asked(question, zone=self.services.people.find_zone(message.team, message.user))
            turns = self.services.talk.recall(message)
            step = self.services.talk.read(message, turns, asked, viewer)
            return self._take(message, step or asked, viewer, for_everyone)

        def reply() -> MessageView:
            return self.services.build_reply(message.team, message.text, build, has_files=message.has_files)

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
        except Exception:  # noqa: BLE001  # nothing stands above a thread of the pool
            _log.exception("what was said in a thread could not be read", reference=make_reference())
            return
        if step is Move.STOP:
            self.services.do_once(message.edit_key if message.edited_ts else message.key, message.reader, be_quiet)
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
            self.services.read_question(message.team, message.text),
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
        if step.offset and not answer.hits and answer.outcome is Outcome.ANSWERED:
            return build_no_more()
        self.services.talk.note(message, answer)
        if viewer.person is None and not step.offset:
            for_everyone.append(step)
        return build_answer(answer)

    def _deliver(self, message: Message, build: Callable[[], MessageView], for_everyone: list[Asked]) -> None:
        """Post a reply once, or update it if the message was edited."""

        def work() -> str | None:
            place = Place(message.channel, message.thread_ts)
            return str(post_or_write(self.services.client, place, message.user, build()))

        def update() -> str | None:
            place = self._await_place(message.key) or Place(message.channel, message.thread_ts)
            return str(post_or_write(self.services.client, place, message.user, build()))

        # An edit may be the first version that asks anything.
        if not self.services.do_once(message.key, message.reader, work) and message.edited_ts:
            self.services.do_once(message.edit_key, message.reader, update)
        for asked in for_everyone:
            self.services.show_rest(asked, message.reader, Place(message.channel, message.thread_ts))

    def _await_place(self, key: str) -> Place | None:
        until = time.monotonic() + _EDIT_WAIT_SECONDS
        while (place := self.services.replies.find_place(key)) is None and time.monotonic() < until:
            time.sleep(_EDIT_POLL_SECONDS)
        return Place.parse(place) if place else None
