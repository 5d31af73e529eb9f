"""What `/hark` does besides answering: refresh, sources, status, problems; each for whom it is meant.

Everything here runs in the pool that answers.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from bot.overview import find_seen_sources, read_status
from bot.refreshing import Job
from bot.slack.admins import Admins
from bot.slack.boards import Boards
from bot.slack.delivery import Place
from bot.slack.memberships import is_bot_in
from bot.slack.subcommands import ON, Verb, find_named, list_nearest
from bot.slack.views.follow_ups import build_follow_ups, build_only_in_channels
from bot.slack.views.message import MessageView
from bot.slack.views.overview import (
    build_problem_counts,
    build_problems,
    build_refused,
    build_seen_sources,
    build_sources,
    build_status,
    build_unknown_source,
)
from bot.slack.views.refresh import build_begun, build_no_sources
from bot.slack.views.suggestions import build_suggestions
from store.archive import Archive
from store.domain.viewer import Viewer
from store.repositories.channel_settings import ChannelSettings


@dataclass(frozen=True, slots=True)
class Caller:
    """Who typed a command, where, and what they may see."""

    team: str
    user: str
    viewer: Viewer
    channel: str = ""


# Does what was typed after a subcommand, for that person's eyes; gives None if it is a question after all.
Handler = Callable[[str, Caller], MessageView | None]


@dataclass(frozen=True, slots=True)
class Overseeing:
    """Looks after the archive for those who may.

    `find_due` tells when all is refreshed next by itself; None for never.
    """

    admins: Admins
    boards: Boards
    find_due: Callable[[], datetime | None]
    channels: ChannelSettings

    @property
    def archive(self) -> Archive:
        """What is looked after."""
        return self.boards.refresher.archive

    @property
    def handlers(self) -> Mapping[Verb, Handler]:
        """What does each of its subcommands."""
        verbs = (Verb.SOURCES, Verb.STATUS, Verb.PROBLEMS, Verb.REFRESH)
        switches = (Verb.FOLLOW_UPS, Verb.SUGGESTIONS)
        return {
            **{verb: partial(self._answer, verb) for verb in verbs},
            **{verb: partial(self._switch, verb) for verb in switches},
        }

    def build_status(self) -> MessageView:
        """Say how the archive is, for an admin."""
        return build_status(read_status(self.archive, self.find_due()))

    def build_refused(self, team: str) -> MessageView:
        """Say no, and who may."""
        return build_refused(self.admins.list_names(team), with_workspace_admins=self.admins.with_workspace_admins)

    def cancel(self, job: Job, place: Place) -> None:
        """End a job, and let the message whose button was pressed say how it ended, whichever process began it."""
        self.boards.refresher.cancel(job)
        self.boards.follow(place, job)

    def _answer(self, verb: Verb, wanted: str, caller: Caller) -> MessageView | None:
        wanted = wanted.strip("\"“”'")
        is_admin = self.admins.include(caller.team, caller.user)
        names = self._list_names(caller, is_admin=is_admin) if wanted else []
        source = find_named(wanted, names) if wanted else ""
        if source is None:
            return build_unknown_source(verb, wanted, list_nearest(wanted, names)) if is_admin else None
        if verb is Verb.SOURCES and not is_admin:
            return build_seen_sources(find_seen_sources(self.archive, caller.viewer))
        return self._oversee(verb, source, caller) if is_admin else self.build_refused(caller.team)

    def _oversee(self, verb: Verb, source: str, caller: Caller) -> MessageView:
        match verb:
            case Verb.SOURCES:
                return build_sources(self.archive.list_sources())
            case Verb.STATUS:
                return self.build_status()
            case Verb.PROBLEMS:
                return self._list_problems(source)
            case _:
                return self._refresh(source, caller)

    def _list_names(self, caller: Caller, *, is_admin: bool) -> list[str]:
        if is_admin:
            return [summary.source.name for summary in self.archive.list_sources()]
        return [source.name for source in find_seen_sources(self.archive, caller.viewer)]

    def _list_problems(self, name: str) -> MessageView:
        if not name:
            return build_problem_counts(self.archive.list_sources())
        return build_problems(name, self.archive.read_problems(self.archive.get_source(name)))

    def _switch(self, verb: Verb, wanted: str, caller: Caller) -> MessageView:
        if not self.admins.include(caller.team, caller.user):
            return self.build_refused(caller.team)
        if caller.channel.startswith("D"):
            return build_only_in_channels()
        switch = self._switch_follow_ups if verb is Verb.FOLLOW_UPS else self._switch_suggestions
        return switch(wanted.casefold(), caller)

    def _switch_follow_ups(self, wanted: str, caller: Caller) -> MessageView:
        if wanted:
            self.channels.set_follow_ups(caller.team, caller.channel, is_on=wanted == ON, by=caller.user)
        setting = self.channels.find(caller.team, caller.channel)
        return build_follow_ups(is_on=setting.follow_ups is not False)

    def _switch_suggestions(self, wanted: str, caller: Caller) -> MessageView:
        if wanted:
            self.channels.set_suggestions(caller.team, caller.channel, is_on=wanted == ON, by=caller.user)
        is_on = self.channels.find(caller.team, caller.channel).suggestions is True
        return build_suggestions(is_on=is_on, is_member=is_on and is_bot_in(self.boards.client, caller.channel))

    def _refresh(self, source: str, caller: Caller) -> MessageView:
        if not self.archive.list_sources():
            return build_no_sources()
        by = self.admins.people.find_name(caller.team, caller.user) or ""
        job, is_new = self.boards.refresher.begin(source, by)
        place = self.boards.open(caller.user, job)
        return build_begun(job, is_new=is_new, is_posted=place is not None)
