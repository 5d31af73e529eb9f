from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from syrupy.assertion import SnapshotAssertion

from bot.overview import SeenSource
from bot.slack.views.buttons import build_value, read_button
from bot.slack.views.home import (
    AGAIN,
    MAX_HOME_BLOCKS,
    Notice,
    Waiting,
    build_ask,
    build_channels,
    build_home,
    build_oversight,
    build_recent,
    build_removals,
    build_seen,
    build_usage_of_late,
    build_watched,
)
from bot.slack.views.message import MessageView, build_notice, escape
from bot.slack.views.watches import build_watches
from store.domain.answer import Outcome
from store.domain.asked import Asked
from store.domain.channel_setting import ChannelSetting
from store.domain.questions import UnansweredQuestion
from store.domain.watch import Watch
from tests.bot.slack.views.test_hostile import HOSTILE, assert_harmless, block_schema  # noqa: F401  # a fixture
from tests.fakes.slack.limits import walk
from tests.fakes.slack.views import check_view

NEWEST = datetime(2026, 3, 1, 10, 30, tzinfo=UTC)
COUNTS = {Outcome.ANSWERED: 12, Outcome.NOTHING_RELEVANT: 3}


def make_watch(question: str) -> Watch:
    asked = build_value(Asked(question))
    return Watch(1, "T1", "U1", "", asked, is_paused=False, created_at=NEWEST, told_at=None, seen_id=0)


def make_home(text: str, many: int = 1) -> dict[str, Any]:
    """App Home of an admin, with a text wherever one can stand."""
    sources = [SeenSource(text, 10**9, NEWEST)] * many
    return build_home(
        [
            build_ask(Notice(escape(text) or "x", "https://team.slack.com/p1"), "1"),
            build_recent([Asked(text)] * 10),
            build_watched(build_watches([make_watch(text)] * 20)),
            build_seen(sources),
            build_oversight(build_notice(text), build_notice(text)),
            build_removals([Waiting(text, text[:20], "T1")] * many),
            build_channels([("C1", ChannelSetting(follow_ups=False))] * many),
            build_usage_of_late(COUNTS, [UnansweredQuestion(text, 10**6, NEWEST)] * 10),
        ]
    )


def test_home_blocks(snapshot: SnapshotAssertion):
    parts = [build_ask(None, "1"), build_recent([Asked("kites & boats")]), build_seen([SeenSource("Blog", 3, NEWEST)])]
    assert build_home(parts) == snapshot


def test_home_with_what_came_of_a_question(snapshot: SnapshotAssertion):
    assert build_ask(Notice("I answered.", "https://team.slack.com/p1"), "2") == snapshot
    assert build_ask(Notice("Done."), "2") == snapshot


def test_home_of_an_admin(snapshot: SnapshotAssertion):
    status, problems = build_notice("All is well."), build_notice("2 problems in 1 source.")
    unanswered = [UnansweredQuestion("kites", 2, NEWEST), UnansweredQuestion("gulls", 1, NEWEST)]
    assert build_oversight(status, problems) == snapshot
    assert build_removals([Waiting("Ada", "U1", "T1")]) == snapshot
    assert build_usage_of_late(COUNTS, unanswered) == snapshot


def test_home_of_somebody_who_asked_nothing_and_of_an_archive_with_nothing(snapshot: SnapshotAssertion):
    assert [build_recent([]), build_seen([]), build_removals([]), build_usage_of_late({}, [])] == snapshot


def test_home_shows_what_was_chosen_for_channels(snapshot: SnapshotAssertion):
    chosen = [("C1", ChannelSetting(follow_ups=False)), ("C2", ChannelSetting(follow_ups=True, suggestions=True))]
    assert [build_channels(chosen), build_channels([])] == snapshot


def test_home_has_a_box_of_its_own_each_time():
    first, second = (build_ask(None, turn) for turn in "12")
    assert [block for block in first if block not in second] == [block for block in first if block["type"] == "input"]


def test_home_asks_again_just_what_was_asked():
    asked = Asked("kites", zone=ZoneInfo("Europe/Riga"))
    nodes = [node for block in build_recent([asked]) for _, node in walk(block, "")]
    assert [read_button(node["value"]) for node in nodes if node.get("action_id") == AGAIN] == [asked]


@pytest.mark.parametrize("text", HOSTILE)
def test_home_fits_and_formats_nothing_whatever_was_asked(text: str):
    home = check_view(make_home(text), "home")
    # Channels are named for those who see them.
    ours = build_channels([("C1", ChannelSetting(follow_ups=False))])
    other = ("input", "header", "divider")
    shown = [block for block in home["blocks"] if block["type"] not in other and block not in ours]
    for block in shown:
        plain = {key: value for key, value in block.items() if key != "accessory"}
        assert_harmless(MessageView("x", [plain], "x"), set())


def test_home_of_much_fits(block_schema: Any):  # noqa: F811
    home = check_view(make_home("x" * 3_000, many=300), "home")
    assert len(home["blocks"]) < MAX_HOME_BLOCKS
    assert [error.message for block in home["blocks"] for error in block_schema.iter_errors(block)] == []
