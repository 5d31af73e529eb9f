import pytest
from syrupy.assertion import SnapshotAssertion

from bot.slack.views.message import MessageView
from bot.slack.views.watches import (
    PAUSE,
    REMOVE,
    RESUME,
    build_news,
    build_paused,
    build_watched,
    build_watches,
)
from store.domain.query import Query
from tests.bot.slack.views.factories import NEWEST, list_buttons, make_answer, make_hit, make_watch

NEWS = make_answer([make_hit()], question="unconferences", total=7, chosen=Query("", new=(100, 120)))


@pytest.mark.parametrize(
    "view",
    [
        pytest.param(build_watched(make_watch()), id="watched"),
        pytest.param(build_watched(make_watch(), is_elsewhere=True), id="watched elsewhere"),
        pytest.param(build_watched(make_watch(channel="C1")), id="watched in a channel"),
        pytest.param(build_paused(make_watch(is_paused=True)), id="paused"),
        pytest.param(build_paused(make_watch()), id="resumed"),
        pytest.param(build_watches([]), id="none"),
        pytest.param(
            build_watches([make_watch(told_at=NEWEST), make_watch("badges", number=8, channel="C1", is_paused=True)]),
            id="list",
        ),
        pytest.param(build_news(make_watch(), NEWS, ""), id="news"),
        pytest.param(build_news(make_watch(channel="C1"), NEWS, "Ada *L*"), id="news in a channel"),
    ],
)
def test_watches_as_messages(view: MessageView, snapshot: SnapshotAssertion):
    assert view == snapshot


def test_buttons_of_a_watch_carry_which_it_is():
    assert list_buttons(build_watched(make_watch())) == [PAUSE, REMOVE]
    assert list_buttons(build_paused(make_watch(is_paused=True))) == [RESUME, REMOVE]


def test_list_of_the_most_watches_has_room_for_all():
    assert len(build_watches([make_watch("x" * 600, number=number) for number in range(20)]).blocks) == 41
