"""The menu beside each hit: what can be done with its comment. A choice carries the comment's id, and no question."""

from enum import StrEnum
from typing import Any

from bot.slack.views.buttons import read_number
from bot.slack.views.message import Block
from bot.translations import say

HIT_MENU = "hark_hit"


class HitAction(StrEnum):
    """What can be done with a hit."""

    READ = "read"
    QUOTE = "quote"
    HIDE = "hide"


def _name_actions() -> dict[HitAction, str]:
    """Say what can be done, in the order in which it is offered; a menu holds five."""
    return {
        HitAction.READ: say("Read around it"),
        HitAction.QUOTE: say("Quote"),
        HitAction.HIDE: say("Hide for everyone"),
    }


def build_menu(comment_id: int) -> Block:
    """Build the menu of a comment."""
    return {
        "type": "overflow",
        "action_id": HIT_MENU,
        "options": [
            {"text": {"type": "plain_text", "text": label}, "value": f"{action} {comment_id}"}
            for action, label in _name_actions().items()
        ],
    }


def find_action(body: dict[str, Any]) -> str:
    """Find what was chosen, from the payload of block_actions; empty for nothing."""
    option = body["actions"][0].get("selected_option") or {}
    return str(option.get("value", "")).partition(" ")[0]


def read_comment_id(value: str) -> int:
    """Read which comment something was chosen for; 0, which none has, where that cannot be told."""
    return read_number(value.partition(" ")[2])
