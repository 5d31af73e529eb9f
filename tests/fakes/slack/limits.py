"""What Slack refuses in a message's text and blocks: content in, complaints out.

The lengths are those of Slack's Block Kit reference; the sum over all blocks is undocumented. A post with
11,341 characters of rich text and many links was refused, one with 9,597 let through (slackapi/bolt-js issue
2867), and markdown alone was let through up to 13,297 (issue 2509). Both fit a limit of 13,200 over every
string that a client is given, links included.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from tests.fakes.slack.records import ApiError
from tests.fakes.slack.schema import find_schema_problems

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.fakes.slack.identity import Json

MAX_TEXT_CHARS = 40_000
MAX_ALL_BLOCKS_CHARS = 13_200
MAX_ALL_MARKDOWN_CHARS = 12_000
MAX_MESSAGE_BLOCKS = 50
MAX_VIEW_BLOCKS = 100
MAX_ID_CHARS = 255

_OPTION_CHARS = {"options/*/text/text": 75, "options/*/value": 150, "options/*/url": 3000}
MAX_CHARS: dict[str, dict[str, int]] = {
    "section": {"text/text": 3000, "fields/*/text": 2000},
    "header": {"text/text": 150},
    "context": {"elements/*/text": 3000},
    "image": {"alt_text": 2000, "image_url": 3000, "title/text": 2000},
    "input": {"label/text": 2000, "hint/text": 2000},
    "markdown": {"text": MAX_ALL_MARKDOWN_CHARS},
    "button": {"text/text": 75, "value": 2000, "url": 3000, "accessibility_label": 75},
    "plain_text_input": {"placeholder/text": 150},
    "static_select": {"placeholder/text": 150} | _OPTION_CHARS,
    "multi_static_select": {"placeholder/text": 150} | _OPTION_CHARS,
    "multi_external_select": {
        "placeholder/text": 150,
        "initial_options/*/text/text": 75,
        "initial_options/*/value": 150,
    },
    "overflow": _OPTION_CHARS,
    "checkboxes": _OPTION_CHARS,
    "radio_buttons": _OPTION_CHARS,
}
ITEM_COUNTS: dict[str, dict[str, tuple[int, int]]] = {
    "section": {"fields": (1, 10)},
    "context": {"elements": (1, 10)},
    "actions": {"elements": (1, 25)},
    "overflow": {"options": (1, 5)},
    "checkboxes": {"options": (1, 10)},
    "radio_buttons": {"options": (1, 10)},
    "static_select": {"options": (1, 100)},
    "multi_static_select": {"options": (1, 100), "initial_options": (1, 100)},
    "multi_external_select": {"initial_options": (1, 100)},
}
REQUIRED_KEYS: dict[str, tuple[str, ...]] = {
    "header": ("text",),
    "context": ("elements",),
    "actions": ("elements",),
    "button": ("text",),
    "markdown": ("text",),
    "rich_text": ("elements",),
    "link": ("url",),
    "image": ("alt_text",),
}
PLAIN_TEXT_ONLY = {"header": "text", "button": "text"}
URL_KEYS = {"link": "url", "button": "url", "image": "image_url"}
URL_SCHEMES = {"http", "https", "mailto"}
NOT_SHOWN = {"type", "block_id", "action_id"}
_LINK_TOKEN = re.compile(r"<([^<>@#!][^<>|]*)(?:\|([^<>]*))?>")
_HAS_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)


def check_text(text: object) -> None:
    """Raise Slack's error for a text that is too long."""
    if isinstance(text, str) and len(text) > MAX_TEXT_CHARS:
        raise ApiError("msg_too_long")


def check_blocks(blocks: object, *, max_blocks: int = MAX_MESSAGE_BLOCKS) -> list[Json]:
    """Return the blocks, or raise Slack's error for blocks that it refuses."""
    if not isinstance(blocks, list) or not all(isinstance(block, dict) for block in blocks):
        raise ApiError("invalid_blocks_format")
    problems = list(find_block_problems(blocks, max_blocks=max_blocks))
    if problems:
        raise ApiError("invalid_blocks", problems)
    if count_chars(blocks) > MAX_ALL_BLOCKS_CHARS and max_blocks == MAX_MESSAGE_BLOCKS:
        raise ApiError("msg_blocks_too_long")
    return blocks


def find_block_problems(blocks: list[Json], *, max_blocks: int = MAX_MESSAGE_BLOCKS) -> Iterator[str]:
    """Yield a complaint, with its JSON pointer, for everything that Slack refuses in these blocks."""
    if len(blocks) > max_blocks:
        yield f"no more than {max_blocks} items allowed [json-pointer:/blocks]"
    yield from _find_repeated(blocks, "block_id", "/blocks")
    for index, block in enumerate(blocks):
        nodes = list(walk(block, f"/blocks/{index}"))
        for pointer, node in nodes:
            yield from _find_node_problems(node, pointer)
        yield from _find_repeated([node for _, node in nodes], "action_id", f"/blocks/{index}")
    markdown_chars = sum(len(str(block.get("text"))) for block in blocks if block.get("type") == "markdown")
    if markdown_chars > MAX_ALL_MARKDOWN_CHARS:
        yield f"must be less than {MAX_ALL_MARKDOWN_CHARS + 1} characters of markdown [json-pointer:/blocks]"
    yield from find_schema_problems(blocks)


def check_options(reply: object) -> list[Json]:
    """Return the options that an ack suggests, or raise Slack's error for what it refuses."""
    options = reply.get("options") if isinstance(reply, dict) else None
    if not isinstance(options, list):
        raise ApiError("invalid_arguments", ["missing required field: options"])
    shown = {"type": "multi_static_select", "options": options}
    problems = [problem for problem in _find_node_problems(shown, "") if options or "no fewer" not in problem]
    if problems:
        raise ApiError("invalid_arguments", problems)
    return options


def count_chars(node: object) -> int:
    """Count the characters of every string that a client is given: texts, links, values."""
    if isinstance(node, dict):
        return sum(count_chars(value) for key, value in node.items() if key not in NOT_SHOWN)
    if isinstance(node, list):
        return sum(count_chars(entry) for entry in node)
    return len(node) if isinstance(node, str) else 0


def walk(node: object, pointer: str) -> Iterator[tuple[str, Json]]:
    """Yield every object under a node with its JSON pointer, the node itself first."""
    if isinstance(node, dict):
        yield pointer, node
        for key, value in node.items():
            yield from walk(value, f"{pointer}/{key}")
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from walk(value, f"{pointer}/{index}")


def _select(node: object, path: str, pointer: str) -> Iterator[tuple[str, Any]]:
    key, _, rest = path.partition("/")
    children: list[tuple[str | int, Any]] = []
    if key == "*" and isinstance(node, list):
        children = list(enumerate(node))
    elif isinstance(node, dict) and key in node:
        children = [(key, node[key])]
    for name, child in children:
        if rest:
            yield from _select(child, rest, f"{pointer}/{name}")
        else:
            yield f"{pointer}/{name}", child


def _find_node_problems(node: Json, pointer: str) -> Iterator[str]:
    kind = str(node.get("type"))
    yield from _find_length_problems(node, kind, pointer)
    yield from _find_count_problems(node, kind, pointer)
    yield from _find_shape_problems(node, kind, pointer)
    yield from _find_url_problems(node, kind, pointer)


def _find_length_problems(node: Json, kind: str, pointer: str) -> Iterator[str]:
    limits = {"block_id": MAX_ID_CHARS, "action_id": MAX_ID_CHARS} | MAX_CHARS.get(kind, {})
    for path, max_chars in limits.items():
        for place, value in _select(node, path, pointer):
            if isinstance(value, str) and len(value) > max_chars:
                yield f"must be less than {max_chars + 1} characters [json-pointer:{place}]"
    if kind in {"plain_text", "mrkdwn", "text"} and not node.get("text"):
        yield f"must be more than 0 characters [json-pointer:{pointer}/text]"


def _find_count_problems(node: Json, kind: str, pointer: str) -> Iterator[str]:
    for path, (fewest, most) in ITEM_COUNTS.get(kind, {}).items():
        for place, items in _select(node, path, pointer):
            count = len(items) if isinstance(items, list) else 0
            if count > most:
                yield f"no more than {most} items allowed [json-pointer:{place}]"
            if count < fewest:
                yield f"no fewer than {fewest} items allowed [json-pointer:{place}]"


def _find_shape_problems(node: Json, kind: str, pointer: str) -> Iterator[str]:
    for key in REQUIRED_KEYS.get(kind, ()):
        if key not in node:
            yield f"missing required field: {key} [json-pointer:{pointer}]"
    if kind == "section" and not (node.get("text") or node.get("fields")):
        yield f"missing required field: text or fields [json-pointer:{pointer}]"
    key = PLAIN_TEXT_ONLY.get(kind, "")
    if isinstance(node.get(key), dict) and node[key].get("type") != "plain_text":
        yield f"unsupported type: {node[key].get('type')} [json-pointer:{pointer}/{key}/type]"


def _find_url_problems(node: Json, kind: str, pointer: str) -> Iterator[str]:
    key = URL_KEYS.get(kind, "")
    if key in node and not _is_allowed(str(node[key])):
        yield f"invalid url: {str(node[key])[:80]} [json-pointer:{pointer}/{key}]"
    if kind == "mrkdwn":
        for address, label in _LINK_TOKEN.findall(str(node.get("text"))):
            if (label or _HAS_SCHEME.match(address)) and not _is_allowed(address):
                yield f"invalid url: {address[:80]} [json-pointer:{pointer}/text]"


def _is_allowed(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme.lower() in URL_SCHEMES and bool(parts.netloc or parts.path)


def _find_repeated(nodes: list[Json], key: str, pointer: str) -> Iterator[str]:
    counts = Counter(node[key] for node in nodes if isinstance(node.get(key), str))
    for name, count in counts.items():
        if count > 1:
            yield f"{key} {name!r} already exists [json-pointer:{pointer}]"
