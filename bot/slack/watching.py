"""Standing questions, as people make, list, pause and remove them.

Everything here runs in the pool that answers.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from slack_sdk import WebClient

from bot.answering import is_empty
from bot.slack.admins import Admins
from bot.slack.memberships import is_bot_in
from bot.slack.overseeing import Handler
from bot.slack.payloads import Click
from bot.slack.said import MessageLink, is_only_links
from bot.slack.subcommands import Verb
from bot.slack.viewers import Reader
from bot.slack.views.buttons import build_value, read_button
from bot.slack.views.message import MessageView
from bot.slack.views.notices import build_expired
from bot.slack.views.watches import (
    MAX_WATCHES,
    PAUSE,
    REMOVE,
    build_gone,
    build_not_watched,
    build_not_words,
    build_paused,
    build_removed,
    build_somebody_elses,
    build_too_many,
    build_watched,
    build_watches,
    read_watch,
)
from bot.translations import say
from store.domain.asked import Asked
from store.domain.watch import Watch
from store.repositories.watches import Watches
from store.text.slack import remove_emoji


@dataclass(frozen=True, slots=True)
class Watching:
    """Keeps what people want to be told of."""

    watches: Watches
    admins: Admins
    client: WebClient

    @property
    def handlers(self) -> Mapping[Verb, Handler]:
        """What does each of its subcommands."""
        return {
            Verb.WATCH: lambda words, caller: self.add(words, Reader(caller.team, caller.user), caller.channel),
            Verb.WATCHES: lambda _, caller: self.list_of(Reader(caller.team, caller.user)),
            Verb.UNWATCH: lambda words, caller: self.remove(words, Reader(caller.team, caller.user)),
        }

    def add(self, words: str, reader: Reader, channel: str) -> MessageView:
        """Watch a question: for that person's eyes or, where they say so and the bot is there, for all of a channel."""
        question = _cut_here(words)
        if is_empty(remove_emoji(question)):
            return self.list_of(reader)
        # The words of a message are not kept, and an address is nothing that anybody says.
        if is_only_links(question) or MessageLink.find(question):
            return build_not_words()
        is_wanted_here = question != words
        place = channel if is_wanted_here and is_bot_in(self.client, channel) else ""
        watch = self.watches.add(*reader, place, build_value(Asked(question)), MAX_WATCHES)
        if watch is None:
            return build_too_many()
        return build_watched(watch, is_elsewhere=is_wanted_here and not place)

    def list_of(self, reader: Reader) -> MessageView:
        """List what a person watches."""
        return build_watches(self.watches.list_of(*reader))

    def remove(self, words: str, reader: Reader) -> MessageView:
        """Stop watching a question, wherever it is told; without one, list them all."""
        if not words:
            return self.list_of(reader)
        wanted = _cut_here(words).strip("\"“”' ").casefold()
        found = [watch for watch in self.watches.list_of(*reader) if _read_question(watch).casefold() == wanted]
        for watch in found:
            self.watches.remove(watch.id)
        return build_removed(found[0]) if found else build_not_watched(words)

    def press(self, click: Click, action: str) -> MessageView:
        """Pause or remove a watch, or go on with it, if whoever presses may; in a list, show that as it is then."""
        number, is_listed = read_watch(click.value)
        if not number:
            return build_expired()
        view = self._press(number, click, action)
        # App Home lists them itself, below what came of it.
        left = self.watches.list_of(*click.reader) if is_listed and not click.is_in_home else []
        return build_watches(left, view.text) if left else view

    def _press(self, number: int, click: Click, action: str) -> MessageView:
        watch = self.watches.find(number)
        if watch is None or watch.team != click.team:
            return build_gone()
        if watch.person != click.user and not self.admins.include(click.team, click.user):
            return build_somebody_elses()
        if action == REMOVE:
            self.watches.remove(watch.id)
            return build_removed(watch)
        is_paused = action == PAUSE
        self.watches.pause(watch.id, is_paused=is_paused)
        return build_paused(replace(watch, is_paused=is_paused))


def _cut_here(words: str) -> str:
    """Cut off what says that all of a channel shall be told; everybody may say it in English too."""
    here = "|".join(map(re.escape, {"in this channel", say("in this channel")}))
    return re.sub(rf"(?:^|,?\s+)(?:{here})[.?!]*\s*$", "", words, flags=re.IGNORECASE)


def _read_question(watch: Watch) -> str:
    asked = read_button(watch.asked)
    return asked.question if asked else ""
