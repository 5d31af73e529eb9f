"""Who will see an answer in Slack. Unknown means no: whoever cannot be looked up sees what is public."""

from dataclasses import dataclass
from datetime import tzinfo
from functools import cached_property
from typing import Any, NamedTuple

import structlog
from slack_sdk import WebClient
from slack_sdk.errors import SlackClientError

from bot.slack.memberships import Memberships, is_open
from bot.slack.refusals import describe_error
from bot.slack.remembering import Remembered
from store.domain.asked import find_zone
from store.domain.viewer import Viewer

_log = structlog.get_logger(__name__)

# Long enough to spare Slack a call per question, short enough that a guest's change of role is followed.
_KEEP_SECONDS = 600.0
# How the ids of direct messages begin.
_DIRECT = "D"
_ADMIN_FLAGS = ("is_admin", "is_owner", "is_primary_owner")
_GUEST_FLAGS = ("is_restricted", "is_ultra_restricted")


class Reader(NamedTuple):
    """Who reads what is said, in their language."""

    team: str
    user: str


@dataclass(frozen=True, slots=True)
class _Person:
    """What Slack says of somebody. Whoever `belongs` is one of the workspace's people: a full member or a guest.

    `workspace` is the one that they are a full member of.
    """

    name: str = ""
    belongs: bool = False
    workspace: str | None = None
    is_admin: bool = False
    zone: str = ""
    locale: str = ""


_NOBODY = _Person()


class _Channel(NamedTuple):
    """What Slack says of a channel; everybody of the workspace may join one that `is_open`."""

    name: str
    is_open: bool


_NOWHERE = _Channel("", is_open=False)


class People:
    """Looks people up, and remembers them for minutes."""

    def __init__(self, client: WebClient, memberships: Memberships | None = None) -> None:
        self._client = client
        self._memberships = memberships or Memberships(client)
        self._known: Remembered[Reader, _Person] = Remembered(_KEEP_SECONDS)
        self._channels: Remembered[str, _Channel] = Remembered(_KEEP_SECONDS)

    def find_viewer(self, reader: Reader, channel: str, *, is_private: bool) -> Viewer:
        """Find who sees what is shown in a channel: whoever it is for, alone, or everyone who is or will be there."""
        if is_private:
            return self.make_viewer(reader.team, reader.user, channel)
        return Viewer.channel_audience(channel)

    def make_viewer(self, team: str, user: str, channel: str) -> Viewer:
        """Describe one person who alone sees the answer, and where they ask.

        A full member sees what their workspace may and, like a guest, what is for the channels that they are in.
        Somebody of another workspace, or whom nobody knows, is in the channel they ask in, and in no other.
        """
        person = self._get(Reader(team, user))
        known = self._memberships.find(user) if person.belongs else frozenset()
        return Viewer.member(user, workspace=person.workspace, channels=known | ({channel} - {""}))

    def is_in(self, reader: Reader, channel: str) -> bool:
        """Tell whether somebody is in a channel now, as far as Slack says so; nobody leaves a direct message."""
        if channel.startswith(_DIRECT):
            return True
        if self._get(reader).belongs:
            return channel in self._memberships.find(reader.user)
        # Slack lists the channels of the workspace's people alone.
        return self._memberships.include(channel, reader.user)

    def get_viewer(self, reader: Reader) -> Viewer | None:
        """Describe one person alone, wherever they are; None for who is none of the workspace's people any more.

        Raises:
            SlackClientError: Slack does not tell, so that nothing is known of them.
            OSError: Slack is not reached.
        """
        person = self._known.get(reader, lambda: self._fetch(reader))
        if not person.belongs:
            return None
        return Viewer.member(reader.user, workspace=person.workspace, channels=self._memberships.get(reader.user))

    def forget(self, reader: Reader) -> None:
        """Forget what is known of a person, of whom something changed."""
        self._known.forget(reader)
        self._memberships.forget(reader.user)

    def forget_memberships(self, *users: str) -> None:
        """Forget which channels some people are in; of everybody, where none is given."""
        self._memberships.forget(*users)

    def find_name(self, team: str, user: str) -> str | None:
        """Find the name a person goes by."""
        return self._get(Reader(team, user)).name or None

    def find_channel(self, reader: Reader, channel: str, place: str) -> str | None:
        """Find the name of a channel by its id, if everyone may know it who will read what somebody says of it.

        Args:
            reader: Who says it. A full member may know of all public channels; everybody of those that they are in.
            channel: What they name.
            place: The channel in which that may be read, where the name of a private one is told only if it is this
                one; empty where nobody else reads it.
        """
        found = self._get_channel(channel)
        if found.is_open:
            may_know = self._get(reader).workspace is not None or self.is_in(reader, channel)
        else:
            may_know = place in ("", channel) and self.is_in(reader, channel)
        return (found.name or None) if may_know else None

    def is_workspace_admin(self, team: str, user: str) -> bool:
        """Tell whether a person is an owner or admin of their workspace; never a guest, nor whom nobody knows."""
        return self._get(Reader(team, user)).is_admin

    def find_zone(self, team: str, user: str) -> tzinfo:
        """Find the time zone a person has set; UTC where it is not known."""
        return find_zone(self._get(Reader(team, user)).zone)

    def find_locale(self, reader: Reader) -> str:
        """Find the locale a person has set, as "de-DE"; empty where it is not known."""
        return self._get(reader).locale if reader.user else ""

    @cached_property
    def _team(self) -> str:
        """The workspace that the app is installed in. What a stranger does may come under the name of their own."""
        return str(self._client.auth_test()["team_id"])

    def _get(self, reader: Reader) -> _Person:
        try:
            return self._known.get(reader, lambda: self._fetch(reader))
        except (SlackClientError, OSError, KeyError) as error:
            _log.warning("cannot look a person up: they are shown what is public", **describe_error(error))
            return _NOBODY

    def _get_channel(self, channel: str) -> _Channel:
        try:
            return self._channels.get(channel, lambda: self._fetch_channel(channel))
        except (SlackClientError, OSError, KeyError) as error:
            _log.warning("cannot look a channel up: it is not known by name", **describe_error(error))
            return _NOWHERE

    def _fetch_channel(self, channel: str) -> _Channel:
        found: Any = self._client.conversations_info(channel=channel)["channel"]
        return _Channel(str(found.get("name") or ""), is_open(found))

    def _fetch(self, reader: Reader) -> _Person:
        found: Any = self._client.users_info(user=reader.user, include_locale=True)["user"]
        profile = found.get("profile") or {}
        belongs = _belongs(found, self._team)
        is_full_member = belongs and not any(found.get(flag) for flag in _GUEST_FLAGS)
        return _Person(
            name=profile.get("display_name")
            or profile.get("real_name")
            or found.get("real_name")
            or found.get("name", ""),
            belongs=belongs,
            workspace=self._team if is_full_member else None,
            is_admin=is_full_member and any(found.get(flag) for flag in _ADMIN_FLAGS),
            zone=str(found.get("tz") or ""),
            locale=str(found.get("locale") or ""),
        )


def _belongs(user: dict[str, Any], team: str) -> bool:
    """Tell a workspace's people from those of others in shared channels, bots and those who left."""
    teams = {user.get("team_id"), *(user.get("enterprise_user") or {}).get("teams", [])}
    return team in teams and not any(user.get(flag) for flag in ("deleted", "is_bot", "is_stranger"))
