from syrupy.assertion import SnapshotAssertion

from bot.slack.views.answer import build_answer
from bot.slack.views.buttons import HELPFUL, MAX_QUESTION_CHARS, UNHELPFUL, Asked, read_button
from bot.slack.views.feedback import RATE, RATE_HELPFUL, build_rating, build_thanks
from bot.slack.views.opened import Opened
from store.domain.feedback import Rated
from tests.bot.slack.views.factories import (
    get_value,
    list_buttons,
    make_answer,
    make_hit,
    make_nearest_answer,
    make_typical_answer,
)
from tests.fakes.slack.views import check_view

OPENED = Opened(Asked("what was said about unconferences?"), "C1", is_ephemeral=False)


def test_answer_can_be_judged_and_what_is_nearest_cannot():
    view = build_answer(make_typical_answer(), can_share=True)
    assert list_buttons(view)[-2:] == [HELPFUL, UNHELPFUL]
    assert read_button(get_value(view, HELPFUL)) == Asked("what was said about unconferences?")
    assert HELPFUL not in list_buttons(build_answer(make_nearest_answer()))


def test_thanks_say_what_was_noted_and_offer_to_say_more(snapshot: SnapshotAssertion):
    assert build_thanks(OPENED, is_helpful=True).blocks == snapshot
    assert build_thanks(OPENED, is_helpful=False).text == "Thank you. I noted that this answer did not help."


def test_thanks_offer_nothing_that_a_button_cannot_carry():
    long = Opened(Asked('"' * MAX_QUESTION_CHARS, zone="z" * 770), "C1", is_ephemeral=False)
    assert RATE not in list_buttons(build_thanks(long, is_helpful=True))


def test_rating_shows_each_excerpt_and_what_was_said_of_it(snapshot: SnapshotAssertion):
    answer = make_answer([make_hit(1), make_hit(2)])
    view = build_rating(answer, {Rated("Tideway", "c2"): False}, OPENED)
    check_view(view.build(), "modal")
    assert view.build() == snapshot
    assert str(view.blocks).count(RATE_HELPFUL) == 2


def test_rating_of_what_is_gone_says_so():
    assert "not in use any more" in str(build_rating(make_answer(), {}, OPENED).blocks)
