"""The buttons of an answer, and what they carry: a press brings nothing else along."""

import json
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from bot.slack.views.message import Block
from bot.understood import name_filters
from store.domain.answer import Answer
from store.domain.query import Filter, Query
from store.text.cleaning import clean_line, clean_text, shorten

MORE = "hark_more"
SHARE = "hark_share"
# Each filter's button has an id of its own, because a block takes no id twice.
WITHOUT = "hark_without"

# A button holds 2,000 characters: the question, twice as many where each is escaped, and below 150 for all else.
MAX_QUESTION_CHARS = 900
_LABEL_CHARS = 75


@dataclass(frozen=True, slots=True)
class Asked:
    """What a button asks for: a page of the answer to a question, less some of what is understood of it.

    `zone` is where the asker's days begin, as "Europe/Riga": every page reads "yesterday" as the first did.
    """

    question: str
    offset: int = 0
    without: tuple[Filter, ...] = ()
    zone: str = ""


def read_button(value: str) -> Asked | None:
    """Read what a button asks for; None if it is not one of this version's. Earlier ones carry less."""
    with suppress(TypeError, ValueError):
        held: Any = json.loads(value)
        match held:
            case {"q": str(question), "o": int(offset)}:
                without = tuple(Filter(one) for one in held.get("w", ()))
                return Asked(question, max(0, offset), without, str(held.get("z", "")))
    return None


def build_actions(answer: Answer, asked: Asked, *, can_share: bool) -> list[Block]:
    """Build the buttons below an answer; none where it is whole and nobody may share it."""
    buttons = []
    if answer.next_offset is not None:
        left = answer.total - answer.next_offset
        value = _build_value(replace(asked, offset=answer.next_offset))
        buttons.append(build_button(MORE, f"More ({left})", value, f"Show more of the {left} hits that are left"))
    if can_share:
        label = "Show this answer to everyone in the channel"
        buttons.append(build_button(SHARE, "Share in channel", _build_value(asked), label))
    return [{"type": "actions", "elements": buttons}] if buttons else []


def build_filters(query: Query, asked: Asked) -> list[Block]:
    """Build a button for each filter that can be taken away; none where nothing would be left to ask by."""
    buttons = [_build_filter(one, words, asked) for one, words in name_filters(query) if one in query.removable]
    return [{"type": "actions", "elements": buttons}] if buttons else []


def _build_filter(one: Filter, words: str, asked: Asked) -> dict[str, Any]:
    gone = tuple(each for each in Filter if each is one or each in asked.without)
    text, label = clean_line(f"✕ {words}", _LABEL_CHARS), clean_line(f"Search again without: {words}", _LABEL_CHARS)
    return build_button(f"{WITHOUT}_{one}", text, _build_value(replace(asked, offset=0, without=gone)), label)


def _build_value(asked: Asked) -> str:
    held: dict[str, Any] = {"q": shorten(clean_text(asked.question), MAX_QUESTION_CHARS), "o": asked.offset}
    if asked.without:
        held["w"] = asked.without
    if asked.zone:
        held["z"] = asked.zone
    return json.dumps(held, ensure_ascii=False)


def build_button(action_id: str, text: str, value: str, label: str) -> dict[str, Any]:
    """Build a button; `label` says to a screen reader what it does."""
    return {
        "type": "button",
        "action_id": action_id,
        "text": {"type": "plain_text", "text": text},
        "value": value,
        "accessibility_label": label,
    }
