"""App Home: put together for one person, of what they may see, and shown to them.

Everything here runs in the pool that answers.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass

import structlog
from slack_sdk import WebClient
from slack_sdk.errors import SlackClientError

from bot.answering import Answering
from bot.overview import find_seen_sources, find_topics
from bot.slack.overseeing import Caller, Overseeing
from bot.slack.own import Own
from bot.slack.pane import show_prompts
from bot.slack.subcommands import Verb
from bot.slack.viewers import People, Reader
from bot.slack.views.buttons import read_button
from bot.slack.views.home import (
    Notice,
    Waiting,
    build_ask,
    build_channels,
    build_home,
    build_oversight,
    build_recent,
    build_removals,
    build_seen,
    build_usage_of_late,
    build_watched,
)
from bot.slack.views.message import Block
from bot.slack.views.overview import build_problem_counts
from bot.slack.views.prompts import MAX_PROMPTS, build_prompts
from bot.slack.watching import Watching
from bot.translations import say, speaking
from store.archive import Archive
from store.repositories.recent_questions import RecentQuestions

_log = structlog.get_logger(__name__)

# Gives the blocks of a part for somebody; none where it is not for them.
Part = Callable[[Caller], list[Block]]


@dataclass(frozen=True, slots=True)
class Home:
    """Shows people their App Home."""

    archive: Archive
    client: WebClient
    people: People
    overseeing: Overseeing
    own: Own
    watching: Watching
    answering: Answering

    @property
    def parts(self) -> tuple[Part, ...]:
        """What stands below the box to ask in, in this order."""
        return (self._build_recent, self._build_watches, self._build_seen)

    @property
    def recent(self) -> RecentQuestions:
        """What people asked lately."""
        return RecentQuestions(self.archive.database)

    def show(self, reader: Reader, notice: Notice | None = None) -> None:
        """Show somebody their App Home as it is now, with what came of what they did there."""
        with speaking(self.people.find_locale(reader)):
            caller = Caller(reader.team, reader.user, self.people.make_viewer(reader.team, reader.user, ""))
            ask = build_ask(notice, turn=str(time.time_ns()))
            parts = [ask, *(part(caller) for part in self.parts), *self._build_oversight(caller)]
            self.client.views_publish(user_id=reader.user, view=build_home(parts))

    def suggest(self, reader: Reader, channel: str) -> None:
        """Offer somebody questions, made of what is talked about where they may look, in the pane they write in."""
        viewer = self.people.make_viewer(reader.team, reader.user, channel)
        show_prompts(self.client, channel, build_prompts(find_topics(self.archive, viewer, MAX_PROMPTS)))

    def refresh(self, reader: Reader) -> Notice:
        """Bring all up to date, if somebody may have that done; say what came of it."""
        caller = Caller(reader.team, reader.user, self.people.make_viewer(reader.team, reader.user, ""))
        done = self.overseeing.handlers[Verb.REFRESH]("", caller)
        return Notice(done.text if done else "")

    def find_link(self, channel: str, ts: str) -> str:
        """Find the address of a message; empty where Slack does not tell."""
        try:
            return str(self.client.chat_getPermalink(channel=channel, message_ts=ts)["permalink"])
        except (SlackClientError, OSError) as error:
            _log.info("cannot link an answer", error=type(error).__name__)
            return ""

    def _build_recent(self, caller: Caller) -> list[Block]:
        noted = self.recent.list_latest(caller.team, caller.user)
        questions = [asked for one in noted if (asked := read_button(one.asked))]
        return build_recent([self.answering.restrict(asked, caller.viewer) for asked in questions])

    def _build_watches(self, caller: Caller) -> list[Block]:
        return build_watched(self.watching.list_of(Reader(caller.team, caller.user)))

    def _build_seen(self, caller: Caller) -> list[Block]:
        return build_seen(find_seen_sources(self.archive, caller.viewer))

    def _build_oversight(self, caller: Caller) -> list[list[Block]]:
        """Build the parts that are for admins alone."""
        if not self.overseeing.admins.include(caller.team, caller.user):
            return []
        waiting = [one for one in self.own.removals.list_waiting() if one.team == caller.team]
        named = [Waiting(self._name(one.team, one.person), one.person, one.team) for one in waiting]
        logged = self.answering.logged
        usage = build_usage_of_late(logged.count(), logged.list_unanswered()) if logged else []
        sources = self.archive.list_sources()
        # How it is says already that there are none.
        problems = build_problem_counts(sources) if any(one.problems for one in sources) else None
        chosen = build_channels(self.overseeing.channels.list_of(caller.team))
        return [build_oversight(self.overseeing.build_status(), problems), build_removals(named), chosen, usage]

    def _name(self, team: str, person: str) -> str:
        return self.people.find_name(team, person) or say("Somebody")
