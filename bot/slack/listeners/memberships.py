"""Who comes and goes, and of whom something changed: what is remembered of them may not be true any more."""

import re
from typing import Any

from slack_bolt import App

from bot.slack.asking import SlackServices
from bot.slack.payloads import find_team
from bot.slack.viewers import Reader

# The last two say that the bot itself was taken out of a channel.
_MOVES = re.compile("member_joined_channel|member_left_channel|channel_left|group_left")


def register(app: App, services: SlackServices) -> None:
    """Listen for people."""
    people = services.people

    @app.event(_MOVES)
    def handle_move(event: dict[str, Any]) -> None:
        user = event.get("user")
        # Where the bot is, everybody there is known to be there.
        people.forget_memberships(*([user] if user and user != services.bot_user else []))

    @app.event("user_change")
    def handle_change(event: dict[str, Any], body: dict[str, Any]) -> None:
        people.forget(Reader(find_team(body), event["user"]["id"]))
