"""A discussion as it went, in a modal: around an excerpt, on to both sides, or from the beginning; text literally.

Within Slack's limits by construction: a part holds at most PART_COMMENTS comments and PART_CHARS characters.
"""

import re

from bot.slack.views.buttons import build_button
from bot.slack.views.hits import build_title, label_name
from bot.slack.views.message import Block, build_context, build_date, build_label, build_link, build_section
from bot.slack.views.modal import ModalView
from bot.translations import say, say_count
from store.domain.comment import ArchivedComment
from store.domain.reading import PIECE_CHARS, DiscussionPart, Side, Spot

# Each button has an id of its own, because a block takes no id twice.
READ = "hark_read"
_ON = "on"

# What Slack takes in one piece of rich text is not documented: this is what it takes in other texts.
_QUOTE_CHARS = 2_900
_PLACE_CHARS = 120
_SPOT = re.compile(r"(around|before|after|whole) ([0-9]{1,18}) ([0-9]{1,9})")


def name_reading() -> str:
    """Name the modal."""
    return say("Discussion")


def build_reading(part: DiscussionPart | None, spot: Spot, channel: str = "") -> ModalView:
    """Build the modal of a part of a discussion.

    Args:
        part: What is shown; None where there is nothing, or nothing that its reader may see.
        spot: Where its reader came from.
        channel: Where its reader asked, which comes back with every press.
    """
    if part is None or not part.comments:
        return build_unreadable()
    first = part.comments[0]
    blocks = [build_section(build_title(first)), build_context(_describe(part))]
    for comment in part.comments:
        blocks += _build_comment(comment, part.answered.get(comment.id, ""), spot)
    buttons = _build_buttons(part, spot)
    actions: list[Block] = [{"type": "actions", "elements": buttons}] if buttons else []
    return ModalView(name_reading(), [*blocks, *actions], metadata=channel)


def build_unreadable() -> ModalView:
    """Say that there is nothing to be read."""
    sentence = say("This comment is not in the archive any more, or it is not for you to see. Please ask again.")
    return ModalView(name_reading(), [build_section(sentence)])


def write_spot(spot: Spot) -> str:
    """Write where to read, for a button."""
    return f"{spot.side} {spot.comment_id} {spot.skip}"


def parse_spot(value: str) -> Spot | None:
    """Read where to read, from a button; None if it is none of this version's."""
    found = _SPOT.fullmatch(value)
    return Spot(int(found[2]), Side(found[1]), int(found[3])) if found else None


def _describe(part: DiscussionPart) -> str:
    """Say where the discussion was, and which of its comments these are."""
    comment = part.comments[0]
    first, last, total = part.start + 1, part.end, part.total
    place = build_label(f"{comment.source}, #{comment.channel}" if comment.channel else comment.source, _PLACE_CHARS)
    if first == last:
        return say("{place}: comment {first} of {total}", place=place, first=first, total=total)
    return say("{place}: comments {first} to {last} of {total}", place=place, first=first, last=last, total=total)


def _build_comment(comment: ArchivedComment, answered: str, spot: Spot) -> list[Block]:
    """Build who wrote, whom they answered, when and what; of a long one a piece, and the way to the next."""
    is_own = comment.id == spot.comment_id and spot.side is Side.AROUND
    start = min(spot.skip, len(comment.text)) if is_own else 0
    end = _find_end(comment.text, start)
    quote = [build_quote(comment.text[at : min(at + _QUOTE_CHARS, end)]) for at in range(start, end, _QUOTE_CHARS)]
    byline = build_section(_build_byline(comment, answered, is_own=is_own))
    return [byline, *filter(None, quote), *_build_rest(comment, end)]


def _build_byline(comment: ArchivedComment, answered: str, *, is_own: bool) -> str:
    name, date = f"*{label_name(comment.author)}*", build_date(comment.published)
    link = build_link(comment.url, say("open the comment"))
    notes = [
        *([say("answering {name}", name=label_name(answered))] if answered else []),
        *([say("you came from here")] if is_own else []),
    ]
    return " · ".join([f"{name}, {date} ({link})" if link.startswith("<") else f"{name}, {date}", *notes])


def build_quote(text: str) -> Block | None:
    """Quote a text literally: rich text parses nothing, so nothing in it can be a mention or a link."""
    if not text.strip():
        return None
    quote = {"type": "rich_text_quote", "elements": [{"type": "text", "text": text}]}
    return {"type": "rich_text", "elements": [quote]}


def _build_rest(comment: ArchivedComment, end: int) -> list[Block]:
    left = len(comment.text) - end
    if not left:
        return []
    label = say("Read on in this comment")
    button = build_button(f"{READ}_{_ON}", say("Read on"), write_spot(Spot(comment.id, skip=end)), label)
    return [
        build_context(
            say_count(
                "This comment goes on for {number} character.", "This comment goes on for {number} characters.", left
            )
        ),
        {"type": "actions", "elements": [button]},
    ]


def _find_end(text: str, start: int) -> int:
    """Give where a piece ends: at a space, where there is one near its end."""
    end = start + PIECE_CHARS
    if end >= len(text):
        return len(text)
    space = max(text.rfind(mark, end - PIECE_CHARS // 5, end) for mark in " \n")
    return space + 1 if space > 0 else end


def _build_buttons(part: DiscussionPart, spot: Spot) -> list[Block]:
    """Build the ways to what comes before and after, and to the beginning; none where all is shown."""
    first, last, before, after = part.comments[0].id, part.comments[-1].id, part.start, part.total - part.end
    buttons = []
    if before:
        label = say("Show the comments before these, of which there are {number}", number=before)
        buttons.append(_build_button(Spot(first, Side.BEFORE), say("Before ({number})", number=before), label))
    if after:
        label = say("Show the comments after these, of which there are {number}", number=after)
        buttons.append(_build_button(Spot(last, Side.AFTER), say("After ({number})", number=after), label))
    if spot.side is Side.AROUND and (before or after):
        label = say("Show the whole discussion from its first comment on")
        buttons.append(_build_button(Spot(first, Side.WHOLE), say("Whole discussion"), label))
    return buttons


def _build_button(spot: Spot, text: str, label: str) -> Block:
    return build_button(f"{READ}_{spot.side}", text, write_spot(spot), label)
