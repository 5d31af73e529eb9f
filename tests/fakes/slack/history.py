"""The methods ``conversations.history`` and ``conversations.replies``: what was said, where the bot is a member."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.fakes.slack import payloads
from tests.fakes.slack.records import ApiError
from tests.fakes.slack.response_urls import is_true

if TYPE_CHECKING:
    from tests.fakes.slack.identity import Json
    from tests.fakes.slack.state import State
    from tests.fakes.slack.web_api import Method
    from tests.fakes.slack.workspace import Channel, Message

DEFAULT_PAGE = 100
MAX_PAGE = 999


class History:
    """Tells the app what people said, as far as its scopes and memberships reach."""

    def __init__(self, state: State) -> None:
        self._state = state

    @property
    def methods(self) -> dict[str, Method]:
        """The methods by name."""
        return {"conversations.history": self._list_history, "conversations.replies": self._list_replies}

    def _list_history(self, params: Json) -> Json:
        """Give messages, the newest first; replies are only in their threads."""
        channel = self._find_readable(params)
        said = [message for message in self._list_messages(channel) if not message.is_reply]
        return self._build_page([one for one in reversed(said) if _is_between(one, params)], params)

    def _list_replies(self, params: Json) -> Json:
        """Give a thread, its first message whatever the times asked for; of a reply, that alone."""
        channel = self._find_readable(params)
        ts = str(params.get("ts"))
        said = self._list_messages(channel)
        asked = next((message for message in said if message.ts == ts), None)
        if asked is None:
            raise ApiError("thread_not_found")
        if asked.is_reply:
            return self._build_page([asked], params)
        replies = [one for one in said if one.is_reply and one.thread_ts == ts and _is_between(one, params)]
        return self._build_page([asked, *replies], params)

    def _list_messages(self, channel: Channel) -> list[Message]:
        every = [message for message in list(self._state.workspace.messages.values()) if message.channel == channel.id]
        return sorted((one for one in every if one.ephemeral_to is None), key=lambda one: float(one.ts))

    def _build_page(self, messages: list[Message], params: Json) -> Json:
        limit = min(int(params.get("limit") or DEFAULT_PAGE), MAX_PAGE)
        start = int(params.get("cursor") or 0)
        page, has_more = messages[start : start + limit], start + limit < len(messages)
        get_user = self._state.workspace.get_user
        reply: Json = {"messages": [payloads.build_message(one, get_user(one.user)) for one in page]}
        if is_true(params.get("include_all_metadata")):
            for message, shown in zip(page, reply["messages"], strict=True):
                shown.update({"metadata": message.metadata} if message.metadata else {})
        reply |= {"has_more": has_more}
        return reply | {"response_metadata": {"next_cursor": str(start + limit) if has_more else ""}}

    def _find_readable(self, params: Json) -> Channel:
        channel = self._state.workspace.channels.get(str(params.get("channel")))
        if channel is None:
            raise ApiError("channel_not_found")
        self._state.require_scope(f"{channel.scope_prefix}:history")
        if not channel.has_bot:
            raise ApiError("channel_not_found" if channel.is_private else "not_in_channel")
        return channel


def _is_between(message: Message, params: Json) -> bool:
    """Whether a message is of the times asked for; at their very ends only where ``inclusive`` says so."""
    oldest, latest = (str(params.get(name) or "") for name in ("oldest", "latest"))
    if is_true(params.get("inclusive")) and message.ts in {oldest, latest}:
        return True
    return float(oldest or 0) < float(message.ts) < float(latest or "inf")
