"""The methods ``chat.*`` and ``assistant.threads.*``: who may post what where."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.fakes.slack.failures import RateLimiter
from tests.fakes.slack.identity import BOT_ID, TEAM_DOMAIN
from tests.fakes.slack.records import ApiError
from tests.fakes.slack.web_api import RateLimited

if TYPE_CHECKING:
    from tests.fakes.slack.identity import Json
    from tests.fakes.slack.posting import Posting
    from tests.fakes.slack.state import State
    from tests.fakes.slack.web_api import Method
    from tests.fakes.slack.workspace import Channel, Message

MAX_PROMPTS = 4


class Chat:
    """Posts, changes and deletes the app's messages."""

    def __init__(self, state: State, posting: Posting) -> None:
        self._state = state
        self._posting = posting
        self._rate = RateLimiter(state.clock)

    @property
    def methods(self) -> dict[str, Method]:
        """The methods by name."""
        return {
            "chat.postMessage": self._post_message,
            "chat.postEphemeral": self._post_ephemeral,
            "chat.update": self._update,
            "chat.delete": self._delete,
            "chat.getPermalink": self._get_permalink,
            "assistant.threads.setStatus": self._set_status,
            "assistant.threads.setSuggestedPrompts": self._set_prompts,
            "assistant.threads.setTitle": self._set_on_thread,
        }

    def _post_message(self, params: Json) -> Json:
        self._state.require_scope("chat:write")
        channel = self._find_destination(params, may_be_user=True)
        if not channel.has_bot and "chat:write.public" not in self._state.settings.scopes:
            raise ApiError("not_in_channel")
        if self._state.settings.enforce_rate and self._rate.is_over(channel.id):
            raise RateLimited(retry_after=1)
        thread_ts = self._posting.check_thread(channel, params.get("thread_ts"))
        message = self._posting.publish(channel, params, via="chat.postMessage", thread_ts=thread_ts)
        return {"channel": channel.id, "ts": message.ts, "message": self._posting.build_shown(message)}

    def _post_ephemeral(self, params: Json) -> Json:
        self._state.require_scope("chat:write")
        channel = self._find_destination(params)
        if not channel.has_bot:
            raise ApiError("not_in_channel")
        user = str(params.get("user"))
        if user not in channel.members:
            raise ApiError("user_not_in_channel")
        thread_ts = self._posting.check_thread(channel, params.get("thread_ts"))
        message = self._posting.publish(
            channel, params, via="chat.postEphemeral", ephemeral_to=user, thread_ts=thread_ts
        )
        return {"message_ts": message.ts}

    def _update(self, params: Json) -> Json:
        message = self._find_own_message(params, refusal="cant_update_message")
        self._posting.revise(message, params, via="chat.update")
        shown = self._posting.build_shown(message)
        return {"channel": message.channel, "ts": message.ts, "text": message.text, "message": shown}

    def _delete(self, params: Json) -> Json:
        message = self._find_own_message(params, refusal="cant_delete_message")
        self._posting.remove(message, params, via="chat.delete")
        return {"channel": message.channel, "ts": message.ts}

    def _get_permalink(self, params: Json) -> Json:
        channel = self._find_destination(params)
        ts = str(params.get("message_ts"))
        message = self._state.workspace.messages.get((channel.id, ts))
        if message is None or message.ephemeral_to is not None:
            raise ApiError("message_not_found")
        link = f"https://{TEAM_DOMAIN}.slack.com/archives/{channel.id}/p{ts.replace('.', '')}"
        if message.is_reply:
            link += f"?thread_ts={message.thread_ts}&cid={channel.id}"
        return {"channel": channel.id, "permalink": link}

    def _set_status(self, params: Json) -> Json:
        """Accept a status below a message; empty, it is taken back."""
        self._state.require_scope("chat:write", "assistant:write")
        if "status" not in params or not params.get("thread_ts"):
            raise ApiError("invalid_arguments")
        if (str(params.get("channel_id")), str(params["thread_ts"])) not in self._state.workspace.messages:
            raise ApiError("invalid_thread_ts")
        return self._set_on_thread(params)

    def _set_prompts(self, params: Json) -> Json:
        """Accept prompts for the pane of an agent, which has no threads of its own."""
        self._state.require_scope("assistant:write")
        prompts = params.get("prompts")
        if not isinstance(prompts, list) or not 0 < len(prompts) <= MAX_PROMPTS or params.get("thread_ts"):
            raise ApiError("invalid_arguments")
        if not all(isinstance(one, dict) and one.get("title") and one.get("message") for one in prompts):
            raise ApiError("invalid_arguments")
        return self._set_on_thread(params)

    def _set_on_thread(self, params: Json) -> Json:
        """Accept a status, prompts or a title; what they say stands in the record of the call."""
        self._state.require_scope("assistant:write", "chat:write")
        channel = self._state.workspace.channels.get(str(params.get("channel_id")))
        if channel is None or not channel.has_bot:
            raise ApiError("channel_not_found")
        return {}

    def _find_destination(self, params: Json, *, may_be_user: bool = False) -> Channel:
        channel_id = str(params.get("channel"))
        workspace = self._state.workspace
        if may_be_user and channel_id in workspace.users:
            channel_id = workspace.open_direct_message(channel_id).id
        channel = workspace.channels.get(channel_id)
        if channel is None or (channel.is_private and not channel.has_bot):
            raise ApiError("channel_not_found")
        if channel.is_archived:
            raise ApiError("is_archived")
        return channel

    def _find_own_message(self, params: Json, *, refusal: str) -> Message:
        self._state.require_scope("chat:write")
        channel = self._find_destination(params)
        message = self._state.workspace.messages.get((channel.id, str(params.get("ts"))))
        if message is None or message.ephemeral_to is not None:
            raise ApiError("message_not_found")
        if message.bot_id != BOT_ID:
            raise ApiError(refusal)
        return message
