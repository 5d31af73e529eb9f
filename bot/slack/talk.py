"""Going on from what was asked in a thread or a direct message: what is remembered of it, and what is said next.

What was asked in one conversation is never used in another: a thread's is its own, and so are direct messages.
"""

from dataclasses import dataclass, replace
from itertools import takewhile

import structlog

from bot.slack.delivery import Place
from bot.slack.payloads import Message
from bot.slack.viewers import Reader
from bot.slack.views.buttons import build_value, read_button
from store.domain.answer import Answer
from store.domain.asked import Asked
from store.domain.conversation import Thread, Turn
from store.domain.query import Filter, TimeOrder
from store.domain.viewer import Viewer
from store.errors import StoreError
from store.query.carrying import FollowUp, LastAsked
from store.query.follow_up import Speaker, read_follow_up
from store.query.known import Known
from store.query.moves import Move
from store.query.understand import understand
from store.repositories.channel_settings import ChannelSettings
from store.repositories.conversations import Conversations
from store.search.ranking import PAGE_HITS
from store.search.searcher import Searcher

_log = structlog.get_logger(__name__)

# So often in a row does a thread go on without a mention: another program that answers whatever the bot says, as a
# person would, stops here.
MAX_FOLLOW_UPS = 20
_DIRECT = "D"


@dataclass(frozen=True, slots=True)
class Talk:
    """Remembers what was asked where, and understands what is said after it."""

    searcher: Searcher
    conversations: Conversations
    settings: ChannelSettings

    def recall(self, message: Message) -> list[Turn]:
        """Find what was asked before a message, the latest first; nothing where it may not go on from that."""
        turns = [turn for turn in self.conversations.find(message.thread, message.ts) if turn.id != message.ts]
        if message.is_addressed:
            return turns or self._recall_before_thread(message)
        if not turns or turns[0].is_stopped or not self._is_on(message):
            return []
        in_a_row = sum(1 for _ in takewhile(lambda turn: not turn.is_addressed, turns))
        return turns if in_a_row < MAX_FOLLOW_UPS else []

    def read(self, message: Message, turns: list[Turn], asked: Asked, viewer: Viewer) -> Asked | Move | None:
        """Understand what a message says after what was asked; None if it does not go on from that.

        Where nothing was, it may be thanks all the same, for what is long ago.

        Args:
            message: Whose words, and whether they speak to the bot.
            turns: What was asked before, the latest first.
            asked: The words as a question of its own.
            viewer: Who sees the answer.
        """
        if not turns and not message.is_addressed:
            return None
        known = self.searcher.find_known(viewer)
        last = read_button(turns[0].asked) if turns else None
        speaker = _find_speaker(message, turns)
        found = read_follow_up(asked.question, _recall(last, known), known, speaker=speaker, zone=asked.zone)
        match found:
            case FollowUp() if turns:
                return replace(asked, question=found.question, chosen=found.chosen, without=found.without)
            case Move.MORE if last:
                return replace(last, offset=last.offset + PAGE_HITS)
            case Move.MORE | Move.UNABLE if turns and message.is_addressed:
                return found
            case Move.STOP | Move.ANEW | Move.THANKS:
                return found
        return None

    def note(self, message: Message, answer: Answer) -> None:
        """Remember what a message asked for."""
        self._note(message.thread, _make_turn(message, _write(answer)))

    def note_move(self, message: Message, move: Move) -> None:
        """Remember that a conversation is to stop, or begins anew; after anything else it is where it was."""
        if move is Move.STOP:
            turns = self.conversations.find(message.thread, message.ts)
            turn = _make_turn(message, turns[0].asked if turns else "")
            self._note(message.thread, replace(turn, is_stopped=True))
        elif move is Move.ANEW:
            self._note(message.thread, _make_turn(message, ""))

    def note_posted(self, reader: Reader, place: Place, answer: Answer) -> None:
        """Remember what somebody asked for without words of theirs, by where the answer stands."""
        if place.ts:
            thread = Thread(reader.team, place.channel, place.thread_ts or "")
            self._note(thread, Turn(place.ts, reader.user, _write(answer)))

    def _recall_before_thread(self, message: Message) -> list[Turn]:
        """Find what was asked before somebody began a thread in their direct messages."""
        if not message.thread_ts or not message.channel.startswith(_DIRECT):
            return []
        return self.conversations.find(replace(message.thread, thread=""), message.thread_ts)

    def _is_on(self, message: Message) -> bool:
        return self.settings.find(message.team, message.channel).follow_ups is not False

    def _note(self, thread: Thread, turn: Turn) -> None:
        try:
            self.conversations.note(thread, turn)
        except StoreError as error:
            # Whoever asked gets their answer; only what they say next is taken for a new question.
            _log.warning("cannot remember what was asked", reason=str(error))


def _find_speaker(message: Message, turns: list[Turn]) -> Speaker:
    if message.is_addressed:
        return Speaker.TO_BOT
    return Speaker.ASKER if message.user in {turn.person for turn in turns} else Speaker.OTHER


def _make_turn(message: Message, asked: str) -> Turn:
    return Turn(message.ts, message.user, asked, is_addressed=message.is_addressed)


def _write(answer: Answer) -> str:
    """Write what was asked for, with all that it was narrowed to."""
    narrowed = replace(answer.query, topic="", order=TimeOrder.RELEVANCE)
    return build_value(replace(answer.asked, chosen=narrowed))


def _recall(asked: Asked | None, known: Known) -> LastAsked:
    if asked is None:
        return LastAsked()
    understood = understand(asked.question, known)
    topic = "" if Filter.TOPIC in asked.without else understood.topic
    return LastAsked(asked.question, replace(asked.chosen, topic=topic, order=understood.order), asked.without)
