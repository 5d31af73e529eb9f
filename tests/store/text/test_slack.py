"""Slack's mrkdwn, as events and exports hold it, and rich text."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.text.slack import parse_mrkdwn, parse_rich_text, remove_emoji, remove_file_urls, remove_mention

NAMES = {"U1": "Rosa Díaz", "W2": "Milo"}
CHANNELS = {"C1": "general"}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["type", "elements"]), inner),
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("what did <@U1> and <@W2> say?", "what did @Rosa Díaz and @Milo say?"),
        ("<@U9> left; <@U1|rosa> stayed", "@U9 left; @rosa stayed"),
        ("in <#C1|general>, not in <#C2> or <#C3|>", "in #general, not in #C2 or #C3"),
        ("<!here> <!channel> <!everyone|everyone>", "@here @channel everyone"),
        ("<!subteam^S1|@hosts> and <!subteam^S2>", "@hosts and @subteam"),
        ("on <!date^1392734382^{date_short}|Feb 18, 2014>", "on Feb 18, 2014"),
        ("see <https://a.example/?x=1&amp;y=2|the page>", "see the page"),
        ("see <https://a.example/?x=1&amp;y=2>", "see https://a.example/?x=1&y=2"),
        ("<mailto:rosa@a.example|rosa@a.example> or <mailto:milo@a.example>", "rosa@a.example or milo@a.example"),
        ("5 &lt; 6 &amp;&amp; 7 &gt; 2", "5 < 6 && 7 > 2"),
        ("&amp;lt; and &amp;amp;", "&lt; and &amp;"),
        ("&lt;@U1&gt;", "<@U1>"),
        ("<https://a.example|a &lt;b&gt;>", "a <b>"),
        ("a <b", "a <b"),
        ("<>", "<>"),
        ("", ""),
    ],
)
def test_markup_is_read_as_people_see_it(text: str, expected: str):
    assert parse_mrkdwn(text, NAMES.get) == expected


def test_people_without_a_name_keep_their_id():
    assert parse_mrkdwn("<@U1>") == "@U1"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<@UBOT> unconferences", "unconferences"),
        ("<@UBOT>: unconferences", "unconferences"),
        ("<@UBOT|harkback>, unconferences", "unconferences"),
        ("what about <@UBOT> unconferences <@UBOT>", "what about  unconferences"),
        ("<@UBOTH> unconferences", "<@UBOTH> unconferences"),
        ("<@U1> unconferences", "<@U1> unconferences"),
        ("<@UBOT>", ""),
    ],
)
def test_own_mention_is_removed(text: str, expected: str):
    assert remove_mention(text, "UBOT") == expected


@given(st.text(st.sampled_from("<>@#!|^&;ltgam pU1:/\n"), max_size=60))
def test_any_text_is_read(text: str):
    read = parse_mrkdwn(remove_mention(text, "U1"), NAMES.get)
    assert "<@U1>" not in read or "&lt;" in text


@given(st.text())
def test_escaped_text_is_read_as_it_was_typed(typed: str):
    escaped = typed.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")

    assert parse_mrkdwn(escaped) == typed


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("see <https://a.example/?x=1&amp;y=2|the page>", "see the page (https://a.example/?x=1&y=2)"),
        ("see <http://a.example|a.example>", "see http://a.example"),
        ("see <https://a.example>", "see https://a.example"),
        ("<mailto:rosa@a.example|write to Rosa>", "write to Rosa"),
        ("<tel:123|call>", "call"),
        ("in <#C1> and <#C2>, <#C1|others>", "in #general and #C2, #others"),
    ],
)
def test_addresses_and_channels_are_shown_where_wanted(text: str, expected: str):
    assert parse_mrkdwn(text, NAMES.get, CHANNELS.get, shows_urls=True) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plan (https://files.slack.com/files-pri/T1-F1/plan.pdf?t=xoxe-1)", "plan"),
        ("a https://garden.slack.com/files/U1/F1/plan.pdf b", "a  b"),
        ("https://garden.slack.com/archives/C1/p1", "https://garden.slack.com/archives/C1/p1"),
        ("https://files.example/slack.com", "https://files.example/slack.com"),
    ],
)
def test_addresses_of_files_are_removed(text: str, expected: str):
    assert remove_file_urls(text) == expected


def read_blocks(*elements: Any) -> str:
    return parse_rich_text([{"type": "rich_text", "elements": list(elements)}], NAMES.get, CHANNELS.get)


def make_section(*elements: Any, kind: str = "section", **further: Any) -> dict[str, Any]:
    return {"type": f"rich_text_{kind}", "elements": list(elements), **further}


def make_text(text: str, **further: Any) -> dict[str, Any]:
    return {"type": "text", "text": text, **further}


@pytest.mark.parametrize(
    ("element", "expected"),
    [
        (make_text("5 < 6 &amp; so on", style={"bold": True}), "5 < 6 &amp; so on"),
        ({"type": "link", "url": "https://a.example/x", "text": "the page"}, "the page (https://a.example/x)"),
        ({"type": "link", "url": "https://a.example/x", "text": ""}, "https://a.example/x"),
        ({"type": "link", "url": "mailto:rosa@a.example", "text": "Rosa"}, "Rosa"),
        ({"type": "user", "user_id": "U1"}, "@Rosa Díaz"),
        ({"type": "user", "user_id": "U9"}, "@U9"),
        ({"type": "channel", "channel_id": "C1"}, "#general"),
        ({"type": "channel", "channel_id": "C9"}, "#C9"),
        ({"type": "usergroup", "usergroup_id": "S1"}, "@S1"),
        ({"type": "broadcast", "range": "here"}, "@here"),
        ({"type": "emoji", "name": "wave", "unicode": "1f44b"}, ":wave:"),
        ({"type": "date", "timestamp": 1, "format": "{date}", "fallback": "1 January"}, "1 January"),
        ({"type": "color", "value": "#ffaa00"}, "#ffaa00"),
        ({"type": "new thing", "text": "still read"}, "still read"),
        ({"type": 7, "user_id": ["U1"]}, ""),
        ("text", ""),
    ],
)
def test_element_of_rich_text_is_read_as_people_see_it(element: Any, expected: str):
    assert read_blocks(make_section(element)) == expected


def test_lists_quotations_and_code_keep_their_lines():
    items = [make_section(make_text("oak")), make_section(make_text("lime"))]

    read = read_blocks(
        make_section(make_text("Woods:\n")),
        make_section(*items, kind="list", style="bullet", indent=0),
        make_section(*items, kind="list", style="ordered", offset=2),
        make_section(make_text("sit\ndown"), kind="quote"),
        make_section(make_text("if x:\n    y = 2"), kind="preformatted"),
        make_section(make_text("Done.")),
    )

    assert read == "Woods:\n- oak\n- lime\n3. oak\n4. lime\n> sit\n> down\n```\nif x:\n    y = 2\n```\nDone."


def test_blocks_of_other_kinds_are_not_what_people_write():
    rich = {"type": "rich_text", "elements": [make_section(make_text("hello"))]}

    assert parse_rich_text([rich, {"type": "section", "text": {"type": "mrkdwn", "text": "poll"}}]) == ""
    assert parse_rich_text(None) == ""


@given(st.lists(JSON, max_size=3))
def test_anything_is_read_as_rich_text(elements: list[Any]):
    kinds = ("rich_text_section", "rich_text_list", "rich_text_quote")
    blocks = [{"type": "rich_text", "elements": [{"type": kind, "elements": elements} for kind in kinds]}]

    assert isinstance(parse_rich_text(blocks), str)
    assert isinstance(parse_rich_text(elements), str)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        (":tada:", ""),
        (":+1::skin-tone-3: :man-shrugging:", " "),
        ("a :tada: b", "a  b"),
        ("at 10:30", "at 10:30"),
        ("ratio 3:2", "ratio 3:2"),
        ("Note: this: that", "Note: this: that"),
    ],
)
def test_remove_emoji_takes_their_names_alone(text: str, left: str):
    assert remove_emoji(text) == left
