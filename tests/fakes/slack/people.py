"""What people do in Slack: write, edit, delete, click, call commands; each becomes deliveries to the app."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.fakes.slack import payloads
from tests.fakes.slack.events import MENTION
from tests.fakes.slack.identity import BOT_USER_ID, TEAM_ID
from tests.fakes.slack.limits import check_options, walk
from tests.fakes.slack.records import View
from tests.fakes.slack.workspace import StandInError

if TYPE_CHECKING:
    from tests.fakes.slack.deliveries import Courier, Delivery
    from tests.fakes.slack.events import Events
    from tests.fakes.slack.identity import Json
    from tests.fakes.slack.records import Post, Update
    from tests.fakes.slack.response_urls import ResponseUrls
    from tests.fakes.slack.state import State
    from tests.fakes.slack.workspace import Channel, Message, User

    AnyMessage = Message | Delivery | Post | Update | str

MAX_INPUT_CHARS = 3000


class People:
    """The people of the workspace, played by a test. StandInError says what cannot happen in Slack."""

    def __init__(self, state: State, courier: Courier, events: Events, response_urls: ResponseUrls) -> None:
        self._state = state
        self._courier = courier
        self._events = events
        self._response_urls = response_urls

    def send_mention(self, *, channel: str, user: str, text: str, thread_ts: str | None = None) -> Delivery:
        """Write a channel message that mentions the bot; returns the ``app_mention``.

        Where the app reads the channel, the same message arrives a second time as ``message``.
        """
        if MENTION not in text:
            raise StandInError(f"no mention: put {MENTION} into the text {text!r}")
        return self._say(channel, user, text, thread_ts)[0]

    def send_message(self, *, channel: str, user: str, text: str, thread_ts: str | None = None) -> Delivery:
        """Write a message that the app hears; returns its ``message`` delivery.

        Use ``workspace.add_message`` for one that it does not hear.
        """
        return self._say(channel, user, text, thread_ts)[-1]

    def send_direct_message(self, *, user: str, text: str, thread_ts: str | None = None) -> Delivery:
        """Write to the bot in a direct message."""
        return self._say(self._state.workspace.open_direct_message(user).id, user, text, thread_ts)[-1]

    def send_event(self, event: Json) -> Delivery:
        """Deliver any event as it is, whatever the app has subscribed to."""
        event.setdefault("event_ts", self._state.workspace.next_ts())
        return self._events.send(event)

    def join_channel(self, user: str, channel: str) -> Delivery | None:
        """Let somebody join a channel; returns what the app gets of it, None where it is not there itself."""
        self._state.workspace.get_user(user)
        self._state.workspace.get_channel(channel).members.add(user)
        return self._announce_move("member_joined_channel", user, channel)

    def leave_channel(self, user: str, channel: str) -> Delivery | None:
        """Let somebody leave a channel; returns what the app gets of it, None where it is not there itself."""
        place = self._state.workspace.get_channel(channel)
        place.members.remove(user)
        if user == BOT_USER_ID:
            kind = "group_left" if place.is_private else "channel_left"
            return self.send_event({"type": kind, "channel": channel, "actor_id": user})
        return self._announce_move("member_left_channel", user, channel)

    def _announce_move(self, kind: str, user: str, channel: str) -> Delivery | None:
        place = self._state.workspace.get_channel(channel)
        if not place.has_bot or f"{place.scope_prefix}:read" not in self._state.settings.scopes:
            return None
        moved = {"type": kind, "user": user, "channel": channel, "team": TEAM_ID}
        return self.send_event(moved | {"channel_type": "G" if place.is_private else "C"})

    def edit_message(self, target: AnyMessage, text: str) -> Delivery:
        """Edit a user's message; returns the ``app_mention`` where there is one, else ``message_changed``."""
        message = self.find_message(target)
        if message.bot_id is not None:
            raise StandInError("people cannot edit the app's messages")
        previous = payloads.build_message(message, self._state.workspace.get_user(message.user))
        message.text = text
        message.edited = {"user": message.user, "ts": self._state.workspace.next_ts()}
        return self._require(self._events.announce_edit(message, previous), message)[0]

    def delete_message(self, target: AnyMessage) -> Delivery | None:
        """Delete a message; returns ``message_deleted``, or None where the app does not hear of it."""
        message = self.find_message(target)
        del self._state.workspace.messages[message.channel, message.ts]
        deliveries = self._events.announce_deletion(message)
        return deliveries[0] if deliveries else None

    def add_reaction(self, target: AnyMessage, name: str, *, user: str) -> Delivery:
        """React to a message that the user sees; returns the ``reaction_added`` that the app hears of."""
        message = self.find_message(target)
        _, channel = self._see(user, message.channel)
        if message.ephemeral_to is not None:
            raise StandInError(f"{message.ts} is for one person alone: nobody can react to it")
        return self._require([*self._events.announce_reaction(message, channel, name, user)], message)[0]

    def send_command(self, command: str, *, text: str = "", user: str, channel: str) -> Delivery:
        """Call a slash command; it works where the bot is no member."""
        if "commands" not in self._state.settings.scopes:
            raise StandInError(f"{command} cannot be called: the app lacks the scope commands")
        caller, place = self._see(user, channel)
        payload = payloads.build_command(command, text, caller, place)
        payload["response_url"] = self._response_urls.issue("commands", channel, user)
        payload["trigger_id"] = self._state.issue_trigger(user)
        return self._courier.deliver("slash_commands", payload)

    def click(
        self,
        target: AnyMessage | View,
        action_id: str,
        *,
        user: str,
        value: str | None = None,
        block_id: str | None = None,
    ) -> Delivery:
        """Press a button that is there now; ``value`` or ``block_id`` choose among equal action ids.

        Of a menu, the option with the ``value`` is chosen.
        """
        blocks, place = self._look_at(target, user)
        block, element = _find_button(blocks, action_id, value, block_id)
        action_ts = self._state.workspace.next_ts()
        action = payloads.build_action(element, block.get("block_id", ""), action_ts)
        chosen = [option for option in element.get("options", ()) if option["value"] == value]
        if chosen:
            action["selected_option"] = chosen[0]
        payload = payloads.build_interaction(self._state.workspace.get_user(user))
        return self._interact(payload | {"type": "block_actions", "actions": [action]} | place, user)

    def open_app(self, *, user: str, tab: str = "home") -> Delivery:
        """Open the app's Home or Messages tab; returns what the app gets of it."""
        channel = self._state.workspace.open_direct_message(user).id
        event: Json = {"type": "app_home_opened", "user": user, "channel": channel, "tab": tab}
        homes = [view for view in self._state.views.values() if view.user == user and view.content["type"] == "home"]
        if homes and tab == "home":
            event["view"] = payloads.build_view(homes[0])
        return self.send_event(event)

    def enter(self, view: View, action_id: str, text: str, *, user: str) -> Delivery:
        """Type into a text box that dispatches an action, and press Enter."""
        blocks, place = self._look_at(view, user)
        block, element = _find_button(blocks, action_id, None, None)
        config = element.get("dispatch_action_config") or {}
        if not block.get("dispatch_action") or "on_enter_pressed" not in config.get("trigger_actions_on", []):
            raise StandInError(f"nothing happens on Enter in {action_id!r}: it does not dispatch an action")
        if len(text) > element.get("max_length", MAX_INPUT_CHARS):
            raise StandInError(f"{len(text)} characters do not fit into {action_id!r}")
        action = {"type": "plain_text_input", "block_id": block["block_id"], "action_id": action_id, "value": text}
        action["action_ts"] = self._state.workspace.next_ts()
        payload = payloads.build_interaction(self._state.workspace.get_user(user))
        return self._interact(payload | {"type": "block_actions", "actions": [action]} | place, user)

    def use_shortcut(self, callback_id: str, *, user: str, message: AnyMessage | None = None) -> Delivery:
        """Use a global shortcut, or a message shortcut on a message that the user sees, wherever it stands."""
        if "commands" not in self._state.settings.scopes:
            raise StandInError(f"{callback_id} cannot be used: the app lacks the scope commands")
        payload = payloads.build_interaction(self._state.workspace.get_user(user))
        payload |= {
            "type": "shortcut",
            "callback_id": callback_id,
            "action_ts": self._state.workspace.next_ts(),
        }
        if message is not None:
            found = self.find_message(message)
            payload |= self._describe_place(found, user) | {"type": "message_action", "message_ts": found.ts}
            for key in ("container", "state"):
                del payload[key]
        return self._interact(payload, user)

    def load_options(self, view: View, action_id: str, typed: str, *, user: str) -> list[str]:
        """Type into a menu of a modal that is filled as one types; returns the values that are suggested."""
        blocks, place = self._look_at(view, user)
        block, element = _find_button(blocks, action_id, None, None)
        if len(typed) < element.get("min_query_length", 3):
            raise StandInError(f"Slack asks for nothing before {element.get('min_query_length', 3)} characters")
        payload = payloads.build_interaction(self._state.workspace.get_user(user)) | place
        payload |= {"type": "block_suggestion", "action_id": action_id, "block_id": block["block_id"], "value": typed}
        delivery = self._courier.deliver("interactive", payload).wait_acked(self._state.settings.ack_seconds)
        return [str(option["value"]) for option in check_options(delivery.ack_payload)]

    def submit_view(self, view: View, *, user: str, values: Json | None = None, filled: Json | None = None) -> Delivery:
        """Submit a modal; the answer is in ``ack_payload``, and done with the modal.

        Args:
            view: The modal.
            user: Who sees it.
            values: What goes under ``view.state``, as it is.
            filled: What is filled in by action id, a text, a day or a list of values; all else is as it stood there.
        """
        if filled is not None:
            values = payloads.build_state(view.blocks, filled)
        person = self._state.workspace.get_user(user)
        # A stranger sends a modal under the name of their own workspace; which one the app is of, stands in the modal.
        payload = payloads.build_interaction(person, team=person.team_id)
        shown = payloads.build_view(self._state.views[view.id]) | {"state": {"values": values or {}}}
        payload |= {"type": "view_submission", "view": shown, "response_urls": []}
        return self._interact(payload, user)

    def send_interaction(self, payload: Json, *, user: str) -> Delivery:
        """Deliver any interaction; user, team, app and trigger_id are filled in where they are missing."""
        return self._interact(payloads.build_interaction(self._state.workspace.get_user(user)) | payload, user)

    def redeliver(self, delivery: Delivery) -> Delivery:
        """Send the same payload once more, as when Slack saw no ack; returns the same delivery."""
        return self._courier.redeliver(delivery)

    def find_message(self, target: AnyMessage) -> Message:
        """Return a message as it stands now, from a delivery, a post, an update or a ts."""
        ts = target if isinstance(target, str) else target.ts
        return self._state.workspace.get_message(ts)

    def _say(self, channel_id: str, user: str, text: str, thread_ts: str | None) -> list[Delivery]:
        message = self._state.workspace.add_message(channel_id, user, text, thread_ts=thread_ts)
        return self._require(self._events.announce(message), message)

    def _require(self, deliveries: list[Delivery], message: Message) -> list[Delivery]:
        if not deliveries:
            raise StandInError(
                f"the app hears nothing of {message.text!r} in {message.channel}: is the bot a member, "
                "does it have the scope, and does it read channels (reads_channels)?"
            )
        return deliveries

    def _see(self, user: str, channel: str) -> tuple[User, Channel]:
        person, place = self._state.workspace.get_user(user), self._state.workspace.get_channel(channel)
        is_open = not place.is_private and not (
            person.is_restricted or person.is_ultra_restricted or person.is_stranger
        )
        if user not in place.members and not is_open:
            raise StandInError(f"{user} does not see {channel}")
        return person, place

    def _look_at(self, target: AnyMessage | View, user: str) -> tuple[list[Json], Json]:
        if not isinstance(target, View):
            message = self.find_message(target)
            return message.blocks, self._describe_place(message, user)
        view = self._state.views[target.id]
        if view.user != user:
            raise StandInError(f"{user} does not see the view {view.id}: it is only for {view.user}")
        place = {"container": {"type": "view", "view_id": view.id}, "view": payloads.build_view(view)}
        return view.blocks, place

    def _describe_place(self, message: Message, user: str) -> Json:
        _, channel = self._see(user, message.channel)
        if message.ephemeral_to not in {None, user}:
            raise StandInError(f"{user} does not see {message.ts}: it is only for {message.ephemeral_to}")
        author = self._state.workspace.get_user(message.user)
        place = payloads.build_message_container(message, author, channel)
        return place | {"response_url": self._response_urls.issue("actions", channel.id, user, message)}

    def _interact(self, payload: Json, user: str) -> Delivery:
        payload.setdefault("trigger_id", self._state.issue_trigger(user))
        return self._courier.deliver("interactive", payload)


def _find_button(blocks: list[Json], action_id: str, value: str | None, block_id: str | None) -> tuple[Json, Json]:
    there = [(block, node) for block in blocks for _, node in walk(block, "") if "action_id" in node]
    found = [
        (block, node)
        for block, node in there
        if node["action_id"] == action_id
        and value in {None, node.get("value"), *(option.get("value") for option in node.get("options", ()))}
        and block_id in {None, block.get("block_id")}
    ]
    if len(found) != 1:
        names = [(block.get("block_id"), node["action_id"], node.get("value")) for block, node in there]
        raise StandInError(f"{len(found)} buttons {action_id!r} (block_id, action_id, value): there are {names}")
    return found[0]
