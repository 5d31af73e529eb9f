"""Slack's mrkdwn, as events hold it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.text.slack import parse_mrkdwn, remove_mention

NAMES = {"U1": "Rosa Díaz", "W2": "Milo"}


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
