"""Which events the app gets, and when: new messages, edits, deletions, its own posts among them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.fakes.slack import payloads
from tests.fakes.slack.identity import BOT_USER_ID, TEAM_ID

if TYPE_CHECKING:
    from tests.fakes.slack.deliveries import Courier, Delivery
    from tests.fakes.slack.identity import Json
    from tests.fakes.slack.state import State
    from tests.fakes.slack.workspace import Channel, Message, User

MENTION = f"<@{BOT_USER_ID}>"


class Events:
    """The Events API of the app: ``settings.reads_channels`` stands for its ``message.*`` subscriptions."""

    def __init__(self, state: State, courier: Courier) -> None:
        self._state = state
        self._courier = courier

    def send(self, event: Json, message: Message | None = None) -> Delivery:
        """Deliver any event under a new event id."""
        channel = self._state.workspace.channels.get(str(event.get("channel")))
        actor = self._state.workspace.users.get(str(event.get("message", event).get("user")))
        payload = payloads.build_event_callback(
            event,
            event_id=self._state.next_id("Ev"),
            event_time=int(self._state.clock.now()),
            is_ext_shared=channel is not None and channel.is_ext_shared,
            team=actor.team_id if actor else TEAM_ID,
        )
        return self._courier.deliver("events_api", payload, message)

    def announce(self, message: Message) -> list[Delivery]:
        """Deliver what the app gets of a new message: ``app_mention`` first, then ``message``."""
        channel, author = self._get_place(message)
        deliveries = []
        if self._is_mention(message, channel):
            event = payloads.build_mention_event(message, author, message.ts)
            deliveries.append(self.send(event, message))
        if self.is_heard(message, channel):
            deliveries.append(self.send(payloads.build_message_event(message, author, channel), message))
        return deliveries

    def announce_edit(self, message: Message, previous: Json) -> list[Delivery]:
        """Deliver what the app gets of an edit: ``app_mention`` anew, then ``message_changed``."""
        channel, author = self._get_place(message)
        deliveries = []
        event_ts = self._state.workspace.next_ts()
        if self._is_mention(message, channel):
            event = payloads.build_mention_event(message, author, event_ts)
            deliveries.append(self.send(event, message))
        if self.is_heard(message, channel):
            shown = payloads.build_message(message, author)
            event = payloads.build_changed_event(shown, previous, channel, event_ts)
            deliveries.append(self.send(event, message))
        return deliveries

    def announce_deletion(self, message: Message) -> list[Delivery]:
        """Deliver what the app gets of a deletion: ``message_deleted``."""
        channel, author = self._get_place(message)
        if not self.is_heard(message, channel):
            return []
        shown = payloads.build_message(message, author)
        event = payloads.build_deleted_event(shown, channel, self._state.workspace.next_ts())
        return [self.send(event, message)]

    def announce_reaction(self, message: Message, channel: Channel, name: str, user: str) -> list[Delivery]:
        """Deliver what the app gets of a reaction: ``reaction_added``, where the bot is a member."""
        if not channel.has_bot or "reactions:read" not in self._state.settings.scopes:
            return []
        event_ts = self._state.workspace.next_ts()
        return [self.send(payloads.build_reaction_event(message, name, user, event_ts))]

    def is_heard(self, message: Message, channel: Channel) -> bool:
        """Whether the app gets ``message`` events of this message."""
        settings = self._state.settings
        return (
            message.ephemeral_to is None
            and channel.has_bot
            and (channel.is_im or settings.reads_channels)
            and f"{channel.scope_prefix}:history" in settings.scopes
        )

    def _is_mention(self, message: Message, channel: Channel) -> bool:
        return (
            message.bot_id is None
            and MENTION in message.text
            and channel.has_bot
            and not channel.is_im
            and "app_mentions:read" in self._state.settings.scopes
        )

    def _get_place(self, message: Message) -> tuple[Channel, User]:
        workspace = self._state.workspace
        return workspace.get_channel(message.channel), workspace.get_user(message.user)
