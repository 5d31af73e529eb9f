import pytest
from syrupy.assertion import SnapshotAssertion

from bot.slack.views.answer import build_answer
from bot.slack.views.buttons import HELPFUL, MAX_VALUE_CHARS, UNHELPFUL, WHY, build_value, read_button
from bot.slack.views.feedback import RATE, RATE_HELPFUL, RATE_UNHELPFUL, build_rating, build_thanks
from bot.slack.views.opened import Opened
from store.domain.answer import Outcome
from store.domain.asked import Asked
from store.domain.query import Query
from tests.bot.slack.views.factories import (
    get_value,
    list_buttons,
    make_answer,
    make_nearest_answer,
    make_typical_answer,
)

OPENED = Opened(Asked("what was said about unconferences?"), "C1", is_ephemeral=False)


def test_answer_can_be_judged_whatever_it_found():
    view = build_answer(make_typical_answer(), can_share=True)
    assert list_buttons(view)[-2:] == [HELPFUL, UNHELPFUL]
    assert read_button(get_value(view, HELPFUL)) == Asked("what was said about unconferences?")
    assert list_buttons(build_answer(make_nearest_answer()))[-3:] == [WHY, HELPFUL, UNHELPFUL]
    assert list_buttons(build_answer(make_answer())) == [HELPFUL, UNHELPFUL]
    assert list_buttons(build_answer(make_answer(outcome=Outcome.NOTHING_INDEXED))) == []
    assert list_buttons(build_answer(make_answer(outcome=Outcome.ANSWERED, offset=5))) == []


def test_thanks_say_what_was_noted_and_offer_to_say_more(snapshot: SnapshotAssertion):
    assert build_thanks(OPENED, is_helpful=True).blocks == snapshot
    assert build_thanks(OPENED, is_helpful=False).text == "Thank you. I noted that this answer did not help."


def test_thanks_offer_nothing_that_a_button_cannot_carry():
    # As much as a button carries, so that there is no room for where the answer stands.
    names = ("z" * (MAX_VALUE_CHARS - len(build_value(Asked("", chosen=Query("", authors=("",)))))),)
    long = Opened(Asked("", chosen=Query("", authors=names)), "C1", is_ephemeral=False)
    assert RATE not in list_buttons(build_thanks(long, is_helpful=True))


@pytest.mark.parametrize(
    ("said", "words"),
    [(None, []), (True, ["You said that this helped."]), (False, ["You said that this did not help."])],
)
def test_rating_shows_what_was_said_and_can_be_changed(said: bool | None, words: list[str]):  # noqa: FBT001
    *told, buttons = build_rating(7, said)
    assert [block["elements"][0]["text"] for block in told] == words
    assert [(one["action_id"], one["value"]) for one in buttons["elements"]] == [
        (RATE_HELPFUL, "7"),
        (RATE_UNHELPFUL, "7"),
    ]
