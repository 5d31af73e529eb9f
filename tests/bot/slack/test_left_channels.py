"""A modal stays open when its reader leaves the channel that it was opened in: what is pressed in it shows no more."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from bot.slack.listeners.find import FIND
from bot.slack.views.buttons import FILTERS, WHO, WHY
from bot.slack.views.filters import SUGGEST
from bot.slack.views.menu import HIT_MENU
from bot.slack.views.who import PERSON
from store.archive import Archive
from store.domain.query import Filter
from tests.bot.slack.stage import acting
from tests.bot.slack.test_wrong_eyes import (
    BOT,
    MENTION,
    TOPIC,
    Told,
    Watcher,
    World,
    empty,  # noqa: F401  # a fixture
    fill,
    find_buttons,
    make_archive,  # noqa: F401  # a fixture
    press,
    slack,  # noqa: F401  # a fixture
)
from tests.fakes.slack import StandInSlack, View

_ONLY_THERE = World([Told("Secrets", "inner", "channel:CLEFT", "public", number, "t1") for number in range(1, 40)])


@pytest.fixture
def left(slack: StandInSlack) -> str:  # noqa: F811
    slack.workspace.add_channel("CLEFT", name="left", members=["UFULL", "UGUEST", BOT], is_private=True)
    return "CLEFT"


@pytest.mark.parametrize("opener", [WHY, WHO, HIT_MENU, FIND])
def test_modal_shows_nothing_of_a_channel_that_its_reader_left(
    slack: StandInSlack,  # noqa: F811
    make_archive: Callable[[], Archive],  # noqa: F811
    left: str,
    opener: str,
):
    archive = make_archive()
    fill(archive, _ONLY_THERE)
    with acting(slack, archive) as stage:
        watcher = Watcher(stage, _ONLY_THERE)
        asked = slack.send_mention(channel=left, user="UFULL", text=f"{MENTION} {TOPIC}")
        buttons = [one for sent in watcher.look(TOPIC) for one in find_buttons(sent, slack)]
        if opener == FIND:
            slack.use_shortcut(FIND, user="UFULL", message=asked)
        else:
            press(next(one for one in buttons if one.action["action_id"] == opener), "UFULL", slack)
        (modal,) = [sent for sent in watcher.look(TOPIC) if isinstance(sent, View)]
        assert any(mark in str(modal.blocks) for mark in _ONLY_THERE.find_marks())
        # One of each kind.
        inner = {button.action["action_id"]: button for button in find_buttons(modal, slack)}
        slack.leave_channel("UFULL", left)
        stage.settle()
        assert inner
        for button in inner.values():
            press(button, "UFULL", slack)
            watcher.look(TOPIC)


def test_filters_sent_by_who_left_show_nothing_of_the_channel(
    slack: StandInSlack,  # noqa: F811
    make_archive: Callable[[], Archive],  # noqa: F811
    left: str,
):
    archive = make_archive()
    fill(archive, _ONLY_THERE)
    with acting(slack, archive) as stage:
        watcher = Watcher(stage, _ONLY_THERE)
        slack.send_command("/hark", text=TOPIC, user="UFULL", channel=left)
        buttons = [one for sent in watcher.look(TOPIC) for one in find_buttons(sent, slack)]
        press(next(one for one in buttons if one.action["action_id"] == FILTERS), "UFULL", slack)
        (modal,) = [sent for sent in watcher.look(TOPIC) if isinstance(sent, View)]
        slack.leave_channel("UFULL", left)
        stage.settle()
        slack.submit_view(modal, user="UFULL", filled={})
        (answer,) = [sent for sent in watcher.look(TOPIC) if not isinstance(sent, View)]
        shown = str(answer.blocks)
        assert [mark for mark in _ONLY_THERE.find_marks() if mark in shown] == []


def test_stranger_sees_as_much_on_later_pages_of_a_modal(
    slack: StandInSlack,  # noqa: F811
    make_archive: Callable[[], Archive],  # noqa: F811
):
    slack.workspace.add_channel("CTHEIRS", name="theirs", members=["UFULL", "USTRANGER", BOT], is_ext_shared=True)
    told = [replace(one, of_source="channel:CTHEIRS", thread=f"t{one.number}") for one in _ONLY_THERE.told]
    world, archive = World(told), make_archive()
    fill(archive, world)
    with acting(slack, archive) as stage:
        watcher = Watcher(stage, world)
        slack.send_mention(channel="CTHEIRS", user="UFULL", text=f"{MENTION} {TOPIC}")
        buttons = [one for sent in watcher.look(TOPIC) for one in find_buttons(sent, slack)]
        press(next(one for one in buttons if one.action["action_id"] == WHO), "USTRANGER", slack)
        (modal,) = [sent for sent in watcher.look(TOPIC) if isinstance(sent, View)]
        of_somebody = next(one for one in find_buttons(modal, slack) if one.action["action_id"] == PERSON)
        press(of_somebody, "USTRANGER", slack)
        watcher.look(TOPIC)
        assert any(one.word in str(modal.blocks) for one in world.told)
        slack.leave_channel("USTRANGER", "CTHEIRS")
        press(of_somebody, "USTRANGER", slack)
        watcher.look(TOPIC)
        assert not any(one.word in str(modal.blocks) for one in world.told)


def test_filters_name_nobody_of_a_channel_that_their_reader_left(
    slack: StandInSlack,  # noqa: F811
    make_archive: Callable[[], Archive],  # noqa: F811
    left: str,
):
    archive = make_archive()
    fill(archive, _ONLY_THERE)
    name = _ONLY_THERE.told[0].name
    with acting(slack, archive) as stage:
        watcher = Watcher(stage, _ONLY_THERE)
        slack.send_mention(channel=left, user="UFULL", text=f"{MENTION} {TOPIC}")
        buttons = [one for sent in watcher.look(TOPIC) for one in find_buttons(sent, slack)]
        press(next(one for one in buttons if one.action["action_id"] == FILTERS), "UFULL", slack)
        (modal,) = [sent for sent in watcher.look(TOPIC) if isinstance(sent, View)]
        action = f"{SUGGEST}_{Filter.AUTHORS}"
        assert slack.load_options(modal, action, name[:4], user="UFULL")
        slack.leave_channel("UFULL", left)
        stage.settle()
        assert slack.load_options(modal, action, name[:4], user="UFULL") == []
