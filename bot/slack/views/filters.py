"""The *Filters* modal: a question, and what to narrow it to; what was filled in, read and checked. Pure."""

import json
from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any

from bot.answering import is_empty
from bot.slack.payloads import Click
from bot.slack.views.buttons import MAX_QUESTION_CHARS, build_value, read_button
from bot.slack.views.message import Block, build_context
from bot.slack.views.modal import ModalView
from bot.translations import name_language, say
from store.domain.asked import Asked
from store.domain.query import NOTHING_CHOSEN, Filter, Query
from store.text.cleaning import clean_line, clean_text, shorten
from store.text.slack import remove_emoji

# What the modal is sent to, and the shortcut.
FILTERED = "hark_filtered"
ASK_SHORTCUT = "hark_ask"
# Inputs, and the beginning of the ids of those that names are suggested for.
SUGGEST = "hark_suggest"
_QUESTION, _NOT_BY, _FIRST, _LAST = "question", "not_by", "first", "last"
_SUGGESTED = (Filter.AUTHORS, Filter.SOURCES, Filter.CHANNELS)

MAX_OPTIONS = 100
_OPTION_CHARS = 75
_OPTION_VALUE_CHARS = 150
# So many names of each kind: more would leave no room for the question where it is carried on.
_MAX_NAMES = 5
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Filled:
    """What somebody filled in: names by filter, who is left out, and days; a last day is meant with all of it."""

    question: str
    names: Mapping[Filter, tuple[str, ...]]
    first: date | None
    last: date | None
    not_by: tuple[str, ...] = ()


def name_filters_modal() -> str:
    """Say what the modal is."""
    return say("Filters")


def name_asking() -> str:
    """Say what the modal of the shortcut is."""
    return say("Ask the archive")


def build_filters_modal(asked: Asked, shown: Query, languages: Collection[str], click: Click) -> ModalView:
    """Build the modal.

    Args:
        asked: What was asked; with no question, somebody is about to ask one.
        shown: What that is narrowed to: what stands in the modal to begin with.
        languages: What may be chosen, by code.
        click: Where the answer will go.
    """
    first, last = find_days(shown)
    blocks = [
        _build_question(asked.question),
        *(_build_names(kind, _hold_names(shown)[kind]) for kind in _SUGGESTED),
        *([_build_left_out(shown)] if shown.not_by else []),
        _build_day(_FIRST, say("From this day on"), first),
        _build_day(_LAST, say("Up to and including this day"), last),
        *([_build_languages(languages, shown.languages)] if languages else []),
        build_context(_say_who_sees(click)),
    ]
    title = name_filters_modal() if asked.question else name_asking()
    return ModalView(title, blocks, say("Ask"), FILTERED, _write_metadata(asked, click))


def _say_who_sees(click: Click) -> str:
    if not click.is_private:
        return say("Everyone in the channel will see the answer, in the thread.")
    if click.is_ephemeral:
        return say("Only you will see the answer.")
    return say("Only you will see the answer: it comes as a direct message.")


def _write_metadata(asked: Asked, click: Click) -> str:
    place = {
        "h": click.channel,
        "t": click.thread_ts,
        "m": click.message_ts,
        "r": click.response_url,
        "e": click.is_ephemeral,
    }
    # Not as text within text: quotation marks in a question would be escaped twice.
    held = {"a": json.loads(build_value(asked)), **{key: value for key, value in place.items() if value}}
    return json.dumps(held, ensure_ascii=False)


def read_metadata(text: str, team: str, user: str) -> tuple[Asked, Click] | None:
    """Read what the modal holds: what was asked, and a click where the answer goes; None for another version's."""
    with suppress(TypeError, ValueError, AttributeError):
        held: Any = json.loads(text)
        asked = read_button(json.dumps(held.get("a")))
        if asked:
            return asked, Click(
                team=team,
                channel=str(held.get("h", "")),
                user=user,
                user_name="",
                message_ts=str(held.get("m", "")),
                thread_ts=held.get("t"),
                value=build_value(asked),
                response_url=str(held.get("r", "")),
                is_ephemeral=bool(held.get("e")),
                is_later=True,
            )
    return None


def find_kind(action_id: str) -> Filter | None:
    """Find what names are suggested for, by the input's id."""
    kind = action_id.removeprefix(f"{SUGGEST}_")
    with suppress(ValueError):
        return Filter.AUTHORS if kind == _NOT_BY else Filter(kind)
    return None


def build_options(names: Iterable[str]) -> list[Block]:
    """Build what can be chosen; a name that is too long to be carried is left out."""
    return [_build_option(name, name) for name in names if _is_carried(name)][:MAX_OPTIONS]


def read_filled(values: Mapping[str, Mapping[str, Any]]) -> Filled:
    """Read what was filled in."""
    kinds = (*_SUGGESTED, Filter.LANGUAGES)
    return Filled(
        question=shorten(clean_text(str(_read(values, _QUESTION).get("value") or "")), MAX_QUESTION_CHARS),
        names={kind: _read_names(values, kind) for kind in kinds},
        first=_read_day(values, _FIRST),
        last=_read_day(values, _LAST),
        not_by=_read_names(values, _NOT_BY),
    )


def find_mistakes(filled: Filled, zone: tzinfo) -> dict[str, str]:
    """Say what is wrong with what was filled in, by input."""
    mistakes = {}
    if is_empty(remove_emoji(filled.question)):
        mistakes[_QUESTION] = say("Please write what you would like to know.")
    elif not _has_room(filled, zone):
        mistakes[_QUESTION] = say("This is too much at once. Please ask a shorter question, or choose fewer names.")
    if filled.first and filled.last and filled.last < filled.first:
        mistakes[_LAST] = say("This day is before the first one.")
    return mistakes


def _has_room(filled: Filled, zone: tzinfo) -> bool:
    """Tell whether a button can carry all of it."""
    asked = apply_filled(filled, Asked("", zone=zone), NOTHING_CHOSEN)
    return read_button(build_value(asked)) == asked


def apply_filled(filled: Filled, asked: Asked, shown: Query) -> Asked:
    """Give what is to be asked.

    What stands as it stood in the modal is understood as it was; what was emptied is taken away; the rest is chosen.
    Another question is understood anew, by what it says and by what else stands in the modal.
    """
    if filled.question != asked.question:
        # Words that were read out of a message may stand in it still.
        kept = Query("", beside=asked.chosen.beside)
        asked, shown = Asked(filled.question, zone=asked.zone, chosen=kept), NOTHING_CHOSEN
    chosen, without, stood = asked.chosen, set(asked.without), _hold_names(shown)
    for kind, names in filled.names.items():
        if set(names) != set(stood[kind]):
            chosen = _choose_names(chosen, kind, names)
            without = without - {kind} if names else without | {kind}
    if set(filled.not_by) != set(_hold(shown.not_by)):
        chosen = replace(chosen, not_by=filled.not_by)
        is_of_some = bool(chosen.authors or chosen.not_by)
        without = without - {Filter.AUTHORS} if is_of_some else without | {Filter.AUTHORS}
    if (filled.first, filled.last) != find_days(shown):
        after, before = _begin(filled.first, asked.zone), _begin(filled.last, asked.zone, _DAY)
        chosen = replace(chosen, after=after, before=before)
        without = without - {Filter.DATES} if after or before else without | {Filter.DATES}
    return replace(asked, offset=0, chosen=chosen, without=tuple(one for one in Filter if one in without))


def find_days(query: Query) -> tuple[date | None, date | None]:
    """Find the first and the last day of what a query is narrowed to, by the days of whoever asks."""
    first = query.after.astimezone(query.zone).date() if query.after else None
    last = (query.before - timedelta(microseconds=1)).astimezone(query.zone).date() if query.before else None
    return first, last


def _choose_names(chosen: Query, kind: Filter, names: tuple[str, ...]) -> Query:
    match kind:
        case Filter.AUTHORS:
            return replace(chosen, authors=names, not_by=())
        case Filter.SOURCES:
            return replace(chosen, sources=names)
        case Filter.CHANNELS:
            return replace(chosen, channels=names)
        case _:
            return replace(chosen, languages=names)


def _begin(day: date | None, zone: tzinfo, later: timedelta = timedelta()) -> datetime | None:
    """Give when a day begins, or one that is later."""
    try:
        return datetime.combine(day + later, time(), zone).astimezone(UTC) if day else None
    except OverflowError:
        # No calendar goes on after 9999.
        return None


def _hold_names(query: Query) -> dict[Filter, tuple[str, ...]]:
    """Give the names that a query is narrowed to, as far as the modal has room for them."""
    names = {
        Filter.AUTHORS: query.authors,
        Filter.SOURCES: query.sources,
        Filter.CHANNELS: query.channels,
        Filter.LANGUAGES: query.languages,
    }
    return {kind: _hold(some) for kind, some in names.items()}


def _hold(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(filter(_is_carried, names))[:_MAX_NAMES]


def _is_carried(name: str) -> bool:
    return 0 < len(name) <= _OPTION_VALUE_CHARS and bool(clean_line(name, _OPTION_CHARS))


def _read(values: Mapping[str, Mapping[str, Any]], block: str) -> Mapping[str, Any]:
    """Give the state of a block's one input."""
    return next(iter((values.get(block) or {}).values()), {}) or {}


def _read_names(values: Mapping[str, Mapping[str, Any]], block: str) -> tuple[str, ...]:
    return tuple(str(one["value"]) for one in _read(values, block).get("selected_options") or ())


def _read_day(values: Mapping[str, Mapping[str, Any]], block: str) -> date | None:
    with suppress(ValueError):
        return date.fromisoformat(str(_read(values, block).get("selected_date") or ""))
    return None


def _build_input(block: str, label: str, element: Block, *, is_optional: bool = True) -> Block:
    return {
        "type": "input",
        "block_id": block,
        "label": {"type": "plain_text", "text": label},
        "element": element,
        "optional": is_optional,
    }


def _build_question(question: str) -> Block:
    element = {"type": "plain_text_input", "action_id": _QUESTION, "multiline": True, "max_length": MAX_QUESTION_CHARS}
    held = {"initial_value": question} if question else {}
    return _build_input(_QUESTION, say("What would you like to know?"), element | held, is_optional=False)


def _build_names(kind: Filter, names: tuple[str, ...]) -> Block:
    labels = {
        Filter.AUTHORS: say("Said by any of these people"),
        Filter.SOURCES: say("In any of these sources"),
        Filter.CHANNELS: say("In any of these channels"),
    }
    return _build_suggested(str(kind), labels[kind], names)


def _build_left_out(shown: Query) -> Block:
    """Build who is left out: only where somebody is, for hardly anybody asks so."""
    return _build_suggested(_NOT_BY, say("Said by none of these people"), _hold(shown.not_by))


def _build_suggested(block: str, label: str, names: tuple[str, ...]) -> Block:
    element = {
        "type": "multi_external_select",
        "action_id": f"{SUGGEST}_{block}",
        "placeholder": {"type": "plain_text", "text": say("Type a part of the name")},
        "min_query_length": 0,
        "max_selected_items": _MAX_NAMES,
    }
    held = {"initial_options": build_options(names)} if names else {}
    return _build_input(block, label, element | held)


def _build_languages(languages: Collection[str], codes: tuple[str, ...]) -> Block:
    offered = sorted({*languages, *codes}, key=name_language)
    options = {code: _build_option(name_language(code), code) for code in offered}
    element = {
        "type": "multi_static_select",
        "action_id": Filter.LANGUAGES.value,
        "placeholder": {"type": "plain_text", "text": say("Any language")},
        "options": list(options.values()),
        "max_selected_items": _MAX_NAMES,
    }
    held = {"initial_options": [options[code] for code in codes[:_MAX_NAMES]]} if codes else {}
    return _build_input(str(Filter.LANGUAGES), say("Written in any of these languages"), element | held)


def _build_day(block: str, label: str, day: date | None) -> Block:
    element = {"type": "datepicker", "action_id": block}
    return _build_input(block, label, element | ({"initial_date": day.isoformat()} if day else {}))


def _build_option(name: str, value: str) -> Block:
    return {"text": {"type": "plain_text", "text": clean_line(name, _OPTION_CHARS)}, "value": value}
