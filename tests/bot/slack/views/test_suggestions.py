import pytest
from syrupy.assertion import SnapshotAssertion

from bot.slack.views.message import MessageView
from bot.slack.views.suggestions import (
    STOP,
    UNHELPFUL,
    build_ended,
    build_not_theirs,
    build_suggestion,
    build_suggestions,
    build_taken_back,
)
from tests.bot.slack.views.factories import list_buttons, make_answer, make_hit

SUGGESTED = make_answer([make_hit(), make_hit(2, author="Aiko Tanabe", text="Ours began at noon.", highlights=())])


@pytest.mark.parametrize(
    "view",
    [
        pytest.param(build_suggestion(SUGGESTED, "U1"), id="suggestion"),
        pytest.param(build_taken_back(), id="taken back"),
        pytest.param(build_ended(), id="ended"),
        pytest.param(build_not_theirs(), id="not theirs"),
        pytest.param(build_suggestions(is_on=True, is_member=True), id="on"),
        pytest.param(build_suggestions(is_on=True, is_member=False), id="on where the bot is not"),
        pytest.param(build_suggestions(is_on=False, is_member=False), id="off"),
    ],
)
def test_suggestions_as_messages(view: MessageView, snapshot: SnapshotAssertion):
    assert view == snapshot


def test_suggestion_has_no_more_pages_and_says_whom_it_answers():
    view = build_suggestion(SUGGESTED, "U1")
    assert list_buttons(view) == [UNHELPFUL, STOP]
    assert [one["value"] for one in view.blocks[-1]["elements"]] == ["U1", "U1"]
