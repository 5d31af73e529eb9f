from syrupy.assertion import SnapshotAssertion

from bot.slack.views.hide import HIDE, build_confirmation, build_hidden, build_hiding_refused
from bot.slack.views.message import build_notice
from tests.bot.slack.views.factories import make_hit


def test_confirmation_says_what_is_hidden_and_what_that_means(snapshot: SnapshotAssertion):
    view = build_confirmation(make_hit(discussion_id=7).comment)
    assert (view.callback_id, view.metadata) == (HIDE, "7")
    assert view.build() == snapshot


def test_hidden_says_how_to_show_it_again():
    assert "`harkback hidden --show 1234`" in str(build_hidden(1234).build())


def test_hiding_of_what_is_gone_says_so():
    assert "not in the archive any more" in str(build_hidden(None).build())


def test_hiding_refused_says_who_may_and_offers_nothing_to_send():
    built = build_hiding_refused(build_notice("Sorry.")).build()
    assert built["blocks"] == build_notice("Sorry.").blocks
    assert "submit" not in built
