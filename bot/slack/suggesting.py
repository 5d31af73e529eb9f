"""Suggesting, where an admin turned that on, what was said before about a new question: seldom, and only if it fits."""

from dataclasses import dataclass

import structlog
from slack_sdk import WebClient
from slack_sdk.errors import SlackClientError

from bot.slack.admins import Admins
from bot.slack.payloads import Click, Message
from bot.slack.refusals import describe_error
from bot.slack.viewers import People
from bot.slack.views.buttons import MAX_QUESTION_CHARS
from bot.slack.views.message import MessageView
from bot.slack.views.suggestions import build_suggestion
from store.domain.viewer import Viewer
from store.errors import StoreError
from store.query.interrogative import is_question
from store.repositories.channel_settings import ChannelSettings
from store.repositories.suggestions import Suggestions
from store.search.past import find_past
from store.search.searcher import Searcher
from store.text.cleaning import shorten
from store.text.slack import parse_mrkdwn
from store.text.words import question_terms

_log = structlog.get_logger(__name__)

# How far the best comment must be about the question, where an answer asks for 1: nobody asked the bot. Of questions
# that were asked before in other words, 42 % get the right discussion then, 13 % in a forum full of similar ones, and
# 0.5 % another; of 320 questions that belong elsewhere, none does. At 1.4: 84 % and 40 %, but 4 % and 20 % another.
# tests/benchmarks/README.md has the whole table.
SUGGESTION_FLOOR = 2.0
# How much more that is for each suggestion that did not help: ten of them leave what is nearly the same question.
UNHELPFUL_STEP = 0.1
# Of so few words, any two texts may hold all: "any news?".
MIN_TERMS = 3
# A question alone is no help: somebody has to have answered.
MIN_COMMENTS = 2
MAX_A_DAY = 3


@dataclass(frozen=True, slots=True)
class Suggesting:
    """Looks whether a message is a question that was talked about before, and learns by channel what does not help."""

    searcher: Searcher
    settings: ChannelSettings
    suggestions: Suggestions
    people: People
    admins: Admins
    client: WebClient

    def is_on(self, message: Message) -> bool:
        """Tell whether an admin turned suggestions on where a message stands."""
        try:
            return self.settings.find(message.team, message.channel).suggestions is True
        except StoreError as error:
            _log.warning("cannot tell whether suggestions are on: nothing is suggested", reason=str(error))
            return False

    def suggest(self, message: Message) -> MessageView | None:
        """Build a suggestion for everyone in the message's channel, and note it; None where there is none to make."""
        if not self.is_on(message) or self.suggestions.count_lately(message.team, message.channel) >= MAX_A_DAY:
            return None
        question = parse_mrkdwn(message.text, lambda user: self.people.find_name(message.team, user)).strip()
        if len(set(question_terms(question))) < MIN_TERMS:
            return None
        # What an archive of this very channel would know the message by.
        beside = (f"{message.channel}:{message.ts}",)
        audience = Viewer.channel_audience(message.channel)
        past = find_past(self.searcher, shorten(question, MAX_QUESTION_CHARS), audience, beside)
        if past is None or past.comments < MIN_COMMENTS or past.relevance < self._find_floor(message):
            return None
        if not self._is_open(message):
            return None
        discussion_id = past.answer.hits[0].comment.discussion_id
        place = (message.team, message.channel, message.ts)
        if not self.suggestions.note(place, discussion_id, past.relevance, MAX_A_DAY):
            return None
        _log.info("suggested a past discussion", relevance=round(past.relevance, 2))
        return build_suggestion(past.answer, message.user)

    def note_unhelpful(self, click: Click) -> None:
        """Learn that a suggestion did not help: the next ones in its channel have to fit better."""
        self.suggestions.note_unhelpful(click.team, click.channel, click.thread_ts or "")

    def stop(self, click: Click) -> bool:
        """Suggest nothing more in a channel, if whoever wants that may: an admin, or who was answered."""
        if click.value != click.user and not self.admins.include(click.team, click.user):
            return False
        self.settings.set_suggestions(click.team, click.channel, is_on=False, by=click.user)
        return True

    def _is_open(self, message: Message) -> bool:
        """Tell whether nobody has answered yet; where Slack does not tell, or it is gone, whoever asked has no need."""
        try:
            # The first message of a thread comes first.
            thread = self.client.conversations_replies(channel=message.channel, ts=message.ts, limit=2)
        except (SlackClientError, OSError) as error:
            _log.info("cannot tell whether a question is open: nothing is suggested", **describe_error(error))
            return False
        return [one["ts"] for one in thread["messages"]] == [message.ts]

    def _find_floor(self, message: Message) -> float:
        return SUGGESTION_FLOOR + UNHELPFUL_STEP * self.suggestions.count_unhelpful(message.team, message.channel)


def may_be_asked(message: Message, bot_user: str) -> bool:
    """Tell whether a message may be a new question to everybody, by itself: not to the bot, nor to somebody else."""
    is_first = message.thread_ts in (None, message.ts) and message.edited_ts is None
    is_to_one = message.text.lstrip().startswith("<@") or f"<@{bot_user}" in message.text
    return is_first and not is_to_one and message.user != bot_user and is_question(message.text)
