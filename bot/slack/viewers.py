"""Who will see an answer in Slack. Unknown means no: whoever cannot be looked up sees what is public."""

import threading
import time
from dataclasses import dataclass
from typing import Any, NamedTuple

import structlog
from slack_sdk import WebClient
from slack_sdk.errors import SlackClientError

from store.domain.viewer import Viewer

_log = structlog.get_logger(__name__)

# Long enough to spare Slack a call per question, short enough that a guest's change of role is followed.
_KEEP_SECONDS = 600.0
_ADMIN_FLAGS = ("is_admin", "is_owner", "is_primary_owner")


class Reader(NamedTuple):
    """Who reads what is said, in their language."""

    team: str
    user: str


@dataclass(frozen=True, slots=True)
class _Person:
    name: str
    is_full_member: bool
    is_admin: bool
    zone: str
    locale: str
    known_at: float


class People:
    """Looks people up, and remembers them for minutes."""

    def __init__(self, client: WebClient) -> None:
        self._client = client
        self._lock = threading.Lock()
        self._known: dict[tuple[str, str], _Person] = {}

    def make_viewer(self, team: str, user: str, channel: str) -> Viewer:
        """Describe one person who alone sees the answer, in a channel they are in."""
        person = self._get(team, user)
        return Viewer.member(
            user, workspace=team if person.is_full_member else None, channels=frozenset({channel} - {""})
        )

    def find_name(self, team: str, user: str) -> str | None:
        """Find the name a person goes by."""
        return self._get(team, user).name or None

    def is_workspace_admin(self, team: str, user: str) -> bool:
        """Tell whether a person is an owner or admin of their workspace; never a guest, nor whom nobody knows."""
        return self._get(team, user).is_admin

    def find_zone(self, team: str, user: str) -> str:
        """Find the time zone a person has set, as "Europe/Riga"; empty where it is not known."""
        return self._get(team, user).zone

    def find_locale(self, reader: Reader) -> str:
        """Find the locale a person has set, as "de-DE"; empty where it is not known."""
        return self._get(*reader).locale if reader.user else ""

    def _get(self, team: str, user: str) -> _Person:
        with self._lock:
            known = self._known.get((team, user))
        if known and time.monotonic() - known.known_at < _KEEP_SECONDS:
            return known
        try:
            found: Any = self._client.users_info(user=user, include_locale=True)["user"]
        except (SlackClientError, OSError, KeyError) as error:
            _log.warning("cannot look a person up: they are shown what is public", error=type(error).__name__)
            return _Person("", is_full_member=False, is_admin=False, zone="", locale="", known_at=0.0)
        profile = found.get("profile") or {}
        person = _Person(
            name=profile.get("display_name")
            or profile.get("real_name")
            or found.get("real_name")
            or found.get("name", ""),
            is_full_member=_is_full_member(found, team),
            is_admin=_is_full_member(found, team) and any(found.get(flag) for flag in _ADMIN_FLAGS),
            zone=str(found.get("tz") or ""),
            locale=str(found.get("locale") or ""),
            known_at=time.monotonic(),
        )
        with self._lock:
            self._known[team, user] = person
        return person


def _is_full_member(user: dict[str, Any], team: str) -> bool:
    """Tell a member from guests, people of other workspaces in shared channels, bots and those who left."""
    barred = ("deleted", "is_bot", "is_restricted", "is_ultra_restricted", "is_stranger")
    teams = {user.get("team_id"), *(user.get("enterprise_user") or {}).get("teams", [])}
    return team in teams and not any(user.get(flag) for flag in barred)
