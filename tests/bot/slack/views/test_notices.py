import json
import re
from zoneinfo import ZoneInfo

import pytest
from syrupy.assertion import SnapshotAssertion

from bot.slack.subcommands import SUBCOMMANDS, Verb
from bot.slack.views.message import MessageView
from bot.slack.views.notices import (
    build_elsewhere,
    build_expired,
    build_failure,
    build_misplaced,
    build_no_words,
    build_not_shared,
    build_nothing_to_find,
    build_only_links,
    build_slip,
    build_usage,
)
from tests.fakes.slack.limits import check_blocks


def test_usage_blocks(snapshot: SnapshotAssertion):
    assert build_usage() == snapshot


def test_usage_names_every_subcommand_and_no_other():
    assert re.findall(r"• `/hark ([a-z-]+)`: ", build_usage().plain) == [one.verb for one in SUBCOMMANDS]


def test_slip_blocks(snapshot: SnapshotAssertion):
    assert build_slip("refesh", Verb.REFRESH, ZoneInfo("Europe/Riga")) == snapshot


def test_misplaced_says_where_it_is_typed_and_carries_the_words(snapshot: SnapshotAssertion):
    assert build_misplaced("watch zeppelin", ZoneInfo("Europe/Riga")) == snapshot


def test_failure_blocks(snapshot: SnapshotAssertion):
    assert build_failure("1a2b3c4d") == snapshot


def test_expired_blocks(snapshot: SnapshotAssertion):
    assert build_expired() == snapshot


def test_not_shared_blocks(snapshot: SnapshotAssertion):
    assert build_not_shared() == snapshot


NEXT_STEPS = [build_no_words(), build_only_links(), build_nothing_to_find(), build_elsewhere()]


@pytest.mark.parametrize("view", NEXT_STEPS)
def test_what_asks_nothing_gets_words(view: MessageView, snapshot: SnapshotAssertion):
    assert view.text == snapshot


@pytest.mark.parametrize(
    "view", [build_usage(), build_failure("1a2b3c4d"), build_expired(), build_not_shared(), *NEXT_STEPS]
)
def test_notices_fit_and_are_never_for_the_channel(view: MessageView):
    check_blocks(view.blocks)
    assert not view.for_channel
    assert view.text
    assert view.plain
    assert "<" not in json.dumps(view.blocks)


def test_help_is_read_aloud_whole():
    view = build_usage()
    assert view.text == view.plain
    assert "/hark forget-me" in view.text
