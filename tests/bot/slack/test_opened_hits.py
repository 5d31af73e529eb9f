"""What *Find past discussions* lists can be opened from there, wherever it was chosen, and nothing else can."""

from collections.abc import Callable, Iterator

import pytest

from bot.slack.listeners.find import FIND
from bot.slack.views.menu import HIT_MENU, HitAction
from bot.slack.views.reading import READ
from store.archive import Archive
from tests.bot.slack.stage import Stage, acting
from tests.bot.slack.test_wrong_eyes import (
    BOT,
    Button,
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

# Of each channel a discussion for it alone, and one that is for everybody.
_CHANNELS = ("CWITH", "CBARE", "CBOTH")
_TOLD = [
    Told("Talk", channel, "public", visibility, 10 * place + number, f"{channel} {visibility}")
    for place, (channel, visibility) in enumerate(
        (one, own) for one in _CHANNELS for own in ("public", f"channel:{one}")
    )
    for number in range(1, 4)
]
_WORLD = World(_TOLD)


@pytest.fixture
def stage(
    slack: StandInSlack,  # noqa: F811
    make_archive: Callable[[], Archive],  # noqa: F811
) -> Iterator[Stage]:
    slack.workspace.add_channel("CWITH", name="with", members=["UFULL", "UGUEST", BOT], is_private=True)
    slack.workspace.add_channel("CBARE", name="bare", members=["UFULL", "UGUEST"], is_private=True)
    slack.workspace.add_channel("CBOTH", name="both", members=["UFULL", "USTRANGER", BOT], is_ext_shared=True)
    archive = make_archive()
    fill(archive, _WORLD)
    with acting(slack, archive) as running:
        yield running


def find_past(stage: Stage, watcher: Watcher, user: str, channel: str, words: str) -> View:
    said = stage.slack.workspace.add_message(channel, user, words)
    stage.slack.use_shortcut(FIND, user=user, message=said.ts)
    (modal,) = [sent for sent in watcher.look(words) if isinstance(sent, View)]
    return modal


def find_choices(view: View, slack: StandInSlack, action: HitAction) -> list[Button]:  # noqa: F811
    buttons = [one for one in find_buttons(view, slack) if one.action["action_id"] == HIT_MENU]
    return [one for one in buttons if one.action["selected_option"]["value"].startswith(action)]


@pytest.mark.parametrize(
    ("user", "channel", "is_own_listed"),
    [
        ("UFULL", "CWITH", True),
        ("UGUEST", "CWITH", True),
        ("UFULL", "CBARE", False),
        ("UGUEST", "CBARE", False),
        ("UFULL", "CBOTH", True),
        ("USTRANGER", "CBOTH", True),
    ],
)
@pytest.mark.parametrize("action", [HitAction.QUOTE, HitAction.READ])
def test_hit_that_is_listed_in_a_modal_opens(
    stage: Stage, user: str, channel: str, action: HitAction, *, is_own_listed: bool
):
    watcher, opened = Watcher(stage, _WORLD), set()
    for wanted in {one.own: one for one in _TOLD if one.channel == channel}.values():
        modal = find_past(stage, watcher, user, channel, f"What of a zeppelin {wanted.word}?")
        assert ("what is for it alone is left out" in str(modal.blocks)) != is_own_listed
        choices = find_choices(modal, stage.slack, action)
        assert choices
        for choice in choices:
            press(choice, user, stage.slack)
            (top,) = [sent for sent in watcher.look(wanted.word) if isinstance(sent, View)]
            told = [one.number for one in _TOLD if one.word in str(top.blocks)]
            assert told, top.blocks
            opened |= set(told)
            for button in find_buttons(top, stage.slack):
                assert button.action["action_id"].startswith(READ)
                press(button, user, stage.slack)
                watcher.look(wanted.word)
                assert any(one.word in str(top.blocks) for one in _TOLD)
            top.is_closed = True
        modal.is_closed = True
    assert any(one.number in opened for one in _TOLD if one.own == f"channel:{channel}") == is_own_listed
