"""Slack's mrkdwn, as it arrives in events, to plain text. Rules: docs of "Formatting text for app surfaces"."""

import re
from collections.abc import Callable

_SPECIAL = re.compile(r"<([^<>\n]{1,3000})>")
_UNESCAPED = (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&"))


def parse_mrkdwn(text: str, find_name: Callable[[str], str | None] = lambda _: None) -> str:
    """Resolve mentions, channels, dates and links to what a reader sees, and unescape once, last.

    Args:
        text: As Slack sent it.
        find_name: Gives a person's name by their id, or None.
    """
    resolved = _SPECIAL.sub(lambda found: _resolve(found[1], find_name), text)
    for escaped, plain in _UNESCAPED:
        resolved = resolved.replace(escaped, plain)
    return resolved


def remove_mention(text: str, user_id: str) -> str:
    """Remove the mentions of one person, as a bot does with those of itself."""
    return re.sub(rf"<@{re.escape(user_id)}(?:\|[^<>]*)?>[ \t]*[,:]?", " ", text).strip()


def _resolve(inside: str, find_name: Callable[[str], str | None]) -> str:
    target, _, label = inside.partition("|")
    if target.startswith("@"):
        return f"@{label or find_name(target[1:]) or target[1:]}"
    if target.startswith("#"):
        return f"#{label or target[1:]}"
    if target.startswith("!"):
        return label or f"@{target[1:].partition('^')[0]}"
    return label or target.removeprefix("mailto:")
