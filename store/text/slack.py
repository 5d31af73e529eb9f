"""Slack's mrkdwn and rich text to plain text. Rules: docs of "Formatting text for app surfaces" and "Rich text block".

Pure: who and which channel an id means is asked of the caller. Nothing here knows messages or files.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any

_SPECIAL = re.compile(r"<([^<>\n]{1,3000})>")
_EMOJI = re.compile(r":[a-z0-9_+'-]{1,100}:")
_UNESCAPED = (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&"))
# The address of a file carries an export's token, or asks for a login; what it shows is not the talk.
_FILE_URL = r"https?://(?:files\.slack\.com|[\w.-]{1,100}\.slack\.com/files)(?:/[^\s<>|)]*)?"
_FILE_LINK = re.compile(rf" ?\({_FILE_URL}\)|{_FILE_URL}", re.IGNORECASE)

# What is shown of rich text's elements that need no looking up; of any other, its text.
_SHOWN = {
    "broadcast": ("@", "range", ""),
    "color": ("", "value", ""),
    "date": ("", "fallback", ""),
    "emoji": (":", "name", ":"),
    "usergroup": ("@", "usergroup_id", ""),
}

FindName = Callable[[str], str | None]


def _find_none(_id: str) -> str | None:
    return None


def parse_mrkdwn(
    text: str, find_name: FindName = _find_none, find_channel: FindName = _find_none, *, shows_urls: bool = False
) -> str:
    """Resolve mentions, channels, dates and links to what a reader sees, and unescape once, last.

    Args:
        text: As Slack sent it.
        find_name: Gives a person's name by their id, or None.
        find_channel: Gives a channel's name by its id, or None.
        shows_urls: A link's address follows its label in brackets; else the label stands alone.
    """

    def resolve(found: re.Match[str]) -> str:
        target, _, label = found[1].partition("|")
        if target.startswith("#"):
            return f"#{label or find_channel(target[1:]) or target[1:]}"
        if shows_urls and target.startswith(("http://", "https://")):
            return _write_link(target, label)
        return _resolve(target, label, find_name)

    resolved = _SPECIAL.sub(resolve, text)
    for escaped, plain in _UNESCAPED:
        resolved = resolved.replace(escaped, plain)
    return resolved


def remove_mention(text: str, user_id: str) -> str:
    """Remove the mentions of one person, as a bot does with those of itself."""
    return re.sub(rf"<@{re.escape(user_id)}(?:\|[^<>]*)?>[ \t]*[,:]?", " ", text).strip()


def remove_emoji(text: str) -> str:
    """Remove the names of emoji, as in ":tada: :wave::skin-tone-3:"."""
    return _EMOJI.sub("", text)


def remove_file_urls(text: str) -> str:
    """Remove the addresses of files on Slack's servers; labels stay."""
    return _FILE_LINK.sub("", text) if "slack.com" in text else text


def parse_rich_text(blocks: Any, find_name: FindName = _find_none, find_channel: FindName = _find_none) -> str:
    """Read a message's `blocks`: empty where they are not rich text alone, as those are that people write.

    Lists begin with "- " or a number, quotations with "> ", and code stands between lines of "```"; a link's address
    follows its text in brackets.

    Args:
        blocks: Anything that JSON can be.
        find_name: Gives a person's name by their id, or None.
        find_channel: Gives a channel's name by its id, or None.
    """
    found = list(_objects(blocks))
    if any(block.get("type") != "rich_text" for block in found):
        return ""
    inline = _Inline(find_name, find_channel)
    parts = [_write_block(element, inline) for block in found for element in _objects(block.get("elements"))]
    return "\n".join(part.removesuffix("\n") for part in parts).strip("\n")


def _resolve(target: str, label: str, find_name: FindName) -> str:
    if target.startswith("@"):
        return f"@{label or find_name(target[1:]) or target[1:]}"
    if target.startswith("!"):
        return label or f"@{target[1:].partition('^')[0]}"
    return label or target.removeprefix("mailto:")


def _write_link(url: str, label: str) -> str:
    """Write a link as it is read: Slack repeats the address, or its host, as the label of what was typed bare."""
    if not url.startswith(("http://", "https://")):
        return label or url.removeprefix("mailto:")
    return url if not label or label in url else f"{label} ({url})"


class _Inline:
    """Writes the elements that stand in a line."""

    def __init__(self, find_name: FindName, find_channel: FindName) -> None:
        self._find_name = find_name
        self._find_channel = find_channel

    def write(self, elements: Any) -> str:
        return "".join(self._write_one(element) for element in _objects(elements))

    def _write_one(self, element: dict[str, Any]) -> str:
        named = {name: value for name, value in element.items() if isinstance(value, str)}
        match named.get("type"):
            case "user":
                return f"@{_name(named.get('user_id', ''), self._find_name)}"
            case "channel":
                return f"#{_name(named.get('channel_id', ''), self._find_channel)}"
            case "link":
                return _write_link(named.get("url", ""), named.get("text", ""))
            case kind:
                before, field, after = _SHOWN.get(kind or "", ("", "text", ""))
                return f"{before}{named.get(field, '')}{after}"


def _name(native_id: str, find: FindName) -> str:
    return find(native_id) or native_id


def _write_block(block: dict[str, Any], inline: _Inline) -> str:
    elements = block.get("elements")
    match block.get("type"):
        case "rich_text_list":
            return _write_list(block, inline)
        case "rich_text_quote":
            return "> " + inline.write(elements).removesuffix("\n").replace("\n", "\n> ")
        case "rich_text_preformatted":
            code = inline.write(elements).strip("\n")
            return f"```\n{code}\n```" if code.strip() else ""
    return inline.write(elements)


def _write_list(block: dict[str, Any], inline: _Inline) -> str:
    offset = block.get("offset")
    first = 1 + (offset if isinstance(offset, int) else 0)
    items = (inline.write(item.get("elements")) for item in _objects(block.get("elements")))
    if block.get("style") == "ordered":
        return "\n".join(f"{number}. {item}" for number, item in enumerate(items, start=first))
    return "\n".join(f"- {item}" for item in items)


def _objects(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, list):
        yield from (element for element in value if isinstance(element, dict))
