from typing import Any

from syrupy.assertion import SnapshotAssertion

from bot.slack.views.buttons import read_button
from bot.slack.views.past import build_nothing_said, build_past
from store.domain.query import Query
from tests.bot.slack.views.factories import make_answer, make_hit, make_nearest_answer, make_typical_answer
from tests.fakes.slack.views import check_view


def test_past_discussions(snapshot: SnapshotAssertion):
    view = build_past(make_typical_answer(), "C1")
    check_view(view.build(), "modal")
    assert view == snapshot


def test_past_discussions_page_both_ways_with_all_that_was_asked():
    chosen = Query("", beside=("C1:1.0",))
    answer = make_answer([make_hit(6)], question='"ours"', total=12, offset=5, chosen=chosen)
    actions: dict[str, Any] = build_past(answer, "C1").blocks[-1]
    carried = {one["text"]["text"]: read_button(one["value"]) for one in actions["elements"]}
    assert {text: asked.offset for text, asked in carried.items() if asked} == {"Back": 0, "More (6)": 6}
    assert {(asked.question, asked.chosen) for asked in carried.values() if asked} == {('"ours"', chosen)}


def test_past_discussions_that_are_all_shown_have_no_buttons():
    for answer in (make_answer([make_hit()]), make_nearest_answer(), make_answer()):
        assert [block for block in build_past(answer, "C1").blocks if block["type"] == "actions"] == []


def test_nothing_said_has_a_next_step():
    assert "`/hark`" in build_nothing_said().blocks[0]["text"]["text"]
