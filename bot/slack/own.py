"""What somebody wrote themselves: `/hark about-me`, `/hark forget-me`, and what admins decide of that.

Everything here runs in the pool that answers. What people may not see now is not told them, even of their own.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import structlog
from slack_sdk import WebClient
from slack_sdk.errors import SlackClientError

from bot.removing import Remover
from bot.slack.admins import Admins
from bot.slack.delivery import Place, post
from bot.slack.overseeing import Caller, Handler
from bot.slack.refusals import describe_error
from bot.slack.subcommands import Verb
from bot.slack.viewers import Reader
from bot.slack.views.message import MessageView
from bot.slack.views.own import (
    OwnSource,
    build_about,
    build_approved,
    build_decided,
    build_declined,
    build_forget,
    build_forgetting,
    build_refusal,
    build_request,
    build_waiting,
)
from bot.translations import say, speaking
from store.archive import Archive
from store.domain.forgetting import RemovalRequest, Written
from store.domain.viewer import Viewer
from store.repositories.removals import Removals
from store.repositories.replies import Replies
from store.search.audience import find_audience
from store.sources.formats.slack import name_workspace

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Own:
    """Tells people what is theirs, and has it forgotten; an admin may have to approve that."""

    archive: Archive
    replies: Replies
    client: WebClient
    admins: Admins
    remover: Remover
    needs_approval: bool

    @property
    def handlers(self) -> Mapping[Verb, Handler]:
        """What does each of its subcommands."""
        return {
            Verb.ABOUT_ME: lambda _, caller: build_about(self.find(caller)),
            Verb.FORGET_ME: lambda _, caller: self._ask(caller),
        }

    @property
    def removals(self) -> Removals:
        """The requests."""
        return Removals(self.archive.database)

    def find(self, caller: Caller) -> list[OwnSource]:
        """Find what somebody wrote where they may look, by source."""
        people = self.archive.forgetting.find_people_of(name_workspace(caller.team), caller.user)
        ids = [one.id for person in people for one in person if one.id is not None]
        channel_ids = self._find_channels(caller.viewer)
        found: dict[str, list[Written]] = {}
        for one in self.archive.forgetting.count_written(ids):
            if one.channel_id in channel_ids:
                found.setdefault(one.source, []).append(one)
        return [_sum_up(source, parts) for source, parts in found.items()]

    def confirm(self, caller: Caller) -> MessageView:
        """Do what somebody confirmed: forget them, or ask the admins."""
        told = tuple((source.name, source.comments) for source in self.find(caller))
        now = datetime.now(UTC)
        wanted = RemovalRequest(caller.team, caller.user, told, now, is_approved=not self.needs_approval)
        self.removals.put(wanted)
        request = self.removals.find(caller.team, caller.user) or wanted
        if request.is_approved:
            self.remover.wake()
            return build_forgetting()
        return build_waiting(request.asked_at, is_asked=self._ask_admins(request))

    def approve(self, admin: Reader, person: str) -> MessageView:
        """Let somebody be forgotten."""
        name = self._name(Reader(admin.team, person))
        if not self.removals.approve(admin.team, person):
            return build_decided()
        self.remover.wake()
        return build_approved(name, self._name(admin))

    def decline(self, admin: Reader, person: str) -> MessageView:
        """Do not let somebody be forgotten, and tell them."""
        reader = Reader(admin.team, person)
        if not self.removals.decline(admin.team, person):
            return build_decided()
        with speaking(self.admins.people.find_locale(reader)):
            is_told = _write(self.client, reader, build_refusal())
        return build_declined(self._name(reader), self._name(admin), is_told=is_told)

    def _ask(self, caller: Caller) -> MessageView:
        request = self.removals.find(caller.team, caller.user)
        if request and request.is_approved:
            return build_forgetting()
        return build_forget(self.find(caller), needs_approval=self.needs_approval)

    def _ask_admins(self, request: RemovalRequest) -> bool:
        """Ask each admin, once a day at most; tell whether any was reached."""
        asked_at, today = request.asked_at.isoformat(), datetime.now(UTC).date().isoformat()
        key = f"removal:{request.team}:{request.person}:{asked_at}:{today}"
        if not self.replies.take(key):
            return True
        reached = [self._ask_admin(Reader(request.team, admin), request) for admin in self.admins.ids]
        if any(reached):
            self.replies.finish(key)
        return any(reached)

    def _ask_admin(self, admin: Reader, request: RemovalRequest) -> bool:
        with speaking(self.admins.people.find_locale(admin)):
            name = self._name(Reader(request.team, request.person))
            return _write(self.client, admin, build_request(name, request.person, request.team, request.told))

    def _name(self, reader: Reader) -> str:
        return self.admins.people.find_name(*reader) or say("Somebody")

    def _find_channels(self, viewer: Viewer) -> frozenset[int]:
        return frozenset(find_audience(viewer, self.archive.searching.read_channels()).channel_ids)


def _write(client: WebClient, reader: Reader, view: MessageView) -> bool:
    """Write to somebody directly; tell whether they were reached."""
    try:
        post(client, Place(reader.user), view)
    except (SlackClientError, OSError) as error:
        _log.warning("cannot write to somebody", person=reader.user, **describe_error(error))
        return False
    return True


def _sum_up(source: str, parts: list[Written]) -> OwnSource:
    return OwnSource(
        name=source,
        comments=sum(part.comments for part in parts),
        first=min((part.first for part in parts if part.first), default=None),
        last=max((part.last for part in parts if part.last), default=None),
        names=tuple(dict.fromkeys(part.name for part in parts)),
    )
