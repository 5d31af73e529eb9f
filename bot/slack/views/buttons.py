"""The buttons of an answer, and what they carry: a press brings nothing else along."""

import json
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import Any

from bot.slack.views.message import Block
from bot.translations import say, say_count
from bot.understood import name_filters
from store.domain.answer import Answer
from store.domain.asked import Asked, find_zone
from store.domain.query import Filter, Query
from store.text.cleaning import clean_line, clean_text, shorten

MORE = "hark_more"
SHARE = "hark_share"
WHO = "hark_who"
WHY = "hark_why"
FILTERS = "hark_filters"
HELPFUL = "hark_helpful"
UNHELPFUL = "hark_unhelpful"
# Each filter's button has an id of its own, because a block takes no id twice.
WITHOUT = "hark_without"

# A button holds 2,000 characters: the question, twice as many where each is escaped, and what was chosen besides.
MAX_VALUE_CHARS = 2_000
MAX_QUESTION_CHARS = 600
_LABEL_CHARS = 75
# A database's numbers have no more digits.
_NUMBER_CHARS = 18


def read_button(value: str) -> Asked | None:
    """Read what a button asks for; None if it is not one of this version's. Earlier ones carry less."""
    with suppress(TypeError, ValueError, AttributeError):
        held: Any = json.loads(value)
        match held:
            case {"q": str(question), "o": int(offset)}:
                without = tuple(Filter(one) for one in held.get("w", ()))
                chosen = _read_chosen(held.get("c", {}))
                return Asked(question, max(0, offset), without, find_zone(str(held.get("z", ""))), chosen)
    return None


def read_number(text: str) -> int:
    """Read a number that a button carries; 0 for what is none, or is longer than any of ours."""
    return int(text) if text.isdecimal() and len(text) <= _NUMBER_CHARS else 0


def build_actions(answer: Answer, asked: Asked, *, can_share: bool, has_extras: bool = True) -> list[Block]:
    """Build the buttons below an answer.

    Args:
        answer: What they stand below.
        asked: What it answers.
        can_share: Whether to offer sharing it with the channel.
        has_extras: Whether there is room for those that tell more of what is there.
    """
    buttons = build_more(MORE, answer, asked)
    if has_extras:
        label = say("Show who said how much about this, and when")
        buttons.append(build_button(WHO, say("Who said what"), build_value(replace(asked, offset=0)), label))
        buttons += [_build_filters_button(asked), _build_why_button(asked)]
    if can_share:
        label = say("Show this answer to everyone in the channel")
        buttons.append(build_button(SHARE, say("Share in channel"), build_value(asked), label))
    if has_extras:
        buttons += _build_judging_buttons(asked)
    return [{"type": "actions", "elements": buttons}] if buttons else []


def build_more(action_id: str, answer: Answer, asked: Asked) -> list[dict[str, Any]]:
    """Build the button of the next page; none below the last one."""
    if answer.next_offset is None:
        return []
    left = answer.total - answer.next_offset
    label = say_count("Show the hit that is left", "Show more of the {number} hits that are left", left)
    value = build_value(replace(asked, offset=answer.next_offset))
    return [build_button(action_id, say("More ({number})", number=left), value, label)]


def build_nothing_actions(answer: Answer, asked: Asked) -> list[Block]:
    """Build the buttons below an answer that found nothing relevant, which may be wrong.

    What it was narrowed to, if it was, can be changed; what is nearest, if anything is, can be explained.
    """
    buttons = [_build_filters_button(asked)] if answer.query.removable else []
    buttons += [_build_why_button(asked)] if answer.nearest else []
    return [{"type": "actions", "elements": [*buttons, *_build_judging_buttons(asked)]}]


def _build_why_button(asked: Asked) -> dict[str, Any]:
    label = say("Show for each of these hits why it is there")
    return build_button(WHY, say("Why these?"), build_value(asked), label)


def _build_judging_buttons(asked: Asked) -> list[dict[str, Any]]:
    helped, did_not = say("Say that this answer helped"), say("Say that this answer did not help")
    return [
        build_button(HELPFUL, say("Helpful"), build_value(asked), helped),
        build_button(UNHELPFUL, say("Not helpful"), build_value(asked), did_not),
    ]


def _build_filters_button(asked: Asked) -> dict[str, Any]:
    label = say("Choose people, places, days and languages to ask again by")
    return build_button(FILTERS, say("Filters"), build_value(_ask_again(asked)), label)


def build_filters(query: Query, asked: Asked) -> list[Block]:
    """Build a button for each filter that can be taken away; none where nothing would be left to ask by."""
    buttons = [_build_filter(one, words, asked) for one, words in name_filters(query) if one in query.removable]
    return [{"type": "actions", "elements": buttons}] if buttons else []


def _build_filter(one: Filter, words: str, asked: Asked) -> dict[str, Any]:
    gone = tuple(each for each in Filter if each is one or each in asked.without)
    label = clean_line(say("Search again without: {filter}", filter=words), _LABEL_CHARS)
    value = build_value(_ask_again(replace(asked, without=gone)))
    return build_button(f"{WITHOUT}_{one}", clean_line(f"✕ {words}", _LABEL_CHARS), value, label)


def _ask_again(asked: Asked) -> Asked:
    """Ask from the first page on, and of all there is: nothing says that it would be of what is new alone."""
    return replace(asked, offset=0, chosen=replace(asked.chosen, new=None))


def build_value(asked: Asked) -> str:
    """Write what a button asks for; the question is cut where there is not room for all of it."""
    question = shorten(clean_text(asked.question), MAX_QUESTION_CHARS)
    held: dict[str, Any] = {"q": question, "o": asked.offset}
    if asked.without:
        held["w"] = asked.without
    if zone := getattr(asked.zone, "key", ""):
        held["z"] = zone
    if chosen := _write_chosen(asked.chosen):
        held["c"] = chosen
    value = json.dumps(held, ensure_ascii=False)
    while len(value) > MAX_VALUE_CHARS and len(held["q"]) > 1:
        held["q"] = shorten(held["q"], len(held["q"]) // 2)
        value = json.dumps(held, ensure_ascii=False)
    if len(value) > MAX_VALUE_CHARS:
        # Nothing that is offered to be chosen comes to so much.
        held.pop("c", None)
        value = json.dumps(held, ensure_ascii=False)
    return value


def _write_chosen(chosen: Query) -> dict[str, Any]:
    written = {
        "a": chosen.authors,
        "s": chosen.sources,
        "h": chosen.channels,
        "l": chosen.languages,
        "x": chosen.not_by,
        "f": chosen.after and chosen.after.isoformat(),
        "t": chosen.before and chosen.before.isoformat(),
        "b": chosen.beside,
        "n": chosen.new,
    }
    return {key: value for key, value in written.items() if value}


def _read_chosen(held: dict[str, Any]) -> Query:
    authors, sources, channels, languages, not_by, beside = (tuple(map(str, held.get(key, ()))) for key in "ashlxb")
    after, before = (datetime.fromisoformat(held[key]) if key in held else None for key in "ft")
    first, last = held.get("n", (0, 0))
    new = (int(first), int(last)) if last else None
    return Query(
        "", authors, after, before, sources, channels, languages=languages, not_by=not_by, beside=beside, new=new
    )


def build_button(action_id: str, text: str, value: str, label: str) -> dict[str, Any]:
    """Build a button; `label` says to a screen reader what it does."""
    return {
        "type": "button",
        "action_id": action_id,
        "text": {"type": "plain_text", "text": text},
        "value": value,
        "accessibility_label": label,
    }
