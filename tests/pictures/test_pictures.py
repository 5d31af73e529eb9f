"""What the pictures are made of is what people see: drawn whole, in Chromium, and with the words of today."""

import ast
import html
import json
import os
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from lxml.builder import E
from lxml.html import tostring
from playwright.sync_api import Page

from tests.fakes.slack.limits import walk
from tests.pictures.blocks import UnknownKindError, draw, list_kinds
from tests.pictures.chromium import INSTALL, browsing, find_chromium
from tests.pictures.mrkdwn import Reader, draw_mrkdwn
from tests.pictures.page import write_pages
from tests.pictures.scene import WORDS, Scene, list_words, take_scene

pytestmark = pytest.mark.xdist_group("pictures")

PICTURES = ("answer", "who-said-what", "home", "filters")
ROOT = Path(__file__).resolve().parents[2]
VIEWS = ROOT / "bot" / "slack" / "views"
READER = Reader({"C1": "#general", "U1": "@Ada"}, datetime(2026, 3, 1, 12, tzinfo=UTC))
PLAIN = {"type": "plain_text", "text": "Go on"}


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    return take_scene(tmp_path_factory.mktemp("scene"), "hashing")


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    chromium = find_chromium()
    if chromium is None:
        reason = f"Chromium is not installed: {INSTALL}"
        # It would go unseen there.
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    with browsing(chromium) as opened:
        yield opened


def find_texts(payload: Any) -> list[str]:
    """What is to be read, piece by piece; neither what is in a closed menu nor dates."""
    kinds = {"plain_text", "mrkdwn", "text"}
    nodes = [node for pointer, node in walk(payload, "") if node.get("type") in kinds and "/options/" not in pointer]
    pieces: list[str] = []
    for node in nodes:
        marked = re.sub(r"<!date[^<>]*>|<[#@][^<>]*>", "*", node["text"]) if node["type"] == "mrkdwn" else node["text"]
        split = re.split(r"<[^<>|]*\||[<>*`]", marked) if node["type"] == "mrkdwn" else [marked]
        pieces += [html.unescape(piece) if node["type"] == "mrkdwn" else piece for piece in split]
    return [squeezed for piece in pieces if (squeezed := " ".join(piece.split()))]


@pytest.mark.parametrize("name", PICTURES)
def test_page_shows_all_of_the_payload_within_its_width(page: Page, scene: Scene, name: str):
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: complaints.append(request.url))
    page.set_content(write_pages(scene)[name])
    shown = " ".join(page.locator(".picture").inner_text().split())
    texts = find_texts(scene.payloads[name])
    assert len(texts) > 5
    assert [text for text in texts if text not in shown] == []
    wide = """(all, right) => all.filter(one => one.getBoundingClientRect().right > right).map(one => one.outerHTML)"""
    width = page.locator(".picture").bounding_box()["width"]
    assert page.locator(".picture *").evaluate_all(wide, width) == []
    assert complaints == []


@pytest.mark.parametrize("name", PICTURES)
def test_buttons_are_called_what_the_payload_calls_them(page: Page, scene: Scene, name: str):
    page.set_content(write_pages(scene)[name])
    named = [node for _, node in walk(scene.payloads[name], "") if node.get("type") == "button"]
    for node in named:
        spoken = page.get_by_role("button", name=node["accessibility_label"], exact=True)
        assert node["text"]["text"] in spoken.all_inner_texts()
    buttons = page.get_by_role("button")
    assert buttons.count() >= len(named)
    assert all(button.get_attribute("aria-label") or button.inner_text() for button in buttons.all())


def test_pictures_have_the_words_of_today(scene: Scene):
    assert list_words(scene) == json.loads(WORDS.read_text(encoding="utf-8")), "python -m tests.pictures"


def test_readme_shows_and_describes_each_picture():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    shown = re.findall(r'<img src="(deploy/[^"]+)" width="[^"]+" alt="[^"]{50,}">', readme)
    assert sorted(shown) == sorted(f"deploy/slack/pictures/{name}.png" for name in PICTURES)
    assert all((ROOT / path).read_bytes().startswith(b"\x89PNG") for path in shown)


def test_all_that_the_bot_makes_can_be_drawn():
    made = set()
    for module in VIEWS.glob("*.py"):
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Dict):
                pairs = [(ast.unparse(key), value) for key, value in zip(node.keys, node.values, strict=True) if key]
                made |= {ast.literal_eval(value) for key, value in pairs if key == "'type'"}
    assert {"section", "button", "rich_text_preformatted"} < made
    assert made - {"home", "modal"} <= list_kinds()


@pytest.mark.parametrize(
    "thing",
    [
        {"type": "video"},
        {"text": "of no type"},
        {"type": "section", "text": PLAIN, "fields": [PLAIN]},
        {"type": "section", "text": PLAIN, "accessory": {"type": "image", "image_url": "https://a.example"}},
        {"type": "context", "elements": [{"type": "image", "image_url": "https://a.example"}]},
        {"type": "text", "text": "struck", "style": {"strike": True}},
        {"type": "button", "text": PLAIN, "confirm": {}},
    ],
)
def test_what_cannot_be_drawn_is_told(thing: dict[str, Any]):
    with pytest.raises(UnknownKindError, match="cannot draw"):
        draw(thing, READER)


@pytest.mark.parametrize(
    ("text", "drawn"),
    [
        ("plain", "<p>plain</p>"),
        ("*bold* _italics_ ~struck~ `*code*`", "<p><b>bold</b> <i>italics</i> <s>struck</s> <code>*code*</code></p>"),
        ("*bold, _and more_*", "<p><b>bold, <i>and more</i></b></p>"),
        ("2*3*4 snake_case_name * no *", "<p>2*3*4 snake_case_name * no *</p>"),
        ("```\na *b*\n```", "<p><pre>a *b*</pre></p>"),
        ("&lt;b&gt; &amp;amp; &quot;", "<p>&lt;b&gt; &amp;amp; &amp;quot;</p>"),
        (
            "<https://a.example/_b_?c=1&amp;d|a *label*>",
            '<p><a href="https://a.example/_b_?c=1&amp;d">a *label*</a></p>',
        ),
        ("*<https://a.example|title>*", '<p><b><a href="https://a.example">title</a></b></p>'),
        ("<https://a.example>", '<p><a href="https://a.example">https://a.example</a></p>'),
        ("a\n&gt; b\n&gt; *c*\nd", "<p>a</p><blockquote>b\n<b>c</b></blockquote><p>d</p>"),
        ("<#C1> <@U1>", '<p><span class="mention">#general</span> <span class="mention">@Ada</span></p>'),
        ("<!date^1733941557^{date_pretty}|x>", "<p>December 11th, 2024</p>"),
        ("<!date^1772361000^{date_pretty}|x>", "<p>today</p>"),
        ("<!date^1772361000^{date}, {date_short}|x>", "<p>March 1st, Mar 1</p>"),
        ("<!date^1772300000^{date_short_pretty} at {time}|x>", "<p>yesterday at 5:33 PM</p>"),
    ],
)
def test_mrkdwn_is_drawn_as_slack_draws_it(text: str, drawn: str):
    shown = tostring(E.div(*draw_mrkdwn(text, READER)), encoding="unicode")
    assert shown == f"<div>{drawn}</div>"


@pytest.mark.parametrize("text", ["<!here>", "<#C2>", "<!date^1^{date_num}|x>"])
def test_mrkdwn_that_cannot_be_drawn_is_told(text: str):
    with pytest.raises((KeyError, ValueError)):
        draw_mrkdwn(text, READER)
