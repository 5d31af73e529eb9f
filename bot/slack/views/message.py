"""What a message is made of, and making text safe for it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import accumulate
from typing import Any

from bot.translations import say, say_count, write_day
from store.text.cleaning import clean_line, find_http_url, shorten

Block = dict[str, Any]

MAX_TEXT_CHARS = 2_900
_MAX_URL_CHARS = 1_900
# With what stands around them, all lines together stay below what Slack takes in a message.
_MAX_LINES = 20
# How many more there are, in any language.
_MORE_CHARS = 100
_MAX_LINES_CHARS = 11_000


@dataclass(frozen=True, slots=True)
class MessageView:
    """A message.

    `text` says it in a sentence, for notifications and screen readers; `plain` says all of it without blocks.
    `for_channel` is true only for what everyone in a channel may see, `replaces` for what takes the place of the
    private message whose button was pressed.
    """

    text: str
    blocks: list[Block] = field(default_factory=list)
    plain: str = ""
    for_channel: bool = False
    replaces: bool = False


def escape(text: str) -> str:
    """Escape text for mrkdwn and `text`: just these three, in this order."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def build_label(text: str, max_chars: int) -> str:
    """Make a name or title that can stand in mrkdwn and inside a link: one line, no formatting characters."""
    line = clean_line(text, max_chars)
    # These would end a link's label or start bold, italics, strikethrough or code.
    for mark, plain in (("|", "¦"), ("*", "∗"), ("_", "＿"), ("~", "∼"), ("`", "ˋ")):
        line = line.replace(mark, plain)
    return escape(line)


def build_link(url: str, label: str) -> str:
    """Link a label that is already safe; an address that cannot be linked leaves the label alone."""
    checked = find_http_url(url)
    address = escape(checked)
    if not checked or len(address) > _MAX_URL_CHARS:
        return label
    return f"<{address}|{label}>"


def build_date(moment: datetime | None) -> str:
    """Write a date that each reader sees in their own time zone and words."""
    if moment is None:
        return say("undated")
    day = write_day(moment.date())
    if moment.timestamp() <= 0:
        return day
    return f"<!date^{int(moment.timestamp())}^{{date_pretty}}|{day}>"


def build_time(moment: datetime) -> str:
    """Write a moment that each reader sees in their own time zone and words."""
    shown = f"{write_day(moment.date())} {moment:%H:%M} UTC"
    wanted = say("{day} at {time}", day="{date_short_pretty}", time="{time}")
    return f"<!date^{int(moment.timestamp())}^{wanted}|{shown}>"


def build_section(mrkdwn: str) -> Block:
    """Build a paragraph of mrkdwn."""
    return {"type": "section", "text": {"type": "mrkdwn", "text": mrkdwn}}


def build_lines(lines: Sequence[str]) -> list[Block]:
    """Build paragraphs of lines of mrkdwn, as many as a message has room for, and say how many more there are."""
    texts: list[str] = []
    shown, room = 0, _MAX_LINES_CHARS
    for line in lines[:_MAX_LINES]:
        room -= len(line) + 1
        if room < 0:
            break
        if texts and len(texts[-1]) + len(line) < MAX_TEXT_CHARS:
            texts[-1] += f"\n{line}"
        else:
            texts.append(line)
        shown += 1
    if shown < len(lines):
        texts.append(say_count("And {number} more.", "And {number} more.", len(lines) - shown))
    return [build_section(text) for text in texts]


def speak_lines(lines: Sequence[str]) -> str:
    """Say lines in a message's `text`, as many as there is room for: a screen reader reads nothing else of it."""
    lengths = accumulate(len(line) + 1 for line in lines)
    said = lines[: sum(length <= MAX_TEXT_CHARS - _MORE_CHARS for length in lengths)]
    left = len(lines) - len(said)
    return "\n".join([*said, *([say_count("And {number} more.", "And {number} more.", left)] if left else [])])


def count_comments(number: int) -> str:
    """Write a number of comments."""
    return say_count("{number} comment", "{number} comments", number)


def count_sources(number: int) -> str:
    """Write a number of sources."""
    return say_count("{number} source", "{number} sources", number)


def count_problems(number: int) -> str:
    """Write a number of problems."""
    return say_count("{number} problem", "{number} problems", number)


def build_context(mrkdwn: str) -> Block:
    """Build a line of small print."""
    return {"type": "context", "elements": [{"type": "mrkdwn", "text": mrkdwn}]}


def build_notice(sentence: str) -> MessageView:
    """Build a message of one plain sentence or two."""
    text = escape(shorten(sentence, MAX_TEXT_CHARS // 5))
    return MessageView(text=text, blocks=[build_section(text)], plain=text)
