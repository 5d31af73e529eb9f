"""Messages and views as pages: what Slack draws around blocks."""

from pathlib import Path
from typing import Any

from lxml import html
from lxml.builder import E
from lxml.etree import _Element as Element

from tests.pictures.blocks import draw, draw_blocks
from tests.pictures.mrkdwn import Reader
from tests.pictures.scene import Scene
from tests.scenarios.room import QUESTION

_STYLE = Path(__file__).with_name("slack.css")
_APP = "Harkback"
_CLOCK = "9:41 AM"


def write_pages(scene: Scene) -> dict[str, str]:
    """Write all pages, by the name of the picture that is made of each."""
    drawn = {
        "answer": _draw_thread(scene.answer, scene.reader),
        "who-said-what": _draw_modal(scene.who, scene.reader),
        "home": _draw_home(scene.home, scene.reader),
        "filters": _draw_modal(scene.filters, scene.reader),
    }
    return {name: write_page(element) for name, element in drawn.items()}


def write_page(shown: Element) -> str:
    """Write a page that needs nothing but itself."""
    style = _STYLE.read_text(encoding="utf-8")
    head = E.head(E.meta(charset="utf-8"), E.title(_APP), E.style(style))
    return html.tostring(E.html({"lang": "en"}, head, E.body(shown)), doctype="<!doctype html>", encoding="unicode")


def _draw_thread(blocks: list[dict[str, Any]], reader: Reader) -> Element:
    """Draw an answer below its question."""
    asked = E.p(E.span({"class": "mention"}, f"@{_APP}"), f" {QUESTION}")
    return E.main(
        {"class": "picture message"},
        _draw_post("Ada", "person", [asked]),
        _draw_post(_APP, "app", draw_blocks(blocks, reader), E.span({"class": "badge"}, "APP")),
    )


def _draw_post(name: str, kind: str, said: list[Element], *notes: Element) -> Element:
    head = E.div({"class": "byline"}, E.strong(name), *notes, E.span({"class": "time"}, _CLOCK))
    return E.div({"class": "post"}, _draw_icon(kind, name), E.div({"class": "said"}, head, *said))


def _draw_icon(kind: str, name: str) -> Element:
    return E.span({"class": f"icon {kind}", "aria-hidden": "true"}, name[0])


def _draw_modal(view: dict[str, Any], reader: Reader) -> Element:
    buttons = [E.button({"class": "button"}, draw(view["close"], reader))]
    if "submit" in view:
        buttons.append(E.button({"class": "button primary"}, draw(view["submit"], reader)))
    return E.main(
        {"class": "picture modal"},
        E.header(_draw_icon("app", _APP), E.h1(draw(view["title"], reader)), E.span({"aria-hidden": "true"}, "✕")),
        E.div({"class": "body"}, *draw_blocks(view["blocks"], reader)),
        E.footer(*buttons),
    )


def _draw_home(view: dict[str, Any], reader: Reader) -> Element:
    tabs = [E.span({"class": "tab"}, name) for name in ("Home", "Messages", "About")]
    return E.main(
        {"class": "picture home"},
        E.header(_draw_icon("app", _APP), E.h1(_APP)),
        E.nav(*tabs),
        E.div({"class": "body"}, *draw_blocks(view["blocks"], reader)),
    )
