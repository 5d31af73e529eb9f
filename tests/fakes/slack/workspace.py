"""The people, channels and messages of the stand-in workspace. Knows nothing of HTTP, events or limits."""

from __future__ import annotations

import threading
import time
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.fakes.slack.identity import BOT_NAME, BOT_USER_ID, TEAM_ID

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.fakes.slack.identity import Json


class StandInError(Exception):
    """A test asked for what cannot happen in Slack."""


@dataclass(kw_only=True)
class User:
    """A person or a bot. A ``team_id`` other than the workspace's makes a Slack Connect stranger."""

    id: str
    name: str
    real_name: str
    team_id: str = TEAM_ID
    is_admin: bool = False
    is_restricted: bool = False
    is_ultra_restricted: bool = False
    is_bot: bool = False
    deleted: bool = False
    tz: str = "Europe/London"
    locale: str = "en-GB"

    @property
    def is_stranger(self) -> bool:
        """Whether the user belongs to another workspace."""
        return self.team_id != TEAM_ID


@dataclass(kw_only=True)
class Channel:
    """A conversation; change ``members`` and the flags at will."""

    id: str
    name: str
    members: set[str]
    is_private: bool = False
    is_ext_shared: bool = False
    is_archived: bool = False
    is_im: bool = False
    is_mpim: bool = False

    @property
    def kind(self) -> str:
        """What events call ``channel_type``: channel, group, im or mpim."""
        if self.is_im:
            return "im"
        if self.is_mpim:
            return "mpim"
        return "group" if self.is_private else "channel"

    @property
    def scope_prefix(self) -> str:
        """The first half of the scopes for this kind: channels, groups, im or mpim."""
        return {"channel": "channels", "group": "groups"}.get(self.kind, self.kind)

    @property
    def has_bot(self) -> bool:
        """Whether the app's bot user is a member."""
        return BOT_USER_ID in self.members


@dataclass(kw_only=True)
class Message:
    """A message as it stands now; ``ephemeral_to`` names its only reader."""

    channel: str
    ts: str
    user: str
    text: str
    blocks: list[Json] = field(default_factory=list)
    thread_ts: str | None = None
    bot_id: str | None = None
    edited: Json | None = None
    ephemeral_to: str | None = None
    metadata: Json | None = None
    client_msg_id: str = field(default_factory=lambda: str(uuid.uuid4()))

    @property
    def is_reply(self) -> bool:
        """Whether the message answers in another message's thread."""
        return self.thread_ts is not None and self.thread_ts != self.ts


class Workspace:
    """Everything the stand-in Slack knows of its workspace. The app's bot user is in it from the start."""

    def __init__(self) -> None:
        self.users: dict[str, User] = {}
        self.channels: dict[str, Channel] = {}
        self.messages: dict[tuple[str, str], Message] = {}
        self._last_micros = 0
        self._lock = threading.Lock()
        self.add_user(BOT_USER_ID, name=BOT_NAME, is_bot=True)

    def add_user(
        self,
        user_id: str,
        *,
        name: str | None = None,
        real_name: str | None = None,
        team_id: str = TEAM_ID,
        is_admin: bool = False,
        is_restricted: bool = False,
        is_ultra_restricted: bool = False,
        is_bot: bool = False,
        deleted: bool = False,
        tz: str = "Europe/London",
        locale: str = "en-GB",
    ) -> User:
        """Add a user; both restricted flags make guests, another ``team_id`` a stranger."""
        name = name or user_id.lower()
        user = User(
            id=user_id,
            name=name,
            real_name=real_name or name.title(),
            team_id=team_id,
            is_admin=is_admin,
            is_restricted=is_restricted,
            is_ultra_restricted=is_ultra_restricted,
            is_bot=is_bot,
            deleted=deleted,
            tz=tz,
            locale=locale,
        )
        self.users[user_id] = user
        return user

    def add_channel(
        self,
        channel_id: str,
        *,
        name: str,
        members: Iterable[str] = (BOT_USER_ID,),
        is_private: bool = False,
        is_ext_shared: bool = False,
        is_archived: bool = False,
        is_mpim: bool = False,
    ) -> Channel:
        """Add a channel with exactly these members: name the bot's user id among them where it belongs."""
        channel = Channel(
            id=channel_id,
            name=name,
            members=set(members),
            is_private=is_private or is_mpim,
            is_ext_shared=is_ext_shared,
            is_archived=is_archived,
            is_mpim=is_mpim,
        )
        unknown = channel.members - set(self.users)
        if unknown:
            raise StandInError(f"cannot add channel {channel_id}: unknown members {sorted(unknown)}: add_user first")
        self.channels[channel_id] = channel
        return channel

    def open_direct_message(self, user_id: str) -> Channel:
        """Return the conversation of a user and the bot, opened where needed; its id is ``D`` + user id."""
        channel_id = f"D{user_id}"
        if channel_id not in self.channels:
            self.get_user(user_id)
            self.channels[channel_id] = Channel(
                id=channel_id, name=channel_id, members={user_id, BOT_USER_ID}, is_private=True, is_im=True
            )
        return self.channels[channel_id]

    def add_message(self, channel_id: str, user_id: str, text: str, *, thread_ts: str | None = None) -> Message:
        """Put a user's message into a channel without telling the app."""
        channel = self.get_channel(channel_id)
        self.get_user(user_id)
        if user_id not in channel.members:
            raise StandInError(f"{user_id} cannot write in {channel_id}: not a member")
        if thread_ts is not None and (channel_id, thread_ts) not in self.messages:
            raise StandInError(f"no message {thread_ts} in {channel_id} to reply to: workspace.add_message it first")
        return self.keep(Message(channel=channel_id, ts=self.next_ts(), user=user_id, text=text, thread_ts=thread_ts))

    def keep(self, message: Message) -> Message:
        """Store a message under its channel and ts."""
        self.messages[message.channel, message.ts] = message
        return message

    def get_user(self, user_id: str) -> User:
        """Return a user, or raise StandInError."""
        if user_id not in self.users:
            raise StandInError(f"unknown user {user_id}: workspace.add_user({user_id!r}) first")
        return self.users[user_id]

    def get_channel(self, channel_id: str) -> Channel:
        """Return a channel, or raise StandInError."""
        if channel_id not in self.channels:
            raise StandInError(f"unknown channel {channel_id}: workspace.add_channel({channel_id!r}) first")
        return self.channels[channel_id]

    def get_message(self, ts: str) -> Message:
        """Return the message with this ts (unique over all channels), or raise StandInError."""
        for message in list(self.messages.values()):
            if message.ts == ts:
                return message
        raise StandInError(f"no message has the ts {ts}: it was deleted, or never there")

    def next_ts(self) -> str:
        """Return a message ts that no other message has, later than every one before."""
        with self._lock:
            self._last_micros = max(time.time_ns() // 1000, self._last_micros + 1)
            seconds, micros = divmod(self._last_micros, 1_000_000)
        return f"{seconds}.{micros:06d}"
