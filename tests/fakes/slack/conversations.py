"""The methods ``users.*`` and ``conversations.*``: who and what is in the workspace."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.fakes.slack.identity import BOT_USER_ID, TEAM_ID
from tests.fakes.slack.records import ApiError

if TYPE_CHECKING:
    from tests.fakes.slack.identity import Json
    from tests.fakes.slack.state import State
    from tests.fakes.slack.web_api import Method
    from tests.fakes.slack.workspace import Channel, User

DEFAULT_PAGE = 100
MAX_PAGE = 999
# The types that ``users.conversations`` takes, by the kinds of conversations.
_TYPES = {"public_channel": "channel", "private_channel": "group", "mpim": "mpim", "im": "im"}


def build_user(user: User, *, is_in_reach: bool) -> Json:
    """Build a user as ``users.info`` shows it; no stranger ``is_in_reach`` of the app in a channel is called one."""
    shown: Json = {
        "id": user.id,
        "team_id": user.team_id,
        "name": user.name,
        "real_name": user.real_name,
        "deleted": user.deleted,
        "tz": user.tz,
        "tz_offset": 0,
        "profile": {"real_name": user.real_name, "display_name": user.name, "team": user.team_id},
        "is_bot": user.is_bot,
        "is_app_user": False,
        "updated": 1,
    }
    if user.is_stranger:
        return shown | {"is_stranger": not is_in_reach}
    return shown | {
        "is_admin": user.is_admin,
        "is_owner": False,
        "is_restricted": user.is_restricted or user.is_ultra_restricted,
        "is_ultra_restricted": user.is_ultra_restricted,
    }


def build_channel(channel: Channel) -> Json:
    """Build a conversation as ``conversations.info`` shows it."""
    shown: Json = {
        "id": channel.id,
        "created": 1,
        "context_team_id": TEAM_ID,
        "is_archived": channel.is_archived,
        "is_im": channel.is_im,
        "is_org_shared": False,
    }
    if channel.is_im:
        return shown | {"user": next(iter(channel.members - {BOT_USER_ID}))}
    return shown | {
        "name": channel.name,
        "is_channel": not channel.is_private,
        "is_group": channel.is_private and not channel.is_mpim,
        "is_mpim": channel.is_mpim,
        "is_private": channel.is_private,
        "is_general": channel.name == "general",
        "is_member": channel.has_bot,
        "is_shared": channel.is_ext_shared,
        "is_ext_shared": channel.is_ext_shared,
    }


def _build_page(params: Json, name: str, things: list[Any]) -> Json:
    """Build the page of a list that a cursor and a limit ask for."""
    try:
        start, limit = int(params.get("cursor") or 0), int(params.get("limit") or DEFAULT_PAGE)
    except ValueError:
        raise ApiError("invalid_cursor") from None
    if not 0 < limit <= MAX_PAGE:
        raise ApiError("invalid_limit")
    more = str(start + limit) if start + limit < len(things) else ""
    return {name: things[start : start + limit], "response_metadata": {"next_cursor": more}}


class Conversations:
    """Tells the app about users and conversations, as far as its scopes and memberships reach."""

    def __init__(self, state: State) -> None:
        self._state = state

    @property
    def methods(self) -> dict[str, Method]:
        """The methods by name."""
        return {
            "users.info": self._get_user,
            "users.conversations": self._list_conversations,
            "conversations.info": self._get_channel,
            "conversations.members": self._list_members,
            "conversations.open": self._open,
        }

    def _get_user(self, params: Json) -> Json:
        self._state.require_scope("users:read")
        user = self._state.workspace.users.get(str(params.get("user")))
        if user is None:
            raise ApiError("user_not_found")
        # Without being asked Slack leaves the locale out.
        locale = {"locale": user.locale} if str(params.get("include_locale")).lower() in {"1", "true"} else {}
        channels = self._state.workspace.channels.values()
        is_in_reach = any(user.id in channel.members and channel.has_bot for channel in channels)
        return {"user": build_user(user, is_in_reach=is_in_reach) | locale}

    def _get_channel(self, params: Json) -> Json:
        channel = self._find_readable(params)
        shown = build_channel(channel)
        if str(params.get("include_num_members")).lower() in {"1", "true"}:
            shown["num_members"] = len(channel.members)
        return {"channel": shown}

    def _list_members(self, params: Json) -> Json:
        channel = self._find_readable(params)
        return _build_page(params, "members", sorted(channel.members))

    def _list_conversations(self, params: Json) -> Json:
        """List what a user is in; of what is not public, only where the app is too."""
        kinds = {_TYPES.get(name.strip()) for name in str(params.get("types") or "public_channel").split(",")}
        if None in kinds:
            raise ApiError("invalid_types")
        for prefix in sorted({"channel": "channels", "group": "groups"}.get(str(kind), str(kind)) for kind in kinds):
            self._state.require_scope(f"{prefix}:read")
        user = str(params.get("user") or BOT_USER_ID)
        if user not in self._state.workspace.users:
            raise ApiError("user_not_found")
        shown = [
            build_channel(channel)
            for channel in self._state.workspace.channels.values()
            if channel.kind in kinds and user in channel.members and (channel.has_bot or not channel.is_private)
        ]
        return _build_page(params, "channels", shown)

    def _open(self, params: Json) -> Json:
        self._state.require_scope("im:write")
        workspace = self._state.workspace
        if params.get("channel"):
            channel = workspace.channels.get(str(params["channel"]))
            if channel is None or not channel.is_im:
                raise ApiError("channel_not_found")
            return {"channel": {"id": channel.id}}
        users = [user.strip() for user in str(params.get("users") or "").split(",") if user.strip()]
        if len(users) != 1:
            raise ApiError("users_list_not_supplied" if not users else "not_enough_users")
        user = workspace.users.get(users[0])
        if user is None:
            raise ApiError("user_not_found")
        if user.is_bot or user.deleted:
            raise ApiError("cannot_dm_bot" if user.is_bot else "user_disabled")
        return {"channel": {"id": workspace.open_direct_message(user.id).id}}

    def _find_readable(self, params: Json) -> Channel:
        channel = self._state.workspace.channels.get(str(params.get("channel")))
        if channel is None:
            self._state.require_scope("channels:read", "groups:read", "im:read", "mpim:read")
            raise ApiError("channel_not_found")
        self._state.require_scope(f"{channel.scope_prefix}:read")
        if channel.is_private and not channel.has_bot:
            raise ApiError("channel_not_found")
        return channel
