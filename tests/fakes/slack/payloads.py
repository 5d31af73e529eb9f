"""Builders of what Slack sends: events, commands, interactions. Pure: values in, dictionaries out."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tests.fakes.slack.identity import APP_ID, BOT_ID, BOT_NAME, BOT_USER_ID, TEAM_DOMAIN, TEAM_ID, VERIFICATION_TOKEN
from tests.fakes.slack.workspace import StandInError

if TYPE_CHECKING:
    from tests.fakes.slack.identity import Json
    from tests.fakes.slack.records import View
    from tests.fakes.slack.workspace import Channel, Message, User

_USER_MENTION = re.compile(r"<@([UW][A-Z0-9]+)>")


def build_event_callback(event: Json, *, event_id: str, event_time: int, is_ext_shared: bool, team: str) -> Json:
    """Wrap an event the way the Events API sends it; `team` is that of whoever caused it."""
    return {
        "token": VERIFICATION_TOKEN,
        "team_id": team,
        "context_team_id": TEAM_ID,
        "context_enterprise_id": None,
        "api_app_id": APP_ID,
        "event": event,
        "type": "event_callback",
        "event_id": event_id,
        "event_time": event_time,
        "authorizations": [
            {
                "enterprise_id": None,
                "team_id": TEAM_ID,
                "user_id": BOT_USER_ID,
                "is_bot": True,
                "is_enterprise_install": False,
            }
        ],
        "is_ext_shared_channel": is_ext_shared,
        "event_context": f"4-{event_id}",
    }


def build_rich_text(text: str) -> list[Json]:
    """Build the block that Slack makes of what a user typed."""
    elements: list[Json] = []
    for index, part in enumerate(_USER_MENTION.split(text)):
        if index % 2:
            elements.append({"type": "user", "user_id": part})
        elif part:
            elements.append({"type": "text", "text": part})
    section = {"type": "rich_text_section", "elements": elements}
    return [{"type": "rich_text", "block_id": "typed", "elements": [section]}]


def build_message(message: Message, author: User) -> Json:
    """Build a message as events, interactions and the Web API show it."""
    shown: Json = {"type": "message", "user": message.user, "text": message.text, "ts": message.ts}
    if message.bot_id is None:
        shown |= {"client_msg_id": message.client_msg_id, "blocks": build_rich_text(message.text)}
    else:
        shown |= {"bot_id": message.bot_id, "app_id": APP_ID, "blocks": message.blocks}
        shown["bot_profile"] = {"id": BOT_ID, "app_id": APP_ID, "name": BOT_NAME, "team_id": TEAM_ID}
    shown["team"] = author.team_id
    if author.is_stranger:
        shown |= {"user_team": author.team_id, "source_team": author.team_id}
    if message.thread_ts is not None:
        shown["thread_ts"] = message.thread_ts
    if message.edited is not None:
        shown["edited"] = message.edited
    return shown


def build_message_event(message: Message, author: User, channel: Channel) -> Json:
    """Build the ``message`` event of a new message."""
    place = {"channel": channel.id, "event_ts": message.ts, "channel_type": channel.kind}
    return build_message(message, author) | place


def build_mention_event(message: Message, author: User, event_ts: str) -> Json:
    """Build the ``app_mention`` event of a new or edited message."""
    mention = {"type": "app_mention", "channel": message.channel, "event_ts": event_ts}
    return build_message(message, author) | mention


def build_reaction_event(message: Message, name: str, user: str, event_ts: str) -> Json:
    """Build the ``reaction_added`` event of a reaction to a message: it says where that is, and no more of it."""
    return {
        "type": "reaction_added",
        "user": user,
        "reaction": name,
        "item": {"type": "message", "channel": message.channel, "ts": message.ts},
        "item_user": message.user,
        "event_ts": event_ts,
    }


def build_changed_event(message: Json, previous: Json, channel: Channel, event_ts: str) -> Json:
    """Build the ``message_changed`` event of an edit."""
    return {
        "type": "message",
        "subtype": "message_changed",
        "message": message,
        "previous_message": previous,
        "channel": channel.id,
        "hidden": True,
        "ts": event_ts,
        "event_ts": event_ts,
        "channel_type": channel.kind,
    }


def build_deleted_event(previous: Json, channel: Channel, event_ts: str) -> Json:
    """Build the ``message_deleted`` event of a deletion."""
    return {
        "type": "message",
        "subtype": "message_deleted",
        "previous_message": previous,
        "deleted_ts": previous["ts"],
        "channel": channel.id,
        "hidden": True,
        "ts": event_ts,
        "event_ts": event_ts,
        "channel_type": channel.kind,
    }


def name_channel(channel: Channel) -> str:
    """Name a channel as commands and interactions do: only public ones by their name."""
    names = {"im": "directmessage", "group": "privategroup", "mpim": "privategroup"}
    return names.get(channel.kind, channel.name)


def build_command(command: str, text: str, user: User, channel: Channel) -> Json:
    """Build a slash command, without its response_url and trigger_id."""
    return {
        "token": VERIFICATION_TOKEN,
        "team_id": TEAM_ID,
        "team_domain": TEAM_DOMAIN,
        "channel_id": channel.id,
        "channel_name": name_channel(channel),
        "user_id": user.id,
        "user_name": user.name,
        "command": command,
        "text": text.strip(),
        "api_app_id": APP_ID,
        "is_enterprise_install": "false",
    }


def build_interaction(user: User, *, team: str = TEAM_ID) -> Json:
    """Build what every interaction payload has, without its trigger_id."""
    return {
        "user": {"id": user.id, "username": user.name, "name": user.name, "team_id": user.team_id},
        "api_app_id": APP_ID,
        "token": VERIFICATION_TOKEN,
        "team": {"id": team, "domain": TEAM_DOMAIN if team == TEAM_ID else "elsewhere"},
        "enterprise": None,
        "is_enterprise_install": False,
    }


def build_message_container(message: Message, author: User, channel: Channel) -> Json:
    """Build where in a message an interaction took place; Slack shows no text of ephemeral messages."""
    container: Json = {"type": "message", "message_ts": message.ts, "channel_id": channel.id}
    container["is_ephemeral"] = message.ephemeral_to is not None
    if message.thread_ts is not None:
        container["thread_ts"] = message.thread_ts
    place: Json = {"container": container, "channel": {"id": channel.id, "name": name_channel(channel)}}
    place["state"] = {"values": {}}
    if message.ephemeral_to is None:
        place["message"] = build_message(message, author)
    return place


def build_action(element: Json, block_id: str, action_ts: str) -> Json:
    """Build the action of a pressed button."""
    shown = {key: element[key] for key in ("type", "action_id", "text", "value", "style", "url") if key in element}
    return shown | {"block_id": block_id, "action_ts": action_ts}


def build_state(blocks: list[Json], filled: Json) -> Json:
    """Build the state of a modal's inputs, or raise StandInError where Slack would not send it."""
    inputs = [block for block in blocks if block["type"] == "input"]
    unknown = set(filled) - {block["element"]["action_id"] for block in inputs}
    if unknown:
        raise StandInError(f"no inputs {sorted(unknown)}")
    values: Json = {}
    for block in inputs:
        element = block["element"]
        held = _build_held(element, filled)
        if not block.get("optional") and not any(value for key, value in held.items() if key != "type"):
            raise StandInError(f"{block['block_id']} must be filled in")
        values[block["block_id"]] = {element["action_id"]: held}
    return values


def _build_held(element: Json, filled: Json) -> Json:
    kind, name = element["type"], element["action_id"]
    if kind == "plain_text_input":
        value = filled.get(name, element.get("initial_value")) or None
        if value and len(value) > element.get("max_length", 3000):
            raise StandInError(f"no more than {element['max_length']} characters fit into {name}")
        return {"type": kind, "value": value}
    if kind == "datepicker":
        return {"type": kind, "selected_date": filled.get(name, element.get("initial_date"))}
    if name in filled:
        if len(filled[name]) > element.get("max_selected_items", 100):
            raise StandInError(f"no more than {element['max_selected_items']} can be chosen of {name}")
        offered = {option["value"]: option for option in element.get("options", ())}
        options = [
            offered[value] if offered else {"text": {"type": "plain_text", "text": value[:75]}, "value": value}
            for value in filled[name]
        ]
    else:
        options = element.get("initial_options", [])
    return {"type": kind, "selected_options": options}


def build_view(view: View) -> Json:
    """Build a view as the Web API and interactions show it."""
    return {
        "id": view.id,
        "team_id": TEAM_ID,
        "app_installed_team_id": TEAM_ID,
        "state": {"values": {}},
        "hash": view.hash,
        "private_metadata": "",
        "callback_id": "",
        "root_view_id": view.root_id,
        "previous_view_id": view.previous_id,
        "app_id": APP_ID,
        "bot_id": BOT_ID,
    } | view.content
