import pytest

from bot.slack.views.follow_ups import (
    build_follow_ups,
    build_move,
    build_no_more,
    build_only_in_channels,
)
from bot.slack.views.message import MessageView
from store.query.moves import Move
from tests.fakes.slack.limits import check_blocks


@pytest.mark.parametrize(
    ("view", "text"),
    [
        (build_no_more(), "That was all I found."),
        (build_move(Move.STOP), "All right. Ask me again whenever you like."),
        (build_move(Move.THANKS), "You are welcome."),
        (
            build_move(Move.UNABLE),
            "I can leave out people, but no times, places or languages. Tell me which ones to look in instead.",
        ),
        (build_move(Move.ANEW), "All right, from the start: what would you like to know?"),
        (
            build_follow_ups(is_on=True),
            (
                "Where I was asked in a thread of this channel, people may go on there without a mention: “and about "
                "mentoring?”, “only from Jon”, “more”. `/hark follow-ups off` ends that."
            ),
        ),
        (
            build_follow_ups(is_on=False),
            "In this channel I answer only where I am mentioned. `/hark follow-ups on` lets people go on in a thread.",
        ),
        (build_only_in_channels(), "That is for channels: call it in the channel that it is about."),
    ],
)
def test_notices_are_one_sentence_or_two_for_whoever_is_told(view: MessageView, text: str):
    assert (view.text, view.plain, view.for_channel) == (text, text, False)
    check_blocks(view.blocks)
