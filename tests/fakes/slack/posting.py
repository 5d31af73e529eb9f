"""Putting the app's messages before people, by whatever way they come: checks, records, echoes."""

from __future__ import annotations

import copy
import re
from typing import TYPE_CHECKING, Any

from tests.fakes.slack import payloads
from tests.fakes.slack.identity import BOT_ID, BOT_USER_ID
from tests.fakes.slack.limits import MAX_ALL_MARKDOWN_CHARS, check_blocks, check_text
from tests.fakes.slack.records import ApiError, Post, Update
from tests.fakes.slack.workspace import Message

if TYPE_CHECKING:
    from tests.fakes.slack.events import Events
    from tests.fakes.slack.identity import Json
    from tests.fakes.slack.state import State
    from tests.fakes.slack.workspace import Channel

_TS = re.compile(r"[0-9]+\.[0-9]+")


def read_content(params: Json) -> tuple[str, list[Json]]:
    """Return text and blocks of a message, or raise Slack's error for what it refuses."""
    text, markdown, blocks = params.get("text"), params.get("markdown_text"), params.get("blocks")
    if markdown and (text or blocks):
        raise ApiError("markdown_text_conflict")
    if not (text or markdown or blocks or params.get("attachments")):
        raise ApiError("no_text")
    check_text(text)
    if markdown and len(markdown) > MAX_ALL_MARKDOWN_CHARS:
        raise ApiError("msg_too_long")
    return str(text or markdown or ""), check_blocks(blocks or [])


def _read_metadata(params: Json) -> Json | None:
    """Return what a message carries unseen, or raise Slack's error for what it refuses."""
    held: Json | None = params.get("metadata")
    if held is not None and not (
        isinstance(held.get("event_type"), str) and isinstance(held.get("event_payload"), dict)
    ):
        raise ApiError("invalid_metadata_format")
    return held


class Posting:
    """The one way by which the app's messages appear, change and go."""

    def __init__(self, state: State, events: Events) -> None:
        self._state = state
        self._events = events

    def check_thread(self, channel: Channel, thread_ts: object) -> str | None:
        """Return the thread's ts, or raise Slack's error where no thread can be there.

        Stricter than Slack, which lets a reply's ts pass and shows the answer where nobody looks.
        """
        if thread_ts is None:
            return None
        if not isinstance(thread_ts, str) or not _TS.fullmatch(thread_ts):
            raise ApiError("invalid_thread_ts", [f"{thread_ts} is not a valid thread_ts"])
        root = self._state.workspace.messages.get((channel.id, thread_ts))
        if root is None or root.ephemeral_to is not None:
            raise ApiError("thread_not_found")
        if root.is_reply:
            raise ApiError("cannot_reply_to_message")
        return thread_ts

    def publish(
        self,
        channel: Channel,
        params: Json,
        *,
        via: str,
        ephemeral_to: str | None = None,
        thread_ts: str | None = None,
    ) -> Message:
        """Check and post a message of the app's; record it, and echo it where the app hears it."""
        text, blocks = read_content(params)
        message = Message(
            channel=channel.id,
            ts=self._state.workspace.next_ts(),
            user=BOT_USER_ID,
            text=text,
            blocks=self._fill_ids(blocks),
            thread_ts=thread_ts,
            bot_id=BOT_ID,
            ephemeral_to=ephemeral_to,
            metadata=_read_metadata(params),
        )
        self._state.workspace.keep(message)
        post = Post(
            channel=message.channel,
            ts=message.ts,
            thread_ts=thread_ts,
            text=text,
            blocks=blocks,
            ephemeral_to=ephemeral_to,
            via=via,
            params=params,
        )
        self._state.record(self._state.posts, post)
        self._events.announce(message)
        return message

    def revise(self, message: Message, params: Json, *, via: str) -> Message:
        """Check and change a message; text without blocks takes earlier blocks away."""
        text, blocks = read_content(params)
        previous = self.build_shown(message)
        message.text, message.blocks = text, self._fill_ids(blocks)
        self._record_update(message, blocks, params, via)
        self._events.announce_edit(message, previous)
        return message

    def remove(self, message: Message, params: Json, *, via: str) -> None:
        """Take a message away."""
        self._state.workspace.messages.pop((message.channel, message.ts), None)
        self._record_update(message, [], params, via, deleted=True)
        self._events.announce_deletion(message)

    def build_shown(self, message: Message) -> Json:
        """Build the message as replies and events show it."""
        return payloads.build_message(message, self._state.workspace.get_user(message.user))

    def _record_update(
        self, message: Message, blocks: list[Json], params: Json, via: str, *, deleted: bool = False
    ) -> None:
        update = Update(
            channel=message.channel,
            ts=message.ts,
            text=message.text,
            blocks=blocks,
            ephemeral_to=message.ephemeral_to,
            via=via,
            params=params,
            deleted=deleted,
        )
        self._state.record(self._state.updates, update)

    def _fill_ids(self, blocks: list[Json]) -> list[Json]:
        """Give ids to blocks and elements that came without, as Slack does."""
        filled: list[Json] = copy.deepcopy(blocks)
        for block in filled:
            block.setdefault("block_id", self._state.next_id("block-"))
            for element in self._list_elements(block):
                element.setdefault("action_id", self._state.next_id("action-"))
        return filled

    @staticmethod
    def _list_elements(block: Json) -> list[Json]:
        elements: list[Any] = [block.get("accessory"), block.get("element")]
        if block.get("type") == "actions":
            elements += block["elements"]
        return [element for element in elements if isinstance(element, dict) and element.get("type") != "image"]
