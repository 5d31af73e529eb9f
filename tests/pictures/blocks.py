"""Block Kit as HTML. What it does not know how to draw is an error: nothing that people see is left out."""

from collections.abc import Callable, Iterable
from datetime import date, datetime, time
from typing import Any

from lxml.builder import E
from lxml.etree import _Element as Element

from tests.pictures.mrkdwn import Reader, draw_mrkdwn

Json = dict[str, Any]
Draw = Callable[[Json, Reader], Element]

# What nobody sees: names for programs, and how an input behaves.
_UNSEEN = {
    "type", "block_id", "action_id", "value", "url", "max_length", "max_selected_items", "min_query_length",
    "dispatch_action", "dispatch_action_config",
}  # fmt: skip
_KINDS: dict[str, tuple[Draw, set[str]]] = {}


class UnknownKindError(Exception):
    """Something that cannot be drawn so far: teach it to this module."""


def draw_blocks(blocks: Iterable[Json], reader: Reader) -> list[Element]:
    """Draw the blocks of a message or view, from top to bottom."""
    return [draw(block, reader) for block in blocks]


def draw(thing: Json, reader: Reader) -> Element:
    """Draw a block, an element or a text."""
    known = _KINDS.get(str(thing.get("type")))
    if known is None:
        raise UnknownKindError(f"cannot draw {thing.get('type')}: {thing}")
    function, seen = known
    if unknown := set(thing) - seen - _UNSEEN:
        raise UnknownKindError(f"cannot draw {sorted(unknown)} of {thing['type']}: {thing}")
    return function(thing, reader)


def list_kinds() -> set[str]:
    """Name all that can be drawn."""
    return set(_KINDS)


def _draws(kind: str, *seen: str) -> Callable[[Draw], Draw]:
    """Say what a function draws, and what of it."""

    def note(function: Draw) -> Draw:
        _KINDS[kind] = (function, set(seen))
        return function

    return note


def _div(kind: str, *inner: str | Element) -> Element:
    return E.div({"class": kind}, *inner)


@_draws("mrkdwn", "text")
def _draw_mrkdwn(text: Json, reader: Reader) -> Element:
    return _div("text", *draw_mrkdwn(text["text"], reader))


@_draws("plain_text", "text", "emoji")
def _draw_plain(text: Json, _: Reader) -> Element:
    return E.span({"class": "text"}, text["text"])


@_draws("section", "text", "accessory")
def _draw_section(block: Json, reader: Reader) -> Element:
    beside = [_div("accessory", draw(block["accessory"], reader))] if "accessory" in block else []
    return _div("block section", draw(block["text"], reader), *beside)


@_draws("context", "elements")
def _draw_context(block: Json, reader: Reader) -> Element:
    return _div("block context", *(draw(element, reader) for element in block["elements"]))


@_draws("header", "text")
def _draw_header(block: Json, reader: Reader) -> Element:
    return E.h2({"class": "block header"}, draw(block["text"], reader))


@_draws("divider")
def _draw_divider(_: Json, __: Reader) -> Element:
    return E.hr({"class": "block divider"})


@_draws("actions", "elements")
def _draw_actions(block: Json, reader: Reader) -> Element:
    return _div("block actions", *(draw(element, reader) for element in block["elements"]))


@_draws("button", "text", "style", "accessibility_label")
def _draw_button(button: Json, reader: Reader) -> Element:
    spoken = {"aria-label": button["accessibility_label"]} if "accessibility_label" in button else {}
    return E.button({"class": f"button {button.get('style', '')}"} | spoken, draw(button["text"], reader))


@_draws("overflow", "options")
def _draw_overflow(_: Json, __: Reader) -> Element:
    """Draw the menu closed."""
    return E.button({"class": "button overflow", "aria-label": "More actions"}, "⋯")


@_draws("input", "label", "element", "optional")
def _draw_input(block: Json, reader: Reader) -> Element:
    optional = [E.span({"class": "optional"}, " (optional)")] if block.get("optional") else []
    label = E.span({"class": "label"}, draw(block["label"], reader), *optional)
    return E.label({"class": "block input"}, label, draw(block["element"], reader))


@_draws("plain_text_input", "multiline", "initial_value", "placeholder")
def _draw_text_input(element: Json, _: Reader) -> Element:
    size = "box multiline" if element.get("multiline") else "box"
    return _div(size, _fill(element.get("initial_value"), element))


@_draws("datepicker", "initial_date")
def _draw_date_picker(element: Json, reader: Reader) -> Element:
    chosen = element.get("initial_date")
    moment = chosen and datetime.combine(date.fromisoformat(chosen), time(), reader.now.tzinfo)
    shown = moment and reader.write_date(moment, "date")
    return _div("box date", _fill(shown, {"placeholder": {"text": "Select a date"}}))


@_draws("multi_external_select", "placeholder", "initial_options")
def _draw_external_select(element: Json, _: Reader) -> Element:
    return _draw_chosen(element)


@_draws("multi_static_select", "placeholder", "initial_options", "options")
def _draw_static_select(element: Json, _: Reader) -> Element:
    """Draw the menu closed."""
    return _draw_chosen(element)


def _draw_chosen(element: Json) -> Element:
    chosen = [E.span({"class": "chosen"}, option["text"]["text"]) for option in element.get("initial_options", ())]
    return _div("box menu", *(chosen or [_fill(None, element)]))


def _fill(value: str | None, element: Json) -> Element:
    if value:
        return E.span({"class": "value"}, value)
    return E.span({"class": "placeholder"}, element.get("placeholder", {}).get("text", ""))


@_draws("rich_text", "elements")
def _draw_rich_text(block: Json, reader: Reader) -> Element:
    return _div("block rich", *(draw(element, reader) for element in block["elements"]))


@_draws("rich_text_quote", "elements")
def _draw_quote(quote: Json, reader: Reader) -> Element:
    return E.blockquote(*(draw(element, reader) for element in quote["elements"]))


@_draws("rich_text_preformatted", "elements")
def _draw_preformatted(code: Json, reader: Reader) -> Element:
    return E.pre(*(draw(element, reader) for element in code["elements"]))


@_draws("text", "text", "style")
def _draw_text(text: Json, _: Reader) -> Element:
    if unknown := {name for name, is_so in text.get("style", {}).items() if is_so} - {"bold"}:
        raise UnknownKindError(f"cannot draw a text that is {sorted(unknown)}: {text}")
    return E.b(text["text"]) if text.get("style") else E.span(text["text"])
