import json

from syrupy.assertion import SnapshotAssertion

from bot.quoting import quote_comment
from bot.slack.views.quote import build_gone, build_quote
from tests.bot.slack.views.factories import make_hit


def test_quote_shows_each_format_to_be_copied(snapshot: SnapshotAssertion):
    assert build_quote(quote_comment(make_hit().comment)) == snapshot


def test_quote_says_when_a_comment_is_cut():
    view = build_quote(quote_comment(make_hit(text="word " * 1_000).comment))
    assert view.blocks[-1]["elements"][0]["text"].startswith("The comment is longer than this")
    whole = build_quote(quote_comment(make_hit().comment))
    assert "longer" not in json.dumps(whole.blocks)


def test_quote_of_what_is_gone_says_what_to_do():
    assert "ask your question again" in build_gone().blocks[0]["text"]["text"]
